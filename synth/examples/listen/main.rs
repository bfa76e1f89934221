//! Renders every family and the kit, draws what they sound like and writes the page about it.
//!
//! `cargo run --release -p musigan-synth --example listen -- [FOLDER]`, usually `docs`.

#[path = "../../tests/common/mod.rs"]
mod common;
mod families;
mod picture;

use common::{Power, RATE, cc, frames, off, on, program, synth};
use ebur128::{EbuR128, Mode};
use families::{FAMILIES, Family, KIT};
use musigan_synth::instrument::{PROGRAMS, percussion};
use musigan_synth::{ChannelEvent, Synth};
use std::{error::Error, fmt::Write, path::PathBuf};

/// Seconds of a program's phrase, and of the kit.
const PHRASE: f32 = 4.0;
const KIT_SECONDS: f32 = 8.0;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "docs".into()));
    let pictures = folder.join("listening");
    std::fs::create_dir_all(&pictures)?;
    let mut page = String::from(families::INTRODUCTION);
    for family in &FAMILIES {
        let sound = family.programs.map(|p| phrase(p, family.centre)).concat();
        picture::write(&pictures.join(format!("{}.png", family.file)), &sound)?;
        section(&mut page, family)?;
    }
    let kit = kit();
    picture::write(&pictures.join("kit.png"), &kit)?;
    write!(page, "## Drum kit\n\n![](listening/kit.png)\n\n{}\n\nFrom the left: ", KIT.1)?;
    let names = KIT.0.iter().filter_map(|k| percussion(*k)).map(|p| p.name);
    writeln!(page, "{}.", names.collect::<Vec<_>>().join(", "))?;
    std::fs::write(folder.join("listening.md"), page)?;
    Ok(())
}

fn section(page: &mut String, family: &Family) -> Result<(), Box<dyn Error>> {
    let [a, b] = family.programs.map(|p| &PROGRAMS[usize::from(p)]);
    writeln!(page, "## {}\n\n![](listening/{}.png)\n", family.title, family.file)?;
    writeln!(
        page,
        "Programs {}. *{}*. In the picture: {}, {}.\n",
        family.range, family.how, a.name, b.name
    )?;
    writeln!(page, "{}\n", family.text)?;
    for p in family.programs {
        let patch = &PROGRAMS[usize::from(p)];
        let (lufs, soft, loud) = measure(p, family.centre)?;
        writeln!(
            page,
            "- {}: {lufs:.1} LUFS; brightness {soft:.0} Hz at velocity 30, {loud:.0} Hz at 120",
            patch.name
        )?;
    }
    writeln!(page)?;
    Ok(())
}

/// A scale's three notes from soft to loud, then a chord, around `centre`; left and right in turn.
fn phrase(number: u8, centre: u8) -> Vec<f32> {
    let mut events = vec![(0.0, program(0, number))];
    let notes = [(0.05, 0, 40), (0.55, 4, 80), (1.05, 7, 110), (1.55, 12, 125)];
    let chord = [(2.2, -12, 90), (2.2, 0, 90), (2.2, 4, 90), (2.2, 7, 90)];
    for (i, (start, semitones, velocity)) in notes.into_iter().chain(chord).enumerate() {
        let key = (i16::from(centre) + semitones) as u8;
        events.push((start, on(0, key, velocity)));
        events.push((start + if i < 4 { 0.4 } else { 1.1 }, off(0, key)));
    }
    render(events, PHRASE)
}

fn kit() -> Vec<f32> {
    let step = KIT_SECONDS / KIT.0.len() as f32;
    let strokes = KIT.0.iter().enumerate();
    render(strokes.map(|(i, key)| (i as f32 * step, on(9, *key, 100))).collect(), KIT_SECONDS)
}

fn render(mut events: Vec<(f32, ChannelEvent)>, seconds: f32) -> Vec<f32> {
    events.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut s = synth(64);
    let mut out = Vec::new();
    let mut at = 0;
    for (time, event) in events.into_iter().map(|(t, e)| (t, Some(e))).chain([(seconds, None)]) {
        let end = (time * RATE as f32) as usize;
        out.extend(mono(&mut s, end - at));
        at = end;
        if let Some(event) = event {
            s.send(event);
        }
    }
    out
}

fn mono(s: &mut Synth, count: usize) -> Vec<f32> {
    let [left, right] = frames(s, count);
    left.iter().zip(&right).map(|(l, r)| 0.5 * (l + r)).collect()
}

/// Loudness of a second at velocity 80 with its tail, and the mean frequency, weighted as the slope of
/// the wave is, of a soft stroke and of a hard one, without the hall.
fn measure(number: u8, key: u8) -> Result<(f64, f64, f64), Box<dyn Error>> {
    let mut s = synth(16);
    s.send(program(0, number));
    s.send(on(0, key, 80));
    let mut meter = EbuR128::new(2, RATE, Mode::I)?;
    let [l, r] = frames(&mut s, RATE as usize);
    meter.add_frames_planar_f32(&[&l, &r])?;
    let mut stroke = |velocity| {
        s.reset();
        s.send(program(0, number));
        s.send(cc(0, 91, 0));
        s.send(on(0, key, velocity));
        Power::of(&mono(&mut s, 1 << 14)).brightness()
    };
    Ok((meter.loudness_global()?, stroke(30), stroke(120)))
}
