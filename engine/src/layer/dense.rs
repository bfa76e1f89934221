//! The head: logits = W·h + b.

use core::num::NonZeroUsize;

use crate::kernel::lanes::{LANES, Lanes};
use crate::kernel::panel::{Row, Walk, accumulate, load};

/// Outputs per panel.
pub(crate) const OUTPUTS: usize = 4 * LANES;

/// The weights of one dense layer.
#[derive(Clone, Copy)]
pub(crate) struct Dense<'a> {
    /// The bias, one row per panel.
    pub(crate) start: &'a [Row<4>],
    /// Panel after panel, a row per input.
    pub(crate) weights: &'a [Row<4>],
    pub(crate) inputs: NonZeroUsize,
}

impl Dense<'_> {
    /// Writes one number to each of `outputs`, whose last panel may be cut short.
    #[inline(always)]
    pub(crate) fn forward<V: Lanes>(&self, walk: Walk, inputs: &[f32], outputs: &mut [f32]) {
        let panels = self.start.iter().zip(self.weights.chunks_exact(self.inputs.get()));
        let mut panels = panels.zip(outputs.chunks_mut(OUTPUTS));
        while let Some(((start, panel), outputs)) = walk.next(&mut panels) {
            let sums = accumulate::<V, 4>(load(start), panel, inputs);
            let mut whole = [[0.0; LANES]; 4];
            for (line, sum) in whole.iter_mut().zip(sums) {
                sum.store(line);
            }
            for (output, sum) in outputs.iter_mut().zip(whole.as_flattened()) {
                *output = *sum;
            }
        }
    }
}
