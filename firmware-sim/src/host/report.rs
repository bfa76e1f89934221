//! The verdict over what was counted on emulated boards: budgets, hashes, regressions.

use anyhow::{Context, Result, bail};
use firmware_sim::{Profile, Script, Tally};

use super::budget::{self, milliseconds};
use super::measured::Measured;
use super::stage::Rehearsal;

/// Bars and seed of what is counted.
pub const BARS: u32 = 8;
/// See [`BARS`].
pub const SEED: u64 = 1;

/// Other pieces that are composed on the emulated boards, and their bars.
const OTHERS: [u64; 3] = [2, 3, 5];
/// Pieces whose tokens are counted here, and their bars: tokens cost what they cost in any piece.
const PIECES: u64 = 40;
const PIECE_BARS: u32 = 32;
/// The board that they are played on: one that makes no sound, and the same notes as all.
const SILENT: &str = "rp2040";

/// By how much a count may grow, in percent.
const GROWTH: u64 = 2;

/// Prints the table in Markdown.
///
/// # Errors
/// Where a budget is overrun, where the emulated board played other notes or samples than this machine
/// does, and where instructions grew; all of it in one line.
pub fn judge(counted: &[Measured], baseline: Option<&[Measured]>) -> Result<()> {
    let mut wrong = Vec::new();
    let silent = Profile::named(SILENT).context("no board is silent")?;
    let notes = |seed, bars| -> Result<Tally> {
        let piece = Rehearsal { profile: silent, image: firmware_sim::image(), seed };
        Ok(piece.play(Script::Plain, bars, None)?.tally)
    };
    let (mut all, mut tokens) = (0, 0);
    for seed in 1..=PIECES {
        let cost = notes(seed, PIECE_BARS)?.notes;
        (all, tokens) = (all + cost.count, tokens.max(cost.most));
    }
    let mut others = 0_u64;
    for seed in OTHERS {
        others = others.rotate_left(1) ^ notes(seed, BARS)?.score.0;
    }
    println!(
        "| board | sound | flash | RAM: all (heap, of it the model's copy, stack) | a note, mean: instructions, ms | \
         no note over | half-buffer, dearest: instructions, of its time | processor |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for measured in counted {
        let profile = Profile::named(&measured.board)
            .with_context(|| format!("there is no board {}", measured.board))?;
        row(profile, measured, tokens);
        let image = firmware_sim::image();
        for line in budget::lines(profile, measured, tokens) {
            if !line.fits {
                wrong.push(format!(
                    "{}: {} is {}, not {}",
                    profile.name, line.what, line.spent, line.limit
                ));
            }
        }
        let here = Rehearsal { profile, image, seed: SEED }.play(Script::Plain, BARS, None)?;
        if here.tally.score.0 != measured.score {
            wrong.push(format!("{}: other notes than on this machine", profile.name));
        }
        if others != measured.others {
            wrong.push(format!("{}: other pieces have other notes than here", profile.name));
        }
        if profile.sample_rate > 0 && here.audio.0 != measured.audio {
            wrong.push(format!("{}: other samples than on this machine", profile.name));
        }
        let before = baseline.and_then(|all| all.iter().find(|b| b.board == measured.board));
        if let Some(before) = before {
            compare(before, measured, &mut wrong);
        }
    }
    println!();
    println!(
        "(No note over: as many tokens as a note has at most, {tokens} among the {} notes of {PIECES} \
         pieces, bars of rest before it aside, times the dearest token of {} pieces.)",
        thousands(all.into()),
        1 + OTHERS.len()
    );
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("{}", wrong.join("; "))
}

fn row(profile: &Profile, counted: &Measured, tokens: u64) {
    let kb = |n: u64| n.div_ceil(1_024);
    let copy = 4 * profile.copy_len(firmware_sim::image()) as u64;
    let sound = match profile.sample_rate {
        0 => "notes only".to_owned(),
        rate => format!("{} voices, hall, {} kHz", profile.voices, rate / 1_000),
    };
    let note = counted.notes[1];
    let dearest = budget::dearest_note(counted, tokens);
    let (note_ms, dearest_ms) = (milliseconds(profile, note), milliseconds(profile, dearest));
    print!(
        "| {}, {} at {} MHz | {sound} | {} KB | {} KB ({}, {}, {}) | {}, {:.1} to {:.1} ms | {:.1} to \
         {:.1} ms |",
        profile.name,
        profile.core.name,
        profile.clock / 1_000_000,
        kb(counted.flash),
        kb(counted.ram()),
        kb(counted.heap),
        kb(copy),
        kb(counted.stack),
        thousands(note),
        note_ms.0,
        note_ms.1,
        dearest_ms.0,
        dearest_ms.1,
    );
    let busy = budget::busy(profile, counted);
    if profile.sample_rate == 0 {
        println!(" - | {:.0} to {:.0} % |", busy.0, busy.1);
        return;
    }
    let deadline = profile.half as f64 / f64::from(profile.sample_rate) * 1e3;
    let worst = milliseconds(profile, counted.halves[2]);
    println!(
        " {}, {:.0} to {:.0} % | {:.0} to {:.0} % |",
        thousands(counted.halves[2]),
        100.0 * worst.0 / deadline,
        100.0 * worst.1 / deadline,
        busy.0,
        busy.1
    );
}

fn compare(before: &Measured, now: &Measured, wrong: &mut Vec<String>) {
    let counts = |m: &Measured| [m.notes[1], m.notes[2], m.tokens[1], m.halves[1], m.halves[2]];
    let names =
        ["a note", "the dearest note", "a token", "a half-buffer", "the dearest half-buffer"];
    for ((name, before), now) in names.iter().zip(counts(before)).zip(counts(now)) {
        if now * 100 > before * (100 + GROWTH) {
            wrong.push(format!(
                "{name} takes {} instructions, {} before: more than {GROWTH} % more (if that is meant, \
                 `cargo xtask firmware --update`)",
                thousands(now),
                thousands(before)
            ));
        }
    }
}

fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
