//! One update as one graph: forward, loss, backward, clipping, Adam.

use super::feed::Feed;
use super::language::{Dropout, Window, forward, unpack};
use super::loss::{Loss, nats_and_loss};
use super::{Adam, Architecture, Form};
use crate::graph::{Dtype, Graph, Lowered, Val};

/// What is multiplied by dropout masks in training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Masks {
    /// What the first layer hears: a token's embedding, or the keys.
    pub input: bool,
    /// The outputs of all layers.
    pub outputs: bool,
    /// The recurrent kernels of all layers (DropConnect, Merity et al. 2018): one mask for all steps
    /// and streams of an update.
    pub kernels: bool,
}

/// Shape of a training window, and what training adds to the network.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepShape {
    /// Steps of every stream in a window: the length of truncated backpropagation.
    pub window: usize,
    /// Parallel streams.
    pub batch: usize,
    /// Dropout.
    pub masks: Masks,
    /// Share of every target that is spread evenly over the vocabulary (label smoothing).
    pub smoothing: f64,
    /// Weight of how far from the other parts the expected pitch is in tonal space.
    pub harmony: f64,
    /// Whether a moving average of the weights is kept beside them.
    pub average: bool,
    /// Windows that are brought to the device at once, of which the input `at` chooses one; below 2 the inputs are
    /// those of one window.
    pub ahead: usize,
}

/// Pairs of output and input of the step graph that share memory.
pub const IN_PLACE: [(&str, &str); 5] = [
    ("told_out", "told"),
    ("weights_out", "weights"),
    ("first_out", "first"),
    ("second_out", "second"),
    ("average_out", "average"),
];

/// Declares the inputs of a window.
pub(super) fn window_inputs(
    g: &mut Graph,
    a: &Architecture,
    shape: StepShape,
    feed: Feed,
) -> Window {
    let StepShape { window, batch, .. } = shape;
    let heard = match a.form {
        Form::Tokens => feed.ints(g, "tokens", &[window, batch]),
        Form::Keys => feed.floats(g, "keys", &[window, batch, a.vocab]),
    };
    let others = (a.others > 0).then(|| feed.floats(g, "others", &[window, batch, a.others]));
    let keep = feed.floats(g, "keep", &[window, batch, 1]);
    let state = [a.layers, batch, a.hidden];
    let states = a.kind.states().iter().map(|name| g.input(name, &state)).collect();
    Window { heard, others, keep, states }
}

/// Declares the dropout masks.
fn dropout_inputs(g: &mut Graph, a: &Architecture, shape: StepShape, feed: Feed) -> Dropout {
    let StepShape { window, batch, masks, .. } = shape;
    let columns = a.kind.cell().gates() * a.hidden;
    let mut each = |wanted: bool, name: &str, shape: &[usize]| -> Vec<Val> {
        let layers = if wanted { a.layers } else { 0 };
        (0..layers).map(|layer| feed.floats(g, &format!("{name}{layer}"), shape)).collect()
    };
    let outputs = each(masks.outputs, "mask", &[window, batch, a.hidden]);
    let kernels = each(masks.kernels, "kernel_mask", &[a.hidden, columns]);
    let input = masks.input.then(|| feed.floats(g, "input_mask", &[window, batch, a.inputs()]));
    Dropout { input, outputs, kernels }
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

/// The training graph.
///
/// | input | shape | |
/// |---|---|---|
/// | `weights`, `first`, `second` | `[N]` | flat weights and moments, overwritten by the run |
/// | `average`, `average_rate` | `[N]`, `[1]` | with [`StepShape::average`]: the moving average, overwritten, and the share of it that the new weights take |
/// | `tokens` | `[T, B]` i64 | tokens heard, or |
/// | `keys` | `[T, B, V]` | 1 where a key is heard, else 0 |
/// | `others` | `[T, B, F]` | with [`Architecture::others`]: features of what other parts do, 1 or 0 |
/// | `targets` | `[T·B, 1]` i64 | tokens to predict, or keys `[T·B, V]` |
/// | `counts` | `[T·B, 1]` | 1 where the target counts, else 0 |
/// | `keep` | `[T, B, 1]` | 0 where a piece begins, else 1 |
/// | `h`, `c` | `[L, B, H]` | states before the window; a GRU has no `c` |
/// | `mask0`… | `[T, B, H]` | with [`Masks::outputs`]; masks are already divided by the share that is kept |
/// | `kernel_mask0`… | `[H, gates·H]` | with [`Masks::kernels`] |
/// | `input_mask` | `[T, B, inputs]` | with [`Masks::input`] |
/// | `per_target` | `[1]` | 1 / number of targets that count |
/// | `rates` | `[3]` | [`Adam::rates`] |
///
/// Outputs: `nats` (sum over the window), `norm` (of the gradient), `h_out`, `c_out`, and the
/// vectors of state under the names in [`IN_PLACE`].
///
/// With [`StepShape::ahead`] of 2 or more all inputs but the vectors of state and `h`, `c` are those of so many updates, a row for
/// each, and the input `at` `[1]` i64 is the row of this one; `at_out` is the next. Instead of `nats` and `norm` there
/// is `told` `[ahead, 2]`, overwritten: those of the last updates, the newest in the last row.
pub fn step_graph(a: &Architecture, shape: StepShape, adam: &Adam) -> Lowered {
    let layout = a.layout();
    let g = &mut Graph::new(Dtype::F32);
    let flat = |g: &mut Graph, name| g.input(name, &[layout.len()]);
    let (weights, first, second) = (flat(g, "weights"), flat(g, "first"), flat(g, "second"));
    let feed = Feed::new(g, shape.ahead);
    let window = window_inputs(g, a, shape, feed);
    let dropout = dropout_inputs(g, a, shape, feed);
    let per_target = feed.floats(g, "per_target", &[1]);
    let rates = feed.floats(g, "rates", &[3]);

    let tensors = unpack(g, &layout, weights);
    let out = forward(g, a, &tensors, &window, &dropout);
    let Loss { nats, loss } = nats_and_loss(g, a, out.logits, window.others, shape, feed);
    let scale = g.reshape(per_target, &[]);
    let loss = g.mul(loss, scale);
    let update = adam.build(g, loss, &tensors, [weights, first, second], rates);
    let mut outputs = feed.tell(g, nats, update.norm);
    outputs.extend([
        ("weights_out", update.weights),
        ("first_out", update.first),
        ("second_out", update.second),
    ]);
    if shape.average {
        let average = flat(g, "average");
        let rate = feed.floats(g, "average_rate", &[1]);
        let apart = g.sub(update.weights, average);
        let moved = g.mul(apart, rate);
        outputs.push(("average_out", g.add(average, moved)));
    }
    lower_with_states(g, a, &out.states, &outputs)
}
