//! Long short-term memory: i, f, o = σ(·), g = tanh(·), c ← f∘c + i∘g, h ← o∘tanh(c).

use super::{Cell, Gates, Product};
use crate::kernel::lanes::{Lanes, Line};
use crate::kernel::storage::{Plain, Storage};
use crate::math::{sigmoid_lanes, tanh_lanes};

/// The LSTM cell, without peepholes. Gates lie in ONNX order: i, o, f, g; a unit keeps its cell
/// state.
#[derive(Clone, Copy, Debug)]
pub struct Lstm;

impl Cell for Lstm {}

impl Gates for Lstm {
    const GATES: usize = 4;
    type Row<L: Plain> = [L; 4];

    #[inline(always)]
    fn sums<V: Lanes, S: Storage>(
        start: [V; 4],
        recurrent: Product<'_, Self, S>,
        below: Product<'_, Self, S>,
    ) -> [V; 4] {
        let sums = S::add_products(start, recurrent.rows, recurrent.scales, recurrent.heard);
        S::add_products(sums, below.rows, below.scales, below.heard)
    }

    #[inline(always)]
    fn unit<V: Lanes>([i, o, f, g]: [V; 4], cell: &mut Line) -> V {
        let kept = sigmoid_lanes(f).mul(V::load(cell));
        let next = kept.add(sigmoid_lanes(i).mul(tanh_lanes(g)));
        next.store(cell);
        sigmoid_lanes(o).mul(tanh_lanes(next))
    }
}
