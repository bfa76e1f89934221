//! `musigan-train compare`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use musigan_engine::Model;
use musigan_score::events::{self, kind};

use super::composing::{Composed, Composing};
use super::data::Loaded;
use super::forms::describe;
use super::reading::ReadingArgs;
use super::run;
use crate::checkpoint::write_atomically;
use crate::cli::say::say;
use crate::compare::{
    Column, Connoisseur, Figure, Report, Source, Steering, Study, curves, figures, html, markdown,
    measures, steering, summary, traits,
};
use crate::corpus::{self, TokenPiece};
use crate::linked::parts;
use crate::listen;
use crate::metrics::Piece;
use crate::metrics::novelty::Index;
use crate::predict::{EngineImage, judge};
use crate::train::{Chart, Curve, Validation};

/// Pieces of each source that are written to be listened to.
const HEARD: usize = 5;
/// Pieces for every key and density that is asked for.
const TOLD: u64 = 5;

/// Compares models with each other, with what counting tokens composes, and with held-out music.
///
/// The report, report.html and report.md, has how well each predicts held-out pieces, what its own
/// pieces are like beside them, what it costs, piano rolls, and MIDI files to listen to. Held-out
/// pieces are cut to as many bars as the models compose.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Images
    #[arg(value_name = "MODEL.mgi")]
    models: Vec<PathBuf>,
    /// Folder of MIDI files that the models learnt from
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Which held-out pieces all are compared with: settings are to be chosen by the validation
    /// pieces, so that the test pieces tell the truth
    #[arg(long, value_enum, default_value = "test")]
    against: Share,
    /// Folder of a run whose learning curve is shown, say of each model; repeatable
    #[arg(long = "run", value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Folder of the report
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    composing: Composing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Share {
    Valid,
    Test,
}

impl CompareArgs {
    /// Writes the report.
    ///
    /// # Errors
    /// One sentence for the user.
    pub fn run(self) -> anyhow::Result<()> {
        let loaded = Loaded::read(&self.data, &self.reading.options()?, self.reading.cached())?;
        let bars = self.composing.bars();
        let train: Vec<Piece> = loaded.splits.train.iter().map(|t| Piece::of_tokens(t)).collect();
        let index = Index::new(&train);
        let connoisseur = Connoisseur::of(&loaded.corpus.train);
        let sources = self.sources(&loaded, connoisseur.as_ref())?;
        let music: Vec<Vec<Piece>> = sources.iter().map(|source| source.music(bars)).collect();
        let study = Study::new(&music[0], &index);
        let columns: Vec<Column> = sources
            .iter()
            .zip(&music)
            .map(|(source, music)| study.column(&source.name, music))
            .collect();
        let held_out = match self.against {
            Share::Test => &loaded.corpus.test,
            Share::Valid => &loaded.corpus.valid,
        };
        let people = connoisseur.map(|judge| judge.right(held_out, bars));
        let report = self.report(&sources, &music, &columns, people)?;
        for figure in &report.figures {
            write_atomically(&self.out.join(&figure.file), figure.svg.as_bytes())?;
        }
        let text = markdown(&report);
        write_atomically(&self.out.join("report.md"), text.as_bytes())?;
        write_atomically(&self.out.join("report.html"), html(&report).as_bytes())?;
        say!("{text}\nwritten to {}", self.out.join("report.html").display());
        Ok(())
    }

