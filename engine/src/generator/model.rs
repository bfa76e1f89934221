//! The closed family of generators that an image can hold.

use musigan_score::{Fingerprint, Token};

use super::{Attention, Bars, Generator, Linked, Recurrent, Wanted};
use crate::image::{Image, OpenError, Weights};
use crate::kernel::Kernels;
use crate::layer::{Gru, Lstm};
use crate::passages::Passages;

/// A generator of any architecture, its weights borrowed from an image.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "a program opens one or two, and nothing is boxed here"
)]
pub enum Model<'a> {
    /// Long short-term memory.
    Lstm(Recurrent<'a, Lstm>),
    /// Gated recurrent units.
    Gru(Recurrent<'a, Gru>),
    /// The generator of a GAN, which composes whole bars.
    Gan(Bars<'a>),
    /// A generator for each part, which listen to each other.
    Linked(Linked<'a>),
}

macro_rules! each {
    ($self:expr, $model:ident => $body:expr) => {
        match $self {
            Self::Lstm($model) => $body,
            Self::Gru($model) => $body,
            Self::Gan($model) => $body,
            Self::Linked($model) => $body,
        }
    };
}

impl<'a> Model<'a> {
    /// Opens an image and checks that it speaks the program's vocabulary.
    ///
    /// ```
    /// use musigan_engine::{Generator, Model, include_image};
    /// use musigan_score::{Fingerprint, Token};
    ///
    /// # fn main() -> Result<(), musigan_engine::OpenError> {
    /// static IMAGE: &[u8] = include_image!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tiny.mgi"));
    /// let model = Model::open(IMAGE, Fingerprint(0x0123_4567_89ab_cdef))?;
    /// let mut state = [0.0; 256]; // at least `model.state_len()`: no heap needed
    /// let mut logits = [0.0; 64]; // at least `model.vocab_len()`
    /// let state = &mut state[..model.state_len()];
    /// let logits = &mut logits[..model.vocab_len()];
    ///
    /// model.reset(state);
    /// model.step(state, Token(3), logits);
    /// let best = (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b]));
    /// assert!(best.is_some());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`Image::open`] and [`Image::speaks`].
    pub fn open(bytes: &'a [u8], vocabulary: Fingerprint) -> Result<Self, OpenError> {
        let image = Image::open(bytes)?;
        image.speaks(vocabulary)?;
        Ok(image.model())
    }

    /// The same model on other kernels: other speed, same bits.
    #[must_use]
    pub fn with_kernels(mut self, kernels: Kernels) -> Self {
        match &mut self {
            Self::Lstm(model) => model.kernels = kernels,
            Self::Gru(model) => model.kernels = kernels,
            Self::Gan(model) => model.kernels = kernels,
            Self::Linked(model) => model.set_kernels(kernels),
        }
        self
    }

    /// Whether it composes bars, or one of its members does: whether [`Walk`](super::Walk) is of use.
    pub fn walks(&self) -> bool {
        self.plans_bars()
    }

    /// How the weights are stored.
    pub fn weights(&self) -> Weights {
        each!(self, model => model.weights())
    }

    /// The kernels in use.
    pub fn kernels(&self) -> Kernels {
        match self {
            Self::Lstm(model) => model.kernels,
            Self::Gru(model) => model.kernels,
            Self::Gan(model) => model.kernels,
            Self::Linked(model) => model.kernels(),
        }
    }
}

impl Generator for Model<'_> {
    fn vocab_len(&self) -> usize {
        each!(self, model => model.vocab_len())
    }

    fn state_len(&self) -> usize {
        each!(self, model => model.state_len())
    }

    fn macs_per_step(&self) -> usize {
        each!(self, model => model.macs_per_step())
    }

    fn reset(&self, state: &mut [f32]) {
        each!(self, model => model.reset(state));
    }

    fn seed(&self, state: &mut [f32], seed: u64) {
        each!(self, model => model.seed(state, seed));
    }

    fn attend(&self, state: &mut [f32], attention: Attention) {
        each!(self, model => model.attend(state, attention));
    }

    fn plans_bars(&self) -> bool {
        each!(self, model => model.plans_bars())
    }

    fn passages(&self) -> Option<Passages<'_>> {
        each!(self, model => model.passages())
    }

    fn step(&self, state: &mut [f32], heard: Token, logits: &mut [f32]) {
        each!(self, model => model.step(state, heard, logits));
    }

    fn step_for(&self, state: &mut [f32], heard: Token, wanted: Wanted, logits: &mut [f32]) {
        each!(self, model => model.step_for(state, heard, wanted, logits));
    }
}
