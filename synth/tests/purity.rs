//! What must not be heard: aliasing, clicks, steps.

mod common;

use common::*;
use musigan_synth::ChannelEvent;
use musigan_synth::instrument::PROGRAMS;

/// What an event may add to the largest second difference of a sound, as a part of its peak:
/// the corner of a straight fade over 5 ms.
const CLICK: f32 = 0.005;

fn is_held(p: u8) -> bool {
    let e = PROGRAMS[usize::from(p)].envelope;
    e.attack > 0.0 && e.sustain > 0.0
}

#[test]
fn held_programs_do_not_alias_at_c7() {
    let mut wrong = Vec::new();
    // Breath and bow are noise between the harmonics; the waves under them are tested alone, in
    // the wavetable's own tests.
    let clean = |p: &u8| PROGRAMS[usize::from(*p)].noise.rest == 0.0;
    // The fifth of lead 7 has harmonics of its own; the overdriven guitars hold, too.
    let held = (16..119).filter(|&p| is_held(p) && p != 86).filter(clean).chain([29, 30]);
    for p in held {
        let mut s = dry(p);
        s.send(on(0, 96, 100));
        frames(&mut s, 48_000);
        // Some stacks have an oscillator an octave lower.
        let stray = Power::of(&mono(&mut s, 1 << 15)).between_harmonics(key_hz(84), 60.0);
        if stray > -60.0 {
            wrong.push(format!("program {p}: {stray:.1} dB"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// A held key of `program`, some time after its beginning.
fn held(program: u8) -> musigan_synth::Synth {
    let mut s = synth(1);
    s.send(common::program(0, program));
    s.send(cc(0, 91, 0));
    s.send(on(0, 48, 100));
    frames(&mut s, 6_007);
    s
}

#[test]
fn release_and_theft_do_not_click() {
    let mut wrong = Vec::new();
    for p in 0..119 {
        let calm = mono(&mut held(p), 2_400);
        // Stolen by a note that swells slowly, so that only the theft could click.
        let release = vec![off(0, 48)];
        let theft = vec![program(0, 89), on(0, 36, 1)];
        for (name, events) in [("release", release), ("theft", theft)] {
            let mut s = held(p);
            events.into_iter().for_each(|e| s.send(e));
            let excess = roughness(&mono(&mut s, 2_400)) - 1.02 * roughness(&calm);
            if excess > CLICK * peak(&calm) {
                wrong.push(format!("program {p}, {name}: {:.4}", excess / peak(&calm)));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn all_sound_off_does_not_click() {
    for p in [16, 19, 48, 50, 53, 71, 73, 89] {
        let calm = mono(&mut held(p), 2_400);
        for off in [cc(0, 120, 0), ChannelEvent::SystemReset] {
            let mut s = held(p);
            s.send(off);
            let excess = roughness(&mono(&mut s, 2_400)) - 1.02 * roughness(&calm);
            assert!(excess <= CLICK * peak(&calm), "program {p}: {}", excess / peak(&calm));
        }
    }
}

#[test]
fn a_program_change_leaves_what_sounds_alone() {
    for p in (0..119).step_by(7) {
        let (mut s, mut other) = (held(p), held(p));
        s.send(program(0, 127 - p));
        assert_eq!(frames(&mut s, 2_400), frames(&mut other, 2_400), "program {p}");
    }
}

#[test]
fn held_notes_begin_without_a_click() {
    for p in (16..104).filter(|&p| is_held(p)) {
        let mut s = dry(p);
        s.send(on(0, 48, 100));
        // Its noise at the beginning (a key click, a bow) belongs to it.
        if PROGRAMS[usize::from(p)].noise.level > 0.0 {
            continue;
        }
        // A filter may open at the attack; a click would be over by then.
        let begin = mono(&mut s, 240);
        let calm = mono(&mut s, 9_600);
        let excess = roughness(&begin) - 1.1 * roughness(&calm);
        assert!(excess < CLICK * peak(&calm), "program {p}: {}", excess / peak(&calm));
    }
}

/// The largest step from frame to frame.
fn step(x: &[f32]) -> f32 {
    x.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max)
}

#[test]
fn struck_and_plucked_notes_begin_without_a_click() {
    let mut wrong = Vec::new();
    for p in (0..120).filter(|&p| !is_held(p)) {
        for (key, velocity) in [(36, 60), (36, 127), (60, 90), (84, 60), (84, 127)] {
            let mut s = dry(p);
            s.send(on(0, key, velocity));
            let mut x = vec![0.0];
            x.extend(mono(&mut s, 4_800));
            // A mallet, a pin, a quill are bright for some milliseconds, but not brighter than
            // this against what follows (felt is soft); and a low note does not jump out of
            // silence (of a high one the first frame may be a good part of the wave).
            let (begin, after) = (step(&x[..241]), step(&x[240..]));
            let jump = x.iter().find(|v| v.abs() > 1e-6).map_or(0.0, |v| v.abs());
            let most = if p < 4 { 1.3 } else { 2.4 };
            if begin > most * after || (key == 36 && jump > 0.05 * peak(&x)) {
                let [begin, jump] = [begin / after, jump / peak(&x)];
                wrong.push(format!("program {p}, key {key}: step {begin:.2}, jump {jump:.3}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn controllers_do_not_zip() {
    let pressure =
        |value| ChannelEvent::from_midi(&[0xD0, value]).expect("a channel pressure message");
    let moves: [(&str, ChannelEvent, ChannelEvent); 8] = [
        ("modulation", cc(0, 1, 0), cc(0, 1, 127)),
        ("volume", cc(0, 7, 127), cc(0, 7, 10)),
        ("pan", cc(0, 10, 0), cc(0, 10, 127)),
        ("expression", cc(0, 11, 127), cc(0, 11, 20)),
        ("brightness", cc(0, 74, 0), cc(0, 74, 127)),
        ("chorus", cc(0, 93, 0), cc(0, 93, 127)),
        ("wheel", wheel(0, 0), wheel(0, 16_383)),
        ("pressure", pressure(0), pressure(127)),
    ];
    let mut wrong = Vec::new();
    for p in [0, 5, 11, 19, 24, 33, 48, 56, 71, 79, 81, 89] {
        for (name, from, to) in moves {
            // Every value that the controller goes between, each at rest, and on the way.
            let settle = |event: &[ChannelEvent]| {
                let mut s = synth(1);
                s.send(program(0, p));
                s.send(cc(0, 91, 0));
                s.send(from);
                s.send(on(0, 48, 100));
                frames(&mut s, 6_005);
                event.iter().for_each(|e| s.send(*e));
                let moved = mono(&mut s, 1_200);
                (moved, mono(&mut s, 6_000))
            };
            let (before, calm) = settle(&[]);
            let (moved, after) = settle(&[to]);
            let most = [&before, &calm, &after].map(|x| roughness(x));
            let most = most.into_iter().fold(0.0, f32::max);
            let level = peak(&before).max(peak(&after));
            let excess = roughness(&moved) - 1.1 * most;
            if excess > CLICK * level {
                wrong.push(format!("program {p}, {name}: {:.4}", excess / level));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn more_thefts_than_there_are_spare_voices_stay_soft() {
    let mut s = synth(16);
    s.send(program(0, 19));
    s.send(cc(0, 91, 0));
    s.send(program(1, 89));
    (0..16).for_each(|i| s.send(on(0, 36 + i, 100)));
    frames(&mut s, 24_000);
    let calm = mono(&mut s, 4_800);
    // Forty notes within one frame, faint and slow: sixteen fade, the others are cut.
    (0..40).for_each(|i| s.send(on(1, 30 + i, 1)));
    let x = mono(&mut s, 4_800);
    let excess = roughness(&x) - 1.02 * roughness(&calm);
    assert!(excess < 0.03 * peak(&calm), "{}", excess / peak(&calm));
}
