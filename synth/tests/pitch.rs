//! Every program with a pitch is in tune, at rest and bent.

mod common;

use common::*;
use musigan_synth::instrument::PROGRAMS;

/// How the pitch of a program is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Pitched {
    /// Held: the centre of the fundamental's power, within 1 cent; where it sways through a
    /// chorus, in the mean of the keys.
    Held,
    /// Two strings apart on purpose: the centre of their power from the stroke on, within 3 cents.
    Detuned,
    /// A string: its first quarter second, within 1 cent (3 above 1 kHz).
    String,
    /// Struck: the partial of this ratio that names the pitch, within 5 cents.
    Struck(f64),
}

/// `None` for what has no pitch: hits, drums on keys, effects.
fn pitched(program: u8) -> Option<Pitched> {
    Some(match program {
        14 => Pitched::Struck(2.0),
        112 => Pitched::Struck(2.0),
        3 => Pitched::Detuned,
        0..=5 | 8..=13 | 47 | 96 | 98 | 108 | 113..=115 => Pitched::Struck(1.0),
        6 | 7 | 15 | 24..=37 | 45 | 46 | 104..=107 => Pitched::String,
        55 | 116..=127 => return None,
        _ => Pitched::Held,
    })
}

/// The pitch that key `key` of `program` should have: guitar harmonics sound an octave higher.
fn sounding(program: u8, key: u8) -> f64 {
    key_hz(key) * if program == 31 { 2.0 } else { 1.0 }
}

fn cents(program: u8, key: u8, how: Pitched) -> f64 {
    let mut s = dry(program);
    let hz = sounding(program, key);
    s.send(on(0, key, 90));
    match how {
        Pitched::Held => {
            frames(&mut s, 48_000);
            // A chorus sways the pitch by some cents in 2.4 s: its cycle must fit in twice.
            let sways = PROGRAMS[usize::from(program)].chorus > 0.0;
            cents_off_held(&mono(&mut s, if sways { 2 * WINDOW } else { WINDOW }), hz)
        }
        Pitched::Detuned => cents_off_held(&mono(&mut s, WINDOW), hz),
        Pitched::String => {
            frames(&mut s, 1_200);
            // That of the clean guitar sounds through a chorus.
            cents_off(&mono(&mut s, if program == 27 { 48_000 } else { 9_600 }), hz)
        }
        Pitched::Struck(partial) => {
            frames(&mut s, 1_200);
            cents_off(&mono(&mut s, if program == 115 { 2_400 } else { 24_000 }), hz * partial)
        }
    }
}

fn wrong(programs: impl Iterator<Item = u8>, keys: [u8; 3]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (p, how) in programs.filter_map(|p| Some((p, pitched(p)?))) {
        let mut mean = 0.0;
        for key in keys {
            let sways = PROGRAMS[usize::from(p)].chorus > 0.0;
            let limit = match how {
                Pitched::Held if sways => 4.0,
                Pitched::Held => 1.0,
                Pitched::Detuned => 3.0,
                Pitched::String if sounding(p, key) < 1_000.0 => 1.0,
                Pitched::String => 3.0,
                Pitched::Struck(_) => 5.0,
            };
            let cents = cents(p, key, how);
            mean += cents / 3.0;
            if cents.abs() > limit {
                wrong.push(format!("program {p} key {key} {how:?}: {cents:.2} cents"));
            }
        }
        if how == Pitched::Held && mean.abs() > 1.0 {
            wrong.push(format!("program {p}: {mean:.2} cents in the mean of the keys"));
        }
    }
    wrong
}

#[test]
fn struck_plucked_and_blown_programs_are_in_tune() {
    assert_eq!(wrong(0..64, [43, 64, 86]), Vec::<String>::new());
}

#[test]
fn the_other_programs_are_in_tune() {
    assert_eq!(wrong(64..128, [48, 64, 86]), Vec::<String>::new());
}

#[test]
fn the_wheel_bends_by_two_semitones() {
    for p in [0, 10, 24, 4, 19] {
        let mut s = dry(p);
        s.send(wheel(0, 16_383));
        s.send(on(0, 60, 90));
        frames(&mut s, 2_400);
        let before = cents_off(&mono(&mut s, 9_600), key_hz(62));
        assert!(before.abs() < 3.0, "program {p}, bent before: {before:.2} cents");
        let mut s = dry(p);
        s.send(on(0, 60, 90));
        frames(&mut s, 2_400);
        s.send(wheel(0, 0));
        frames(&mut s, 4_800);
        let bent = cents_off(&mono(&mut s, 9_600), key_hz(58));
        assert!(bent.abs() < 3.0, "program {p}, bent while it sounds: {bent:.2} cents");
    }
}
