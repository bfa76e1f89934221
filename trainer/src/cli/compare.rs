//! `musigan-train compare`.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use musigan_engine::Model;
use musigan_score::events;

use super::composing::{Composed, Composing};
use super::data::Loaded;
use super::forms::describe;
use super::reading::ReadingArgs;
use crate::checkpoint::write_atomically;
use crate::compare::{
    Column, Dots, Figure, Profiles, Report, Steering, Study, Table, html, markdown, number, roll,
};
use crate::corpus::{self, TokenPiece};
use crate::listen::{self, Happenings};
use crate::metrics::novelty::Index;
use crate::metrics::{Measure, Piece, Trait};
use crate::predict::{EngineImage, judge};

/// Pieces of each source that are written to be listened to.
const HEARD: usize = 5;
/// Pieces for every key and density that is asked for.
const TOLD: u64 = 5;
/// Bars of a piano roll.
const SHOWN: usize = 8;

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

/// A source of pieces.
struct Source {
    name: String,
    /// What it is, and how large.
    about: String,
    nats_per_note: f64,
    seconds_per_note: f64,
    pieces: Vec<Happenings>,
    /// Of models alone: whether they do what they are told.
    steering: Option<Steering>,
}

impl Source {
    fn music(&self, bars: usize) -> Vec<Piece> {
        self.pieces.iter().map(|piece| listen::music(piece).excerpt(bars)).collect()
    }
}

impl CompareArgs {
    /// Writes the report.
    ///
    /// # Errors
    /// One sentence for the user.
    pub fn run(self) -> anyhow::Result<()> {
        let loaded = Loaded::read(&self.data, &self.reading.options()?)?;
        let bars = self.composing.bars();
        let train: Vec<Piece> = loaded.splits.train.iter().map(|t| Piece::of_tokens(t)).collect();
        let index = Index::new(&train);
        let sources = self.sources(&loaded)?;
        let music: Vec<Vec<Piece>> = sources.iter().map(|source| source.music(bars)).collect();
        let study = Study::new(&music[0], &index);
        let columns: Vec<Column> = sources
            .iter()
            .zip(&music)
            .map(|(source, music)| study.column(&source.name, music))
            .collect();
        let report = self.report(&sources, &music, &columns)?;
        for figure in &report.figures {
            write_atomically(&self.out.join(&figure.file), figure.svg.as_bytes())?;
        }
        let text = markdown(&report);
        write_atomically(&self.out.join("report.md"), text.as_bytes())?;
        write_atomically(&self.out.join("report.html"), html(&report).as_bytes())?;
        println!("{text}\nwritten to {}", self.out.join("report.html").display());
        Ok(())
    }

    /// The held-out pieces that all are compared with, the other ones, what counting composes, and the
    /// models.
    fn sources(&self, loaded: &Loaded) -> anyhow::Result<Vec<Source>> {
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
                steering: Some(Steering::of(&model, self.composing.settings(), TOLD)),
            });
        }
        Ok(sources)
    }

    fn report(
        &self,
        sources: &[Source],
        music: &[Vec<Piece>],
        columns: &[Column],
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
                steering(sources),
            ],
            figures: figures(music, columns),
            pieces,
        })
    }
}

fn heads(columns: &[Column]) -> impl Iterator<Item = String> {
    columns.iter().map(|column| column.name.clone())
}

fn summary(sources: &[Source], columns: &[Column]) -> Table {
    let mut table = Table::new("Summary", heads(columns));
    table.row("what", sources.iter().map(|source| source.about.clone()));
    table.row("pieces", columns.iter().map(|column| column.pieces.to_string()));
    table.row("nats per note", sources.iter().map(|source| number(source.nats_per_note, 3)));
    let overlap = |column: &Column| {
        let interval = column.overlap;
        format!("{:.3} ({:.3} to {:.3})", interval.value, interval.low, interval.high)
    };
    table.row("mean overlap area", beside(columns, overlap));
    let copied = columns.iter().map(|column| number(column.longest_match, 1));
    table.row("longest match, median (notes)", copied);
    let cost = |source: &Source| number(1e6 * source.seconds_per_note, 0);
    table.row("µs per note", sources.iter().map(cost));
    table
}

fn measures(columns: &[Column]) -> Table {
    let mut table = Table::new("Measures: mean ± standard deviation", heads(columns));
    for (at, measure) in Measure::ALL.into_iter().enumerate() {
        let cell = |column: &Column| {
            let [mean, deviation] = column.measures[at];
            format!("{} ± {}", number(mean, 3), number(deviation, 3))
        };
        // What no set of pieces has is nothing to compare.
        if columns.iter().any(|column| column.measures[at][0].is_finite()) {
            table.row(measure.name(), columns.iter().map(cell));
        }
    }
    table
}

