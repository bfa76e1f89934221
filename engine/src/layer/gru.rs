//! Gated recurrent unit in the form of cuDNN and PyTorch (`linear_before_reset = 1`):
//! z, r = σ(·), n = tanh(x·W + b + r∘(h·R + b′)), h ← (1 − z)∘n + z∘h.

use super::{Cell, Gates, Product};
use crate::image::Architecture;
use crate::kernel::lanes::{Lanes, Pointwise, Real};
use crate::kernel::storage::{ALL, Plain, Storage};
use crate::math::{sigmoid_lanes, tanh_lanes};

/// The GRU cell with the reset gate behind the recurrent product. Weights lie in ONNX order:
/// z, r, n; the starts have a fourth group, the recurrent bias of n. A unit keeps its hidden state.
#[derive(Clone, Copy, Debug)]
pub struct Gru;

impl Cell for Gru {}

impl Gates for Gru {
    const ARCHITECTURE: Architecture = Architecture::Gru;
    const GATES: usize = 3;
    type Row<L: Plain> = [L; 3];

    type Opened<R: Real> = [R; 3];

    #[inline(always)]
    fn add_own<V: Lanes, S: Storage>([z, r, n, late]: [V; 4], own: Product<'_, Self, S>) -> [V; 4] {
        let [z, r, late] = S::add_products([z, r, late], own.rows, own.scales, own.heard, ALL);
        [z, r, n, late]
    }

    #[inline(always)]
    fn add_below<V: Lanes, S: Storage>(
        [z, r, n, late]: [V; 4],
        below: Product<'_, Self, S>,
    ) -> [V; 4] {
        let [z, r, n] = S::add_products([z, r, n], below.rows, below.scales, below.heard, ALL);
        [z, r, n, late]
    }

    #[inline(always)]
    fn open<R: Real>([z, r, n, late]: [R; 4], hidden: R) -> [R; 3] {
        [sigmoid_lanes(z), n.add(sigmoid_lanes(r).mul(late)), hidden]
    }

    #[inline(always)]
    fn close<R: Real>([z, n, hidden]: [R; 3]) -> [R; 2] {
        let next = R::splat(1.0).sub(z).mul(tanh_lanes(n)).add(z.mul(hidden));
        [next, next]
    }
}

impl Pointwise<5, 2> for Gru {
    #[inline(always)]
    fn at<R: Real>([z, r, n, late, hidden]: [R; 5]) -> [R; 2] {
        Self::close(Self::open([z, r, n, late], hidden))
    }
}
