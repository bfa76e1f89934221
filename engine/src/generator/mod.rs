//! Generators: from the token heard to the logits of the next.

pub mod bars;
mod fixed;
pub mod linked;
mod model;
mod recurrent;
pub(crate) mod stack;
mod wanted;

use musigan_score::Token;
use musigan_score::link::MAX_LINKED;

use crate::passages::Passages;
use crate::rules::Parts;

pub use crate::kernel::storage::{Bf16, F32, Int8};
pub use crate::layer::{Cell, Gru, Lstm};

pub use bars::{Bars, Walk};
pub use fixed::{Fixed, Storing};
pub use linked::Linked;
pub use model::Model;
pub(crate) use recurrent::AnyStack;
pub use recurrent::{MAX_LAYERS, Recurrent};
pub use wanted::Wanted;

/// What is asked of a generator before a token, beside that it hears it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attention {
    /// Who of parts that choose by themselves may; the others are only heard.
    pub speaking: Parts,
    /// By how many semitones each of the first parts sounds higher than it is said.
    pub shifts: [i8; MAX_LINKED],
    /// What the latent of a generator of bars does at the next bar line.
    pub walk: Walk,
}

/// A model that hears tokens one by one and says how likely each token is to be next.
///
/// Weights are in `self`, everything that changes is in `state`, and the memory of both belongs
/// to the caller. One generator serves any number of states.
pub trait Generator {
    /// Tokens in the vocabulary: the length of `logits`.
    fn vocab_len(&self) -> usize;

    /// Numbers that one stream of tokens needs: the length of `state`, scratch included.
    fn state_len(&self) -> usize;

    /// Multiply-accumulates of the costliest [`step`](Self::step).
    fn macs_per_step(&self) -> usize;

    /// Makes `state` that of a stream that has heard nothing.
    fn reset(&self, state: &mut [f32]);

    /// Gives the stream a chance of its own, after [`reset`](Self::reset): a generator that draws
    /// numbers by itself draws other ones for another seed. Others have no use for it.
    fn seed(&self, state: &mut [f32], seed: u64) {
        let _ = (state, seed);
    }

    /// Tells a generator what is asked of it, from the next [`step`](Self::step) on. Most have no use for it.
    ///
    /// # Real-time
    /// As [`step`](Self::step), in a few instructions.
    fn attend(&self, state: &mut [f32], attention: Attention) {
        let _ = (state, attention);
    }

    /// Whether a bar is planned when it begins: how many notes it has is settled then, and a composer leaves it
    /// alone.
    fn plans_bars(&self) -> bool {
        false
    }

    /// The passages of the training music that a composer does not say again, where they are known.
    fn passages(&self) -> Option<Passages<'_>> {
        None
    }

    /// Hears a token and writes the unnormalised log-probability of each token to come next.
    ///
    /// `state` is [`state_len`](Self::state_len) long and comes from [`reset`](Self::reset) or the
    /// step before; `logits` is [`vocab_len`](Self::vocab_len) long. Both lengths are
    /// `debug_assert`ed; a release build computes what fits. A token beyond the vocabulary is
    /// heard as the last token of the vocabulary.
    ///
    /// # Real-time
    /// Never allocates, locks, blocks or panics; the work is bounded by
    /// [`macs_per_step`](Self::macs_per_step), whatever the data.
    fn step(&self, state: &mut [f32], heard: Token, logits: &mut [f32]);

    /// As [`step`](Self::step), but only the logits of `wanted` tokens need be written; the others may
    /// stay what they were. The state is the same.
    ///
    /// # Real-time
    /// As [`step`](Self::step), and cheaper where little is wanted.
    fn step_for(&self, state: &mut [f32], heard: Token, wanted: Wanted, logits: &mut [f32]) {
        let _ = wanted;
        self.step(state, heard, logits);
    }
}
