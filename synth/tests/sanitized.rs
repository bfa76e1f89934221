//! Playing, watched by the real-time sanitizer, which ends the program at a call that may wait: memory
//! asked for, a lock, a system call. `cargo xtask sanitize` links it; without it these tests only play.

mod common;

use std::hint::black_box;

use common::{Dice, synth};
use rtsan_standalone::{ensure_initialized, realtime_enter, realtime_exit};

/// What `work` gives, in a real-time context.
fn watched<T>(work: impl FnOnce() -> T) -> T {
    ensure_initialized();
    realtime_enter();
    let result = work();
    realtime_exit();
    result
}

/// Callbacks of any length with any events and any program; few voices, so that most notes steal.
#[test]
fn playing_never_waits() {
    let mut synth = synth(24);
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
    let loudest = watched(|| {
        let mut loudest = 0.0_f32;
        for _ in 0..20_000 {
            for _ in 0..dice.roll(4) {
                synth.send(dice.event());
            }
            let frames = 1 + dice.roll(64) as usize;
            synth.render(&mut left[..frames], &mut right[..frames]);
            loudest = left[..frames].iter().fold(loudest, |loudest, y| y.abs().max(loudest));
        }
        synth.all_notes_off();
        synth.reset();
        loudest
    });
    assert!(loudest > 0.1, "{loudest}");
}

/// `cargo xtask sanitize` wants this to fail.
#[test]
#[ignore = "ends the program where the sanitizer watches"]
fn an_allocation_is_seen() {
    watched(|| drop(black_box(Box::new(1))));
}
