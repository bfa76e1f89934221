//! A generator that composes whole bars and says them token by token.
//!
//! At the bar line the network makes a piano roll out of chance, of the bar that was heard and of what
//! the bar is to be like; until the next bar line the generator says what is in it. What it hears it
//! writes down: its own notes and those of others are the same to it.

mod network;
mod place;
mod sizes;
mod speech;
mod walk;

use core::fmt;

use musigan_score::Token;
use musigan_score::events::Symbol;
use musigan_score::roll::{Channel, Condition, Form, STEPS, Stroke, nearest_step};

use super::{Attention, Generator};
use crate::image::Weights;
use crate::kernel::Kernels;
use crate::rng::Rng;
pub(crate) use network::Network;
use network::{Compose, Listen};
use place::{PLACE_LEN, Place, Stage};
pub(crate) use sizes::MAX_DENSE;
pub use sizes::{MAX_PARTS, Sizes};
use speech::Speech;
pub use walk::Walk;

const LAST_STEP: usize = STEPS - 1;

/// The square root of 3: a number that is even between its negative and itself has variance 1.
const SPREAD: f32 = 1.732_050_8;

/// A generator of bars, its weights borrowed from an image.
#[derive(Clone, Copy)]
pub struct Bars<'a> {
    pub(crate) vocab_len: usize,
    pub(crate) network: Network<'a>,
    /// Logits of the tokens at the head of a piece.
    pub(crate) prior: &'a [f32],
    /// The usual program of each part.
    pub(crate) programs: [u16; MAX_PARTS],
    /// Where it is one of several that are linked: the part that it speaks for, which is the first of
    /// its roll; the others are the roll's last.
    pub(crate) own: Option<u8>,
    pub(crate) kernels: Kernels,
}

/// The parts of a state.
struct State<'s> {
    place: &'s mut [f32; PLACE_LEN],
    /// What is heard of the present bar: ones and zeros.
    heard: &'s mut [f32],
    /// The present bar: logits.
    bar: &'s mut [f32],
    memory: &'s mut [f32],
    latent: &'s mut [f32],
    condition: &'s mut [f32],
    scratch: &'s mut [f32],
}

impl Bars<'_> {
    /// The extents.
    pub fn sizes(&self) -> &Sizes {
        &self.network.sizes
    }

    /// How the weights are stored: in single precision.
    pub fn weights(&self) -> Weights {
        Weights::F32
    }

    fn split<'s>(&self, state: &'s mut [f32]) -> Option<State<'s>> {
        let sizes = self.sizes();
        let cells = sizes.form.len();
        let (place, state) = state.split_first_chunk_mut::<PLACE_LEN>()?;
        let (heard, state) = state.split_at_mut_checked(cells)?;
        let (bar, state) = state.split_at_mut_checked(cells)?;
        let (memory, state) = state.split_at_mut_checked(sizes.memory)?;
        let (latent, state) = state.split_at_mut_checked(sizes.latent())?;
        let (condition, scratch) = state.split_at_mut_checked(Condition::LEN)?;
        Some(State { place, heard, bar, memory, latent, condition, scratch })
    }

    /// Composes one bar, without a sentence around it: the logits of all cells.
    ///
    /// `state` is as long as [`Generator::state_len`] says, and what was in it is lost; `latent` has
    /// [`Sizes::latent`] numbers, `previous` and `bar` have a cell each of the form, `condition` has
    /// [`Condition::LEN`] numbers. Of other lengths `bar` stays as it was.
    ///
    /// # Real-time
    /// As for [`Generator::step`].
    pub fn compose(
        &self,
        state: &mut [f32],
        latent: &[f32],
        previous: &[f32],
        condition: &[f32],
        bar: &mut [f32],
    ) {
        let Some(State { memory, scratch, .. }) = self.split(state) else { return };
        let network = &self.network;
        if previous.len() != network.sizes.form.len() || bar.len() != previous.len() {
            return;
        }
        self.kernels.dispatch(Listen { network, scratch, previous, memory });
        self.kernels.dispatch(Compose { network, scratch, latent, condition, memory, bar });
    }

    /// Writes down a note of another part, which is heard whole: its key, its length in ticks, and the
    /// ticks from the bar line at which it begins.
    pub(crate) fn overhear(&self, state: &mut [f32], key: u8, ticks: u32, duration: u16) {
        let Some(state) = self.split(state) else { return };
        let form = self.sizes().form;
        let place = Place::load(state.place);
        let key = i16::from(key) + i16::from(place.shift());
        let key = form.inside(key.clamp(0, 127) as u8);
        let Some(part) = form.parts().checked_sub(1).filter(|&part| part > 0) else { return };
        write(state.heard, form, place.steps(), Heard { part, key, ticks, duration });
    }

    /// The bar of the present place.
    fn plan(&self, state: &mut State<'_>, place: &Place) {
        state.condition.fill(0.0);
        place.condition().ones(|one| {
            if let Some(number) = state.condition.get_mut(one) {
                *number = 1.0;
            }
        });
        self.kernels.dispatch(Compose {
            network: &self.network,
            scratch: state.scratch,
            latent: state.latent,
            condition: state.condition,
            memory: state.memory,
            bar: state.bar,
        });
    }

    /// Writes down a note whose duration is heard.
    fn write_down(&self, state: &mut State<'_>, place: &mut Place, duration: u16) {
        let form = self.sizes().form;
        let speech = self.speech(place, &[]);
        let (part, key) = (speech.speaking(), speech.key_of(place.pitch));
        let heard = Heard { part, key, ticks: place.ticks.into(), duration };
        if let Some(step) = write(state.heard, form, place.steps(), heard) {
            let said = form.cell(step, part, Channel::Onset, key) + 1;
            place.cursor = place.cursor.max(said as u16);
        }
    }

    fn speech<'s>(&'s self, place: &'s Place, bar: &'s [f32]) -> Speech<'s> {
        let (prior, programs) = (self.prior, &self.programs[..]);
        Speech { sizes: self.sizes(), prior, programs, place, bar, own: self.own }
    }
}

