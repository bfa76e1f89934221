//! A model that the engine plays.

use musigan_engine::generator::Wanted;
use musigan_engine::{Generator, Model};
use musigan_score::{Fingerprint, Token};

use super::{PredictError, Predictor, Spoken};

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

impl<I: Spoken> Predictor<I> for EnginePredictor<'_> {
    fn reset(&mut self) -> Result<(), PredictError> {
        self.model.reset(&mut self.state);
        Ok(())
    }

    fn step(&mut self, heard: I) -> Result<&[f32], PredictError> {
        let (token, vocab_len) = (heard.token(), self.logits.len());
        if usize::from(token) >= vocab_len {
            return Err(PredictError::Token { token, vocab_len });
        }
        let (state, logits) = (&mut self.state, &mut self.logits);
        let (token, others, all) = (Token(token), heard.others(), Wanted::ALL);
        match &self.model {
            Model::Lstm(model) => model.step_among(state, token, others, all, logits),
            Model::Gru(model) => model.step_among(state, token, others, all, logits),
            model => model.step(state, token, logits),
        }
        Ok(&self.logits)
    }
}
