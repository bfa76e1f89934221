//! `musigan-train evaluate`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use musigan_engine::Image;
use musigan_engine::image::Weights;
use musigan_import::{Options, import, parse_weights};
use musigan_score::{Fingerprint, events};

use super::data::Loaded;
use super::run::BestModel;
use crate::corpus::{self, TokenPiece};
use crate::export::{About, onnx_file};
use crate::predict::{EngineImage, Nats, OnnxModel, judge};
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
    /// Folder of MIDI files
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Which held-out pieces
    #[arg(long, value_enum, default_value = "test")]
    split: Split,
    /// How the engine stores weights, any of f32, f16 and int8: each is judged (an image has its own)
    #[arg(long, value_delimiter = ',', default_value = "f32", value_parser = parse_weights)]
    weights: Vec<Weights>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Split {
    Valid,
    Test,
}

/// A model in the forms that it was given in or can be turned into.
struct Forms {
    onnx: Option<OnnxModel>,
    images: Vec<EngineImage>,
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
        let Forms { onnx, images } = forms(&self.model, &self.weights)?;
        // An image for another vocabulary is refused before anything is computed.
        for image in &images {
            image
                .predictor(events::FINGERPRINT)
                .with_context(|| self.model.display().to_string())?;
        }
        let loaded = Loaded::read(&self.data)?;
        let (name, pieces, sentences) = match self.split {
            Split::Valid => ("valid", &loaded.corpus.valid, &loaded.splits.valid),
            Split::Test => ("test", &loaded.corpus.test, &loaded.splits.test),
        };
        if pieces.is_empty() {
            bail!("{} has no {name} pieces", self.data.display());
        }
        let notes: u64 = pieces.iter().map(|piece: &TokenPiece| u64::from(piece.notes)).sum();
        let mut lines = Vec::new();
        if let Some(onnx) = &onnx {
            let runtime = Runtime::load()?;
            let nats = judge(sentences, || onnx.predictor(&runtime))?;
            lines.push(Line { who: "ONNX Runtime".into(), nats, exact: true });
        }
        for image in &images {
            let weights = Image::open(image.bytes())?.weights();
            let nats = judge(sentences, || image.predictor(events::FINGERPRINT))?;
            let megabytes = image.bytes().len() as f64 / 1e6;
            let who = format!("engine, {weights}, {megabytes:.1} MB");
            lines.push(Line { who, nats, exact: weights == Weights::F32 });
        }
        println!(
            "{} on the {name} pieces of {}: {} pieces, {} tokens, {notes} notes",
            self.model.display(),
            self.data.display(),
            pieces.len(),
            lines.first().map_or(0, |line| line.nats.tokens),
        );
        println!("{:>24}{:>14}{:>14}", "", "nats/token", "nats/note");
        let show = |who: &str, per_token: f64, per_note: f64| {
            println!("{who:>24}{per_token:>14.6}{per_note:>14.6}");
        };
        for Line { who, nats, .. } in &lines {
            show(who, nats.per_token(), nats.sum / notes as f64);
        }
        if let Some(baselines) = corpus::baselines(&loaded.corpus) {
            for (who, score) in [("bigram", baselines.bigram), ("unigram", baselines.unigram)] {
                let nats = match self.split {
                    Split::Valid => score.valid,
                    Split::Test => score.test,
                };
                show(who, nats.per_token, nats.per_note);
            }
        }
        agree(&lines)
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

fn forms(model: &Path, weights: &[Weights]) -> anyhow::Result<Forms> {
    let read =
        || std::fs::read(model).with_context(|| format!("{} cannot be read", model.display()));
    let named = || model.display().to_string();
    if model.is_dir() {
        let best = BestModel::open(model)?;
        let vocabulary =
            Fingerprint(u64::from_str_radix(&best.config.data.fingerprint, 16).unwrap_or_default());
        return imported(onnx_file(best.trained(vocabulary), &About::default()), weights)
            .with_context(named);
    }
    match model.extension().and_then(OsStr::to_str) {
        Some("onnx") => imported(read()?, weights).with_context(named),
        Some("mgi") => Ok(Forms { onnx: None, images: vec![EngineImage::new(&read()?)] }),
        _ => bail!("{}: a model is a folder of a run or a file .onnx or .mgi", model.display()),
    }
}

fn imported(onnx: Vec<u8>, weights: &[Weights]) -> anyhow::Result<Forms> {
    let image = |&weights: &Weights| -> anyhow::Result<_> {
        let options = Options { weights, ..Options::default() };
        Ok(EngineImage::new(&import(&onnx, &options)?.image))
    };
    let images = weights.iter().map(image).collect::<Result<_, _>>()?;
    Ok(Forms { onnx: Some(OnnxModel::read(onnx)?), images })
}
