//! The extents of a generator of bars.

use musigan_score::roll::{Condition, Form, OFFSETS, STEPS};

/// Beats of a roll: quarters of a whole note.
pub(super) const BEATS: usize = STEPS / OFFSETS.len();
/// Steps of a beat.
pub(super) const BEAT_STEPS: usize = OFFSETS.len();

/// The most parts that a generator of bars composes.
pub const MAX_PARTS: usize = 4;
/// Layers that all parts share, and layers of each part.
const SHARED_LAYERS: usize = 4;
const PART_LAYERS: usize = 3;
/// The most dense layers.
pub(crate) const MAX_DENSE: usize = SHARED_LAYERS + PART_LAYERS * MAX_PARTS;

/// How many numbers there are of each kind, none of them zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The roll, of at most [`MAX_PARTS`] parts.
    pub form: Form,
    /// The latent that all parts share.
    pub shared: usize,
    /// Each part's own latent.
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
}

/// Which layers come when: the bar before, then all parts together, then part by part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    Heard,
    Memory,
    Trunk0,
    Trunk1,
    Beats(usize),
    Steps(usize),
    Keys(usize),
}

impl Layer {
    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Heard => 0,
            Self::Memory => 1,
            Self::Trunk0 => 2,
            Self::Trunk1 => 3,
            Self::Beats(part) => SHARED_LAYERS + PART_LAYERS * part,
            Self::Steps(part) => SHARED_LAYERS + PART_LAYERS * part + 1,
            Self::Keys(part) => SHARED_LAYERS + PART_LAYERS * part + 2,
        }
    }
}

impl Sizes {
    /// Numbers of the whole latent: the shared one, then each part's own.
    pub const fn latent(&self) -> usize {
        self.shared + self.form.parts() * self.private
    }

    /// Numbers that the first of the shared layers hears: latent, condition and the bar before.
    pub(super) const fn together(&self) -> usize {
        self.shared + Condition::LEN + self.memory
    }

    /// Inputs and outputs of each dense layer, and how often it runs for a bar: first those of the bar
    /// before (its steps, then all of it), then two of all parts together, then of each part its
    /// beats, its steps and its keys.
    pub fn dense(&self) -> impl Iterator<Item = [usize; 3]> + use<> {
        let Self { form, private, heard, memory, trunk, beat, step, .. } = *self;
        let shared = [
            [form.step_len(), heard, STEPS],
            [STEPS * heard, memory, 1],
            [self.together(), trunk, 1],
            [trunk, trunk, 1],
        ];
        let parts = [
            [trunk + private, BEATS * beat, 1],
            [beat, BEAT_STEPS * step, BEATS],
            [step, form.part_len(), STEPS],
        ];
        shared.into_iter().chain((0..form.parts()).flat_map(move |_| parts))
    }

    /// Multiply-accumulates of one bar.
    pub fn macs_per_bar(&self) -> usize {
        self.dense().map(|[inputs, outputs, times]| inputs * outputs * times).sum()
    }

    /// Numbers of scratch memory for one bar.
    pub(super) fn scratch_len(&self) -> usize {
        let of_the_bar_before = STEPS * self.heard;
        let of_this_bar = self.together()
            + 2 * self.trunk
            + self.private
            + BEATS * self.beat
            + BEAT_STEPS * self.step;
        of_the_bar_before.max(of_this_bar)
    }
}
