//! When things sound: blocks leave no trace, events fall on their frames, silence comes.

mod common;

use common::*;
use musigan_synth::instrument::{KIT_FIRST, KIT_LAST, PROGRAMS, Patch, Sound, percussion};
use musigan_synth::{Action, ChannelEvent, Config, DrumSpec, Player, Synth, TimedAction};

/// A piece with every family, percussion, pedal and wheel, as (frame, event).
fn piece() -> Vec<(usize, ChannelEvent)> {
    let programs = [0, 4, 10, 11, 16, 24, 30, 33, 40, 48, 52, 56, 65, 73, 81, 88];
    let mut events = Vec::new();
    for (i, p) in programs.into_iter().enumerate() {
        let channel = (i % 8) as u8;
        let start = i * 4_001 + 13;
        events.push((start, program(channel, p)));
        events.push((start, on(channel, 48 + i as u8, 90)));
        events.push((start + 700, on(9, 35 + i as u8, 100)));
        events.push((start + 1_999, wheel(channel, 8_192 + 500 * i as u16)));
        events.push((start + 2_048, cc(channel, 64, if i % 2 == 0 { 127 } else { 0 })));
        events.push((start + 6_400, off(channel, 48 + i as u8)));
        events.push((start + 9_003, cc(channel, 64, 0)));
    }
    events.sort_by_key(|e| e.0);
    events
}

fn play(block: usize) -> Vec<f32> {
    let mut synth = synth(64);
    let mut out = Vec::new();
    let mut at = 0;
    let end = 96_000;
    for (frame, event) in piece().into_iter().map(|(f, e)| (f, Some(e))).chain([(end, None)]) {
        while at < frame {
            let n = block.min(frame - at);
            let [l, r] = frames(&mut synth, n);
            out.extend(l.into_iter().zip(r).flat_map(|(l, r)| [l, r]));
            at += n;
        }
        event.into_iter().for_each(|e| synth.send(e));
    }
    out
}

#[test]
fn the_block_size_is_not_heard() {
    let whole = play(512);
    assert!(rms_db(&whole) > -40.0);
    for block in [1, 17, 64] {
        let parts = play(block);
        let error: Vec<f32> = whole.iter().zip(&parts).map(|(a, b)| a - b).collect();
        let db = rms_db(&error) - rms_db(&whole);
        assert!(db < -90.0, "blocks of {block}: error at {db:.1} dB");
    }
}

#[test]
fn the_same_events_give_the_same_samples() {
    assert_eq!(play(100), play(100));
}

#[test]
fn reset_resets() {
    let mut used = synth(16);
    let mut dice = Dice(77);
    for _ in 0..300 {
        used.send(dice.event());
        frames(&mut used, 97);
    }
    used.reset();
    assert!(used.is_silent() && used.active_voices() == 0);
    let mut fresh = synth(16);
    for s in [&mut used, &mut fresh] {
        s.send(program(0, 48));
        s.send(on(0, 60, 100));
        s.send(on(9, 38, 100));
    }
    assert_eq!(frames(&mut used, 9_600), frames(&mut fresh, 9_600));
}

/// Whether a patch swells, so that its first frames may be silent.
fn swells(patch: &Patch) -> bool {
    let rattles = |d: &DrumSpec| d.rattle.iter().any(|r| r.attack > 0.0);
    patch.envelope.attack > 0.0 || matches!(&patch.sound, Sound::Drum(d) if rattles(d))
}

#[test]
fn struck_sounds_begin_within_two_frames() {
    let struck = (0..128).filter(|p| !swells(&PROGRAMS[usize::from(*p)]));
    for p in struck {
        let mut s = dry(p);
        frames(&mut s, 37);
        s.send(on(0, 60, 100));
        let x = mono(&mut s, 64);
        let first = x.iter().position(|v| *v != 0.0);
        assert!(first.is_some_and(|f| f <= 2), "program {p}: frame {first:?}");
    }
    for key in (KIT_FIRST..=KIT_LAST).filter(|k| percussion(*k).is_some_and(|p| !swells(p))) {
        let mut s = synth(8);
        frames(&mut s, 11);
        s.send(on(9, key, 100));
        let first = mono(&mut s, 64).iter().position(|v| *v != 0.0);
        assert!(first.is_some_and(|f| f <= 2), "drum {key}: frame {first:?}");
    }
}

/// Seconds from the release of a chord to exact silence.
fn dying(s: &mut Synth, p: u8) -> f32 {
    s.send(program(0, p));
    s.send(on(0, 50, 110));
    s.send(on(0, 64, 110));
    frames(s, 4_800);
    s.send(off(0, 50));
    s.send(off(0, 64));
    let mut waited = 0;
    while !s.is_silent() && waited < 40 * RATE {
        frames(s, RATE as usize / 8);
        waited += RATE / 8;
    }
    let [l, r] = frames(s, 4_800);
    assert!(l.iter().chain(&r).all(|v| *v == 0.0), "program {p}");
    waited as f32 / RATE as f32
}

#[test]
fn silence_comes_after_the_last_release() {
    let mut s = synth(16);
    for p in 0..128 {
        let patch = &PROGRAMS[usize::from(p)];
        // The hall falls by 100 dB in 3.2 s, a release by 100 dB in 1.7 times its own time; what
        // has no damper rings as long as it rings.
        let limit = 4.5 + 1.7 * patch.envelope.release;
        let limit = if patch.undamped_from == 0 { 20.0 } else { limit };
        let seconds = dying(&mut s, p);
        assert!(seconds <= limit, "program {p}: {seconds} s");
    }
}

