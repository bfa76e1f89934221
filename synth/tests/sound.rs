//! What is heard: pitch, loudness, clicks, limits, rubbish.

mod common;

use common::*;
use ebur128::{EbuR128, Mode};

/// The pitch of `x` near `hz`, in cents off: the phase advance of a narrow window's bin between
/// two halves, an estimate that shares nothing with the synth.
fn cents_off(x: &[f32], hz: f64) -> f64 {
    let n = x.len() / 2;
    let phase = |from: usize, hz: f64| {
        let (mut re, mut im) = (0.0, 0.0);
        for i in 0..n {
            let w = 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / n as f64).cos();
            let a = std::f64::consts::TAU * hz * (from + i) as f64 / f64::from(RATE);
            re += w * f64::from(x[from + i]) * a.cos();
            im -= w * f64::from(x[from + i]) * a.sin();
        }
        im.atan2(re)
    };
    let mut estimate = hz;
    for _ in 0..4 {
        let mut d = phase(n, estimate) - phase(0, estimate);
        d -= std::f64::consts::TAU * (d / std::f64::consts::TAU).round();
        estimate += d / std::f64::consts::TAU * f64::from(RATE) / n as f64;
    }
    1_200.0 * (estimate / hz).log2()
}

fn key_hz(key: u8) -> f64 {
    440.0 * ((f64::from(key) - 69.0) / 12.0).exp2()
}

#[test]
fn struck_and_plucked_sounds_are_in_tune() {
    // Program, keys, and the partial that names the pitch.
    let cases: [(u8, [u8; 3], f64); 14] = [
        (0, [36, 60, 84], 1.0),
        (4, [36, 60, 84], 1.0),
        (6, [40, 60, 84], 1.0),
        (8, [60, 72, 96], 1.0),
        (9, [60, 72, 96], 1.0),
        (10, [48, 72, 96], 1.0),
        (11, [53, 65, 84], 1.0),
        (12, [45, 60, 84], 1.0),
        (14, [60, 67, 72], 2.0),
        (24, [40, 60, 76], 1.0),
        (25, [40, 60, 84], 1.0),
        (27, [40, 60, 84], 1.0),
        (33, [28, 40, 55], 1.0),
        (46, [36, 60, 90], 1.0),
    ];
    for (p, keys, partial) in cases {
        for key in keys {
            let mut s = dry(p);
            s.send(on(0, key, 90));
            frames(&mut s, 2_400);
            let x = mono(&mut s, 9_600);
            let cents = cents_off(&x, key_hz(key) * partial);
            assert!(cents.abs() < 3.0, "program {p} key {key}: {cents:.2} cents");
        }
    }
}

#[test]
fn held_sounds_are_in_tune() {
    // Vibrato and detuned oscillators average out over a second; one oscillator without vibrato
    // is exact.
    for (p, limit) in [(19, 1.0), (71, 1.0), (56, 6.0), (73, 6.0), (40, 6.0), (65, 6.0)] {
        for key in [48, 60, 81] {
            let mut s = dry(p);
            s.send(on(0, key, 90));
            frames(&mut s, 28_800);
            let x = mono(&mut s, 96_000);
            let cents = cents_off(&x, key_hz(key));
            assert!(cents.abs() < limit, "program {p} key {key}: {cents:.2} cents");
        }
    }
}

#[test]
fn the_wheel_bends_by_two_semitones() {
    for p in [0, 10, 24, 4, 19] {
        let mut s = dry(p);
        s.send(wheel(0, 16_383));
        s.send(on(0, 60, 90));
        frames(&mut s, 2_400);
        let bent = cents_off(&mono(&mut s, 9_600), key_hz(62));
        assert!(bent.abs() < 3.0, "program {p}, bent before: {bent:.2} cents");
        let mut s = dry(p);
        s.send(on(0, 60, 90));
        frames(&mut s, 2_400);
        s.send(wheel(0, 0));
        frames(&mut s, 4_800);
        let bent = cents_off(&mono(&mut s, 9_600), key_hz(58));
        assert!(bent.abs() < 3.0, "program {p}, bent while it sounds: {bent:.2} cents");
    }
}

#[test]
fn no_program_is_silent_or_clips() {
    let mut s = synth(16);
    for p in 0..128 {
        for key in [24, 60, 96] {
            s.reset();
            s.send(program(0, p));
            s.send(on(0, key, 127));
            let [l, r] = frames(&mut s, RATE as usize);
            let most = peak(&l).max(peak(&r));
            assert!(most > 0.003 && most < 0.89, "program {p} key {key}: peak {most}");
            let mean = l.iter().map(|v| f64::from(*v)).sum::<f64>() / l.len() as f64;
            assert!(mean.abs() < 1e-3, "program {p} key {key}: DC {mean}");
        }
    }
}

