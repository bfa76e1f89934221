//! Nothing allocates or frees while the synth plays.

mod common;

use common::{Dice, synth};
use musigan_guard::{Guard, touches};

#[global_allocator]
static ALLOCATOR: Guard = Guard;

#[test]
fn the_guard_sees_an_allocation() {
    assert_eq!(touches(|| drop(std::hint::black_box(Box::new(1)))), 2);
}

#[test]
fn playing_neither_allocates_nor_frees() {
    // Few voices, so that most notes steal; every event, every program.
    let mut synth = synth(24);
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
    let touched = touches(|| {
        for _ in 0..20_000 {
            for _ in 0..dice.roll(4) {
                synth.send(dice.event());
            }
            let n = 1 + dice.roll(64) as usize;
            synth.render(&mut left[..n], &mut right[..n]);
        }
        synth.all_notes_off();
        synth.reset();
        synth.render(&mut left, &mut right);
    });
    assert_eq!(touched, 0);
}
