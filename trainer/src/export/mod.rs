//! From a run's best weights to a model that any ONNX runtime and our engine play.
//!
//! [`export`] writes nothing: it gives the bytes of both files after both have reproduced the
//! trainer's own loss on held-out pieces. [`Origin`] reads such an ONNX file back, to learn on from it.

mod network;
mod origin;
mod proof;

use musigan_import::ImportError;
use musigan_score::Fingerprint;
use musigan_score::events::Style;

pub use origin::{Origin, OriginError};
pub use proof::{Proof, TOLERANCE};

use crate::graph::onnx::StringStringEntryProto;
use crate::model::Architecture;
use crate::predict::{PredictError, Spoken};
use crate::session::Runtime;
use crate::train::TrainError;
use network::onnx_model;

/// What a model file says about itself: `(name, value)`, written as `musigan.name`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About(pub Vec<(String, String)>);

impl About {
    /// Adds a line.
    pub fn add(&mut self, name: &str, value: impl ToString) {
        self.0.push((name.to_owned(), value.to_string()));
    }

    /// Adds the styles that can be asked for, if there are any.
    pub fn add_styles(&mut self, styles: &[Style]) {
        if !styles.is_empty() {
            let names: Vec<&str> = styles.iter().map(|style| style.name()).collect();
            self.add("styles", names.join(" "));
        }
    }

    pub(crate) fn metadata(&self) -> Vec<StringStringEntryProto> {
        let entry = |(name, value): &(String, String)| StringStringEntryProto {
            key: format!("musigan.{name}"),
            value: value.clone(),
        };
        self.0.iter().map(entry).collect()
    }
}

/// A trained network.
#[derive(Clone, Copy, Debug)]
pub struct Trained<'a> {
    /// Its sizes.
    pub architecture: &'a Architecture,
    /// Its flat weights.
    pub weights: &'a [f32],
    /// The vocabulary of its tokens.
    pub vocabulary: Fingerprint,
}

/// A model in both forms, proven.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The ONNX file.
    pub onnx: Vec<u8>,
    /// The engine's `.mgi` image.
    pub image: Vec<u8>,
    /// How well both reproduce the trainer's loss.
    pub proof: Proof,
}

/// Why a run is not exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The losses differ.
    #[error(
        "the exported model is not the trained one: {0} on held-out pieces, at most {TOLERANCE} \
         apart is allowed; nothing was written, please report it"
    )]
    Disagreement(Proof),
    /// The importer refuses the ONNX model.
    #[error("the engine's image cannot be made: {0}")]
    Import(#[from] ImportError),
    /// The exported model does not run.
    #[error(transparent)]
    Predict(#[from] PredictError),
    /// The trainer's own evaluation does not run.
    #[error(transparent)]
    Train(#[from] TrainError),
}

/// Exports a network and proves both files on `pieces`, which it was not trained on; `about` is
/// written into both.
///
/// # Errors
/// [`ExportError`].
pub fn export<I: Spoken>(
    runtime: &Runtime,
    trained: Trained<'_>,
    about: &About,
    pieces: &[Vec<I>],
) -> Result<Exported, ExportError> {
    let onnx = onnx_file(trained, about);
    let image = musigan_import::import(&onnx, &musigan_import::Options::default())?.image;
    let proof = Proof::measure(runtime, trained, &onnx, &image, pieces)?;
    if proof.holds() {
        Ok(Exported { onnx, image, proof })
    } else {
        Err(ExportError::Disagreement(proof))
    }
}

/// The ONNX file of a network, unproven. `about` is written into it beside what the importer and
/// other readers need.
pub fn onnx_file(trained: Trained<'_>, about: &About) -> Vec<u8> {
    let mut all = About::default();
    all.add("kind", trained.architecture.kind.name());
    all.add("vocabulary", trained.vocabulary);
    all.add("ticks_per_quarter", musigan_score::TICKS_PER_QUARTER);
    if trained.architecture.others > 0 {
        all.add("others", trained.architecture.others);
    }
    all.0.extend(about.0.iter().cloned());
    onnx_model(trained.architecture, trained.weights, all.metadata())
}
