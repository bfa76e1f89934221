//! The generator and its critic.
//!
//! Layers that turn a bar into beats and beats into steps are convolutions whose kernel is as wide as
//! their stride: a reshape and a matrix product.

use musigan_score::roll::{Condition, Form, OFFSETS, STEPS};
use serde::{Deserialize, Serialize};

use crate::graph::{Graph, Val};
use crate::model::{Init, Layout};

/// Beats of a roll: quarters of a whole note.
pub const BEATS: usize = STEPS / OFFSETS.len();

/// The sizes of both networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Parts of a roll.
    pub parts: u8,
    /// Its lowest key.
    pub lowest: u8,
    /// Keys in a row.
    pub keys: u8,
    /// Numbers of the latent that all parts share.
    pub shared: usize,
    /// Numbers of each part's own latent.
    pub private: usize,
    /// Features of a step of the bar before.
    pub heard: usize,
    /// Features of the bar before.
    pub memory: usize,
    /// Units of the two layers that all parts share.
    pub trunk: usize,
    /// Features of a beat of a part.
    pub beat: usize,
    /// Features of a step of a part.
    pub step: usize,
    /// The critic's sizes.
    pub critic: Critic,
}

/// The sizes of the critic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Critic {
    /// Features of a step of the bar.
    pub step: usize,
    /// Features of a beat of the bar.
    pub beat: usize,
    /// Features of a step of the bar before.
    pub heard_step: usize,
    /// Features of a beat of the bar before.
    pub heard_beat: usize,
    /// Units that see all of it.
    pub bar: usize,
}

impl Default for Architecture {
    fn default() -> Self {
        Self {
            parts: 2,
            lowest: 33,
            keys: 64,
            shared: 32,
            private: 16,
            heard: 32,
            memory: 160,
            trunk: 256,
            beat: 64,
            step: 48,
            critic: Critic { step: 64, beat: 128, heard_step: 32, heard_beat: 48, bar: 256 },
        }
    }
}

impl Architecture {
    /// The roll; `None` where there is no such roll.
    pub const fn form(&self) -> Option<Form> {
        Form::new(self.parts, self.lowest, self.keys)
    }

    /// Numbers of the whole latent: the shared one, then each part's own.
    pub const fn latent(&self) -> usize {
        self.shared + self.parts as usize * self.private
    }

    /// Cells of a step.
    pub const fn row(&self) -> usize {
        2 * self.keys as usize * self.parts as usize
    }

    /// Cells of a bar.
    pub const fn cells(&self) -> usize {
        STEPS * self.row()
    }

    /// Numbers that tell how a bar's outline lies to that of the bar before, see [`Outline`].
    const fn relations(&self) -> usize {
        let parts = self.parts as usize;
        2 * STEPS * parts + (2 * parts + 1) * CLASSES
    }

    /// The generator's weights.
    pub fn generator(&self) -> Layout {
        let mut layout = Layout::default();
        let mut dense = Dense(&mut layout);
        dense.push("heard", self.row(), self.heard);
        dense.push("memory", STEPS * self.heard, self.memory);
        dense.push("trunk0", self.shared + Condition::LEN + self.memory, self.trunk);
        dense.push("trunk1", self.trunk, self.trunk);
        for part in 0..self.parts {
            dense.push(&format!("part{part}.beats"), self.trunk + self.private, BEATS * self.beat);
            dense.push(&format!("part{part}.steps"), self.beat, OFFSETS.len() * self.step);
            dense.rare(&format!("part{part}.keys"), self.step, 2 * usize::from(self.keys));
        }
        layout
    }

    /// The critic's weights.
    pub fn judge(&self) -> Layout {
        let c = self.critic;
        let mut layout = Layout::default();
        let mut dense = Dense(&mut layout);
        dense.push("critic.heard_steps", self.row(), c.heard_step);
        dense.push("critic.heard_beats", OFFSETS.len() * c.heard_step, c.heard_beat);
        dense.push("critic.steps", self.row(), c.step);
        dense.push("critic.beats", OFFSETS.len() * c.step, c.beat);
        let all = BEATS * (c.beat + c.heard_beat) + Condition::LEN + self.relations();
        dense.push("critic.bar", all, c.bar);
        dense.push("critic.score", c.bar, 1);
        layout
    }

    /// The weights of both, the generator's first.
    pub fn both(&self) -> Layout {
        let mut layout = self.generator();
        for tensor in self.judge().tensors() {
            layout.push(tensor.name.clone(), &tensor.shape, tensor.init);
        }
        layout
    }
}

struct Dense<'l>(&'l mut Layout);

