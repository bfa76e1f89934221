//! How loud things are: programs against each other, touch, the ceiling.

mod common;

use common::*;
use ebur128::{EbuR128, Mode};
use musigan_score::Velocity;
use musigan_synth::instrument::PROGRAMS;

/// LUFS of one key at mezzo-forte.
const TARGET: f64 = -27.0;

/// The first sound effect among the programs.
const EFFECTS: u8 = 119;

/// Three keys within the usual range of a program.
fn usual_keys(program: u8) -> [u8; 3] {
    match program {
        8..=10 | 72 | 74 | 78 | 112 => [67, 76, 84],
        12 | 13 | 98 | 108 => [60, 72, 84],
        32..=39 | 43 | 58 | 47 | 116 => [31, 38, 45],
        42 | 57 | 66 | 67 | 70 => [43, 52, 60],
        40 | 56 | 64 | 68 | 73 | 75..=79 => [60, 69, 79],
        16..=19 | 28 | 31 | 45..=46 => [48, 60, 72],
        _ => [52, 60, 69],
    }
}

/// Integrated loudness of a key held for two seconds, or, where the sound dies away by itself,
/// struck four times a second, as music has it.
fn loudness(program: u8, key: u8) -> f64 {
    let mut s = synth(16);
    s.send(common::program(0, program));
    let patch = &PROGRAMS[usize::from(program)];
    let held = patch.envelope.attack > 0.0 && patch.envelope.sustain > 0.0;
    let mut meter = EbuR128::new(2, RATE, Mode::I).unwrap();
    for stroke in 0..8 {
        if stroke == 0 || !held {
            s.send(on(0, key, Velocity::MEZZO_FORTE.value()));
        }
        let [l, r] = frames(&mut s, 11_000);
        meter.add_frames_planar_f32(&[&l, &r]).unwrap();
        if !held {
            s.send(off(0, key));
        }
        let [l, r] = frames(&mut s, 1_000);
        meter.add_frames_planar_f32(&[&l, &r]).unwrap();
    }
    meter.loudness_global().unwrap()
}

/// How far each of `programs` is from the target.
fn off_target(programs: std::ops::Range<u8>) -> Vec<f64> {
    let mean = |p| usual_keys(p).iter().map(|&key| loudness(p, key)).sum::<f64>() / 3.0;
    programs.map(|p| mean(p) - TARGET).collect()
}

/// With `--nocapture` it prints the trim of every program that would bring it to the target.
#[test]
fn all_programs_are_equally_loud() {
    let levels = std::thread::scope(|scope| {
        let half = scope.spawn(|| off_target(0..64));
        let rest = off_target(64..128);
        [half.join().expect("the measurement panics"), rest].concat()
    });
    for (patch, off) in PROGRAMS.iter().zip(&levels) {
        println!("level {:+.1} for {:?}", f64::from(patch.level) - off, patch.name);
    }
    let mean = levels.iter().sum::<f64>() / 128.0;
    let variance = levels.iter().map(|l| (l - mean) * (l - mean)).sum::<f64>() / 128.0;
    println!("mean {mean:+.2} LU, standard deviation {:.2} LU", variance.sqrt());
    for (p, off) in levels.iter().enumerate() {
        let limit = if p < usize::from(EFFECTS) { 2.0 } else { 4.0 };
        assert!(off.abs() <= limit, "program {p}: {off:+.2} LU");
    }
    assert!(variance.sqrt() <= 1.0, "standard deviation {:.2} LU", variance.sqrt());
}

#[test]
fn touch_spans_eighteen_decibels_and_brightens() {
    let mut s = synth(4);
    let mut wrong = Vec::new();
    for p in 0..EFFECTS {
        let mut stroke = |velocity| {
            s.reset();
            s.send(program(0, p));
            s.send(cc(0, 91, 0));
            s.send(on(0, 60, velocity));
            let x = mono(&mut s, 1 << 14);
            (rms_db(&x), Power::of(&x).brightness())
        };
        let ((soft, dull), (loud, bright)) = (stroke(20), stroke(127));
        if loud - soft < 18.0 {
            wrong.push(format!("program {p}: {:.1} dB", loud - soft));
        }
        if bright < 1.03 * dull {
            wrong.push(format!("program {p}: {dull:.0} Hz to {bright:.0} Hz"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_program_is_silent_or_clips_or_leans() {
    let mut s = synth(16);
    let mut wrong = Vec::new();
    for p in 0..128 {
        for key in [24, 60, 96] {
            s.reset();
            s.send(program(0, p));
            s.send(on(0, key, 127));
            let [l, r] = frames(&mut s, RATE as usize);
            let most = peak(&l).max(peak(&r));
            if !(0.003..=0.89).contains(&most) {
                wrong.push(format!("program {p} key {key}: peak {most}"));
            }
            let x = &l[l.len() - (1 << 15)..];
            let lean = dc_db(x) - rms_db(x);
            if rms_db(x) > -70.0 && lean > -60.0 {
                wrong.push(format!("program {p} key {key}: DC {lean:.1} dB"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_drum_sounds_and_none_clips() {
    let mut s = synth(8);
    for key in 27..=87 {
        let mut stroke = |velocity| {
            s.reset();
            s.send(on(9, key, velocity));
            let [l, r] = frames(&mut s, 24_000);
            peak(&l).max(peak(&r))
        };
        let (soft, loud) = (stroke(20), stroke(127));
        assert!(loud > 0.02 && loud < 0.89, "drum {key}: peak {loud}");
        assert!(loud > 6.0 * soft, "drum {key}: {soft} to {loud}");
    }
}

#[test]
fn a_chord_of_sixty_four_stays_below_minus_one_dbtp() {
    let mut s = synth(64);
    let mut wrong = Vec::new();
    for p in 0..128 {
        s.reset();
        s.send(program(0, p));
        for key in 30..94 {
            s.send(on(0, key, 127));
        }
        let [l, r] = frames(&mut s, 14_400);
        let mut meter = EbuR128::new(2, RATE, Mode::TRUE_PEAK).unwrap();
        meter.add_frames_planar_f32(&[&l, &r]).unwrap();
        let most = meter.true_peak(0).unwrap().max(meter.true_peak(1).unwrap());
        let db = 20.0 * most.log10();
        if db > -1.0 {
            wrong.push(format!("program {p}: {db:.2} dBTP"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
