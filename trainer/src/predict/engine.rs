//! A model that the engine plays.

use musigan_engine::{Generator, Model};
use musigan_score::{Fingerprint, Token};

use super::{PredictError, Predictor};

/// An engine image in memory that the engine can use in place.
pub struct EngineImage {
    /// The image from `start`, where its address is divisible by [`ALIGNMENT`].
    bytes: Vec<u8>,
    start: usize,
}

/// What the engine wants of an image's address, to be fast.
const ALIGNMENT: usize = 64;

impl EngineImage {
    /// Copies an image to where it can be used.
    pub fn new(image: &[u8]) -> Self {
        let mut bytes = vec![0; image.len() + ALIGNMENT];
        let start = bytes.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
        bytes[start..start + image.len()].copy_from_slice(image);
        bytes.truncate(start + image.len());
        Self { bytes, start }
    }

    /// The image.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// A stream of tokens through the image's model.
    ///
    /// # Errors
    /// [`PredictError::Engine`]: a damaged image, or another vocabulary.
    pub fn predictor(&self, vocabulary: Fingerprint) -> Result<EnginePredictor<'_>, PredictError> {
        let model = Model::open(self.bytes(), vocabulary)?;
        let mut state = vec![0.0; model.state_len()];
        model.reset(&mut state);
        Ok(EnginePredictor { model, state, logits: vec![0.0; model.vocab_len()] })
    }
}

/// One stream of tokens through the engine.
pub struct EnginePredictor<'a> {
    model: Model<'a>,
    state: Vec<f32>,
    logits: Vec<f32>,
}

impl Predictor for EnginePredictor<'_> {
    fn reset(&mut self) -> Result<(), PredictError> {
        self.model.reset(&mut self.state);
        Ok(())
    }

    fn step(&mut self, token: u16) -> Result<&[f32], PredictError> {
        let vocab_len = self.logits.len();
        if usize::from(token) >= vocab_len {
            return Err(PredictError::Token { token, vocab_len });
        }
        self.model.step(&mut self.state, Token(token), &mut self.logits);
        Ok(&self.logits)
    }
}
