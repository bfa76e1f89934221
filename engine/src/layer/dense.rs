//! The head: logits = W·h + b.

use core::num::NonZeroUsize;

use crate::generator::Wanted;
use crate::kernel::lanes::{LANES, Lanes};
use crate::kernel::panel::{Row, Walk, part};
use crate::kernel::storage::Storage;

/// Outputs per panel.
pub(crate) const OUTPUTS: usize = 4 * LANES;
const _: () = assert!(OUTPUTS == Wanted::RUN, "what is wanted is told in panels");

/// The weights of one dense layer.
#[derive(Clone, Copy)]
pub(crate) struct Dense<'a, S: Storage> {
    /// The bias, one row per panel.
    pub(crate) start: &'a [Row<4>],
    /// Panel after panel.
    pub(crate) weights: &'a [[S::Line; 4]],
    /// One row per panel; empty where the weights have no scales.
    pub(crate) scales: &'a [Row<4>],
    pub(crate) inputs: NonZeroUsize,
}

impl<S: Storage> Dense<'_, S> {
    /// Writes one number to each of `outputs` that is wanted; their last panel may be cut short.
    #[inline(always)]
    pub(crate) fn forward<V: Lanes>(
        &self,
        walk: Walk,
        heard: S::Heard<'_>,
        wanted: Wanted,
        outputs: &mut [f32],
    ) {
        let rows = self.inputs.get().div_ceil(S::INPUTS);
        for panel in walk.over(self.start.len()).filter(|&panel| wanted.contains_run(panel)) {
            let place = outputs.get_mut(panel * OUTPUTS..).unwrap_or_default();
            let Some(start) = self.start.get(panel) else { continue };
            let start = start.each_ref().map(V::load);
            let weights = part(self.weights, panel, rows);
            let sums = S::add_products::<V, 4>(start, weights, self.scales.get(panel), heard);
            let mut whole = [[0.0; LANES]; 4];
            for (line, sum) in whole.iter_mut().zip(sums) {
                sum.store(line);
            }
            for (output, sum) in place.iter_mut().zip(whole.as_flattened()) {
                *output = *sum;
            }
        }
    }
}
