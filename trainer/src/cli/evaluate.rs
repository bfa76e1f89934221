//! `musigan-train evaluate`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use musigan_engine::image::Weights;
use musigan_import::parse_weights;
use musigan_score::events;

use super::data::Loaded;
use super::forms::{Forms, describe, forms};
use super::reading::{ReadingArgs, options};
use super::{frames, linked, run};
use crate::cli::say::say;
use crate::corpus::{self, Options, TokenPiece};
use crate::linked::Role;
use crate::predict::{Nats, judge};
use crate::session::Runtime;

/// How far ONNX Runtime and the engine may be apart, in nats per token.
const TOLERANCE: f64 = 1e-4;

/// Tells how well a model predicts held-out music, in nats per token and per note, beside what
/// counting tokens and pairs of tokens achieves.
///
/// Every token after the first of a piece is predicted once, with everything before it heard, by
/// ONNX Runtime and by the engine, which must agree while its weights are f32.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// ONNX model, engine image or folder of a run, whose best model it is then
    #[arg(value_name = "MODEL.onnx|MODEL.mgi|RUN")]
    model: PathBuf,
    /// Folder of MIDI files [default: the run's]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// File of frames instead of MIDI files: valid and test are judged by the published protocols
    #[arg(long, value_name = "FILE.json", conflicts_with_all = ["data", "ReadingArgs", "split"])]
    frames: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
    /// Which held-out pieces
    #[arg(long, value_enum, default_value = "test")]
    split: Split,
    /// Of a linked part's run: write the nats of every piece into this file
    #[arg(long, value_name = "FILE.csv")]
    by_piece: Option<PathBuf>,
    /// How the engine stores weights, any of f32, bf16 and int8: each is judged (an image has its own)
    #[arg(long, value_delimiter = ',', default_value = "f32", value_parser = parse_weights)]
    weights: Vec<Weights>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Split {
    Valid,
    Test,
}

impl Split {
    const fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Test => "test",
        }
    }
}

/// How well one of them predicts.
struct Line {
    who: String,
    nats: Nats,
    /// Whether it computes what the model says, but for rounding in single precision.
    exact: bool,
}

impl EvaluateArgs {
    /// Evaluates.
    ///
    /// # Errors
    /// One sentence for the user.
    pub fn run(self) -> anyhow::Result<()> {
        if let Some(file) = self.frames_file()? {
            return frames::evaluate(&self.model, &file, &self.weights);
        }
        if let Some(role) = self.role()? {
            return self.part(role);
        }
        if self.by_piece.is_some() {
            bail!("--by-piece is for the run of a linked part");
        }
        let Forms { onnx, images } = forms(&self.model, &self.weights)?;
        // An image for another vocabulary is refused before anything is computed.
        for image in &images {
            image
                .predictor(events::FINGERPRINT)
                .with_context(|| self.model.display().to_string())?;
        }
        let (folder, options) = self.music()?;
        let loaded = Loaded::read(&folder, &options, self.reading.cached())?;
        let name = self.split.name();
        let (pieces, sentences) = match self.split {
            Split::Valid => (&loaded.corpus.valid, &loaded.splits.valid),
            Split::Test => (&loaded.corpus.test, &loaded.splits.test),
        };
        if pieces.is_empty() {
            bail!("{} has no {name} pieces", folder.display());
        }
        let notes: u64 = pieces.iter().map(|piece: &TokenPiece| u64::from(piece.notes)).sum();
        let mut lines = Vec::new();
        if let Some(onnx) = &onnx {
            let runtime = Runtime::load()?;
            let nats = judge(sentences, || onnx.predictor(&runtime))?;
            lines.push(Line { who: "ONNX Runtime".into(), nats, exact: true });
        }
        for image in &images {
            let (who, exact) = describe(image)?;
            let nats = judge(sentences, || image.predictor(events::FINGERPRINT))?;
            lines.push(Line { who, nats, exact });
        }
        say!(
            "{} on the {name} pieces of {}: {} pieces, {} tokens, {notes} notes",
            self.model.display(),
            folder.display(),
            pieces.len(),
            lines.first().map_or(0, |line| line.nats.tokens),
        );
        say!("{:>24}{:>14}{:>14}", "", "nats/token", "nats/note");
        let show = |who: &str, per_token: f64, per_note: f64| {
            say!("{who:>24}{per_token:>14.6}{per_note:>14.6}");
        };
        for Line { who, nats, .. } in &lines {
            show(who, nats.per_token(), nats.sum / notes as f64);
        }
        if let Some(baselines) = corpus::baselines(&loaded.corpus) {
            for baseline in baselines.iter().rev() {
                let nats = match self.split {
                    Split::Valid => baseline.valid,
                    Split::Test => baseline.test,
                };
                show(baseline.name, nats.per_token, nats.per_note);
            }
        }
        agree(&lines)
    }
}

