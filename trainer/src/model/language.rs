//! The recurrent language model as a graph.

use super::{Architecture, Init, Kind, Layout};
use crate::graph::{Graph, Val};

/// Inputs that are the same for training and evaluation.
pub(super) struct Window {
    /// Token heard at every step, `[T, B]`.
    pub tokens: Val,
    /// 0 where a piece begins, else 1, `[T, B, 1]`.
    pub keep: Val,
    /// Hidden states of all layers before the window, `[L, B, H]`.
    pub h: Val,
    /// Cell states of all layers before the window, `[L, B, H]`.
    pub c: Val,
}

/// What the forward pass gives.
pub(super) struct Forward {
    /// `[T·B, V]`.
    pub logits: Val,
    /// States after the window, `[L, B, H]`.
    pub h: Val,
    /// `[L, B, H]`.
    pub c: Val,
}

/// The weights: kernels act from the right (`x·W`), gates in ONNX's order, one bias for each layer.
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
        };
        layout.push(format!("layer{layer}.b"), &[columns], bias);
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
    let (embedding, rest) = (weights[0], &weights[1..]);
    let tokens = g.reshape(window.tokens, &[rows]);
    let mut x = g.rows(embedding, tokens);
    let (mut hs, mut cs) = (Vec::new(), Vec::new());
    for layer in 0..a.layers {
        let [w, r, b] = rest[3 * layer..3 * layer + 3] else { unreachable!("three a layer") };
        let projected = g.affine(x, w, b);
        let projected = g.reshape(projected, &[steps, batch, columns]);
        let h = layer_state(g, window.h, layer);
        let c = layer_state(g, window.c, layer);
        let out = g.lstm(projected, r, h, c, Some(window.keep));
        let y = match dropout.get(layer) {
            Some(&mask) => g.mul(out.y, mask),
            None => out.y,
        };
        x = g.reshape(y, &[rows, a.hidden]);
        hs.push(g.reshape(out.h, &[1, batch, a.hidden]));
        cs.push(g.reshape(out.c, &[1, batch, a.hidden]));
    }
    let [head_w, head_b] = rest[3 * a.layers..] else { unreachable!("head") };
    let logits = g.affine(x, head_w, head_b);
    Forward { logits, h: g.concat(&hs, 0), c: g.concat(&cs, 0) }
}

fn layer_state(g: &mut Graph, states: Val, layer: usize) -> Val {
    let [_, batch, hidden] = *g.shape(states) else { panic!("states are [L, B, H]") };
    let one = g.slice(states, 0, layer, layer + 1);
    g.reshape(one, &[batch, hidden])
}
