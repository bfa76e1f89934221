//! Nothing allocates or frees while the synth plays.

mod common;

use assert_no_alloc::{AllocDisabler, assert_no_alloc, violation_count};
use common::{Dice, synth};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

#[test]
fn playing_neither_allocates_nor_frees() {
    // The guard itself works: an allocation is counted.
    let before = violation_count();
    assert_no_alloc(|| drop(std::hint::black_box(vec![0_u8; 100])));
    assert!(violation_count() > before, "the guard is blind");

    // Few voices, so that most notes steal; every event, every program.
    let mut synth = synth(24);
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
    let before = violation_count();
    assert_no_alloc(|| {
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
    assert_eq!(violation_count(), before);
}
