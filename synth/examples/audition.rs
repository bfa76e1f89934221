//! Renders a phrase of every program and of the kit to WAV files, for ears and spectrograms.
//!
//! `cargo run --release -p musigan-synth --example audition -- [FOLDER] [PROGRAM ...]`

use musigan_score::{Pitch, Program, Velocity};
use musigan_synth::instrument::PROGRAMS;
use musigan_synth::{Channel, ChannelEvent, Config, Synth};
use std::path::Path;

const RATE: u32 = 48_000;

/// Seconds, keys, velocity, seconds held.
type Stroke = (f32, &'static [u8], u8, f32);

const PHRASE: [Stroke; 9] = [
    (0.0, &[60], 80, 0.45),
    (0.5, &[64], 60, 0.45),
    (1.0, &[67], 100, 0.45),
    (1.5, &[72], 120, 0.9),
    (2.5, &[48, 55, 60, 64], 80, 1.4),
    (4.0, &[84], 80, 0.4),
    (4.5, &[36], 80, 0.9),
    (5.5, &[60], 30, 0.4),
    (6.0, &[60, 67, 76], 110, 1.5),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().unwrap_or_else(|| "target/audition".into());
    std::fs::create_dir_all(&folder)?;
    let only: Vec<u8> = args.filter_map(|a| a.parse().ok()).collect();
    for (program, patch) in PROGRAMS.iter().enumerate() {
        if only.is_empty() || only.contains(&(program as u8)) {
            let name = format!("{program:03} {}.wav", patch.name.replace('/', "-"));
            write(&Path::new(&folder).join(name), &phrase(program as u8))?;
        }
    }
    write(&Path::new(&folder).join("kit.wav"), &kit())?;
    Ok(())
}

fn note(channel: u8, key: u8, velocity: u8) -> ChannelEvent {
    let channel = Channel::new(channel);
    let key = Pitch::from_data(key);
    match Velocity::new(velocity) {
        Some(velocity) => ChannelEvent::NoteOn { channel, key, velocity },
        None => ChannelEvent::NoteOff { channel, key },
    }
}

fn phrase(program: u8) -> Vec<f32> {
    let mut events = Vec::new();
    for (start, keys, velocity, held) in PHRASE {
        for &key in keys {
            events.push((start, note(0, key, velocity)));
            events.push((start + held, note(0, key, 0)));
        }
    }
    let program = Program::from_data(program);
    events.push((0.0, ChannelEvent::Program { channel: Channel::new(0), program }));
    render(events, 10.0)
}

fn kit() -> Vec<f32> {
    let keys = 27..=87_u8;
    let events = keys.enumerate().map(|(i, key)| (i as f32 * 0.5, note(9, key, 100))).collect();
    render(events, 33.0)
}

fn render(mut events: Vec<(f32, ChannelEvent)>, seconds: f32) -> Vec<f32> {
    // Program changes first, then note-offs before note-ons of the same moment.
    events.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| order(&a.1).cmp(&order(&b.1))));
    let mut synth = Synth::new(Config { sample_rate: RATE, ..Config::default() });
    let mut out = Vec::new();
    let mut at = 0;
    for (time, event) in events.into_iter().map(|(t, e)| (t, Some(e))).chain([(seconds, None)]) {
        let frames = ((time * RATE as f32) as usize).saturating_sub(at);
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        synth.render(&mut left, &mut right);
        out.extend(left.iter().zip(&right).flat_map(|(l, r)| [*l, *r]));
        at += frames;
        if let Some(event) = event {
            synth.send(event);
        }
    }
    out
}

fn order(event: &ChannelEvent) -> u8 {
    match event {
        ChannelEvent::Program { .. } => 0,
        ChannelEvent::NoteOff { .. } => 1,
        _ => 2,
    }
}

fn write(path: &Path, samples: &[f32]) -> Result<(), hound::Error> {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: RATE,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut file = hound::WavWriter::create(path, spec)?;
    samples.iter().try_for_each(|&x| file.write_sample(x))?;
    file.finalize()
}
