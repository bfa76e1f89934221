//! Embedding → one to four recurrent layers → dense head.

use core::fmt;

use musigan_score::Token;
use musigan_score::link::Picture;

use super::stack::{Stack, Step};
use super::{Generator, Wanted};
use crate::image::Weights;
use crate::kernel::Kernels;
use crate::kernel::storage::{Bf16, F32, Int8};
use crate::layer::{Cell, Gates};
use crate::passages::Passages;

/// The deepest stack of recurrent layers.
pub const MAX_LAYERS: usize = 4;

/// A stack of recurrent layers of one cell type.
///
/// The embedding and the first layer's input projection are one table, folded at import: a token
/// is a row of sums from which the first layer starts.
#[derive(Clone, Copy)]
pub struct Recurrent<'a, C: Cell> {
    pub(crate) vocab_len: usize,
    pub(crate) stack: AnyStack<'a, C>,
    pub(crate) passages: Option<Passages<'a>>,
    pub(crate) kernels: Kernels,
}

/// A stack in the way that its weights are stored.
#[derive(Clone, Copy)]
pub(crate) enum AnyStack<'a, C: Gates> {
    F32(Stack<'a, C, F32>),
    Bf16(Stack<'a, C, Bf16>),
    Int8(Stack<'a, C, Int8>),
}

macro_rules! each {
    ($stored:expr, $stack:ident => $body:expr) => {
        match $stored {
            AnyStack::F32($stack) => $body,
            AnyStack::Bf16($stack) => $body,
            AnyStack::Int8($stack) => $body,
        }
    };
}

impl<C: Cell> Recurrent<'_, C> {
    /// How the weights are stored.
    pub fn weights(&self) -> Weights {
        match self.stack {
            AnyStack::F32(_) => Weights::F32,
            AnyStack::Bf16(_) => Weights::Bf16,
            AnyStack::Int8(_) => Weights::Int8,
        }
    }

    /// Whether it hears what other parts do.
    pub fn listens(&self) -> bool {
        each!(&self.stack, stack => stack.listens())
    }

    /// As [`Generator::step_for`], with what of other parts sounds at this moment; a model that does not
    /// [listen](Self::listens) has no use for it.
    ///
    /// # Real-time
    /// As [`Generator::step`].
    pub fn step_among(
        &self,
        state: &mut [f32],
        heard: Token,
        others: Picture,
        wanted: Wanted,
        logits: &mut [f32],
    ) {
        debug_assert_eq!(state.len(), self.state_len(), "state.len() is not state_len()");
        debug_assert_eq!(logits.len(), self.vocab_len, "logits.len() is not vocab_len()");
        self.advance(state, heard, others, wanted, logits);
    }

    // Not inlined: `open` has gone this way when a player comes.
    #[inline(never)]
    fn advance(
        &self,
        state: &mut [f32],
        heard: Token,
        others: Picture,
        wanted: Wanted,
        logits: &mut [f32],
    ) {
        let kernels = self.kernels;
        each!(&self.stack, stack => {
            kernels.dispatch(Step { stack, state, heard, others, wanted, logits });
        });
    }
}

/// Numbers of state that [`Recurrent::warm`] has room for.
#[cfg(not(target_os = "none"))]
const ROOM: usize = 8192;

#[cfg(not(target_os = "none"))]
impl<C: Cell> Recurrent<'_, C> {
    /// Goes a step in memory of its own, so that the first one of a player finds the program's pages where
    /// the later ones do; without an operating system they are always there.
    pub(crate) fn warm(&self) {
        let mut state = [0.0; ROOM];
        let Some(state) = state.get_mut(..self.state_len()) else { return };
        self.advance(state, Token(0), Picture::NONE, Wanted::ALL, &mut []);
    }
}

/// The extents, not the weights.
impl<C: Cell> fmt::Debug for Recurrent<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recurrent")
            .field("vocab_len", &self.vocab_len)
            .field("weights", &self.weights())
            .field("macs_per_step", &self.macs_per_step())
            .field("kernels", &self.kernels)
            .finish_non_exhaustive()
    }
}

impl<C: Cell> Generator for Recurrent<'_, C> {
    fn vocab_len(&self) -> usize {
        self.vocab_len
    }

    fn state_len(&self) -> usize {
        each!(&self.stack, stack => stack.state_len())
    }

    fn macs_per_step(&self) -> usize {
        each!(&self.stack, stack => stack.macs_per_step())
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
        self.step_among(state, heard, Picture::NONE, wanted, logits);
    }
}
