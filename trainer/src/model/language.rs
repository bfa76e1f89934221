//! The recurrent language model as a graph.

use super::{Architecture, Init, Kind, Layout};
use crate::graph::{Graph, Val};

/// Inputs that are the same for training and evaluation.
pub(super) struct Window {
    /// Token heard at every step, `[T, B]`.
    pub tokens: Val,
    /// 0 where a piece begins, else 1, `[T, B, 1]`.
    pub keep: Val,
    /// The states of all layers before the window, in the order of [`Kind::states`], `[L, B, H]`.
    pub states: Vec<Val>,
}

/// What the forward pass gives.
pub(super) struct Forward {
    /// `[T·B, V]`.
    pub logits: Val,
    /// The states after the window, in the order of [`Kind::states`], `[L, B, H]`.
    pub states: Vec<Val>,
}

/// The weights: kernels act from the right (`x·W`), gates in ONNX's order. Biases that are only ever
/// added to each other are one; a GRU's candidate has a second, `rb`.
pub(super) fn layout(a: &Architecture) -> Layout {
    let gates = a.kind.cell().gates();
    let mut layout = Layout::default();
    layout.push("embedding", &[a.vocab, a.embed], Init::Uniform(0.1));
    let bound = 1.0 / (a.hidden as f32).sqrt();
    for layer in 0..a.layers {
        let inputs = if layer == 0 { a.embed } else { a.hidden };
        let columns = gates * a.hidden;
        layout.push(format!("layer{layer}.w"), &[inputs, columns], Init::Uniform(bound));
        layout.push(format!("layer{layer}.r"), &[a.hidden, columns], Init::Uniform(bound));
        let bias = match a.kind {
            Kind::Lstm => Init::ZeroButOne { start: 2 * a.hidden, end: 3 * a.hidden },
            Kind::Gru => Init::Zero,
        };
        layout.push(format!("layer{layer}.b"), &[columns], bias);
        if a.kind == Kind::Gru {
            layout.push(format!("layer{layer}.rb"), &[a.hidden], Init::Zero);
        }
    }
    layout.push("head.w", &[a.hidden, a.vocab], Init::Uniform(bound));
    layout.push("head.b", &[a.vocab], Init::Zero);
    layout
}

/// Cuts the flat vector `flat` into the tensors of `layout`, in order.
pub(super) fn unpack(g: &mut Graph, layout: &Layout, flat: Val) -> Vec<Val> {
    layout
        .tensors()
        .iter()
        .map(|t| {
            let part = g.slice(flat, 0, t.range().start, t.range().end);
            g.reshape(part, &t.shape)
        })
        .collect()
}

/// Builds the forward pass. `dropout` holds one mask `[T, B, H]` for the output of every layer, or
/// nothing.
pub(super) fn forward(
    g: &mut Graph,
    a: &Architecture,
    weights: &[Val],
    window: &Window,
    dropout: &[Val],
) -> Forward {
    let [steps, batch] = *g.shape(window.tokens) else { panic!("tokens are [T, B]") };
    let rows = steps * batch;
    let columns = a.kind.cell().gates() * a.hidden;
    let mut rest = weights.iter().copied();
    let mut next = || rest.next().unwrap_or_else(|| unreachable!("one weight for every tensor"));
    let embedding = next();
    let tokens = g.reshape(window.tokens, &[rows]);
    let mut x = None;
    let mut after = vec![Vec::new(); window.states.len()];
    for layer in 0..a.layers {
        let (w, r, b) = (next(), next(), next());
        let projected = match x {
            Some(x) => g.affine(x, w, b),
            None => g.embed(embedding, tokens, w, b),
        };
        let projected = g.reshape(projected, &[steps, batch, columns]);
        let before: Vec<Val> = window.states.iter().map(|&s| layer_state(g, s, layer)).collect();
        let keep = Some(window.keep);
        let out = match a.kind {
            Kind::Lstm => g.lstm(projected, r, before[0], before[1], keep),
            Kind::Gru => g.gru(projected, r, next(), before[0], keep),
        };
        let y = match dropout.get(layer) {
            Some(&mask) => g.mul(out.y, mask),
            None => out.y,
        };
        x = Some(g.reshape(y, &[rows, a.hidden]));
        for (after, state) in after.iter_mut().zip([Some(out.h), out.c].into_iter().flatten()) {
            after.push(g.reshape(state, &[1, batch, a.hidden]));
        }
    }
    let (head_w, head_b) = (next(), next());
    let Some(top) = x else { panic!("a network has layers") };
    let logits = g.affine(top, head_w, head_b);
    Forward { logits, states: after.iter().map(|layers| g.concat(layers, 0)).collect() }
}

fn layer_state(g: &mut Graph, states: Val, layer: usize) -> Val {
    let [_, batch, hidden] = *g.shape(states) else { panic!("states are [L, B, H]") };
    let one = g.slice(states, 0, layer, layer + 1);
    g.reshape(one, &[batch, hidden])
}
