//! MIDI: what each controller and message does to the sound.

mod common;

use common::*;
use musigan_synth::{ChannelEvent, Synth};

fn midi(s: &mut Synth, message: &[u8]) {
    s.send(ChannelEvent::from_midi(message).expect("a message that the synth knows"));
}

/// Half a second of a held key of `p`, after `events`, once it has settled.
fn held(p: u8, events: &[ChannelEvent]) -> [Vec<f32>; 2] {
    let mut s = dry(p);
    events.iter().for_each(|e| s.send(*e));
    s.send(on(0, 60, 90));
    frames(&mut s, 48_000);
    frames(&mut s, 1 << 15)
}

fn level(events: &[ChannelEvent]) -> f64 {
    let [l, r] = held(71, events);
    10.0 * (10_f64.powf(rms_db(&l) / 10.0) + 10_f64.powf(rms_db(&r) / 10.0)).log10()
}

#[test]
fn volume_and_expression_follow_the_recommended_curve() {
    // 40 log(value/127), General MIDI level 1 developer guidelines; 100 is the power-on volume.
    let rest = level(&[]);
    for (number, value, db) in [
        (7, 127, 40.0 * (127.0_f64 / 100.0).log10()),
        (7, 50, 40.0 * 0.5_f64.log10()),
        (11, 64, 40.0 * (64.0_f64 / 127.0).log10()),
    ] {
        let off = level(&[cc(0, number, value)]) - rest - db;
        assert!(off.abs() < 0.1, "CC {number} = {value}: {off:+.2} dB off");
    }
    assert!(level(&[cc(0, 7, 0)]) < -120.0);
    assert!(level(&[cc(0, 11, 0)]) < -120.0);
}

#[test]
fn pan_has_two_ends_and_constant_power() {
    let centre = level(&[]);
    let [left, right] = held(71, &[cc(0, 10, 0)]).map(|x| rms_db(&x));
    assert!(left - right > 20.0, "{left} {right}");
    let [left, right] = held(71, &[cc(0, 10, 127)]).map(|x| rms_db(&x));
    assert!(right - left > 20.0, "{left} {right}");
    for value in [0, 30, 90, 127] {
        assert!((level(&[cc(0, 10, value)]) - centre).abs() < 0.2, "{value}");
    }
}

/// How far the pitch of a held note swings: power further than 12 cents from its key, in dB.
fn swing(events: &[ChannelEvent]) -> f64 {
    let mut s = dry(71);
    events.iter().for_each(|e| s.send(*e));
    s.send(on(0, 60, 90));
    frames(&mut s, 24_000);
    let spectrum = Power::of(&mono(&mut s, 1 << 16));
    let hz = key_hz(60);
    10.0 * (spectrum.between(0.975 * hz, 0.988 * hz) / spectrum.between(0.97 * hz, 1.03 * hz))
        .log10()
}

#[test]
fn modulation_and_pressure_bring_vibrato() {
    let still = swing(&[]);
    assert!(still < -40.0, "{still}");
    assert!(swing(&[cc(0, 1, 127)]) > -20.0);
    let pressure = ChannelEvent::from_midi(&[0xD0, 127]).unwrap();
    assert!(swing(&[pressure]) > -20.0);
    assert!(swing(&[cc(0, 1, 127), cc(0, 121, 0)]) < -40.0, "CC 121 brings it back to rest");
}

#[test]
fn the_bend_range_is_registered_parameter_zero() {
    // Twelve semitones, by RPN 0; then the null parameter, which takes no more data.
    let range = [cc(0, 101, 0), cc(0, 100, 0), cc(0, 6, 12), cc(0, 101, 127), cc(0, 100, 127)];
    let mut s = dry(71);
    range.into_iter().chain([cc(0, 6, 3), wheel(0, 16_383)]).for_each(|e| s.send(e));
    s.send(on(0, 60, 90));
    frames(&mut s, 48_000);
    let cents = cents_off_held(&mono(&mut s, WINDOW), key_hz(72));
    assert!(cents.abs() < 1.0, "{cents:.2}");
    // CC 121 centres the wheel and keeps the range (RP-015).
    s.send(cc(0, 121, 0));
    frames(&mut s, 4_800);
    let cents = cents_off_held(&mono(&mut s, WINDOW), key_hz(60));
    assert!(cents.abs() < 1.0, "{cents:.2}");
}

