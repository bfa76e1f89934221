//! Embedding → one to four recurrent layers → dense head.

use core::fmt;
use core::mem::take;

use musigan_score::Token;

use super::Generator;
use crate::kernel::lanes::{LANES, Lanes};
use crate::kernel::panel::Walk;
use crate::kernel::{Kernels, Operation};
use crate::layer::dense::{Dense, OUTPUTS};
use crate::layer::{Cell, Recurrence};

/// The deepest stack of recurrent layers.
pub const MAX_LAYERS: usize = 4;

/// The last number of the state: which way the step before walked.
const TURN_LEN: usize = 1;

/// A stack of recurrent layers of one cell type.
///
/// The embedding and the first layer's input projection are one table, folded at import: a token
/// is a row of sums from which the first layer starts.
#[derive(Clone, Copy)]
pub struct Recurrent<'a, C: Cell> {
    pub(crate) vocab_len: usize,
    /// The first layer, and those above it.
    pub(crate) layers: [Option<Recurrence<'a, C>>; MAX_LAYERS],
    pub(crate) head: Dense<'a>,
    pub(crate) kernels: Kernels,
}

impl<'a, C: Cell> Recurrent<'a, C> {
    fn layers(&self) -> impl Iterator<Item = &Recurrence<'a, C>> {
        self.layers.iter().flatten()
    }

    /// Numbers in the scratch that all layers share.
    fn scratch_len(&self) -> usize {
        self.layers().map(|layer| layer.shape.padded()).max().unwrap_or(0)
    }
}

/// The extents, not the weights.
impl<C: Cell> fmt::Debug for Recurrent<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recurrent")
            .field("vocab_len", &self.vocab_len)
            .field("widths", &self.layers.map(|layer| layer.map(|layer| layer.shape.width)))
            .field("kernels", &self.kernels)
            .finish_non_exhaustive()
    }
}

impl<C: Cell> Generator for Recurrent<'_, C> {
    fn vocab_len(&self) -> usize {
        self.vocab_len
    }

    fn state_len(&self) -> usize {
        let remembered: usize =
            self.layers().map(|layer| C::REMEMBERED * layer.shape.padded()).sum();
        TURN_LEN + self.scratch_len() + remembered
    }

    fn macs_per_step(&self) -> usize {
        let layers: usize = self.layers().map(|layer| C::GATES * LANES * layer.weights.len()).sum();
        layers + OUTPUTS * self.head.weights.len()
    }

    fn reset(&self, state: &mut [f32]) {
        state.fill(0.0);
    }

    fn step(&self, state: &mut [f32], heard: Token, logits: &mut [f32]) {
        debug_assert_eq!(state.len(), self.state_len(), "state.len() is not state_len()");
        debug_assert_eq!(logits.len(), self.vocab_len, "logits.len() is not vocab_len()");
        self.kernels.dispatch(Step { model: self, state, heard, logits });
    }
}

struct Step<'s, 'm, C: Cell> {
    model: &'s Recurrent<'m, C>,
    state: &'s mut [f32],
    heard: Token,
    logits: &'s mut [f32],
}

impl<C: Cell> Operation for Step<'_, '_, C> {
    #[inline(always)]
    fn run<V: Lanes>(self) {
        let Some((turn, state)) = self.state.split_last_mut() else { return };
        let walk = if *turn > 0.0 { Walk::Back } else { Walk::Forth };
        *turn = if *turn > 0.0 { -1.0 } else { 1.0 };
        let Some((scratch, mut rest)) = state.split_at_mut_checked(self.model.scratch_len()) else {
            return;
        };
        let mut row = usize::from(self.heard.0);
        let mut below: &[f32] = &[];
        for layer in self.model.layers() {
            let len = C::REMEMBERED * layer.shape.padded();
            let Some((remembered, others)) = take(&mut rest).split_at_mut_checked(len) else {
                return;
            };
            C::advance::<V>(layer, walk, layer.start(row), remembered, below, scratch);
            below = remembered.get(..layer.shape.width.get()).unwrap_or_default();
            rest = others;
            row = 0;
        }
        self.model.head.forward::<V>(walk, below, self.logits);
    }
}
