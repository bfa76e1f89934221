//! The head: logits = W·h + b.

use core::num::NonZeroUsize;

use crate::generator::Wanted;
use crate::kernel::lanes::{LANES, Lanes};
use crate::kernel::panel::{Row, Walk, part};
use crate::kernel::storage::Storage;

/// Groups of outputs per panel.
const GROUPS: usize = 4;
/// Outputs per panel.
pub(crate) const OUTPUTS: usize = GROUPS * LANES;
const _: () = assert!(LANES == Wanted::RUN, "what is wanted is told in groups of outputs");

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
        for panel in walk.over(self.start.len()) {
            let groups = wanted.runs(panel * GROUPS, GROUPS);
            if groups == 0 {
                continue;
            }
            let place = outputs.get_mut(panel * OUTPUTS..).unwrap_or_default();
            let Some(start) = self.start.get(panel) else { continue };
            let start = start.each_ref().map(V::load);
            let weights = part(self.weights, panel, rows);
            let scales = self.scales.get(panel);
            let sums = S::add_products::<V, GROUPS>(start, weights, scales, heard, groups);
            for (group, sum) in sums.into_iter().enumerate() {
                if groups >> group & 1 == 0 {
                    continue;
                }
                let place = place.get_mut(group * LANES..).unwrap_or_default();
                if let Some(place) = place.first_chunk_mut() {
                    sum.store(place);
                    continue;
                }
                let mut line = [0.0; LANES];
                sum.store(&mut line);
                for (output, sum) in place.iter_mut().zip(line) {
                    *output = sum;
                }
            }
        }
    }
}
