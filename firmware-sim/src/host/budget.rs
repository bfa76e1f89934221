//! A board's budget, and what of it is spent.

use std::fmt::Write as _;

use firmware_sim::{Event, Profile};

use super::measured::Measured;
use super::stage::Heard;

/// The share of a half-buffer's deadline that its rendering may take, in percent.
pub const DEADLINE: u64 = 70;
/// The share of all time that composing and rendering may take together, in percent.
pub const PROCESSOR: f64 = 90.0;

/// A figure against its limit.
pub struct Line {
    /// What it is.
    pub what: String,
    /// What is spent, in words.
    pub spent: String,
    /// What there is, in words.
    pub limit: String,
    /// Whether it fits.
    pub fits: bool,
}

fn bytes(what: &str, spent: usize, limit: usize) -> Line {
    let kb = |n: usize| format!("{:.1} KB", n as f64 / 1_024.0);
    Line { what: what.to_owned(), spent: kb(spent), limit: kb(limit), fits: spent <= limit }
}

/// Milliseconds of this many instructions on a profile's core, at its friendliest and at its worst.
pub fn milliseconds(profile: &Profile, instructions: u64) -> (f64, f64) {
    let of = |cycles: u32| {
        instructions as f64 * f64::from(cycles) / 100.0 / f64::from(profile.clock) * 1e3
    };
    (of(profile.core.cycles.0), of(profile.core.cycles.1))
}

/// The share of all time that composing and rendering take together, in percent: at the core's
/// friendliest and at its worst.
pub fn busy(profile: &Profile, counted: &Measured) -> (f64, f64) {
    let [tokens, token, _] = counted.tokens;
    let [halves, half, _] = counted.halves;
    let rendering = if profile.sample_rate == 0 { 0 } else { halves * half };
    let spent = milliseconds(profile, tokens * token + rendering);
    let all = 1e3 * halves as f64 * profile.frames() as f64 / f64::from(profile.rate());
    (100.0 * spent.0 / all, 100.0 * spent.1 / all)
}

/// Instructions that no note takes more of, where none has more than so many tokens.
pub fn dearest_note(counted: &Measured, tokens: u64) -> u64 {
    counted.notes[2].max(tokens * counted.tokens[2])
}

/// What emulation has counted, against a board; the longest note has so many tokens.
pub fn lines(profile: &Profile, counted: &Measured, tokens: u64) -> Vec<Line> {
    let (heap, stack) = (counted.heap as usize, counted.stack as usize);
    let (flash, ram) = (counted.flash as usize, counted.ram() as usize);
    let mut lines = vec![
        bytes("flash", flash, profile.flash),
        bytes("RAM", ram, profile.ram),
        bytes("heap", heap, profile.heap),
        bytes("stack", stack, Profile::STACK),
    ];
    if let Some(enough) = profile.thrift {
        lines.push(bytes("flash, as it is to suffice", flash, enough.0));
        lines.push(bytes("RAM, as it is to suffice", ram, enough.1));
    }
    let worst = |instructions| milliseconds(profile, instructions).1;
    let note = worst(dearest_note(counted, tokens));
    lines.push(Line {
        what: format!("the dearest note, of {tokens} tokens at most"),
        spent: format!("{note:.1} ms"),
        limit: format!("{} ms", profile.note),
        fits: note <= f64::from(profile.note),
    });
    let token = 1e3 * worst(counted.tokens[1]);
    lines.push(Line {
        what: "a token, as the band reckons".to_owned(),
        spent: format!("{token:.0} µs"),
        limit: format!("{} µs", profile.token),
        fits: token <= f64::from(profile.token),
    });
    let busy = busy(profile, counted).1;
    lines.push(Line {
        what: "the processor's time, all in all".to_owned(),
        spent: format!("{busy:.0} %"),
        limit: format!("{PROCESSOR:.0} %"),
        fits: busy <= PROCESSOR,
    });
    if profile.sample_rate > 0 {
        let deadline = profile.half as f64 / f64::from(profile.sample_rate) * 1e3;
        let share = 100.0 * worst(counted.halves[2]) / deadline;
        lines.push(Line {
            what: format!("the dearest half-buffer of {} frames", profile.half),
            spent: format!("{share:.0} % of {deadline:.1} ms"),
            limit: format!("{DEADLINE} %"),
            fits: share <= DEADLINE as f64,
        });
    }
    lines
}

/// Prints what was heard and what it costs; the number of figures over the budget.
pub fn print(profile: &Profile, image: usize, heard: &Heard, counted: Option<&Measured>) -> usize {
    let mut all = String::new();
    for event in &heard.trace {
        let _ = writeln!(all, "  {event}");
    }
    let _ = writeln!(
        all,
        "{} ({}), {} at {} MHz",
        profile.name,
        profile.chip,
        profile.core.name,
        profile.clock / 1_000_000
    );
    let _ = writeln!(
        all,
        "{} notes, hash {:016x}; {} half-buffers, hash {:016x}",
        heard.tally.notes.count, heard.tally.score.0, heard.tally.halves, heard.audio.0
    );
    let here = heard.statics + heard.heap;
    let mut lines = vec![
        bytes("model, in flash", image, profile.flash),
        bytes("RAM here, the stack aside", here, profile.ram),
        Line {
            what: "heap operations after the seal".to_owned(),
            spent: heard.touches.to_string(),
            limit: "0".to_owned(),
            fits: heard.touches == 0,
        },
        Line {
            what: "underruns".to_owned(),
            spent: heard.trace.iter().filter(|&&e| e == Event::Underrun).count().to_string(),
            limit: "-".to_owned(),
            fits: true,
        },
    ];
    let _ = writeln!(
        all,
        "heap at its seal {} bytes, of which the model's state {} and its copy {}; ring and DMA {}",
        heard.heap, heard.state, heard.copy, heard.statics
    );
    match counted {
        Some(counted) => {
            for mut line in self::lines(profile, counted, heard.tally.notes.most) {
                line.what.push_str(", as counted when emulated");
                lines.push(line);
            }
        }
        None => {
            all.push_str("(counted is the bundled model on each board: `cargo xtask firmware`)\n")
        }
    }
    for Line { what, spent, limit, fits } in &lines {
        let verdict = if *fits { "" } else { "  OVER" };
        let _ = writeln!(all, "{what:<64} {spent:>16} of {limit:>10}{verdict}");
    }
    print!("{all}");
    lines.iter().filter(|line| !line.fits).count()
}
