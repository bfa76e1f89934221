//! Measures the loudness of every program at mezzo-forte and prints the trim that would bring it
//! to the target, for the program table.
//!
//! `cargo run --release -p musigan-synth --example levels`

use ebur128::{EbuR128, Mode};
use musigan_score::{Pitch, Program, Velocity};
use musigan_synth::instrument::{KIT_FIRST, KIT_LAST, PROGRAMS, percussion};
use musigan_synth::{Channel, ChannelEvent, Config, Synth};

/// LUFS of one key at mezzo-forte.
const TARGET: f64 = -27.0;

fn main() -> Result<(), ebur128::Error> {
    for (program, patch) in PROGRAMS.iter().enumerate() {
        let keys = keys(program);
        let mut sum = 0.0;
        for key in keys {
            sum += loudness(0, program as u8, key)?;
        }
        let mean = sum / keys.len() as f64;
        println!(
            "{program:3} {:28} {mean:6.1} LUFS  level {:+.1}",
            patch.name,
            f64::from(patch.level) + TARGET - mean
        );
    }
    for key in KIT_FIRST..=KIT_LAST {
        if let Some(patch) = percussion(key) {
            println!("kit {key:3} {:24} {:6.1} LUFS", patch.name, loudness(9, 0, key)?);
        }
    }
    Ok(())
}

/// Three keys within the usual range of a program.
fn keys(program: usize) -> [u8; 3] {
    match program {
        8..=10 | 72 | 74 | 78 | 112 => [67, 76, 84],
        12 | 13 | 98 | 108 => [60, 72, 84],
        32..=39 | 43 | 58 | 47 | 116 => [31, 38, 45],
        42 | 57 | 66 | 67 | 70 => [43, 52, 60],
        40 | 56 | 64 | 68 | 73 | 75..=79 => [60, 69, 79],
        16..=19 | 28 | 31 | 45..=46 => [48, 60, 72],
        _ => [52, 60, 69],
    }
}

/// Integrated loudness over three seconds: of a key held, or, where the sound dies away by itself,
/// struck four times a second, as music has it.
fn loudness(channel: u8, program: u8, key: u8) -> Result<f64, ebur128::Error> {
    const RATE: u32 = 48_000;
    let mut synth = Synth::new(Config { sample_rate: RATE, voices: 16, ..Config::default() });
    let channel = Channel::new(channel);
    synth.send(ChannelEvent::Program { channel, program: Program::from_data(program) });
    let patch = &PROGRAMS[usize::from(program)];
    let held = patch.envelope.attack > 0.0 && patch.envelope.sustain > 0.0 && channel.index() == 0;
    let (velocity, key) = (Velocity::MEZZO_FORTE, Pitch::from_data(key));
    let mut meter = EbuR128::new(2, RATE, Mode::I)?;
    let (mut left, mut right) = (vec![0.0; 11_000], vec![0.0; 11_000]);
    for stroke in 0..12 {
        if stroke == 0 || !held {
            synth.send(ChannelEvent::NoteOn { channel, key, velocity });
        }
        synth.render(&mut left, &mut right);
        meter.add_frames_planar_f32(&[&left, &right])?;
        if !held {
            synth.send(ChannelEvent::NoteOff { channel, key });
        }
        synth.render(&mut left[..1_000], &mut right[..1_000]);
        meter.add_frames_planar_f32(&[&left[..1_000], &right[..1_000]])?;
    }
    meter.loudness_global()
}
