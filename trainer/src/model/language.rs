//! The recurrent language model as a graph.

use super::{Architecture, Form, Init, Kind, Layout};
use crate::graph::{Graph, Val};

/// Inputs that are the same for training and evaluation.
pub(super) struct Window {
    /// What is heard at every step: tokens `[T, B]`, or keys `[T, B, V]`.
    pub heard: Val,
    /// What other parts do then, `[T, B, F]`.
    pub others: Option<Val>,
    /// 0 where a piece begins, else 1, `[T, B, 1]`.
    pub keep: Val,
    /// The states of all layers before the window, in the order of [`Kind::states`], `[L, B, H]`.
    pub states: Vec<Val>,
}

/// Dropout masks, already divided by the share that is kept; each may be absent.
#[derive(Default)]
pub(super) struct Dropout {
    /// `[T, B, inputs]`: what the first layer hears.
    pub input: Option<Val>,
    /// `[T, B, H]` for the output of every layer.
    pub outputs: Vec<Val>,
    /// `[H, gates·H]` for the recurrent kernel of every layer.
    pub kernels: Vec<Val>,
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
    if a.form == Form::Tokens {
        layout.push("embedding", &[a.vocab, a.embed], Init::Uniform(0.1));
    }
    if a.others > 0 {
        layout.push("others", &[a.others, a.embed], Init::Uniform(0.1));
    }
    let bound = 1.0 / (a.hidden as f32).sqrt();
    for layer in 0..a.layers {
        let inputs = if layer == 0 { a.inputs() } else { a.hidden };
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
        if a.norm {
            layout.push(format!("layer{layer}.gain"), &[a.hidden], Init::Constant(1.0));
            layout.push(format!("layer{layer}.shift"), &[a.hidden], Init::Zero);
        }
    }
    if !a.tied {
        layout.push("head.w", &[a.hidden, a.vocab], Init::Uniform(bound));
    }
    layout.push("head.b", &[a.vocab], Init::Zero);
    layout
}

/// Cuts the flat vector `flat` into the tensors of `layout`, in order.
pub(crate) fn unpack(g: &mut Graph, layout: &Layout, flat: Val) -> Vec<Val> {
    layout
        .tensors()
        .iter()
        .map(|t| {
            let part = g.slice(flat, 0, t.range().start, t.range().end);
            g.reshape(part, &t.shape)
        })
        .collect()
}

/// Builds the forward pass.
pub(super) fn forward(
    g: &mut Graph,
    a: &Architecture,
    weights: &[Val],
    window: &Window,
    dropout: &Dropout,
) -> Forward {
    let [steps, batch, ..] = *g.shape(window.heard) else { panic!("time and batch come first") };
    let rows = steps * batch;
    let columns = a.kind.cell().gates() * a.hidden;
    let mut rest = weights.iter().copied();
    let mut next = || rest.next().unwrap_or_else(|| unreachable!("one weight for every tensor"));
    let embedding = (a.form == Form::Tokens).then(&mut next);
    let others = window.others.map(|others| {
        let others = g.reshape(others, &[rows, a.others]);
        let sum = g.matmul(others, next());
        g.reshape(sum, &[steps, batch, a.embed])
    });
    let mut x = None;
    let mut after = vec![Vec::new(); window.states.len()];
    for layer in 0..a.layers {
        let (w, r, b) = (next(), next(), next());
        let projected = match (x, embedding, dropout.input) {
            (Some(x), _, _) => g.affine(x, w, b),
            (None, Some(table), None) if others.is_none() => {
                let tokens = g.reshape(window.heard, &[rows]);
                g.embed(table, tokens, w, b)
            }
            (None, table, mask) => {
                let heard = match table {
                    Some(table) => g.rows(table, window.heard),
                    None => window.heard,
                };
                let heard = others.map_or(heard, |others| g.add(heard, others));
                let heard = mask.map_or(heard, |mask| g.mul(heard, mask));
                let heard = g.reshape(heard, &[rows, a.inputs()]);
                g.affine(heard, w, b)
            }
        };
        let projected = g.reshape(projected, &[steps, batch, columns]);
        let r = dropout.kernels.get(layer).map_or(r, |&mask| g.mul(r, mask));
        let before: Vec<Val> = window.states.iter().map(|&s| layer_state(g, s, layer)).collect();
        let keep = Some(window.keep);
        let out = match a.kind {
            Kind::Lstm => g.lstm(projected, r, before[0], before[1], keep),
            Kind::Gru => g.gru(projected, r, next(), before[0], keep),
        };
        let y = if a.norm { normalised(g, out.y, next(), next()) } else { out.y };
        let y = dropout.outputs.get(layer).map_or(y, |&mask| g.mul(y, mask));
        x = Some(g.reshape(y, &[rows, a.hidden]));
        for (after, state) in after.iter_mut().zip([Some(out.h), out.c].into_iter().flatten()) {
            after.push(g.reshape(state, &[1, batch, a.hidden]));
        }
    }
    let Some(top) = x else { panic!("a network has layers") };
    let head = match embedding.filter(|_| a.tied) {
        Some(table) => g.transpose(table, &[1, 0]),
        None => next(),
    };
    let logits = g.affine(top, head, next());
    Forward { logits, states: after.iter().map(|layers| g.concat(layers, 0)).collect() }
}

/// Added to the variance of what is normalised: what ONNX's LayerNormalization adds where nothing is said.
const EPSILON: f64 = 1e-5;

/// `y` `[T, B, H]`, every last axis moved and scaled to a mean of 0 and a variance of 1, times `gain` plus
/// `shift` `[H]`.
fn normalised(g: &mut Graph, y: Val, gain: Val, shift: Val) -> Val {
    let [steps, batch, width] = *g.shape(y) else { panic!("outputs are [T, B, H]") };
    let mean = |g: &mut Graph, of: Val| {
        let sum = g.sum(of, &[2]);
        let mean = g.scale(sum, 1.0 / width as f64);
        g.reshape(mean, &[steps, batch, 1])
    };
    let middle = mean(g, y);
    let y = g.sub(y, middle);
    let square = g.mul(y, y);
    let variance = mean(g, square);
    let epsilon = g.scalar(EPSILON);
    let variance = g.add(variance, epsilon);
    let deviation = g.sqrt(variance);
    let y = g.div(y, deviation);
    let y = g.mul(y, gain);
    g.add(y, shift)
}

fn layer_state(g: &mut Graph, states: Val, layer: usize) -> Val {
    let [_, batch, hidden] = *g.shape(states) else { panic!("states are [L, B, H]") };
    let one = g.slice(states, 0, layer, layer + 1);
    g.reshape(one, &[batch, hidden])
}
