//! The program's commands.

mod arrange;
mod devices;
mod live;
mod models;
mod play;
mod render;
mod shell;
mod synth;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use musigan::model::ModelFile;
use musigan::music::{Music, Swing};
use musigan::screen::Dials;
use musigan::title::Title;
use musigan_engine::Model;
use musigan_engine::composer::{Form, Opening, Settings, Walk};
use musigan_engine::generator::Generator;
use musigan_engine::sampler::Sampling;
use musigan_engine::scale::Scale;
use musigan_score::events::{Density, Style};
use musigan_score::{Instrument, Key, Mode, PartId, Program, Tempo};

use arrange::Arrange;

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
    /// Play with you: continues, answers or accompanies what you play on a MIDI keyboard
    Live(Box<live::Live>),
    /// Compose a piece into a WAV or a MIDI file
    Render(render::Render),
    /// Render a MIDI file with the built-in synthesizer
    Synth(synth::Synth),
    /// List the models that can be asked for by name
    Models,
    /// Tell what a model is made of
    Info(models::Info),
    /// List the audio devices and the MIDI ports
    Devices,
    /// Print completions for a shell
    Completions(shell::Completions),
    /// Write the manual's pages
    #[command(hide = true)]
    Manual(shell::Manual),
}

impl Cli {
    /// Does what was asked for.
    pub fn run(self) -> Result<()> {
        match self.command {
            Command::Play(play) => play.run(),
            Command::Live(live) => live.run(),
            Command::Render(render) => render.run(),
            Command::Synth(synth) => synth.run(),
            Command::Models => models::list(),
            Command::Info(info) => info.run(),
            Command::Devices => devices::run(),
            Command::Completions(completions) => completions.run(),
            Command::Manual(manual) => manual.run(),
        }
    }
}

/// What is composed, and how.
#[derive(Debug, Args)]
struct Compose {
    /// The model: a name out of `musigan models`, an image (.mgi) or an ONNX model (.onnx) [default:
    /// the bundled one]
    #[arg(long, value_name = "NAME|FILE")]
    model: Option<PathBuf>,
    /// The piece, by its number or its title: the same model, options and seed give the same music
    #[arg(long, value_name = "NUMBER|TITLE")]
    seed: Option<Title>,
    #[command(flatten)]
    chance: Chance,
    /// Quarters a minute [default: as the model chooses]
    #[arg(long, value_name = "30..240", value_parser = clap::value_parser!(u32).range(30..=240))]
    tempo: Option<u32>,
    /// General MIDI program (0..127) of each part, in order; `drums` is the percussion kit [default: as
    /// the model chooses]
    #[arg(long = "program", value_name = "PROGRAM", value_parser = instrument)]
    programs: Vec<Instrument>,
    /// The style, of those that the model has learnt (`musigan info` lists them): `chorale`, `band` … [default: as
    /// the model chooses]
    #[arg(long)]
    style: Option<Style>,
    /// The key in which pieces begin, such as `G`, `Bb` or `F#m` [default: as the model chooses]
    #[arg(long, value_parser = key)]
    key: Option<Key>,
    /// Only notes of this scale over the key of the moment: `major`, `dorian`, `pentatonic` … or its
    /// semitones above the tonic, such as `0,3,5,7,10` [default: all]
    #[arg(long, value_name = "NAME|STEPS", default_value = "chromatic", hide_default_value = true, value_parser = scale)]
    scale: Scale,
    /// How strongly the key draws the pitches: 0 not at all beyond what the model has learnt [default: as suits the
    /// model, 0.15 for most]
    #[arg(long, value_name = "0..1", value_parser = unit_to(1.0))]
    tonality: Option<f32>,
    /// What the next bar has of the character of the last, for generators of bars such as `gan`: `jump`
    /// nothing, `drift` most of it, `hold` all [default: jump]
    #[arg(long, value_name = "jump|drift|hold", default_value = "jump", hide_default_value = true, value_parser = walk)]
    walk: Walk,
    /// Build pieces of phrases of so many bars, some of which come again (AABA, AABB or ABAC); 0: as the model
    /// goes on [default: as suits the model, 0 for most]
    #[arg(long, value_name = "0..8", value_parser = clap::value_parser!(u8).range(0..=i64::from(Form::LONGEST)))]
    phrases: Option<u8>,
    /// How much happens in each bar, from 0 (nothing) to 7 [default: as the model chooses]
    #[arg(long, value_name = "0..7", value_parser = clap::value_parser!(u8).range(0..=7))]
    density: Option<u8>,
    /// The first eighth's share of a quarter in percent: 50 is straight, 67 swings in triplets
    #[arg(long, value_name = "50..75", default_value_t = 50, value_parser = clap::value_parser!(u32).range(50..=75))]
    swing: u32,
    #[command(flatten)]
    arrange: Arrange,
}

/// How freely a model chooses: options that commands share.
#[derive(Debug, Args)]
struct Chance {
    /// How adventurous: 0 is always the likeliest, 1 as the model learnt it [default: as suits the model, 1
    /// for most]
    #[arg(long, value_name = "0..3", value_parser = unit_to(3.0))]
    temperature: Option<f32>,
    /// Choose among the likeliest tokens that hold this share of the probability [default: as suits the
    /// model, 0.95 for most]
    #[arg(long, value_name = "0..1", value_parser = unit_to(1.0))]
    top_p: Option<f32>,
}

