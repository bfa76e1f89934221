//! Gated recurrent unit in the form of cuDNN and PyTorch (`linear_before_reset = 1`):
//! z, r = σ(·), n = tanh(x·W + b + r∘(h·R + b′)), h ← (1 − z)∘n + z∘h.

use super::{Advance, Cell, Recurrence};
use crate::kernel::lanes::{LANES, Lanes, Line};
use crate::kernel::panel::{Row, Walk, accumulate, load};
use crate::math::{sigmoid_lanes, tanh_lanes};

/// The GRU cell with the reset gate behind the recurrent product. Weights lie in ONNX order:
/// z, r, n; the starts have a fourth group, the recurrent bias of n.
#[derive(Clone, Copy, Debug)]
pub struct Gru;

impl Cell for Gru {}

impl Advance for Gru {
    const REMEMBERED: usize = 1;
    const GATES: usize = 3;
    type Weights = Row<3>;

    #[inline(always)]
    fn advance<V: Lanes>(
        layer: &Recurrence<'_, Self>,
        walk: Walk,
        start: &[Row<4>],
        remembered: &mut [f32],
        input: &[f32],
        scratch: &mut [f32],
    ) {
        let rows = layer.shape.rows().get();
        let old = remembered.get(..layer.shape.width.get()).unwrap_or_default();
        let mut panels = start
            .iter()
            .zip(layer.weights.chunks_exact(rows))
            .zip(remembered.as_chunks::<LANES>().0)
            .zip(scratch.as_chunks_mut::<LANES>().0);
        while let Some((((start, panel), hidden), new)) = walk.next(&mut panels) {
            let (recurrent, below) = panel.split_at_checked(old.len()).unwrap_or_default();
            unit::<V>(start, (recurrent, old), (below, input), hidden).store(new);
        }
        for (hidden, new) in remembered.iter_mut().zip(scratch) {
            *hidden = *new;
        }
    }
}

type Product<'a> = (&'a [Row<3>], &'a [f32]);

#[inline(always)]
fn unit<V: Lanes>(start: &Row<4>, recurrent: Product, below: Product, hidden: &Line) -> V {
    let [z, r, n, recurrent_n] = load::<V, 4>(start);
    let [z, r, recurrent_n] = accumulate([z, r, recurrent_n], recurrent.0, recurrent.1);
    let [z, r, n] = accumulate([z, r, n], below.0, below.1);
    let z = sigmoid_lanes(z);
    let n = tanh_lanes(n.add(sigmoid_lanes(r).mul(recurrent_n)));
    V::splat(1.0).sub(z).mul(n).add(z.mul(V::load(hidden)))
}
