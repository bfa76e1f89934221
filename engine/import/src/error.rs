//! Why a file is not imported.

use std::fmt::Write as _;

use musigan_engine::OpenError;
use musigan_engine::image::Weights;
use thiserror::Error;

/// Why a file is not imported.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The bytes are not a model.
    #[error("this is not an ONNX model ({0}); musigan-train export writes one")]
    NotOnnx(String),
    /// The model is ONNX, but contradicts itself.
    #[error("the ONNX model is damaged: {0}; export it again")]
    Malformed(String),
    /// The model is sound, but not one that the engine can play. Every reason that was found.
    #[error("the engine cannot play this model: {}", list(.0))]
    Unsupported(Vec<String>),
    /// The metadata does not say what the tokens mean.
    #[error("the metadata field {key} {problem}; musigan-train export writes it")]
    Metadata {
        /// The field of `metadata_props`.
        key: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// What is said to be the passages of the training music is something else.
    #[error("these are no passages of training music; musigan-train passages writes some")]
    Passages,
    /// tract, by which the image is checked, cannot run the model.
    #[error("tract cannot run the model, so the import cannot be checked: {0}")]
    Oracle(String),
    /// The engine does not open its own image.
    #[error("the engine refuses the imported model: {0}")]
    Engine(#[from] OpenError),
    /// A number of the table of tokens is beyond what half precision holds.
    #[error("it has a token of magnitude {greatest}, and f16 ends at 65504: import it as f32")]
    Range {
        /// The greatest magnitude of a weight.
        greatest: f32,
    },
    /// Coarser weights would change the music too much.
    #[error(
        "as {weights} it would lose {nats_per_token:.4} nats per token of what it says as f32, at \
         most {most} is allowed: import it with finer weights"
    )]
    Coarse {
        /// How the weights would be stored.
        weights: Weights,
        /// See [`Cost`](crate::Cost).
        nats_per_token: f64,
        /// The most that is allowed.
        most: f64,
    },
    /// The engine and tract compute different logits.
    #[error(
        "the engine and tract disagree at step (or bar) {step} on logit {logit} ({engine} and {oracle}, at \
         most {tolerance:e} apart is allowed): this model has a part that the importer misread; \
         please report it"
    )]
    Disagreement {
        /// Step from the start of the stream, from 0.
        step: usize,
        /// Index of the logit.
        logit: usize,
        /// The engine's value.
        engine: f32,
        /// tract's value.
        oracle: f32,
        /// The greatest difference allowed.
        tolerance: f32,
    },
}

impl ImportError {
    /// The same in one line: names out of a file may have line breaks in them.
    pub(crate) fn in_one_line(self) -> Self {
        let flat = |text: String| text.replace(char::is_control, " ");
        match self {
            Self::NotOnnx(why) => Self::NotOnnx(flat(why)),
            Self::Malformed(why) => Self::Malformed(flat(why)),
            Self::Unsupported(all) => Self::Unsupported(all.into_iter().map(flat).collect()),
            Self::Metadata { key, problem } => Self::Metadata { key, problem: flat(problem) },
            Self::Oracle(why) => Self::Oracle(flat(why)),
            other => other,
        }
    }
}

fn list(reasons: &[String]) -> String {
    const SHOWN: usize = 8;
    let mut text = reasons.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
    if let Some(more) = reasons.len().checked_sub(SHOWN + 1) {
        let _ = write!(text, "; and {} more", more + 1);
    }
    text
}
