//! One update of the critic, one of the generator, and the generator alone, as graphs.
//!
//! The loss is that of Wasserstein GANs with gradient penalty (Gulrajani et al., 2017): the critic's
//! gradient along the way from a generated bar to a real one is to have norm 1. Its own gradient is a
//! gradient of a gradient, which the graph gives like any other. The penalty is on the bar alone; what
//! the bar follows is the same for both.

use musigan_score::roll::{Condition, STEPS};
use serde::{Deserialize, Serialize};

use super::network::{Architecture, Hearing, Judge, generator};
use crate::graph::{Dtype, Graph, Lowered, Val};
use crate::model::{Adam, Layout, unpack};

/// Weights in the losses.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Losses {
    /// Of the gradient penalty.
    pub penalty: f64,
    /// Of the square of the critic's scores, which keeps them near 0.
    pub drift: f64,
    /// Of the want of diversity: what two bars of the same condition and other latents are short of
    /// [`apart`](Self::apart), as a share of it.
    pub diversity: f64,
    /// How many cells two such bars are to be apart.
    pub apart: f64,
}

/// Vectors that an update of either network overwrites: `(output, input)`.
pub const IN_PLACE: [(&str, &str); 4] = [
    ("weights_out", "weights"),
    ("first_out", "first"),
    ("second_out", "second"),
    ("average_out", "average"),
];

/// Inputs that all graphs have.
struct Inputs {
    hearing: Hearing,
    /// 1 in the cells of the bar, 0 beyond its end: `[B, STEPS, 1]`.
    mask: Val,
}

fn inputs(g: &mut Graph, a: &Architecture, batch: usize) -> Inputs {
    let hearing = Hearing {
        latent: g.input("latent", &[batch, a.latent()]),
        previous: g.input("previous", &[batch, a.cells()]),
        condition: g.input("condition", &[batch, Condition::LEN]),
    };
    Inputs { hearing, mask: g.input("mask", &[batch, STEPS, 1]) }
}

/// `[B, cells]` with nothing beyond the bars' ends.
fn masked(g: &mut Graph, a: &Architecture, bars: Val, mask: Val) -> Val {
    let batch = g.shape(bars)[0];
    let steps = g.reshape(bars, &[batch, STEPS, a.row()]);
    let inside = g.mul(steps, mask);
    g.reshape(inside, &[batch, a.cells()])
}

/// Generated bars: how likely each cell is on, and the cells that are.
fn generated(g: &mut Graph, a: &Architecture, weights: &[Val], inputs: &Inputs) -> [Val; 2] {
    let logits = generator(g, a, weights, inputs.hearing);
    let likely = g.sigmoid(logits);
    let likely = masked(g, a, likely, inputs.mask);
    let on = g.binarise(likely);
    [likely, audible(g, a, on)]
}

/// The cells that are notes, as [`Form::read`](musigan_score::roll::Form::read) finds them: an onset, and
/// what is held after it without a gap. So the critic hears what will be played, and what is held
/// after nothing is neither heard nor learnt.
///
/// Whether a key sounds is a linear recurrence along the steps, `s(t) = o(t) + g(t) · s(t − 1)`, where `g`
/// is what is held without an onset: solved for 2, 4, 8 … steps at once.
fn audible(g: &mut Graph, a: &Architecture, cells: Val) -> Val {
    let batch = g.shape(cells)[0];
    let (parts, keys) = (usize::from(a.parts), usize::from(a.keys));
    let cells = g.reshape(cells, &[batch, STEPS, parts, 2, keys]);
    let onset = g.slice(cells, 3, 0, 1);
    let held = g.slice(cells, 3, 1, 2);
    let before = g.mul(held, onset);
    let mut goes_on = g.sub(held, before);
    let mut sounds = onset;
    let mut distance = 1;
    while distance < STEPS {
        let ago = |g: &mut Graph, x: Val| {
            let first = g.slice(x, 1, 0, STEPS - distance);
            g.pad(first, 1, distance, 0)
        };
        let sounded = ago(g, sounds);
        let still = g.mul(goes_on, sounded);
        sounds = g.add(sounds, still);
        let went_on = ago(g, goes_on);
        goes_on = g.mul(goes_on, went_on);
        distance *= 2;
    }
    let held = g.sub(sounds, onset);
    let notes = g.concat(&[onset, held], 3);
    g.reshape(notes, &[batch, a.cells()])
}

