//! The program's commands.

mod play;
mod render;
mod synth;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use musigan_engine::composer::Settings;
use musigan_engine::sampler::Sampling;
use musigan_score::{Instrument, Program, Tempo};

/// A generative music box: composes and plays endless music.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play endless music through the speakers
    Play(play::Play),
    /// Compose a piece into a WAV or a MIDI file
    Render(render::Render),
    /// Render a MIDI file with the built-in synthesizer
    Synth(synth::Synth),
}

impl Cli {
    /// Does what was asked for.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Play(play) => play.run(),
            Command::Render(render) => render.run(),
            Command::Synth(synth) => synth.run(),
        }
    }
}

/// What is composed, and how.
#[derive(Debug, Args)]
struct Compose {
    /// The model: an image (.mgi) or an ONNX model (.onnx) [default: the bundled one]
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// The piece: the same model, options and seed give the same music
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// How adventurous: 0 is always the likeliest, 1 as the model learnt it
    #[arg(long, value_name = "0..3", default_value_t = 1.0, value_parser = unit_to(3.0))]
    temperature: f32,
    /// Choose among the likeliest tokens that hold this share of the probability
    #[arg(long, value_name = "0..1", default_value_t = 0.98, value_parser = unit_to(1.0))]
    top_p: f32,
    /// Quarters a minute [default: as the model chooses]
    #[arg(long, value_name = "30..240", value_parser = clap::value_parser!(u32).range(30..=240))]
    tempo: Option<u32>,
    /// General MIDI program (0..127) of each part, in order; `drums` is the percussion kit [default: as
    /// the model chooses]
    #[arg(long = "program", value_name = "PROGRAM", value_parser = instrument)]
    programs: Vec<Instrument>,
}

impl Compose {
    fn settings(&self) -> Settings {
        let sampling =
            Sampling { temperature: self.temperature, top_p: self.top_p, ..Sampling::default() };
        Settings { sampling, ..Settings::default() }
    }

    fn tempo(&self) -> Option<Tempo> {
        self.tempo.map(Tempo::from_bpm)
    }

    /// The seed that was asked for, or one out of the clock.
    fn seed(&self) -> u64 {
        self.seed.unwrap_or_else(|| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            now.unwrap_or_default().as_nanos() as u64 % 1_000_000
        })
    }
}

fn unit_to(limit: f32) -> impl Fn(&str) -> Result<f32, String> + Clone + Send + Sync + 'static {
    move |text| match text.parse() {
        Ok(value) if (0.0..=limit).contains(&value) => Ok(value),
        _ => Err(format!("a number from 0 to {limit} is wanted")),
    }
}

fn instrument(text: &str) -> Result<Instrument, String> {
    if text == "drums" {
        return Ok(Instrument::Percussion);
    }
    let program = text.parse().ok().and_then(Program::new);
    program
        .map(Instrument::Program)
        .ok_or_else(|| "a program from 0 to 127 or `drums` is wanted".into())
}