#[test]
fn velocity_spans_eighteen_decibels() {
    let mut s = synth(4);
    for p in 0..120 {
        let mut level = |velocity| {
            s.reset();
            s.send(program(0, p));
            s.send(cc(0, 91, 0));
            s.send(on(0, 60, velocity));
            rms_db(&mono(&mut s, 14_400))
        };
        let span = level(127) - level(20);
        assert!(span >= 18.0, "program {p}: {span:.1} dB");
    }
}

#[test]
fn a_huge_chord_stays_below_minus_one_dbtp() {
    for p in [0, 10, 16, 30, 48, 61, 81] {
        let mut s = synth(128);
        s.send(program(0, p));
        for key in 30..94 {
            s.send(on(0, key, 127));
        }
        let [l, r] = frames(&mut s, 2 * RATE as usize);
        let mut meter = EbuR128::new(2, RATE, Mode::TRUE_PEAK).unwrap();
        meter.add_frames_planar_f32(&[&l, &r]).unwrap();
        let most = meter.true_peak(0).unwrap().max(meter.true_peak(1).unwrap());
        let db = 20.0 * most.log10();
        assert!(db <= -1.0, "program {p}: {db:.2} dBTP");
    }
}

/// The largest second difference: what a click has and music at these keys has not.
fn roughness(x: &[f32]) -> f32 {
    x.windows(3).fold(0.0, |m, w| m.max((w[0] - 2.0 * w[1] + w[2]).abs()))
}

#[test]
fn release_steal_and_program_change_do_not_click() {
    // Smooth sounds at a low key: their own second differences are small.
    for p in [16, 19, 48, 73, 89, 11] {
        let mut s = synth(1);
        let s = &mut s;
        s.send(program(0, p));
        s.send(cc(0, 91, 0));
        s.send(on(0, 48, 100));
        frames(s, 24_000);
        let calm = roughness(&mono(s, 12_000));
        let level = peak(&mono(s, 2_400));
        // Stolen by a note that swells slowly, so that only the theft could click.
        s.send(program(0, 89));
        s.send(on(0, 36, 1));
        let stolen = roughness(&mono(s, 4_800));
        assert!(stolen < 3.0 * calm + 0.004 * level, "program {p}: {stolen} after {calm}");
        let mut s = dry(p);
        s.send(on(0, 48, 100));
        frames(&mut s, 24_000);
        s.send(off(0, 48));
        let released = roughness(&mono(&mut s, 9_600));
        assert!(released < 3.0 * calm + 0.004 * level, "program {p}: {released} after {calm}");
    }
}

#[test]
fn controllers_do_not_zip() {
    for (number, values) in [(7, [127, 10]), (10, [0, 127]), (11, [127, 20])] {
        let mut s = dry(19);
        s.send(on(0, 48, 100));
        frames(&mut s, 24_000);
        let calm = roughness(&mono(&mut s, 12_000));
        let level = peak(&mono(&mut s, 2_400));
        for value in values {
            s.send(cc(0, number, value));
            let moved = roughness(&mono(&mut s, 4_800));
            assert!(moved < 3.0 * calm + 0.004 * level, "CC {number}: {moved} after {calm}");
        }
    }
}

#[test]
fn pedals_hold_and_let_go() {
    let mut s = synth(16);
    s.send(program(0, 16));
    s.send(cc(0, 64, 127));
    s.send(on(0, 60, 90));
    s.send(off(0, 60));
    frames(&mut s, 9_600);
    assert_eq!(s.active_voices(), 1, "sustain holds");
    s.send(cc(0, 64, 0));
    frames(&mut s, 24_000);
    assert_eq!(s.active_voices(), 0, "and lets go");

    s.send(on(0, 60, 90));
    s.send(cc(0, 66, 127));
    s.send(on(0, 64, 90));
    s.send(off(0, 60));
    s.send(off(0, 64));
    frames(&mut s, 24_000);
    assert_eq!(s.active_voices(), 1, "sostenuto holds what was down before it");
    s.send(cc(0, 66, 0));
    frames(&mut s, 24_000);
    assert_eq!(s.active_voices(), 0);
}

#[test]
fn channel_mode_messages_end_notes() {
    for mode in [120, 123] {
        let mut s = synth(16);
        s.send(program(3, 19));
        s.send(on(3, 60, 90));
        frames(&mut s, 4_800);
        s.send(cc(3, mode, 0));
        frames(&mut s, 48_000);
        assert_eq!(s.active_voices(), 0, "CC {mode}");
    }
}

#[test]
fn any_events_give_sound_numbers() {
    let mut s = synth(48);
    let mut dice = Dice(0xDEAD_BEEF);
    let (mut left, mut right) = ([0.0; 160], [0.0; 160]);
    for _ in 0..60_000 {
        s.send(dice.event());
        let n = dice.roll(24) as usize;
        s.render(&mut left[..n], &mut right[..n]);
        let sound = left[..n].iter().chain(&right[..n]).all(|v| v.abs() <= 1.0);
        assert!(sound, "NaN, infinity or clipping");
    }
}
