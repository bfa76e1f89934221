//! The inner product of the engine: a panel of weights times a vector of inputs.

use super::lanes::{Lanes, Line};

/// One input's weights towards the `G` groups of sixteen outputs of a panel.
pub(crate) type Row<const G: usize> = [Line; G];

/// Adds `rows[k] * inputs[k]`, `k` ascending, to the running sums of a panel's outputs.
///
/// Where registers are few the groups are summed one after the other; each sum's own order, and so
/// each bit, stays what it is.
#[inline(always)]
pub(crate) fn accumulate<V: Lanes, const G: usize>(
    mut sums: [V; G],
    rows: &[Row<G>],
    inputs: &[f32],
) -> [V; G] {
    if V::ACCUMULATORS >= G {
        for (row, &input) in rows.iter().zip(inputs) {
            let input = V::splat(input);
            for (sum, line) in sums.iter_mut().zip(row) {
                *sum = sum.add(V::load(line).mul(input));
            }
        }
    } else {
        for (group, sum) in sums.iter_mut().enumerate() {
            for (row, &input) in rows.iter().zip(inputs) {
                *sum = sum.add(V::load(&row[group]).mul(V::splat(input)));
            }
        }
    }
    sums
}

/// The running sums of a panel before its first input.
#[inline(always)]
pub(crate) fn load<V: Lanes, const G: usize>(row: &Row<G>) -> [V; G] {
    core::array::from_fn(|group| V::load(&row[group]))
}

/// From which end a step walks through the panels of each layer.
///
/// Steps take turns: what the caches still hold of a layer is what was read last, and that is where
/// the next step begins. Panels are independent, so the results are the same.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Walk {
    Forth,
    Back,
}

impl Walk {
    /// The next panel of an iteration.
    #[inline(always)]
    pub(crate) fn next<I: DoubleEndedIterator>(self, panels: &mut I) -> Option<I::Item> {
        match self {
            Self::Forth => panels.next(),
            Self::Back => panels.next_back(),
        }
    }
}