#[test]
fn a_soft_string_is_over_when_it_is_not_heard_any_more() {
    // A bent key just above 12 Hz sounds an octave higher: the longest string of the harp, which has no damper.
    let seconds = |velocity: u8| {
        let mut s = synth(1);
        for message in [&[0xC0, 46][..], &[0xE0, 0, 85], &[0x90, 6, velocity], &[0xB0, 123, 0]] {
            s.send(ChannelEvent::from_midi(message).unwrap());
        }
        (0..40 * 8)
            .take_while(|_| {
                frames(&mut s, RATE as usize / 8);
                s.active_voices() > 0
            })
            .count()
            / 8
    };
    let (soft, loud) = (seconds(1), seconds(127));
    assert!(soft < 20 && (20..32).contains(&loud), "{soft} s and {loud} s");
}

#[test]
fn a_player_of_one_week_plays_as_a_new_one() {
    // 24 ticks per quarter at 120 beats per minute: a tick is 1000 frames at 48 kHz.
    let week = 7 * 24 * 3_600 * u64::from(RATE);
    let play = |age: u64| {
        let mut player = Player::new(Config { sample_rate: RATE, ..Config::default() }, 24);
        player.transport_mut().advance(age);
        let first = player.transport().tick();
        let actions: Vec<TimedAction> = piece()
            .into_iter()
            .map(|(frame, e)| TimedAction {
                tick: first + frame as u64 / 1_000,
                action: Action::Channel(e),
            })
            .collect();
        let mut source = actions.as_slice();
        let (mut left, mut right) = (vec![0.0; 96_000], vec![0.0; 96_000]);
        player.render(&mut source, &mut left, &mut right);
        assert!(source.is_empty());
        [left, right]
    };
    assert_eq!(play(0), play(week));
}

/// Level in dB and cents off of a key of the flute, the hall aside.
fn flute(s: &mut Synth) -> (f64, f64) {
    s.send(program(0, 73));
    s.send(cc(0, 91, 0));
    s.send(on(0, 69, 90));
    frames(s, 24_000);
    let x = mono(s, WINDOW);
    s.send(off(0, 69));
    frames(s, 48_000);
    (rms_db(&x), cents_off_held(&x, key_hz(69)))
}

/// The long form: an hour of notes at random, rendered.
/// `cargo test --release -p musigan-synth --test time -- --ignored`
#[test]
#[ignore = "renders an hour"]
fn an_hour_of_playing_changes_nothing() {
    let mut s = synth(32);
    let fresh = flute(&mut s);
    let mut dice = Dice(0x5EED);
    for _ in 0..3_600 * 8 {
        let (channel, key) = (1 + dice.roll(8) as u8, 30 + dice.roll(60) as u8);
        s.send(program(channel, dice.roll(119) as u8));
        s.send(on(channel, key, 1 + dice.roll(127) as u8));
        frames(&mut s, RATE as usize / 8);
        s.send(off(channel, key));
    }
    s.all_notes_off();
    frames(&mut s, 10 * RATE as usize);
    let old = flute(&mut s);
    assert!((old.0 - fresh.0).abs() < 0.3 && (old.1 - fresh.1).abs() < 0.5, "{fresh:?} {old:?}");
}

#[test]
fn the_player_puts_events_on_their_frames() {
    // 24 ticks per quarter at 120 beats per minute: a tick is 1000 frames at 48 kHz.
    let actions = [
        TimedAction { tick: 0, action: Action::Channel(cc(0, 91, 0)) },
        TimedAction { tick: 3, action: Action::Channel(on(0, 72, 100)) },
        TimedAction { tick: 5, action: Action::Tempo(250_000) },
        TimedAction { tick: 9, action: Action::Channel(on(9, 38, 100)) },
    ];
    let config = Config { sample_rate: RATE, ..Config::default() };
    let mut player = Player::new(config, 24);
    let mut source = &actions[..];
    let (mut left, mut right) = (vec![0.0; 9_000], vec![0.0; 9_000]);
    for (l, r) in left.chunks_mut(77).zip(right.chunks_mut(77)) {
        player.render(&mut source, l, r);
    }
    let first = left.iter().position(|v| *v != 0.0).unwrap();
    assert!((3_000..3_003).contains(&first), "{first}");
    // The drum falls on frame 5000 + 4 · 500; against the same player without it.
    let mut without = Player::new(config, 24);
    let mut source = &actions[..3];
    let (mut other, mut unused) = (vec![0.0; 9_000], vec![0.0; 9_000]);
    without.render(&mut source, &mut other, &mut unused);
    let second = left.iter().zip(&other).position(|(a, b)| a != b).unwrap();
    assert!((7_000..7_003).contains(&second), "{second}");
}

#[test]
fn a_synth_of_another_rate_plays_the_same_time() {
    for rate in [24_000, 44_100, 96_000] {
        let mut s = Synth::new(Config { sample_rate: rate, ..Config::default() });
        s.send(on(0, 69, 100));
        let [l, _] = frames(&mut s, rate as usize);
        assert!(peak(&l) > 0.01 && rms_db(&l[l.len() / 2..]) < rms_db(&l[..l.len() / 4]));
    }
}