fn traits(columns: &[Column]) -> Table {
    let caption = "MGEval: overlap area, and divergence in nats";
    let mut table = Table::new(caption, heads(columns));
    for (at, which) in Trait::ALL.into_iter().enumerate() {
        let cell = |column: &Column| {
            let (overlap, divergence) = column.traits[at];
            format!("{} · {}", number(overlap, 3), number(divergence, 3))
        };
        table.row(which.name(), beside(columns, cell));
    }
    table
}

fn steering(sources: &[Source]) -> Table {
    let models = || sources.iter().filter_map(|source| Some((&source.name, source.steering?)));
    let caption = "Steering: what came as it was asked for";
    let mut table = Table::new(caption, models().map(|(name, _)| name.clone()));
    let mut row = |name: &str, share: fn(Steering) -> f64| {
        table.row(name, models().map(|(_, told)| format!("{} %", number(100.0 * share(told), 1))));
    };
    row("pieces in the key, of 24 (Krumhansl and Schmuckler)", |told| told.key);
    row("in it or its relative", |told| told.signature);
    row("time on notes of its signature (by chance 58 %)", |told| told.inside);
    row("bars of the density, of eight levels", |told| told.density);
    row("at most one level off", |told| told.near_density);
    table
}

/// The cells of a row in which the first column is what the others are compared with.
fn beside(columns: &[Column], cell: impl Fn(&Column) -> String) -> Vec<String> {
    let others = columns.iter().skip(1).map(cell);
    std::iter::once("reference".to_owned()).chain(others).collect()
}

fn figures(music: &[Vec<Piece>], columns: &[Column]) -> Vec<Figure> {
    let figure = |caption: &str, file: &str, svg: String| Figure {
        caption: caption.to_owned(),
        file: file.to_owned(),
        svg,
    };
    let dots =
        Dots { rows: columns.iter().skip(1).map(|one| (one.name.clone(), one.overlap)).collect() };
    let caption = "Mean overlap area; the line holds 95 of 100 resamplings of the pieces";
    let mut figures = vec![figure(caption, "overlap.svg", dots.svg(caption))];
    let named = |which: &dyn Fn(&[Piece]) -> Vec<f64>| {
        let rows = columns.iter().zip(music);
        rows.map(|(column, pieces)| (column.name.clone(), which(pieces))).collect()
    };
    let degrees = Profiles {
        classes: ["1", "", "2", "", "3", "4", "", "5", "", "6", "", "7"].map(String::from).into(),
        rows: named(&scale_degrees),
    };
    let caption = "Time on each degree of the major scale that holds most of the piece";
    figures.push(figure(caption, "degrees.svg", degrees.svg(caption)));
    let lengths = Profiles {
        classes: ["1/16", "1/8", "1/4", "1/2", "1/1", "more"].map(String::from).into(),
        rows: named(&lengths),
    };
    let caption = "Notes by their length, at most so long";
    figures.push(figure(caption, "lengths.svg", lengths.svg(caption)));
    for (column, pieces) in columns.iter().zip(music) {
        if let Some(piece) = pieces.first() {
            let caption = format!("{}: the first {SHOWN} bars of the first piece", column.name);
            let svg = roll(&caption, piece, SHOWN);
            figures.push(figure(&caption, &format!("{}.svg", column.name), svg));
        }
    }
    figures
}

/// The mean over pieces of [`Trait::ClassHistogram`], the tonic first.
fn scale_degrees(pieces: &[Piece]) -> Vec<f64> {
    const MAJOR: [usize; 7] = [0, 2, 4, 5, 7, 9, 11];
    let mut degrees = vec![0.0; 12];
    for piece in pieces {
        let classes = Trait::ClassHistogram.of(piece);
        let inside = |tonic: usize| MAJOR.iter().map(|step| classes[(tonic + step) % 12]).sum();
        let shares: Vec<f64> = (0..12).map(inside).collect();
        let tonic = (0..12).max_by(|&a, &b| shares[a].total_cmp(&shares[b])).unwrap_or(0);
        for (degree, share) in degrees.iter_mut().enumerate() {
            *share += classes[(tonic + degree) % 12] / pieces.len() as f64;
        }
    }
    degrees
}

/// Shares of the notes up to a sixteenth, an eighth, …, a whole, and longer.
fn lengths(pieces: &[Piece]) -> Vec<f64> {
    let mut shares = [0.0_f64; 6];
    let notes = || pieces.iter().flat_map(Piece::pitched);
    for note in notes() {
        let class = [6, 12, 24, 48, 96].iter().position(|&most| note.duration <= most);
        shares[class.unwrap_or(5)] += 1.0;
    }
    let all = notes().count().max(1) as f64;
    shares.iter().map(|count| count / all).collect()
}
