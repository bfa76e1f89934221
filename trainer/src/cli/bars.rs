//! `musigan-train bars`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use musigan_engine::composer::{Composer, Opening, Settings};
use musigan_engine::sampler::Sampling;
use musigan_engine::{Generator, Model};
use musigan_score::events::{self, Event};
use musigan_score::roll;

use super::data::Loaded;
use super::reading::ReadingArgs;
use crate::cli::say::{say, say_on};
use crate::gan::bars::{Bar, Loss, Writer, of_piece};
use crate::gan::compare::{Column, Marginals, Reference};
use crate::gan::features::Feature;
use crate::gan::network::Architecture;
use crate::predict::EngineImage;

/// Tokens after which a bar is broken off.
const TOKENS: usize = 1000;

/// Compares the bars that models compose, as a listener hears them, with those of held-out music.
///
/// The models are images of any kind. All compose in the engine, with the player's usual settings if no
/// others are asked for; bars are measured on the piano roll that a GAN learns from.
#[derive(Debug, Args)]
pub struct BarsArgs {
    /// Images (.mgi)
    #[arg(value_name = "MODEL.mgi")]
    models: Vec<PathBuf>,
    /// Folder of MIDI files that the models learnt from
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    reading: ReadingArgs,
    /// Pieces of each model, each with a seed of its own
    #[arg(long, default_value_t = 10)]
    seeds: u64,
    /// Bars of each piece
    #[arg(long, default_value_t = 100)]
    bars: usize,
    /// How adventurous, as in `musigan play`
    #[arg(long, default_value_t = Sampling::default().temperature)]
    temperature: f32,
    /// Choose among the likeliest tokens that hold this share, as in `musigan play`
    #[arg(long, default_value_t = Sampling::default().top_p)]
    top_p: f32,
}

impl BarsArgs {
    /// Prints the table.
    ///
    /// # Errors
    /// One sentence for the user.
    pub fn run(self) -> anyhow::Result<()> {
        let corpus =
            Loaded::read(&self.data, &self.reading.options()?, self.reading.cached())?.corpus;
        let form = Architecture::default().form().context("the usual roll")?;
        let mut loss = Loss::default();
        let mut of = |pieces: &[crate::corpus::TokenPiece]| -> Vec<Bar> {
            let bars = pieces.iter().flat_map(|piece| {
                let (bars, lost) = of_piece(Writer::new(form), piece);
                loss.add(&lost);
                bars
            });
            bars.collect()
        };
        let (train, valid, test) = (of(&corpus.train), of(&corpus.valid), of(&corpus.test));
        let reference = Reference::new(form, &test, &train);
        say!(
            "{} held-out bars (test), {} of training; {:.1} % of the notes are cut at a bar line",
            test.len(),
            train.len(),
            100.0 * loss.cut as f64 / loss.notes.max(1) as f64
        );
        let mut columns = vec![reference.column("test", std::slice::from_ref(&test))];
        columns.push(reference.column("valid", std::slice::from_ref(&valid)));
        let like = &valid[..valid.len().min(self.bars * self.seeds as usize)];
        let drawn = Marginals::new(form, &train).draw(like, 1);
        columns.push(reference.column("marginals", &[drawn]));
        for path in &self.models {
            let chains = self.compose(path, form)?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            columns.push(reference.column(&name, &chains));
        }
        print(&columns);
        Ok(())
    }

    /// A chain of bars for each seed.
    fn compose(&self, path: &Path, form: roll::Form) -> anyhow::Result<Vec<Vec<Bar>>> {
        let named = || path.display().to_string();
        let image = EngineImage::new(&std::fs::read(path).with_context(named)?);
        let model = Model::open(image.bytes(), events::FINGERPRINT).with_context(named)?;
        let Self { temperature, top_p, .. } = *self;
        let settings = Settings {
            sampling: Sampling { temperature, top_p, ..Sampling::default() },
            max_bars: self.bars as u32 + 1,
            ..Settings::default()
        };
        Ok((1..=self.seeds).map(|seed| piece(&model, form, seed, self.bars, settings)).collect())
    }
}

/// So many bars that have a roll, of as many pieces as it takes.
fn piece(
    model: &Model<'_>,
    form: roll::Form,
    seed: u64,
    count: usize,
    settings: Settings,
) -> Vec<Bar> {
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
    let mut bars = Vec::new();
    for at in 0_u64.. {
        let seed = seed + (at << 32);
        let mut composer =
            Composer::new(model, &mut state, &mut logits, settings, Opening::default(), seed);
        let mut writer = Writer::new(form);
        for _ in 0..TOKENS * count {
            let event = composer.step();
            event.into_iter().for_each(|event| writer.hear(event));
            if matches!(event, Some(Event::End(_))) || bars.len() + writer.len() > count {
                break;
            }
        }
        bars.extend(writer.finish().0);
        if bars.len() >= count || at > 1000 {
            break;
        }
    }
    bars.truncate(count);
    bars
}

fn print(columns: &[Column]) {
    say_on!("| |");
    columns.iter().for_each(|column| say_on!(" {} |", column.name));
    say_on!("\n|---|");
    columns.iter().for_each(|_| say_on!("---|"));
    say!("");
    let row = |name: &str, cell: &dyn Fn(&Column) -> String| {
        say_on!("| {name} |");
        columns.iter().for_each(|column| say_on!(" {} |", cell(column)));
        say!("");
    };
    row("bars", &|column| column.bars.to_string());
    for (at, feature) in Feature::ALL.into_iter().enumerate() {
        row(feature.name(), &|column| {
            let [mean, overlap, distances] = column.features[at];
            format!("{mean:.2} · {overlap:.3} · {distances:.3}")
        });
    }
    let shares = |at: usize| {
        move |column: &Column| {
            let all = column.features.iter().map(|feature| feature[at]);
            format!("{:.3}", all.sum::<f64>() / column.features.len() as f64)
        }
    };
    row("mean overlap of values", &shares(1));
    row("mean overlap of distances", &shares(2));
    row("empty bars", &|column| format!("{:.1} %", 100.0 * column.empty));
    row("distinct bars", &|column| format!("{:.1} %", 100.0 * column.distinct));
    row("distance from the nearest training bar", &|column| format!("{:.3}", column.nearest));
}