impl Dense<'_> {
    /// He's initialisation (uniform), which keeps the variance through leaky rectifiers.
    fn push(&mut self, name: &str, inputs: usize, outputs: usize) {
        let bound = (6.0 / inputs as f32).sqrt();
        self.0.push(format!("{name}.w"), &[inputs, outputs], Init::Uniform(bound));
        self.0.push(format!("{name}.b"), &[outputs], Init::Zero);
    }

    /// A layer whose outputs are above zero in a few places only, as cells of a roll are on.
    fn rare(&mut self, name: &str, inputs: usize, outputs: usize) {
        let bound = (1.0 / inputs as f32).sqrt();
        self.0.push(format!("{name}.w"), &[inputs, outputs], Init::Uniform(bound));
        self.0.push(format!("{name}.b"), &[outputs], Init::Constant(-2.0));
    }
}

/// The roll of a checked architecture.
///
/// # Panics
/// When there is no such roll, see [`Architecture::form`].
pub(super) fn bar_form(a: &Architecture) -> Form {
    a.form().unwrap_or_else(|| panic!("no roll of {a:?}"))
}

/// Weights as values of a graph, handed out in the order of their layout.
pub struct Weights<'v>(std::slice::Iter<'v, Val>);

impl<'v> Weights<'v> {
    /// All of a network's.
    pub fn of(tensors: &'v [Val]) -> Self {
        Self(tensors.iter())
    }

    fn affine(&mut self, g: &mut Graph, x: Val) -> Val {
        let (Some(&w), Some(&b)) = (self.0.next(), self.0.next()) else {
            unreachable!("a layout has as many tensors as its network")
        };
        g.affine(x, w, b)
    }

    fn layer(&mut self, g: &mut Graph, x: Val) -> Val {
        let y = self.affine(g, x);
        g.leaky_relu(y)
    }
}

/// What a bar is generated from.
#[derive(Clone, Copy, Debug)]
pub struct Hearing {
    /// The latent, `[B, latent]`.
    pub latent: Val,
    /// The bar before, `[B, cells]`.
    pub previous: Val,
    /// The condition, `[B, Condition::LEN]`.
    pub condition: Val,
}

/// The generator: logits of all cells, `[B, cells]`.
pub fn generator(g: &mut Graph, a: &Architecture, weights: &[Val], hearing: Hearing) -> Val {
    let Hearing { latent, previous, condition } = hearing;
    let batch = g.shape(latent)[0];
    let w = &mut Weights::of(weights);
    let rows = g.reshape(previous, &[batch * STEPS, a.row()]);
    let heard = w.layer(g, rows);
    let heard = g.reshape(heard, &[batch, STEPS * a.heard]);
    let memory = w.layer(g, heard);
    let shared = g.slice(latent, 1, 0, a.shared);
    let all = g.concat(&[shared, condition, memory], 1);
    let trunk = w.layer(g, all);
    let trunk = w.layer(g, trunk);
    let parts: Vec<Val> = (0..usize::from(a.parts))
        .map(|part| {
            let from = a.shared + part * a.private;
            let own = g.slice(latent, 1, from, from + a.private);
            let own = g.concat(&[trunk, own], 1);
            let beats = w.layer(g, own);
            let beats = g.reshape(beats, &[batch * BEATS, a.beat]);
            let steps = w.layer(g, beats);
            let steps = g.reshape(steps, &[batch * STEPS, a.step]);
            w.affine(g, steps)
        })
        .collect();
    let bar = g.concat(&parts, 1);
    g.reshape(bar, &[batch, a.cells()])
}

/// Pitch classes.
const CLASSES: usize = 12;

/// A full beat of a pitch class, in steps: what counts as much of it.
const MUCH: f64 = OFFSETS.len() as f64;

/// What is seen of bars from afar: when something begins, and which pitch classes sound.
///
/// That two bars have the same rhythm, or two parts the same harmony, is a matter of products, which the
/// layers of a small critic do not find by themselves; so it is told them (as MuseGAN's critic is told
/// onsets and chroma).
struct Outline {
    /// Whether something begins, `[B, STEPS · parts]`.
    begins: Val,
    /// How much of each class sounds, 0 to 1, `[B, parts, CLASSES]`.
    chroma: Val,
}

