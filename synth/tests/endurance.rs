//! Whatever is played: finite numbers below the ceiling, and no wait before the first note.

mod common;

use common::*;
use musigan_synth::{ChannelEvent, Config, Synth};
use std::time::Instant;

fn play_at_random(events: u32) {
    let mut s = synth(40);
    let mut dice = Dice(0xDEAD_BEEF);
    let (mut left, mut right) = ([0.0; 16], [0.0; 16]);
    for i in 0..events {
        s.send(dice.event());
        let n = dice.roll(8) as usize;
        s.render(&mut left[..n], &mut right[..n]);
        let sound = left[..n].iter().chain(&right[..n]).all(|v| v.abs() <= 1.0);
        assert!(sound, "NaN, infinity or clipping after event {i}");
    }
}

#[test]
fn random_events_give_sound_numbers() {
    play_at_random(200_000);
}

/// The long form of the above.
/// `cargo test --release -p musigan-synth --test endurance -- --ignored`
#[test]
#[ignore = "minutes"]
fn ten_million_random_events_give_sound_numbers() {
    play_at_random(10_000_000);
}

#[test]
fn random_bytes_give_sound_numbers() {
    let mut s = synth(24);
    let mut dice = Dice(0xB17E5);
    let (mut left, mut right) = ([0.0; 16], [0.0; 16]);
    for _ in 0..100_000 {
        let length = dice.roll(12) as usize;
        let bytes: Vec<u8> = (0..length).map(|_| dice.roll(256) as u8).collect();
        if let Some(event) = ChannelEvent::from_midi(&bytes) {
            s.send(event);
        }
        let n = dice.roll(4) as usize;
        s.render(&mut left[..n], &mut right[..n]);
        assert!(left[..n].iter().chain(&right[..n]).all(|v| v.abs() <= 1.0));
    }
}

#[test]
fn the_synth_is_ready_at_once() {
    // The best of many: the machine that tests has other work, too.
    let mut best = f64::INFINITY;
    for _ in 0..60 {
        let start = Instant::now();
        let mut s = Synth::new(Config::default());
        s.send(on(0, 60, 100));
        frames(&mut s, 64);
        best = best.min(start.elapsed().as_secs_f64());
        if best <= 0.025 {
            break;
        }
    }
    println!("ready in {:.1} ms", best * 1e3);
    assert!(best <= 0.05, "{:.1} ms", best * 1e3);
}
