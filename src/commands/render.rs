use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use musigan::model::ModelFile;
use musigan::music::Recording;
use musigan::title::Title;
use musigan::{smf, wav};
use musigan_engine::composer::Settings;
use musigan_score::{Program, TICKS_PER_QUARTER};

use super::Compose;

/// Bars after which a piece ends at the latest if no length is asked for.
const LONGEST: u32 = 128;

#[derive(Debug, Args)]
pub(super) struct Render {
    #[command(flatten)]
    compose: Compose,
    /// Length in bars [default: as the model ends it]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    bars: Option<u32>,
    /// The file to write, .wav or .mid
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Frames a second of a WAV file
    #[arg(long, default_value_t = 48_000, value_parser = clap::value_parser!(u32).range(8_000..=192_000))]
    rate: u32,
}

impl Render {
    pub(super) fn run(self) -> Result<()> {
        let extension = self.out.extension().map(|extension| extension.to_ascii_lowercase());
        let midi = match extension.as_ref().and_then(|extension| extension.to_str()) {
            Some("wav") => false,
            Some("mid" | "midi") => true,
            _ => bail!("{} is neither .wav nor .mid; name the file so", self.out.display()),
        };
        let file = ModelFile::find(self.compose.model.as_deref())?;
        let model = file.open()?;
        let settings = Settings {
            min_bars: self.bars.unwrap_or(0),
            max_bars: self.bars.unwrap_or(LONGEST),
            ..self.compose.settings()
        };
        let seed = self.compose.seed();
        let recording = Recording::of_piece(
            &model,
            settings,
            self.compose.opening(),
            self.compose.swing(),
            seed,
        );
        if midi {
            smf::write(&self.out, &recording)?;
            println!("wrote {} ({}, seed {seed})", self.out.display(), Title(seed));
        } else {
            let format = wav::Format {
                sample_rate: self.rate,
                ticks_per_quarter: TICKS_PER_QUARTER,
                default_program: Program::MUSIC_BOX,
            };
            let rendered = wav::render(&self.out, &recording.actions, format)?;
            let seconds = rendered.frames as f64 / f64::from(self.rate);
            println!("wrote {} ({}, seed {seed}, {seconds:.1} s)", self.out.display(), Title(seed));
        }
        Ok(())
    }
}