#[test]
fn fine_and_coarse_tuning_are_registered_parameters() {
    // A quarter tone up (96 of 64 ± 64 is half a semitone) and two semitones down.
    let fine = [cc(0, 101, 0), cc(0, 100, 1), cc(0, 6, 96)];
    let coarse = [cc(0, 101, 0), cc(0, 100, 2), cc(0, 6, 62)];
    let mut s = dry(71);
    fine.into_iter().chain(coarse).for_each(|e| s.send(e));
    s.send(on(0, 60, 90));
    frames(&mut s, 48_000);
    let goal = key_hz(58) * (50.0_f64 / 1_200.0).exp2();
    let cents = cents_off_held(&mono(&mut s, WINDOW), goal);
    assert!(cents.abs() < 1.0, "{cents:.2}");
}

#[test]
fn the_sends_feed_hall_and_chorus() {
    let tail = |events: &[ChannelEvent]| {
        let mut s = dry(115);
        events.iter().for_each(|e| s.send(*e));
        s.send(on(0, 72, 120));
        frames(&mut s, 24_000);
        rms_db(&mono(&mut s, 24_000))
    };
    assert!(tail(&[cc(0, 91, 127)]) > tail(&[]) + 30.0);
    let [dry_left, dry_right] = held(71, &[]);
    assert!(dry_left.iter().zip(&dry_right).all(|(l, r)| (l - r).abs() < 0.1 * peak(&dry_left)));
    let [left, right] = held(71, &[cc(0, 93, 127)]);
    let side: Vec<f32> = left.iter().zip(&right).map(|(l, r)| l - r).collect();
    assert!(rms_db(&side) > rms_db(&left) - 20.0, "chorus is wide");
}

