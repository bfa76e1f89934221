//! How pieces are composed to be measured: options that commands share.

use std::time::Instant;

use clap::Args;
use musigan_engine::composer::{Form, Opening, Settings};
use musigan_engine::sampler::Sampling;
use musigan_engine::{Generator, Model};
use musigan_score::events::{self, Density, Event, Style};

use crate::listen::{Happenings, compose, music};
use crate::metrics::Piece;
use crate::predict::{EngineImage, PredictError};

/// Pieces of a model.
#[derive(Clone, Copy, Debug, Args)]
pub struct Composing {
    /// Pieces of each model, each with a seed of its own
    #[arg(long, default_value_t = 100)]
    pieces: u64,
    /// Seed of the first piece
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Bars after which a piece ends at the latest
    #[arg(long, default_value_t = 16)]
    bars: u32,
    /// How adventurous, as in `musigan play`
    #[arg(long, default_value_t = Sampling::default().temperature)]
    temperature: f32,
    /// Choose among the likeliest tokens that hold this share, as in `musigan play`
    #[arg(long, default_value_t = Sampling::default().top_p)]
    top_p: f32,
    /// How strongly the key draws the pitches, as in `musigan play`
    #[arg(long, default_value_t = Settings::default().tonality)]
    tonality: f32,
    /// The style that the models are told, of those that they have learnt, as `musigan play` is told it [default:
    /// as the models choose]
    #[arg(long, value_name = "STYLE")]
    in_style: Option<Style>,
    /// How much happens in each bar, from 0 (nothing) to 7, as in `musigan play` [default: as the model
    /// chooses]
    #[arg(long, value_name = "0..7", value_parser = clap::value_parser!(u8).range(0..=7))]
    density: Option<u8>,
    /// Bars of phrases of which some come again, as in `musigan play`; 0: as the model goes on
    #[arg(long, value_name = "0..8", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=i64::from(Form::LONGEST)))]
    phrases: u8,
}

/// What a model composed.
pub struct Composed {
    /// The pieces.
    pub pieces: Vec<Happenings>,
    /// Seconds of composing for each note, grammar and sampling included, on one thread.
    pub seconds_per_note: f64,
}

impl Composed {
    /// The pieces to be measured.
    pub fn music(&self) -> Vec<Piece> {
        self.pieces.iter().map(|piece| music(piece)).collect()
    }
}

impl Composing {
    /// Bars of a piece.
    pub const fn bars(&self) -> usize {
        self.bars as usize
    }

    /// How, in words.
    pub fn described(&self) -> String {
        let Self { pieces, seed, bars, temperature, top_p, tonality, in_style, density, phrases } =
            self;
        let style = in_style.map_or_else(String::new, |style| format!(", style {}", style.name()));
        let density = density.map_or_else(String::new, |level| format!(", density {level}"));
        let phrases = match phrases {
            0 => String::new(),
            bars => format!(", phrases of {bars} bars"),
        };
        format!(
            "{pieces} pieces of each model, of at most {bars} bars, seeds from {seed}, \
             temperature {temperature}, top-p {top_p}, tonality {tonality}{style}{density}{phrases}"
        )
    }

    /// The pieces that an image composes.
    ///
    /// # Errors
    /// [`PredictError::Engine`]: a damaged image, or another vocabulary.
    pub fn with_model(&self, image: &EngineImage) -> Result<Composed, PredictError> {
        Ok(self.with(&Model::open(image.bytes(), events::FINGERPRINT)?))
    }

    /// The composer's settings.
    pub fn settings(&self) -> Settings {
        let Self { temperature, top_p, tonality, bars, density, phrases, .. } = *self;
        Settings {
            sampling: Sampling { temperature, top_p, ..Sampling::default() },
            tonality,
            density: density.and_then(Density::new),
            max_bars: bars,
            form: Form::of(phrases),
            ..Settings::default()
        }
    }

    /// How pieces begin.
    fn opening(&self) -> Opening<'static> {
        Opening { style: self.in_style, ..Opening::default() }
    }

    /// The pieces that a generator composes.
    pub fn with(&self, generator: &impl Generator) -> Composed {
        let (settings, opening) = (self.settings(), self.opening());
        let begun = Instant::now();
        let seeds = self.seed..self.seed.saturating_add(self.pieces);
        let pieces: Vec<Happenings> =
            seeds.map(|seed| compose(generator, settings, opening, seed)).collect();
        let is_note = |timed: &&musigan_score::Timed<Event>| matches!(timed.event, Event::Note(_));
        let notes = pieces.iter().flatten().filter(is_note).count();
        Composed { pieces, seconds_per_note: begun.elapsed().as_secs_f64() / notes.max(1) as f64 }
    }
}
