//! Sound files: what the synth plays, as fast as it can.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use hound::{SampleFormat, WavSpec, WavWriter};
use musigan_score::Program;
use musigan_synth::{Action, Config, TimedAction, Transport};

use crate::file::write_whole;
use crate::music::Rendering;

/// Frames rendered at a time.
const BLOCK: usize = 512;

/// What a sample is in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Samples {
    /// 16 bits.
    #[default]
    #[value(name = "16")]
    Int16,
    /// 24 bits.
    #[value(name = "24")]
    Int24,
    /// 32-bit floats.
    #[value(name = "float")]
    Float,
}

/// How the sound is rendered.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// What a sample is.
    pub samples: Samples,
    /// Frames a second.
    pub sample_rate: u32,
    /// Ticks to the quarter of the actions' clock.
    pub ticks_per_quarter: u32,
    /// The program of every channel that is not told one.
    pub default_program: Program,
}

/// What was rendered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rendered {
    /// Frames in the file.
    pub frames: u64,
    /// The greatest magnitude of a sample; 1 is full scale.
    pub peak: f32,
}

/// Plays `actions` into a stereo WAV file, until the last sound has died away. The same
/// actions give the same bytes.
///
/// # Errors
/// Where the file cannot be written, or could not hold all of the music; then it is not there.
pub fn render(path: &Path, actions: &[TimedAction], format: Format) -> Result<Rendered> {
    let (bits_per_sample, sample_format) = match format.samples {
        Samples::Int16 => (16, SampleFormat::Int),
        Samples::Int24 => (24, SampleFormat::Int),
        Samples::Float => (32, SampleFormat::Float),
    };
    let sample_rate = format.sample_rate;
    let spec = WavSpec { channels: 2, sample_rate, bits_per_sample, sample_format };
    // A WAV file tells its length in 32 bits; a few bytes of MIDI can ask for more than any disk holds.
    let most = LONGEST_BYTES / (2 * u64::from(bits_per_sample / 8));
    let frames = length(actions, format);
    let hours = |frames: u64| frames as f64 / (3600.0 * f64::from(sample_rate));
    ensure!(
        frames <= most,
        "the music lasts {:.1} hours, and a WAV file of {sample_rate} frames a second holds {:.1}: choose a \
         lower --rate or a shorter piece",
        hours(frames),
        hours(most)
    );
    let mut rendered = Rendered::default();
    write_whole(path, |file| {
        let mut wav = WavWriter::new(&mut *file, spec).context("the WAV header was refused")?;
        play(actions, format, |left, right| {
            rendered.frames += left.len() as u64;
            for (&left, &right) in left.iter().zip(right) {
                rendered.peak = rendered.peak.max(left.abs()).max(right.abs());
                for sample in [left, right] {
                    match format.samples {
                        Samples::Int16 => wav.write_sample(to_int(sample, 32_767.0))?,
                        Samples::Int24 => wav.write_sample(to_int(sample, 8_388_607.0))?,
                        Samples::Float => wav.write_sample(sample)?,
                    }
                }
            }
            Ok(())
        })?;
        Ok(wav.finalize()?)
    })?;
    Ok(rendered)
}

/// Bytes of sound in a WAV file, with room for what stands before it and for the last sounds to die away.
const LONGEST_BYTES: u64 = (1 << 32) - (1 << 26);

/// Frames until the last action.
fn length(actions: &[TimedAction], format: Format) -> u64 {
    let mut transport = Transport::new(format.sample_rate, format.ticks_per_quarter);
    let mut frames = 0_u64;
    let mut go_to = |transport: &mut Transport, tick| {
        let wait = transport.frames_until(tick);
        transport.advance(wait);
        frames = frames.saturating_add(wait);
    };
    for action in actions {
        if let Action::Tempo(tempo) = action.action {
            go_to(&mut transport, action.tick);
            transport.set_tempo(tempo);
        }
    }
    if let Some(last) = actions.last() {
        go_to(&mut transport, last.tick);
    }
    frames
}

/// Plays `actions` block by block into `sink`, until the last sound has died away.
///
/// # Errors
/// The sink's.
pub fn play(
    actions: &[TimedAction],
    format: Format,
    mut sink: impl FnMut(&[f32], &[f32]) -> Result<()>,
) -> Result<()> {
    let config = Config {
        sample_rate: format.sample_rate,
        default_program: format.default_program,
        ..Config::default()
    };
    let mut rendering = Rendering::new(config, format.ticks_per_quarter, actions);
    let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
    while rendering.block(&mut left, &mut right) {
        sink(&left, &right)?;
    }
    Ok(())
}

fn to_int(sample: f32, full: f32) -> i32 {
    (sample.clamp(-1.0, 1.0) * full).round() as i32
}