#[test]
fn brightness_and_the_soft_pedal_change_the_colour() {
    let colour = |p: u8, events: &[ChannelEvent]| {
        let mut s = dry(p);
        events.iter().for_each(|e| s.send(*e));
        s.send(on(0, 60, 90));
        let x = mono(&mut s, 1 << 15);
        (Power::of(&x).centroid(50.0, 20_000.0), rms_db(&x))
    };
    let ((plain, _), (open, _)) = (colour(81, &[]), colour(81, &[cc(0, 74, 127)]));
    assert!(open > 1.1 * plain, "{open} {plain}");
    let ((plain, level), (soft, softer)) = (colour(0, &[]), colour(0, &[cc(0, 67, 127)]));
    assert!(soft < 0.98 * plain && softer < level - 1.0, "{soft} {plain}");
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
fn resetting_the_controllers_lifts_the_pedals() {
    for pedal in [64, 66] {
        let mut s = synth(16);
        s.send(program(0, 16));
        s.send(on(0, 60, 90));
        s.send(cc(0, pedal, 127));
        s.send(off(0, 60));
        s.send(cc(0, 121, 0));
        frames(&mut s, 24_000);
        assert_eq!(s.active_voices(), 0, "CC {pedal}");
    }
}

#[test]
fn channel_mode_messages_end_notes() {
    for mode in [120, 123, 124, 125, 126, 127] {
        let mut s = synth(16);
        s.send(program(3, 19));
        s.send(on(3, 60, 90));
        frames(&mut s, 4_800);
        s.send(cc(3, mode, 0));
        // All sound off is at once, the others are releases.
        frames(&mut s, if mode == 120 { 480 } else { 48_000 });
        assert_eq!(s.active_voices(), 0, "CC {mode}");
    }
    let mut s = synth(16);
    s.send(program(3, 19));
    s.send(cc(3, 64, 127));
    s.send(on(3, 60, 90));
    s.send(cc(3, 123, 0));
    frames(&mut s, 48_000);
    assert_eq!(s.active_voices(), 1, "the pedal holds what all notes off releases");
}

#[test]
fn channels_do_not_touch_each_other() {
    let mut s = dry(71);
    let mut other = dry(71);
    for s in [&mut s, &mut other] {
        s.send(on(0, 60, 90));
        frames(s, 4_801);
    }
    for channel in (1..16).filter(|c| *c != 9) {
        for number in [1, 7, 10, 11, 64, 66, 67, 74, 91, 93, 120, 121, 123] {
            s.send(cc(channel, number, 127));
        }
        s.send(wheel(channel, 0));
        s.send(program(channel, 30));
    }
    assert_eq!(frames(&mut s, 9_600), frames(&mut other, 9_600));
}

#[test]
fn system_on_in_any_dialect_is_the_beginning() {
    let dialects: [&[u8]; 3] = [
        &[0xF0, 0x7E, 0x7F, 0x09, 0x01, 0xF7],
        &[0xF0, 0x41, 0x10, 0x42, 0x12, 0x40, 0x00, 0x7F, 0x00, 0x41, 0xF7],
        &[0xF0, 0x43, 0x10, 0x4C, 0x00, 0x00, 0x7E, 0x00, 0xF7],
    ];
    for reset in dialects {
        let mut s = synth(16);
        for message in [[0xB0, 7, 10], [0xB0, 64, 127], [0xE0, 0, 0], [0xB0, 10, 0]] {
            midi(&mut s, &message);
        }
        midi(&mut s, &[0xC0, 30]);
        midi(&mut s, &[0x90, 60, 100]);
        frames(&mut s, 4_800);
        midi(&mut s, reset);
        frames(&mut s, 480);
        assert_eq!(s.active_voices(), 0, "all sound is off");
        while !s.is_silent() {
            frames(&mut s, 4_800);
        }
        let mut fresh = synth(16);
        for s in [&mut s, &mut fresh] {
            midi(s, &[0xC0, 19]);
            midi(s, &[0x90, 60, 100]);
            frames(s, 24_000);
        }
        let (x, y) = (mono(&mut s, 4_800), mono(&mut fresh, 4_800));
        assert!((rms_db(&x) - rms_db(&y)).abs() < 0.05);
    }
}

#[test]
fn a_full_bank_steals_what_is_heard_least() {
    let mut s = synth(8);
    s.send(program(0, 71));
    s.send(program(1, 89));
    s.send(on(1, 36, 127));
    s.send(on(1, 43, 20));
    frames(&mut s, 48_000);
    s.send(off(1, 36));
    s.send(off(1, 43));
    (60..66).for_each(|key| s.send(on(0, key, 30)));
    frames(&mut s, 480);
    // Both low keys are dying; the fainter makes room, and the held ones stay.
    s.send(on(0, 70, 30));
    frames(&mut s, 480);
    assert_eq!(s.active_voices(), 8);
    let spectrum = Power::of(&mono(&mut s, 1 << 14));
    let power = |key: u8| spectrum.between(key_hz(key) - 6.0, key_hz(key) + 6.0);
    assert!(power(36) > 300.0 * power(43), "{} {}", power(36), power(43));
    for key in (60..66).chain([70]) {
        assert!(power(key) > 10.0 * power(43), "{key}");
    }
}

#[test]
fn a_key_struck_again_is_one_string() {
    // A piano key struck eight times a second does not pile up, and the hammer does not silence
    // the string first.
    let mut s = dry(0);
    let mut most = 0;
    for _ in 0..24 {
        s.send(on(0, 52, 90));
        frames(&mut s, 3_000);
        s.send(off(0, 52));
        frames(&mut s, 3_000);
        most = most.max(s.active_voices());
    }
    assert!(most <= 2, "{most} voices for one key");
    let mut s = dry(48);
    s.send(on(0, 60, 100));
    s.send(on(0, 60, 100));
    frames(&mut s, 24_000);
    assert_eq!(s.active_voices(), 1);
    s.send(off(0, 60));
    frames(&mut s, 72_000);
    assert_eq!(s.active_voices(), 0, "one release ends it");
}

#[test]
fn a_hundred_and_twenty_eight_notes_sound_at_once() {
    let mut s = synth(128);
    for channel in 0..8 {
        s.send(program(channel, 48));
        (40..56).for_each(|key| s.send(on(channel, key, 60)));
    }
    frames(&mut s, 4_800);
    assert_eq!(s.active_voices(), 128);
}

#[test]
fn hats_close_each_other() {
    let hat = |closes: bool| {
        let mut s = synth(16);
        s.send(cc(9, 91, 0));
        s.send(on(9, 46, 110));
        frames(&mut s, 4_800);
        if closes {
            s.send(on(9, 44, 1));
        }
        frames(&mut s, 9_600);
        rms_db(&mono(&mut s, 4_800))
    };
    assert!(hat(true) < hat(false) - 15.0, "{} {}", hat(true), hat(false));
}