impl Chance {
    /// For a model that is usually sampled so.
    fn sampling(&self, usual: Sampling) -> Sampling {
        Sampling {
            temperature: self.temperature.unwrap_or(usual.temperature),
            top_p: self.top_p.unwrap_or(usual.top_p),
            ..usual
        }
    }
}

impl Compose {
    /// The settings for this model.
    fn settings(&self, file: &ModelFile) -> Settings {
        let sampling = self.chance.sampling(file.sampling());
        Settings {
            sampling,
            density: self.density(),
            scale: self.scale,
            tonality: self.tonality.unwrap_or(file.habits().tonality),
            walk: self.walk,
            form: self.phrases.map_or(file.habits().form, Form::of),
            ..Settings::default()
        }
    }

    fn density(&self) -> Option<Density> {
        self.density.and_then(Density::new)
    }

    /// How pieces of this model begin.
    fn opening(&self, file: &ModelFile) -> Result<Opening<'_>> {
        Ok(Opening {
            style: file.check_style(self.style)?,
            key: self.key,
            tempo: self.tempo.map(Tempo::from_bpm),
            parts: &self.programs,
            ..Opening::default()
        })
    }

    /// Lets the music swing, and arranges its parts.
    fn arrange<G: Generator>(&self, music: &mut Music<'_, G>) {
        music.set_swing(Swing::from_percent(self.swing));
        let parts = (0..).map_while(PartId::new);
        for (part, arrangement) in parts.zip(self.arrange.arrangements()) {
            music.arrange(part, arrangement);
        }
    }

    /// The dials where these options and settings put them.
    fn dials(&self, settings: &Settings, file: &ModelFile, model: &Model<'_>) -> Dials {
        Dials {
            style: self.style,
            styles: file.habits().styles.to_vec(),
            temperature: settings.sampling.temperature,
            top_p: settings.sampling.top_p,
            density: self.density(),
            key: self.key,
            scale: self.scale,
            tonality: settings.tonality,
            walk: model.walks().then_some(self.walk),
            form: settings.form,
            swing: self.swing,
            arrangements: self.arrange.arrangements(),
            mix: self.arrange.mix(),
            ..Dials::default()
        }
    }

    /// The seed that was asked for, or one out of the clock.
    fn seed(&self) -> u64 {
        self.seed.map_or_else(
            || {
                let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                // Titles without a number are the nicest.
                now.unwrap_or_default().as_nanos() as u64 % (1 << 18)
            },
            |title| title.0,
        )
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

/// A scale by its name or its semitones above the tonic.
fn scale(text: &str) -> Result<Scale, String> {
    let steps =
        || text.split(',').map(|step| step.trim().parse().ok().filter(|&step: &u8| step < 12));
    let told = || steps().collect::<Option<Vec<u8>>>().map(|steps| Scale::of(&steps));
    Scale::named(text).or_else(told).ok_or_else(|| {
        let names = Scale::NAMED.map(|(name, _)| name).join(", ");
        format!("{text:?} is no scale: write one of {names}, or semitones such as 0,3,5,7,10")
    })
}

/// A walk by its name.
fn walk(text: &str) -> Result<Walk, String> {
    let names = Walk::ALL.map(Walk::name).join(", ");
    Walk::named(text).ok_or_else(|| format!("{text:?} is no walk: write one of {names}"))
}

/// A key by its name: a tonic, then nothing, `maj` or `major`, or `m`, `min` or `minor`.
fn key(text: &str) -> Result<Key, String> {
    let wanted = || format!("{text:?} is no key: write G, Bb, F#m, \"A minor\" or the like");
    let mut letters = text.trim().chars();
    let tonic = letters.next().map(|tonic| tonic.to_ascii_uppercase());
    let tonic = match tonic.ok_or_else(wanted)? {
        'C' => 0_i16,
        'D' => 2,
        'E' => 4,
        'F' => 5,
        'G' => 7,
        'A' => 9,
        'B' => 11,
        _ => return Err(wanted()),
    };
    let rest = letters.as_str();
    let (shift, mode) = match rest.chars().next() {
        Some('#' | '♯') => (1, &rest[rest.chars().next().map_or(0, char::len_utf8)..]),
        Some('b' | '♭') => (-1, &rest[rest.chars().next().map_or(0, char::len_utf8)..]),
        _ => (0, rest),
    };
    let mode = match mode.trim() {
        "" | "maj" | "major" | "M" => Mode::Major,
        "m" | "min" | "minor" => Mode::Minor,
        _ => return Err(wanted()),
    };
    Key::new((tonic + shift).rem_euclid(12) as u8, mode).ok_or_else(wanted)
}

#[cfg(test)]
#[path = "../../tests/pages/mod.rs"]
mod pages;

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::{CommandFactory, Parser};

    use super::{Cli, pages};

    #[test]
    fn what_the_pages_tell_to_type_is_understood() {
        Cli::command().debug_assert();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut understood = 0;
        for (program, skipped, stands_for) in
            [("musigan", 1, &["musigan"][..]), ("cargo xtask play", 3, &["musigan", "play"])]
        {
            for (page, words) in pages::commands(root, program) {
                let typed =
                    stands_for.iter().copied().chain(words[skipped..].iter().map(String::as_str));
                let words: Vec<&str> = typed.collect();
                if let Err(error) = Cli::try_parse_from(&words) {
                    panic!("{}: {words:?}: {error}", page.display());
                }
                understood += 1;
            }
        }
        assert!(understood > 20, "{understood}");
    }
}