impl Outline {
    /// Of bars `[B, cells]`.
    fn of(g: &mut Graph, a: &Architecture, bars: Val) -> Self {
        let batch = g.shape(bars)[0];
        let (parts, keys) = (usize::from(a.parts), usize::from(a.keys));
        let rows = g.reshape(bars, &[batch * STEPS * parts, 2 * keys]);
        let onsets = g.slice(rows, 1, 0, keys);
        let count = g.sum(onsets, &[1]);
        // One onset or several are the same: x − max(x − 1, 0).
        let one = g.scalar(1.0);
        let above = g.sub(count, one);
        let above = g.relu(above);
        let begins = g.sub(count, above);
        let begins = g.reshape(begins, &[batch, STEPS * parts]);
        let class = |at: usize| (usize::from(a.lowest) + at % keys) % CLASSES;
        let is_of = |at: usize, of: usize| if class(at) == of { 1.0 / MUCH } else { 0.0 };
        let table = (0..2 * keys).flat_map(|at| (0..CLASSES).map(move |of| is_of(at, of)));
        let table = g.floats(&[2 * keys, CLASSES], table.collect());
        let chroma = g.matmul(rows, table);
        let chroma = g.reshape(chroma, &[batch, STEPS, parts, CLASSES]);
        let chroma = g.sum(chroma, &[1]);
        let chroma = g.reshape(chroma, &[batch, parts, CLASSES]);
        Self { begins, chroma: g.tanh(chroma) }
    }

    /// Itself, how alike it is to the outline before, and how alike its parts are:
    /// `[B, relations]`.
    fn after(&self, g: &mut Graph, before: &Self) -> Val {
        let (batch, parts) = (g.shape(self.chroma)[0], g.shape(self.chroma)[1]);
        // 1 where something begins in both or in neither.
        let both = g.mul(self.begins, before.begins);
        let twice = g.scale(both, 2.0);
        let either = g.add(self.begins, before.begins);
        let differ = g.sub(either, twice);
        let one = g.scalar(1.0);
        let alike = g.sub(one, differ);
        let of_all = |g: &mut Graph, chroma: Val| {
            let sum = g.sum(chroma, &[1]);
            g.reshape(sum, &[batch, 1, CLASSES])
        };
        let (now, then) = (of_all(g, self.chroma), of_all(g, before.chroma));
        let shared = g.mul(self.chroma, now);
        let kept = g.mul(now, then);
        let flat = |g: &mut Graph, x: Val, len| g.reshape(x, &[batch, len]);
        let chroma = flat(g, self.chroma, parts * CLASSES);
        let shared = flat(g, shared, parts * CLASSES);
        let kept = flat(g, kept, CLASSES);
        g.concat(&[self.begins, alike, chroma, shared, kept], 1)
    }
}

/// What the critic knows of the bar before: its features, `[B, BEATS · heard_beat]`, and its outline.
pub struct Context {
    memory: Val,
    outline: Outline,
    condition: Val,
}

/// The critic, whose weights are used for several bars in the same context.
pub struct Judge<'v> {
    architecture: Architecture,
    weights: &'v [Val],
}

/// Tensors of the critic that read the bar before.
const CONTEXT_TENSORS: usize = 4;

impl<'v> Judge<'v> {
    /// The critic of this architecture with these weights.
    pub fn new(architecture: &Architecture, weights: &'v [Val]) -> Self {
        Self { architecture: *architecture, weights }
    }

    /// Reads the bar before, `[B, cells]`, and the condition.
    pub fn context(&self, g: &mut Graph, previous: Val, condition: Val) -> Context {
        let (a, c) = (&self.architecture, self.architecture.critic);
        let batch = g.shape(previous)[0];
        let w = &mut Weights::of(self.weights);
        let rows = g.reshape(previous, &[batch * STEPS, a.row()]);
        let steps = w.layer(g, rows);
        let beats = g.reshape(steps, &[batch * BEATS, OFFSETS.len() * c.heard_step]);
        let beats = w.layer(g, beats);
        let memory = g.reshape(beats, &[batch, BEATS * c.heard_beat]);
        Context { memory, outline: Outline::of(g, a, previous), condition }
    }

    /// The score of bars `[N · B, cells]`, N times the contexts' batch: `[N · B, 1]`.
    pub fn score(&self, g: &mut Graph, bars: Val, context: &Context) -> Val {
        let (a, c) = (&self.architecture, self.architecture.critic);
        let batch = g.shape(bars)[0];
        let times = batch / g.shape(context.memory)[0];
        let w = &mut Weights::of(&self.weights[CONTEXT_TENSORS..]);
        let rows = g.reshape(bars, &[batch * STEPS, a.row()]);
        let steps = w.layer(g, rows);
        let beats = g.reshape(steps, &[batch * BEATS, OFFSETS.len() * c.step]);
        let beats = w.layer(g, beats);
        let beats = g.reshape(beats, &[batch, BEATS * c.beat]);
        let again = |g: &mut Graph, x: Val| g.concat(&vec![x; times], 0);
        let (memory, condition) = (again(g, context.memory), again(g, context.condition));
        let before = Outline {
            begins: again(g, context.outline.begins),
            chroma: again(g, context.outline.chroma),
        };
        let relations = Outline::of(g, a, bars).after(g, &before);
        let all = g.concat(&[beats, memory, condition, relations], 1);
        let bar = w.layer(g, all);
        w.affine(g, bar)
    }
}
