//! Blocks of 64 frames, as the audio callback renders them.

use std::hint::black_box;

use musigan_score::{Pitch, Program, Velocity};
use musigan_synth::{Channel, ChannelEvent, Config, Kernels, Synth};

use crate::counted;

/// Programs of all families, one for each fourth voice.
const MIXTURE: [u8; 16] = [0, 10, 4, 24, 33, 48, 48, 52, 56, 65, 73, 16, 0, 88, 11, 40];
const VOICES: usize = 64;
const BLOCKS: usize = 32;

pub fn blocks(kernels: Kernels) -> usize {
    let mut synth =
        Synth::new(Config { voices: VOICES, ..Config::default() }).with_kernels(kernels);
    for voice in 0..VOICES {
        let channel = Channel::new((voice % 8) as u8);
        let program = Program::from_data(MIXTURE[voice % MIXTURE.len()]);
        synth.send(ChannelEvent::Program { channel, program });
        // No key twice: the second would end the first.
        let key = Pitch::from_data((30 + voice * 7 % VOICES) as u8);
        synth.send(ChannelEvent::NoteOn { channel, key, velocity: Velocity::MEZZO_FORTE });
    }
    let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
    // Their attacks are over.
    for _ in 0..75 {
        synth.render(&mut left, &mut right);
    }
    assert_eq!(synth.active_voices(), VOICES, "all voices sound");
    render(&mut synth);
    assert_eq!(synth.active_voices(), VOICES, "all voices sound to the end");
    BLOCKS
}

/// What the effects cost alone: nothing sounds.
pub fn silence() -> usize {
    let mut synth = Synth::new(Config::default());
    render(&mut synth);
    BLOCKS
}

fn render(synth: &mut Synth) {
    let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
    counted(&mut || {
        for _ in 0..BLOCKS {
            synth.render(&mut left, &mut right);
            black_box((&left, &right));
        }
    });
}
