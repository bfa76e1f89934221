//! A model whose kind the program fixes.

use core::fmt;

use musigan_score::link::Picture;
use musigan_score::{Fingerprint, Token};

use super::stack::{Stack, Step};
use super::{Generator, Wanted};
use crate::image::{self, OpenError};
use crate::kernel::Kernels;
use crate::kernel::storage::Stored;
use crate::layer::Cell;
use crate::passages::Passages;

/// Ways of storing weights, as types: [`F32`](super::F32), [`Bf16`](super::Bf16) and
/// [`Int8`](super::Int8).
#[allow(private_bounds)]
pub trait Storing: Stored {}

impl<S: Stored> Storing for S {}

/// A stack of recurrent layers of one cell type whose weights are stored in one way: for programs that
/// carry their model with them. The code of other models is not linked (five sixths of what
/// [`Model`](super::Model) needs).
///
/// ```
/// use musigan_engine::generator::{F32, Fixed, Gru, Int8, Lstm};
/// use musigan_engine::{Generator, include_image};
/// use musigan_score::Fingerprint;
///
/// static IMAGE: &[u8] = include_image!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tiny.mgi"));
/// let vocabulary = Fingerprint(0x0123_4567_89ab_cdef);
/// assert!(Fixed::<Lstm, F32>::open(IMAGE, vocabulary).is_ok());
/// assert!(Fixed::<Gru, F32>::open(IMAGE, vocabulary).is_err());
/// assert!(Fixed::<Lstm, Int8>::open(IMAGE, vocabulary).is_err());
/// ```
#[derive(Clone, Copy)]
pub struct Fixed<'a, C: Cell, S: Storing> {
    vocab_len: usize,
    stack: Stack<'a, C, S>,
    passages: Option<Passages<'a>>,
    kernels: Kernels,
}

impl<'a, C: Cell, S: Storing> Fixed<'a, C, S> {
    /// Opens an image and checks that it speaks the program's vocabulary.
    ///
    /// # Errors
    /// As [`Model::open`](super::Model::open), and [`OpenError::Unsupported`] where the model has
    /// other cells or weights.
    pub fn open(bytes: &'a [u8], vocabulary: Fingerprint) -> Result<Self, OpenError> {
        let (vocab_len, stack, passages) = image::fixed(bytes, vocabulary)?;
        Ok(Self { vocab_len, stack, passages, kernels: Kernels::detect() })
    }
}

impl<C: Cell, S: Storing> fmt::Debug for Fixed<'_, C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fixed").field("vocab_len", &self.vocab_len).finish_non_exhaustive()
    }
}

impl<C: Cell, S: Storing> Generator for Fixed<'_, C, S> {
    fn vocab_len(&self) -> usize {
        self.vocab_len
    }

    fn state_len(&self) -> usize {
        self.stack.state_len()
    }

    fn macs_per_step(&self) -> usize {
        self.stack.macs_per_step()
    }

    fn reset(&self, state: &mut [f32]) {
        state.fill(0.0);
    }

    fn passages(&self) -> Option<Passages<'_>> {
        self.passages
    }

    fn step(&self, state: &mut [f32], heard: Token, logits: &mut [f32]) {
        self.step_for(state, heard, Wanted::ALL, logits);
    }

    fn step_for(&self, state: &mut [f32], heard: Token, wanted: Wanted, logits: &mut [f32]) {
        debug_assert_eq!(state.len(), self.state_len(), "state.len() is not state_len()");
        debug_assert_eq!(logits.len(), self.vocab_len, "logits.len() is not vocab_len()");
        self.kernels.dispatch(Step {
            stack: &self.stack,
            state,
            heard,
            others: Picture::NONE,
            wanted,
            logits,
        });
    }
}
