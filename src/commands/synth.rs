use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use musigan::console::say;
use musigan::{smf, wav};
use musigan_score::Program;

use super::render::Sound;

#[derive(Debug, Args)]
pub(super) struct Synth {
    /// The MIDI file
    file: PathBuf,
    /// The WAV file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    sound: Sound,
}

impl Synth {
    pub(super) fn run(self) -> Result<()> {
        let bytes = std::fs::read(&self.file)
            .with_context(|| format!("cannot read {}", self.file.display()))?;
        let song =
            smf::read(&bytes).with_context(|| format!("cannot play {}", self.file.display()))?;
        let format = self.sound.format(song.ticks_per_quarter, Program::PIANO);
        let rendered = wav::render(&self.out, &song.actions, format)?;
        let seconds = rendered.frames as f64 / f64::from(format.sample_rate);
        say(format_args!("wrote {} ({seconds:.1} s)", self.out.display()));
        Ok(())
    }
}