    /// The held-out pieces that all are compared with, the other ones, what counting composes, and the
    /// models.
    fn sources(
        &self,
        loaded: &Loaded,
        connoisseur: Option<&Connoisseur>,
    ) -> anyhow::Result<Vec<Source>> {
        let human = |name: &str, pieces: &[TokenPiece]| Source {
            name: name.to_owned(),
            about: "held-out pieces".to_owned(),
            nats_per_note: f64::NAN,
            seconds_per_note: f64::NAN,
            pieces: pieces.iter().map(|piece| listen::read(&piece.plain())).collect(),
            steering: None,
        };
        let mut sources =
            vec![human("test", &loaded.corpus.test), human("valid", &loaded.corpus.valid)];
        let (sentences, of) = match self.against {
            Share::Test => (&loaded.splits.test, &loaded.corpus.test),
            Share::Valid => {
                sources.swap(0, 1);
                (&loaded.splits.valid, &loaded.corpus.valid)
            }
        };
        for baseline in corpus::baselines(&loaded.corpus).into_iter().flatten() {
            if baseline.name == "bigram" {
                continue;
            }
            let Composed { pieces, seconds_per_note } = self.composing.with(&baseline.model);
            sources.push(Source {
                name: baseline.name.to_owned(),
                about: "counts of tokens".to_owned(),
                nats_per_note: match self.against {
                    Share::Test => baseline.test.per_note,
                    Share::Valid => baseline.valid.per_note,
                },
                seconds_per_note,
                pieces,
                steering: None,
            });
        }
        let notes: u64 = of.iter().map(|piece| u64::from(piece.notes)).sum();
        for path in &self.models {
            let named = || path.display().to_string();
            let image = EngineImage::new(&std::fs::read(path).with_context(named)?);
            let model = Model::open(image.bytes(), events::FINGERPRINT).with_context(named)?;
            let Composed { pieces, seconds_per_note } = self.composing.with(&model);
            // What speaks for a GAN is no distribution over tokens: it is not judged by one.
            let nats_per_note = match &model {
                Model::Gan(_) => f64::NAN,
                // Linked parts say pieces of as many parts.
                Model::Linked(linked) => {
                    let suits = |sentence: &&Vec<u16>| parts(sentence) == linked.members().count();
                    let own: Vec<Vec<u16>> = sentences.iter().filter(suits).cloned().collect();
                    let is_note =
                        |token: &&u16| kind::PITCH.contains(*token) || kind::DRUM.contains(*token);
                    let notes = own.iter().flatten().filter(is_note).count();
                    let predictor = || image.predictor(events::FINGERPRINT);
                    judge(&own, predictor)?.sum / notes as f64
                }
                _ => {
                    let predictor = || image.predictor(events::FINGERPRINT);
                    judge(sentences, predictor)?.sum / notes as f64
                }
            };
            sources.push(Source {
                name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
                about: describe(&image)?.0,
                nats_per_note,
                seconds_per_note,
                pieces,
                steering: Some(Steering::of(&model, self.composing.settings(), TOLD, connoisseur)),
            });
        }
        Ok(sources)
    }

    fn report(
        &self,
        sources: &[Source],
        music: &[Vec<Piece>],
        columns: &[Column],
        people: Option<f64>,
    ) -> anyhow::Result<Report> {
        let mut pieces = Vec::new();
        std::fs::create_dir_all(&self.out).with_context(|| self.out.display().to_string())?;
        for source in sources {
            let mut files = Vec::new();
            for (at, piece) in source.pieces.iter().take(HEARD).enumerate() {
                let file = format!("{}-{}.mid", source.name, at + 1);
                write_atomically(&self.out.join(&file), &listen::midi(piece))?;
                files.push(file);
            }
            pieces.push((source.name.clone(), files));
        }
        let human = sources[0].pieces.len();
        Ok(Report {
            title: "Models side by side".to_owned(),
            about: vec![
                format!(
                    "{}. Compared with the beginnings of {human} {} pieces, cut to as many bars.",
                    self.composing.described(),
                    sources[0].name
                ),
                "Nats per note are on the whole of these. Overlap areas are those of MGEval (Yang and \
                 Lerch, 2018), nine features of a piece; intervals hold 95 of 100 resamplings of the pieces. \
                 A match with the training music has its rhythm, parts and intervals, in any key."
                    .to_owned(),
            ],
            tables: vec![
                summary(sources, columns),
                measures(columns),
                traits(columns),
                steering(sources, people),
            ],
            figures: self.learning()?.into_iter().chain(figures(music, columns)).collect(),
            pieces,
        })
    }

    /// How the runs learnt, side by side.
    fn learning(&self) -> anyhow::Result<Option<Figure>> {
        let mut learning = Vec::new();
        for path in &self.runs {
            let (folder, config) = run::open(path)?;
            let tokens = (config.data.batch * config.data.window) as f64;
            let points: Vec<(f64, f64)> = (folder.validations::<Validation>()?.iter())
                .map(|one| (one.update as f64 * tokens / 1e6, one.valid_loss))
                .collect();
            if points.is_empty() {
                bail!("{} was never validated: train on, or leave it out", path.display());
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            learning.push(Curve { name, points });
        }
        let upwards = "nats per token on the validation pieces".to_owned();
        let chart = Chart { across: "million tokens learnt from", upwards, curves: learning };
        let caption = "Learning: each run's validation loss";
        Ok((!self.runs.is_empty()).then(|| Figure {
            caption: caption.to_owned(),
            file: "learning.svg".to_owned(),
            svg: curves(&chart, caption),
        }))
    }
}
