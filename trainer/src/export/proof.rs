//! The same loss from the trainer, from ONNX Runtime and from the engine.

use std::fmt;

use super::{ExportError, Trained};
use crate::predict::{EngineImage, OnnxModel, Spoken, judge};
use crate::session::{Runtime, Threads};
use crate::train::Validator;

/// How far the losses may be apart, in nats per token.
pub const TOLERANCE: f64 = 1e-3;

/// Parallel streams and steps of the trainer's own evaluation.
const BATCH: usize = 16;
const WINDOW: usize = 64;

/// Nats per token on the same pieces by three programs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proof {
    /// Tokens predicted.
    pub tokens: usize,
    /// The trainer's evaluation graph, in batches.
    pub trainer: f64,
    /// The exported ONNX model in ONNX Runtime, token by token.
    pub onnx_runtime: f64,
    /// The image in the engine, token by token.
    pub engine: f64,
}

impl Proof {
    pub(super) fn measure<I: Spoken>(
        runtime: &Runtime,
        trained: Trained<'_>,
        onnx: &[u8],
        image: &[u8],
        pieces: &[Vec<I>],
    ) -> Result<Self, ExportError> {
        let architecture = trained.architecture;
        let mut validator =
            Validator::new(runtime, architecture, &pieces, BATCH, WINDOW, Threads(1))?;
        let trainer = validator.loss(trained.weights)?;
        let model = OnnxModel::read(onnx.to_vec())?;
        let onnx_runtime = judge(pieces, || model.predictor(runtime))?;
        let image = EngineImage::new(image);
        let engine = judge(pieces, || image.predictor(trained.vocabulary))?;
        Ok(Self {
            tokens: engine.tokens,
            trainer,
            onnx_runtime: onnx_runtime.per_token(),
            engine: engine.per_token(),
        })
    }

    /// Whether all three agree within [`TOLERANCE`]; a loss that is not a number agrees with none.
    pub fn holds(&self) -> bool {
        let all = [self.trainer, self.onnx_runtime, self.engine];
        let pairs = all.iter().flat_map(|a| all.iter().map(move |b| (a - b).abs()));
        pairs.into_iter().all(|difference| difference <= TOLERANCE)
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tokens, trainer, onnx_runtime, engine } = self;
        write!(
            f,
            "trainer {trainer:.6}, ONNX Runtime {onnx_runtime:.6}, engine {engine:.6} nats per \
             token over {tokens} tokens"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Proof;

    #[test]
    fn a_proof_holds_only_where_all_three_agree() {
        let proof = Proof { tokens: 9, trainer: 1.0, onnx_runtime: 1.0004, engine: 0.9996 };
        assert!(proof.holds());
        assert!(!Proof { engine: 0.9993, ..proof }.holds());
        assert!(!Proof { trainer: f64::NAN, ..proof }.holds());
    }
}