fn mean(g: &mut Graph, x: Val) -> Val {
    let count = g.len(x) as f64;
    let sum = g.sum_all(x);
    g.scale(sum, 1.0 / count)
}

/// A network's flat weights and moments, its tensors, and how they are updated.
struct Trained {
    flat: [Val; 3],
    tensors: Vec<Val>,
    rates: Val,
}

impl Trained {
    fn new(g: &mut Graph, layout: &Layout) -> Self {
        let flat = ["weights", "first", "second"].map(|name| g.input(name, &[layout.len()]));
        Self { flat, tensors: unpack(g, layout, flat[0]), rates: g.input("rates", &[3]) }
    }

    /// The outputs of an update that lowers `loss`: the norm of the gradient and the new vectors.
    fn update(&self, g: &mut Graph, adam: &Adam, loss: Val) -> [(&'static str, Val); 4] {
        let update = adam.build(g, loss, &self.tensors, self.flat, self.rates);
        [
            ("norm", update.norm),
            ("weights_out", update.weights),
            ("first_out", update.first),
            ("second_out", update.second),
        ]
    }
}

/// The mean of `(‖∂score/∂bar‖ − 1)²` at the bars `mix · real + (1 − mix) · fake`.
pub fn gradient_penalty(
    g: &mut Graph,
    [real, fake, mix]: [Val; 3],
    score: impl FnOnce(&mut Graph, Val) -> Val,
) -> Val {
    let way = g.sub(real, fake);
    let way = g.mul(way, mix);
    let between = g.add(fake, way);
    let scores = score(g, between);
    let sum = g.sum_all(scores);
    let slope = g.gradients(sum, &[between])[0];
    let squares = g.mul(slope, slope);
    let squares = g.sum(squares, &[1]);
    // The root has no slope at 0.
    let tiny = g.scalar(1e-12);
    let squares = g.add(squares, tiny);
    let norms = g.sqrt(squares);
    let one = g.scalar(1.0);
    let off = g.sub(norms, one);
    let off = g.mul(off, off);
    mean(g, off)
}

/// One update of the critic.
///
/// | input | shape | |
/// |---|---|---|
/// | `weights`, `first`, `second` | `[critic]` | overwritten by the run |
/// | `generator` | `[generator]` | the generator's weights |
/// | `latent`, `previous`, `condition`, `mask` | `[B, …]` | what bars are generated from |
/// | `real` | `[B, cells]` | bars of the corpus in the same places |
/// | `mix` | `[B, 1]` | where between generated and real bar the gradient is judged |
/// | `rates` | `[3]` | [`Adam::rates`] |
///
/// Outputs: `estimate` (the scores of real bars above those of generated ones: the critic's estimate
/// of the Wasserstein distance), `penalty`, `norm` (of the gradient), and the vectors of [`IN_PLACE`].
pub fn critic_step(a: &Architecture, batch: usize, losses: &Losses, adam: &Adam) -> Lowered {
    let g = &mut Graph::new(Dtype::F32);
    let trained = Trained::new(g, &a.judge());
    let layout = a.generator();
    let flat = g.input("generator", &[layout.len()]);
    let makers = unpack(g, &layout, flat);
    let inputs = inputs(g, a, batch);
    let (real, mix) = (g.input("real", &[batch, a.cells()]), g.input("mix", &[batch, 1]));
    let [_, fake] = generated(g, a, &makers, &inputs);
    // The generator does not learn here.
    let fake = g.detach(fake);

    let judge = Judge::new(a, &trained.tensors);
    let context = judge.context(g, inputs.hearing.previous, inputs.hearing.condition);
    let both = g.concat(&[real, fake], 0);
    let scores = judge.score(g, both, &context);
    let (real_scores, fake_scores) =
        (g.slice(scores, 0, 0, batch), g.slice(scores, 0, batch, 2 * batch));
    let (real_mean, fake_mean) = (mean(g, real_scores), mean(g, fake_scores));
    let estimate = g.sub(real_mean, fake_mean);
    let penalty = gradient_penalty(g, [real, fake, mix], |g, bars| judge.score(g, bars, &context));
    let squares = g.mul(real_scores, real_scores);
    let drift = mean(g, squares);

    let loss = g.neg(estimate);
    let weighed = g.scale(penalty, losses.penalty);
    let loss = g.add(loss, weighed);
    let weighed = g.scale(drift, losses.drift);
    let loss = g.add(loss, weighed);
    let update = trained.update(g, adam, loss);
    let told = [("estimate", estimate), ("penalty", penalty)];
    g.lower(&[&told[..], &update].concat())
}

/// One update of the generator.
///
/// Inputs as for [`critic_step`], the other way round: the generator's vectors are overwritten, and
/// `critic` are the critic's weights; `average`, `average_rate` are the moving average of the weights
/// and the share of it that the new ones take. The second half of a batch has the conditions of
/// the first half and other latents.
///
/// Outputs: `score` of the generated bars, `apart` (cells between bars of the same condition), `norm`
/// and the vectors of [`IN_PLACE`].
pub fn generator_step(a: &Architecture, batch: usize, losses: &Losses, adam: &Adam) -> Lowered {
    let g = &mut Graph::new(Dtype::F32);
    let layout = a.generator();
    let trained = Trained::new(g, &layout);
    let average = g.input("average", &[layout.len()]);
    let rate = g.input("average_rate", &[1]);
    let judge_layout = a.judge();
    let flat = g.input("critic", &[judge_layout.len()]);
    let judges = unpack(g, &judge_layout, flat);
    let inputs = inputs(g, a, batch);
    let [likely, fake] = generated(g, a, &trained.tensors, &inputs);
    let judge = Judge::new(a, &judges);
    let context = judge.context(g, inputs.hearing.previous, inputs.hearing.condition);
    let scores = judge.score(g, fake, &context);
    let score = mean(g, scores);

    let half = batch / 2;
    let (one, other) = (g.slice(likely, 0, 0, half), g.slice(likely, 0, half, batch));
    let difference = g.sub(one, other);
    let side = g.sign(difference);
    let distance = g.mul(difference, side);
    let distance = g.sum_all(distance);
    let apart = g.scale(distance, 1.0 / half as f64);
    let share = g.scale(apart, -1.0 / losses.apart.max(1e-3));
    let one = g.scalar(1.0);
    let short = g.add(one, share);
    let short = g.relu(short);

    let loss = g.neg(score);
    let weighed = g.scale(short, losses.diversity);
    let loss = g.add(loss, weighed);
    let update = trained.update(g, adam, loss);
    let away = g.sub(update[1].1, average);
    let moved = g.mul(away, rate);
    let average = g.add(average, moved);
    let told = [("score", score), ("apart", apart), ("average_out", average)];
    g.lower(&[&told[..], &update].concat())
}

/// The generator alone: `weights`, `latent`, `previous`, `condition` → `logits` `[B, cells]`.
pub fn bar_graph(a: &Architecture, batch: usize) -> Lowered {
    let g = &mut Graph::new(Dtype::F32);
    let layout = a.generator();
    let flat = g.input("weights", &[layout.len()]);
    let weights = unpack(g, &layout, flat);
    let hearing = Hearing {
        latent: g.input("latent", &[batch, a.latent()]),
        previous: g.input("previous", &[batch, a.cells()]),
        condition: g.input("condition", &[batch, Condition::LEN]),
    };
    let logits = generator(g, a, &weights, hearing);
    g.lower(&[("logits", logits)])
}
