//! One update as one graph: forward, loss, backward, clipping, Adam.

use super::language::{Window, forward, unpack};
use super::{Adam, Architecture};
use crate::graph::{Dtype, Graph, Lowered, Val};

/// Shape of a training window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepShape {
    /// Tokens of every stream in a window: the length of truncated backpropagation.
    pub window: usize,
    /// Parallel streams.
    pub batch: usize,
    /// Whether the outputs of the layers are multiplied by dropout masks.
    pub dropout: bool,
}

/// Pairs of output and input of the step graph that share memory.
pub const IN_PLACE: [(&str, &str); 3] =
    [("weights_out", "weights"), ("first_out", "first"), ("second_out", "second")];

/// Declares the inputs of a window.
pub(super) fn window_inputs(g: &mut Graph, a: &Architecture, shape: StepShape) -> Window {
    let StepShape { window, batch, .. } = shape;
    let tokens = g.input_ints("tokens", &[window, batch]);
    let keep = g.input("keep", &[window, batch, 1]);
    let state = [a.layers, batch, a.hidden];
    let states = a.kind.states().iter().map(|name| g.input(name, &state)).collect();
    Window { tokens, keep, states }
}

/// Lowers `g` with `outputs` and the states after the window as `h_out`, `c_out`.
pub(super) fn lower_with_states(
    g: &Graph,
    a: &Architecture,
    states: &[Val],
    outputs: &[(&str, Val)],
) -> Lowered {
    let names: Vec<String> = a.kind.states().iter().map(|name| format!("{name}_out")).collect();
    let states = names.iter().map(String::as_str).zip(states.iter().copied());
    g.lower(&outputs.iter().copied().chain(states).collect::<Vec<_>>())
}

/// Sum of the nats over the targets that count.
pub(super) fn total_nats(g: &mut Graph, logits: Val, shape: StepShape) -> Val {
    let rows = shape.window * shape.batch;
    let targets = g.input_ints("targets", &[rows, 1]);
    let counts = g.input("counts", &[rows, 1]);
    let nats = g.cross_entropy(logits, targets);
    let nats = g.mul(nats, counts);
    g.sum_all(nats)
}

/// The training graph.
///
/// | input | shape | |
/// |---|---|---|
/// | `weights`, `first`, `second` | `[N]` | flat weights and moments, overwritten by the run |
/// | `tokens` | `[T, B]` i64 | tokens heard |
/// | `targets` | `[T·B, 1]` i64 | tokens to predict |
/// | `counts` | `[T·B, 1]` | 1 where the target counts, else 0 |
/// | `keep` | `[T, B, 1]` | 0 where a piece begins, else 1 |
/// | `h`, `c` | `[L, B, H]` | states before the window; a GRU has no `c` |
/// | `mask0`… | `[T, B, H]` | dropout masks, already divided by the share that is kept |
/// | `per_target` | `[1]` | 1 / number of targets that count |
/// | `rates` | `[3]` | [`Adam::rates`] |
///
/// Outputs: `nats` (sum over the window), `norm` (of the gradient), `h_out`, `c_out`, and the three
/// state vectors under the names in [`IN_PLACE`].
pub fn step_graph(a: &Architecture, shape: StepShape, adam: &Adam) -> Lowered {
    let layout = a.layout();
    let g = &mut Graph::new(Dtype::F32);
    let flat = |g: &mut Graph, name| g.input(name, &[layout.len()]);
    let (weights, first, second) = (flat(g, "weights"), flat(g, "first"), flat(g, "second"));
    let window = window_inputs(g, a, shape);
    let masks: Vec<Val> = (0..if shape.dropout { a.layers } else { 0 })
        .map(|i| g.input(&format!("mask{i}"), &[shape.window, shape.batch, a.hidden]))
        .collect();
    let per_target = g.input("per_target", &[1]);
    let rates = g.input("rates", &[3]);

    let tensors = unpack(g, &layout, weights);
    let out = forward(g, a, &tensors, &window, &masks);
    let nats = total_nats(g, out.logits, shape);
    let scale = g.reshape(per_target, &[]);
    let loss = g.mul(nats, scale);
    let gradients = g.gradients(loss, &tensors);
    let pieces: Vec<Val> = gradients
        .into_iter()
        .map(|v| {
            let len = g.len(v);
            g.reshape(v, &[len])
        })
        .collect();
    let gradient = g.concat(&pieces, 0);
    let update = adam.build(g, weights, first, second, gradient, rates);
    let outputs = [
        ("nats", nats),
        ("norm", update.norm),
        ("weights_out", update.weights),
        ("first_out", update.first),
        ("second_out", update.second),
    ];
    lower_with_states(g, a, &out.states, &outputs)
}
