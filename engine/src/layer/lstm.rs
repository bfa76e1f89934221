//! Long short-term memory: i, f, o = σ(·), g = tanh(·), c ← f∘c + i∘g, h ← o∘tanh(c).

use super::{Cell, Gates, Product};
use crate::image::Architecture;
use crate::kernel::lanes::{Lanes, Pointwise, Real};
use crate::kernel::storage::{ALL, Plain, Storage};
use crate::math::{sigmoid_lanes, tanh_lanes};

/// The LSTM cell, without peepholes. Gates lie in ONNX order: i, o, f, g; a unit keeps its cell
/// state.
#[derive(Clone, Copy, Debug)]
pub struct Lstm;

impl Cell for Lstm {}

impl Gates for Lstm {
    const ARCHITECTURE: Architecture = Architecture::Lstm;
    const GATES: usize = 4;
    type Row<L: Plain> = [L; 4];

    type Opened<R: Real> = [R; 2];

    #[inline(always)]
    fn add_own<V: Lanes, S: Storage>(sums: [V; 4], own: Product<'_, Self, S>) -> [V; 4] {
        S::add_products(sums, own.rows, own.scales, own.heard, ALL)
    }

    #[inline(always)]
    fn add_below<V: Lanes, S: Storage>(sums: [V; 4], below: Product<'_, Self, S>) -> [V; 4] {
        S::add_products(sums, below.rows, below.scales, below.heard, ALL)
    }

    #[inline(always)]
    fn open<R: Real>([i, o, f, g]: [R; 4], cell: R) -> [R; 2] {
        let next = sigmoid_lanes(f).mul(cell).add(sigmoid_lanes(i).mul(tanh_lanes(g)));
        [next, sigmoid_lanes(o)]
    }

    #[inline(always)]
    fn close<R: Real>([next, o]: [R; 2]) -> [R; 2] {
        [next, o.mul(tanh_lanes(next))]
    }
}

impl Pointwise<5, 2> for Lstm {
    #[inline(always)]
    fn at<R: Real>([i, o, f, g, cell]: [R; 5]) -> [R; 2] {
        Self::close(Self::open([i, o, f, g], cell))
    }
}