/// Makes the latent of the bar before that of the bar which has just begun. What is heard of it later leaves
/// the latent alone: a bar that is planned anew has gone no further.
fn go_on(latent: &mut [f32], place: &Place) {
    let walk = if place.bars > 1 { place.walk } else { Walk::Jump };
    let rng = &mut Rng::new(place.seed() ^ u64::from(place.bars) << 32);
    for number in latent {
        *number = walk.next(*number, (2.0 * rng.unit() - 1.0) * SPREAD);
    }
}

/// A note of the present bar.
struct Heard {
    /// Its part of the roll.
    part: usize,
    key: u8,
    /// When it begins, from the bar line on.
    ticks: u32,
    duration: u16,
}

/// Writes a note into a roll of `steps` steps, and tells the step at which it begins; nothing where there
/// are none.
fn write(roll: &mut [f32], form: Form, steps: usize, note: Heard) -> Option<usize> {
    let Heard { part, key, ticks, duration } = note;
    let step = nearest_step(ticks).min(steps.checked_sub(1)?);
    let end = nearest_step(ticks + u32::from(duration)).min(steps).max(step + 1);
    form.write(Stroke { step, end, part, key }, |cell| {
        if let Some(cell) = roll.get_mut(cell) {
            *cell = 1.0;
        }
    });
    Some(step)
}

impl Generator for Bars<'_> {
    fn vocab_len(&self) -> usize {
        self.vocab_len
    }

    fn plans_bars(&self) -> bool {
        true
    }

    fn state_len(&self) -> usize {
        let sizes = self.sizes();
        let kept = 2 * sizes.form.len() + sizes.memory + sizes.latent() + Condition::LEN;
        PLACE_LEN + kept + sizes.scratch_len()
    }

    /// Those of a step that composes a bar; the others have none.
    fn macs_per_step(&self) -> usize {
        self.sizes().macs_per_bar()
    }

    fn reset(&self, state: &mut [f32]) {
        state.fill(0.0);
    }

    fn seed(&self, state: &mut [f32], seed: u64) {
        if let Some(State { place, .. }) = self.split(state) {
            Place { seed: Place::new(seed).seed, ..Place::load(place) }.store(place);
        }
    }

    fn attend(&self, state: &mut [f32], attention: Attention) {
        if let Some(State { place, .. }) = self.split(state) {
            Place::set_walk(place, attention.walk);
        }
    }

    fn step(&self, state: &mut [f32], heard: Token, logits: &mut [f32]) {
        debug_assert_eq!(state.len(), self.state_len(), "state.len() is not state_len()");
        debug_assert_eq!(logits.len(), self.vocab_len, "logits.len() is not vocab_len()");
        let Some(mut state) = self.split(state) else { return };
        let mut place = Place::load(state.place);
        let symbol = Symbol::of(heard);
        match symbol {
            Some(Symbol::Duration(duration)) if place.stage == Stage::Pitch => {
                self.write_down(&mut state, &mut place, duration.ticks());
            }
            Some(Symbol::Bos) => state.heard.fill(0.0),
            Some(Symbol::Bar) => {
                let (network, previous) = (&self.network, &*state.heard);
                let (scratch, memory) = (&mut *state.scratch, &mut *state.memory);
                self.kernels.dispatch(Listen { network, scratch, previous, memory });
                state.heard.fill(0.0);
            }
            _ => {}
        }
        place.hear(heard);
        let anew = match symbol {
            Some(Symbol::Bar) => true,
            // What a tag tells of the bar that has just begun.
            Some(Symbol::Metre(_) | Symbol::Key(_) | Symbol::Density(_)) => {
                place.stage == Stage::Bar
            }
            _ => false,
        };
        if symbol == Some(Symbol::Bar) {
            go_on(state.latent, &place);
        }
        if anew {
            self.plan(&mut state, &place);
        }
        self.speech(&place, state.bar).say(logits);
        place.store(state.place);
    }
}

/// The extents, not the weights.
impl fmt::Debug for Bars<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bars")
            .field("vocab_len", &self.vocab_len)
            .field("sizes", self.sizes())
            .field("kernels", &self.kernels)
            .finish_non_exhaustive()
    }
}
