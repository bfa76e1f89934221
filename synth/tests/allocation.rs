//! Nothing allocates or frees while the synth plays, and what it holds is small.

mod common;

use common::{Dice, synth};
use musigan_guard::{Guard, held, touches};
use musigan_synth::{Config, Synth};

#[global_allocator]
static ALLOCATOR: Guard = Guard;

#[test]
fn the_guard_sees_an_allocation() {
    assert_eq!(touches(|| drop(std::hint::black_box(Box::new(1)))), 2);
}

/// Callbacks of any length with any events and any program; few voices, so that most notes steal.
fn touched_in(callbacks: u32) -> usize {
    let mut synth = synth(24);
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
    touches(|| {
        for _ in 0..callbacks {
            for _ in 0..dice.roll(4) {
                synth.send(dice.event());
            }
            let n = 1 + dice.roll(64) as usize;
            synth.render(&mut left[..n], &mut right[..n]);
        }
        synth.all_notes_off();
        synth.reset();
        synth.render(&mut left, &mut right);
    })
}

#[test]
fn playing_neither_allocates_nor_frees() {
    assert_eq!(touched_in(20_000), 0);
}

/// The long form of the above.
/// `cargo test --release -p musigan-synth --test allocation -- --ignored`
#[test]
#[ignore = "minutes"]
fn a_million_callbacks_neither_allocate_nor_free() {
    assert_eq!(touched_in(1_000_000), 0);
}

#[test]
fn a_synth_fits_into_eight_megabytes() {
    let bytes = held(|| Synth::new(Config::default())) + size_of::<Synth>();
    println!("{:.2} MB", bytes as f64 / 1e6);
    assert!(bytes <= 8_000_000, "{bytes} bytes");
}
