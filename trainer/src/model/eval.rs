//! The loss alone.

use super::feed::Feed;
use super::language::{Dropout, forward, unpack};
use super::loss::nats_and_loss;
use super::step::{lower_with_states, window_inputs};
use super::{Architecture, StepShape};
use crate::graph::{Dtype, Graph, Lowered};

/// The evaluation graph: the step graph's inputs without optimiser and dropout; outputs `nats`
/// (sum over the window), `h_out` and `c_out`.
pub fn eval_graph(a: &Architecture, window: usize, batch: usize) -> Lowered {
    let shape = StepShape { window, batch, ..StepShape::default() };
    let layout = a.layout();
    let g = &mut Graph::new(Dtype::F32);
    let weights = g.input("weights", &[layout.len()]);
    let feed = Feed::new(g, shape.ahead);
    let inputs = window_inputs(g, a, shape, feed);
    let tensors = unpack(g, &layout, weights);
    let out = forward(g, a, &tensors, &inputs, &Dropout::default());
    let nats = nats_and_loss(g, a, out.logits, None, shape, feed).nats;
    lower_with_states(g, a, &out.states, &[("nats", nats)])
}
