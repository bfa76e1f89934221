//! How well a model predicts a file of frames, by the published protocols.

use std::path::Path;

use anyhow::{Context, bail};
use musigan_engine::image::Weights;
use musigan_score::Fingerprint;

use super::data::Material;
use super::forms::{Forms, describe, forms};
use super::run::BestModel;
use crate::cli::say::say;
use crate::frames::{Score, Task, judge_keys, judge_tokens};
use crate::model::Form;
use crate::session::{Runtime, Threads};
use crate::train::Splits;

/// How far ONNX Runtime and the engine may be apart, in nats per frame or note.
const TOLERANCE: f64 = 1e-4;

/// What is judged.
pub enum Judge {
    /// A network of keys, in the trainer's own graph.
    Keys(Box<BestModel>),
    /// A model of tokens, in ONNX Runtime and in the engine, where it is there in that form.
    Tokens(Forms, Task),
}

impl Judge {
    /// The best model of a run on frames.
    ///
    /// # Errors
    /// One sentence for the user.
    pub fn of_run(run: &Path, weights: &[Weights]) -> anyhow::Result<Self> {
        let best = BestModel::open(run)?;
        match (best.config.model.form, best.config.data.frames) {
            (Form::Keys, _) => Ok(Self::Keys(Box::new(best))),
            (Form::Tokens, Some(task)) => Ok(Self::Tokens(forms(run, weights)?, task)),
            (Form::Tokens, None) => {
                bail!("{} was trained on MIDI files: evaluate it with --data DIR", run.display())
            }
        }
    }

    /// A model of any form; a file says by its vocabulary what it predicts.
    ///
    /// # Errors
    /// One sentence for the user.
    pub fn open(model: &Path, weights: &[Weights]) -> anyhow::Result<Self> {
        if model.is_dir() {
            return Self::of_run(model, weights);
        }
        let forms = forms(model, weights)?;
        let speaks = |task: &Task| {
            forms.images.iter().all(|image| image.predictor(task.fingerprint()).is_ok())
        };
        match [Task::Chain, Task::Lines].into_iter().find(speaks) {
            Some(task) => Ok(Self::Tokens(forms, task)),
            None => bail!("{} speaks neither of frames nor of lines", model.display()),
        }
    }

    /// What it predicts.
    pub fn task(&self) -> Task {
        match self {
            Self::Keys(_) => Task::Keys,
            Self::Tokens(_, task) => *task,
        }
    }
}

/// Prints the nats of the validation and the test set.
///
/// # Errors
/// One sentence for the user; also where ONNX Runtime and the engine disagree.
pub fn table(runtime: &Runtime, judge: &Judge, material: &Material) -> anyhow::Result<()> {
    let unit = judge.task().unit();
    say!(
        "{:>24}{:>8}{:>10}{:>16}{:>16}",
        "",
        "set",
        format!("{unit}s"),
        format!("nats/{unit}"),
        "mean of pieces"
    );
    let show = |who: &str, set: &str, score: &Score| {
        let means = score.of_pieces.map_or("-".to_owned(), |means| format!("{means:.6}"));
        say!("{who:>24}{set:>8}{:>10}{:>16.6}{means:>16}", score.count, score.per_unit());
    };
    match (judge, material) {
        (Judge::Keys(best), Material::Keys(splits)) => {
            for (set, pieces) in sets(splits) {
                let trained = best.trained(Fingerprint(splits.fingerprint));
                let (a, weights) = (trained.architecture, trained.weights);
                show("ONNX Runtime", set, &judge_keys(runtime, a, weights, pieces, Threads(1))?);
            }
        }
        (Judge::Tokens(forms, task), Material::Tokens(_, splits)) => {
            for (set, pieces) in sets(splits) {
                let exact = match &forms.onnx {
                    None => None,
                    Some(onnx) => {
                        let score = judge_tokens(*task, pieces, || onnx.predictor(runtime))?;
                        show("ONNX Runtime", set, &score);
                        Some(score.per_unit())
                    }
                };
                for image in &forms.images {
                    let (who, is_exact) = describe(image)?;
                    let speaks = || image.predictor(task.fingerprint());
                    let score = judge_tokens(*task, pieces, speaks)?;
                    show(&who, set, &score);
                    let apart = exact.map_or(0.0, |exact| (exact - score.per_unit()).abs());
                    if is_exact && (apart.is_nan() || apart > TOLERANCE) {
                        bail!(
                            "ONNX Runtime and the engine are {apart:.2e} nats per {unit} apart, at \
                             most {TOLERANCE:e} is allowed: export the model again, or report it"
                        );
                    }
                }
            }
        }
        _ => bail!("the model and the file are of different tasks"),
    }
    Ok(())
}

fn sets<I>(splits: &Splits<I>) -> impl Iterator<Item = (&'static str, &[Vec<I>])> {
    let both = [("valid", &splits.valid[..]), ("test", &splits.test[..])];
    both.into_iter().filter(|(_, pieces)| !pieces.is_empty())
}

/// Evaluates `model` on a file of frames.
///
/// # Errors
/// One sentence for the user.
pub fn evaluate(model: &Path, file: &Path, weights: &[Weights]) -> anyhow::Result<()> {
    let judge = Judge::open(model, weights)?;
    let material = Material::frames(file, judge.task())?;
    say!(
        "{} on {} as {}: nats per {}",
        model.display(),
        file.display(),
        judge.task().name(),
        judge.task().unit()
    );
    let runtime = Runtime::load()?;
    table(&runtime, &judge, &material).with_context(|| model.display().to_string())
}
