use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use musigan::console::say;
use musigan::model::ModelFile;
use musigan::music::{Marker, Music, Recording, channel_of};
use musigan::screen::program_name;
use musigan::title::Title;
use musigan::{smf, wav};
use musigan_engine::composer::Settings;
use musigan_engine::generator::Generator;
use musigan_score::{Instrument, Program, TICKS_PER_QUARTER};
use musigan_synth::Channel;

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
    /// Write a WAV file for each part, too
    #[arg(long)]
    stems: bool,
    #[command(flatten)]
    sound: Sound,
}

/// How a WAV file is written.
#[derive(Debug, Args)]
pub(super) struct Sound {
    /// Frames a second of a WAV file
    #[arg(long, default_value_t = 48_000, value_parser = clap::value_parser!(u32).range(8_000..=192_000))]
    rate: u32,
    /// Bits of a sample of a WAV file
    #[arg(long, value_enum, default_value_t)]
    samples: wav::Samples,
}

impl Sound {
    pub(super) fn format(&self, ticks_per_quarter: u32, default_program: Program) -> wav::Format {
        wav::Format {
            samples: self.samples,
            sample_rate: self.rate,
            ticks_per_quarter,
            default_program,
        }
    }
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
            ..self.compose.settings(&file)
        };
        let (opening, seed) = (self.compose.opening(&file)?, self.compose.seed());
        let mut state = vec![0.0; model.state_len()];
        let mut logits = vec![0.0; model.vocab_len()];
        let mut music = Music::new(&model, &mut state, &mut logits, settings, opening, seed);
        self.compose.arrange(&mut music);
        let mut recording = Recording::of(&mut music);
        let silent = self.compose.arrange.mix().silent(&recording.parts());
        recording.silence(&silent);
        let format = self.sound.format(TICKS_PER_QUARTER, Program::MUSIC_BOX);
        let title = Title(seed);
        if midi {
            smf::write(&self.out, &recording)?;
            say(format_args!("wrote {} ({title}, seed {seed})", self.out.display()));
        } else {
            let rendered = wav::render(&self.out, &recording.actions, format)?;
            let seconds = rendered.frames as f64 / f64::from(format.sample_rate);
            say(format_args!(
                "wrote {} ({title}, seed {seed}, {seconds:.1} s)",
                self.out.display()
            ));
        }
        if self.stems { stems(&self.out, &recording, &silent, format) } else { Ok(()) }
    }
}

/// Writes each part that is heard into a file of its own, beside the whole.
fn stems(
    out: &Path,
    recording: &Recording,
    silent: &[bool; Channel::COUNT],
    format: wav::Format,
) -> Result<()> {
    for &(_, marker) in &recording.markers {
        let Marker::Part(part, instrument) = marker else { continue };
        let channel = channel_of(part, instrument);
        if silent[channel.index()] {
            continue;
        }
        let name = match instrument {
            Instrument::Percussion => "Drums",
            Instrument::Program(program) => program_name(program),
        };
        let stem = out.file_stem().unwrap_or_default().to_string_lossy();
        let path = out.with_file_name(format!("{stem} - {} {name}.wav", part.index() + 1));
        let only = recording.on_channel(channel);
        wav::render(&path, &only.actions, format)?;
        say(format_args!("wrote {}", path.display()));
    }
    Ok(())
}