impl EvaluateArgs {
    /// The file of frames, where one is named or the run was trained on one.
    fn frames_file(&self) -> anyhow::Result<Option<PathBuf>> {
        if self.frames.is_some() || self.data.is_some() || !self.model.is_dir() {
            return Ok(self.frames.clone());
        }
        let data = run::open(&self.model)?.1.data;
        Ok(data.frames.map(|_| data.folder.into()))
    }

    /// The part that a run's network plays.
    fn role(&self) -> anyhow::Result<Option<Role>> {
        match self.model.is_dir() {
            true => Ok(run::open(&self.model)?.1.data.role),
            false => Ok(None),
        }
    }

    /// Tells how well a network predicts its part, hearing the others as they are written.
    fn part(&self, role: Role) -> anyhow::Result<()> {
        let (folder, options) = self.music()?;
        let loaded = Loaded::read(&folder, &options, self.reading.cached())?;
        let name = self.split.name();
        let (sentences, notes) = linked::held_out(&loaded.corpus, role, name)?;
        let lines = linked::judged(&self.model, &self.weights, &sentences)?;
        if let Some(file) = &self.by_piece {
            linked::by_piece(&self.model, &sentences, file)?;
        }
        say!(
            "{}, part {} of {}{}, on the {name} pieces of {}: {} pieces, {} tokens, {notes} notes",
            self.model.display(),
            role.part + 1,
            role.parts,
            if role.listens { "" } else { " (deaf)" },
            folder.display(),
            sentences.len(),
            lines.first().map_or(0, |(_, nats, _)| nats.tokens),
        );
        say!("{:>24}{:>14}{:>14}", "", "nats/token", "nats/note");
        for (who, nats, _) in &lines {
            say!("{who:>24}{:>14.6}{:>14.6}", nats.per_token(), nats.sum / notes as f64);
        }
        let line = |(who, nats, exact)| Line { who, nats, exact };
        agree(&lines.into_iter().map(line).collect::<Vec<_>>())
    }

    /// The folder of MIDI files and how it is read: of a run its own, where no other is named.
    fn music(&self) -> anyhow::Result<(PathBuf, Options)> {
        match &self.data {
            Some(folder) => Ok((folder.clone(), self.reading.options()?)),
            None if self.model.is_dir() => {
                let data = run::open(&self.model)?.1.data;
                let of_run = !self.reading.given();
                let read = if of_run { options(&data.reading) } else { self.reading.options() };
                Ok((data.folder.into(), read?))
            }
            None => bail!("--data DIR is needed: {} is no run's folder", self.model.display()),
        }
    }
}

/// Whether all losses that should be are the same.
fn agree(lines: &[Line]) -> anyhow::Result<()> {
    let mut exact = lines.iter().filter(|line| line.exact);
    let Some(first) = exact.next() else { return Ok(()) };
    for Line { who, nats, .. } in exact {
        let apart = (nats.per_token() - first.nats.per_token()).abs();
        if apart.is_nan() || apart > TOLERANCE {
            bail!(
                "{who} and {} are {apart:.2e} nats per token apart, at most {TOLERANCE:e} is \
                 allowed: export the model again, or report it",
                first.who
            );
        }
    }
    Ok(())
}
