use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use musigan::{smf, wav};
use musigan_score::Program;

#[derive(Debug, Args)]
pub(super) struct Synth {
    /// The MIDI file
    file: PathBuf,
    /// The WAV file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Frames a second
    #[arg(long, default_value_t = 48_000, value_parser = clap::value_parser!(u32).range(8_000..=192_000))]
    rate: u32,
}

impl Synth {
    pub(super) fn run(self) -> Result<()> {
        let bytes = std::fs::read(&self.file)
            .with_context(|| format!("cannot read {}", self.file.display()))?;
        let song =
            smf::read(&bytes).with_context(|| format!("cannot play {}", self.file.display()))?;
        let format = wav::Format {
            sample_rate: self.rate,
            ticks_per_quarter: song.ticks_per_quarter,
            default_program: Program::PIANO,
        };
        let rendered = wav::render(&self.out, &song.actions, format)?;
        let seconds = rendered.frames as f64 / f64::from(self.rate);
        println!("wrote {} ({seconds:.1} s)", self.out.display());
        Ok(())
    }
}
