//! Long short-term memory: i, f, o = σ(·), g = tanh(·), c ← f∘c + i∘g, h ← o∘tanh(c).

use super::{Advance, Cell, Recurrence};
use crate::kernel::lanes::{LANES, Lanes};
use crate::kernel::panel::{Row, Walk, accumulate, load};
use crate::math::{sigmoid_lanes, tanh_lanes};

/// The LSTM cell, without peepholes. Gates lie in ONNX order: i, o, f, g.
#[derive(Clone, Copy, Debug)]
pub struct Lstm;

impl Cell for Lstm {}

impl Advance for Lstm {
    const REMEMBERED: usize = 2;
    const GATES: usize = 4;
    type Weights = Row<4>;

    #[inline(always)]
    fn advance<V: Lanes>(
        layer: &Recurrence<'_, Self>,
        walk: Walk,
        start: &[Row<4>],
        remembered: &mut [f32],
        input: &[f32],
        scratch: &mut [f32],
    ) {
        let Some((hidden, cell)) = remembered.split_at_mut_checked(layer.shape.padded()) else {
            return;
        };
        let rows = layer.shape.rows().get();
        let old = hidden.get(..layer.shape.width.get()).unwrap_or_default();
        let mut panels = start
            .iter()
            .zip(layer.weights.chunks_exact(rows))
            .zip(cell.as_chunks_mut::<LANES>().0)
            .zip(scratch.as_chunks_mut::<LANES>().0);
        while let Some((((start, panel), cell), new)) = walk.next(&mut panels) {
            let (recurrent, below) = panel.split_at_checked(old.len()).unwrap_or_default();
            let sums = accumulate::<V, 4>(load(start), recurrent, old);
            let [i, o, f, g] = accumulate(sums, below, input);
            let kept = sigmoid_lanes(f).mul(V::load(cell));
            let next = kept.add(sigmoid_lanes(i).mul(tanh_lanes(g)));
            next.store(cell);
            sigmoid_lanes(o).mul(tanh_lanes(next)).store(new);
        }
        for (hidden, new) in hidden.iter_mut().zip(scratch) {
            *hidden = *new;
        }
    }
}
