//! Trained models one token at a time, and how well they predict music.
//!
//! A [`Predictor`] hears tokens and gives logits: [`OnnxPredictor`] by ONNX Runtime,
//! [`EnginePredictor`] by the engine that plays. [`judge`] measures either on whole pieces.

mod engine;
mod judge;
mod onnx;

pub use engine::{EngineImage, EnginePredictor};
pub(crate) use judge::log_sum_exp;
pub use judge::{Nats, judge, judge_each};
pub use onnx::{OnnxModel, OnnxPredictor};

use musigan_engine::OpenError;
use musigan_score::link::Picture;

use crate::graph::ReadError;
use crate::linked::Heard;
use crate::session::SessionError;
use crate::train::Item;

/// A model that hears a token and says how likely each is to come next; `I` is what it hears, a token
/// or a token among other parts.
pub trait Predictor<I = u16> {
    /// Forgets everything that was heard.
    ///
    /// # Errors
    /// [`PredictError`].
    fn reset(&mut self) -> Result<(), PredictError>;

    /// Hears a token; gives unnormalised log-probabilities, one for every token of the vocabulary.
    ///
    /// # Errors
    /// [`PredictError`].
    fn step(&mut self, heard: I) -> Result<&[f32], PredictError>;
}

/// What a model of tokens hears at a step.
pub trait Spoken: Item {
    /// The token.
    fn token(self) -> u16;
    /// What of other parts sounds then.
    fn others(self) -> Picture;
}

impl Spoken for u16 {
    fn token(self) -> u16 {
        self
    }

    fn others(self) -> Picture {
        Picture::NONE
    }
}

impl Spoken for Heard {
    fn token(self) -> u16 {
        self.token
    }

    fn others(self) -> Picture {
        self.others
    }
}

/// Why a model predicts nothing.
#[derive(Debug, thiserror::Error)]
pub enum PredictError {
    /// The ONNX file cannot be understood.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The ONNX file lacks an input or output.
    #[error(
        "the ONNX model has no {0} in the form that musigan-train export writes \
         (token [1], h [layers, 1, width], for an LSTM c like h, for a linked part others [1, features] → \
         logits [1, tokens], h_out, c_out)"
    )]
    Absent(&'static str),
    /// The engine does not open the image.
    #[error(transparent)]
    Engine(#[from] OpenError),
    /// ONNX Runtime.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A token of a piece is not one of the model's.
    #[error("token {token} in a vocabulary of {vocab_len}")]
    Token {
        /// The token.
        token: u16,
        /// Tokens of the model's vocabulary.
        vocab_len: usize,
    },
}
