//! Every instruction set gives the samples of the portable kernels, bit by bit.

mod common;

use common::*;
use musigan_synth::{Kernels, Synth};

/// A second of random events and blocks.
fn play(mut s: Synth, seed: u64) -> Vec<u32> {
    let mut dice = Dice(seed);
    let mut bits = Vec::new();
    while bits.len() < 2 * RATE as usize {
        s.send(dice.event());
        s.send(on(dice.roll(16) as u8, 30 + dice.roll(60) as u8, 1 + dice.roll(127) as u8));
        let [l, r] = frames(&mut s, 1 + dice.roll(200) as usize);
        bits.extend(l.iter().chain(&r).map(|x| x.to_bits()));
    }
    bits
}

#[test]
fn kernels_agree_on_random_music() {
    for seed in 1..3 {
        let expected = play(synth(40).with_kernels(Kernels::PORTABLE), seed);
        for kernels in Kernels::available() {
            let found = play(synth(40).with_kernels(kernels), seed);
            let differ = expected.iter().zip(&found).position(|(a, b)| a != b);
            assert_eq!(differ, None, "{} differs from here on", kernels.name());
        }
    }
}

#[test]
fn kernels_agree_on_every_program() {
    for p in 0..128 {
        let [a, b] = [Kernels::PORTABLE, Kernels::detect()].map(|kernels| {
            let mut s = synth(4).with_kernels(kernels);
            s.send(program(0, p));
            s.send(on(0, 40 + p % 50, 100));
            s.send(on(9, 27 + p % 61, 100));
            frames(&mut s, 4_000)
        });
        assert!(a == b, "program {p}");
    }
}
