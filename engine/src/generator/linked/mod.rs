//! A generator for each part of a piece, which listen to each other, as one generator of the piece.
//!
//! Each member hears its own part's sentence, and beside every token what the others sound then
//! ([`musigan_score::link`]). What comes next in the sentence of all is what its parts say next, put
//! together: the note that goes on in the part that speaks, or the next position of whichever part is
//! first there. A part decides when it speaks next as soon as it is silent, and its decision stays open
//! until others have spoken before it; so the probability of a position is that of the earliest of the
//! parts' decisions, and nothing is drawn in here. The logits are those of the whole sentence:
//! grammar, rules and sampling are the composer's, as for any model.
//!
//! Work: a token is heard by the part that it is about, and once more by a part that may go on at a new
//! position; bar lines and tags are heard by all.

mod mixture;

use core::fmt;
use core::num::NonZeroUsize;

use musigan_score::Token;
use musigan_score::events::{Symbol, kind};
use musigan_score::link::{MAX_LINKED, Picture, Relay};

use super::{Attention, Bars, Generator, Recurrent, Wanted};
use crate::image::Weights;
use crate::kernel::Kernels;
use crate::layer::{Gru, Lstm};
use mixture::Mixture;

/// A part's generator.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is no heap to box one in")]
pub enum Member<'a> {
    /// Long short-term memory.
    Lstm(Recurrent<'a, Lstm>),
    /// Gated recurrent units.
    Gru(Recurrent<'a, Gru>),
    /// A generator of bars, which hears what the others say when they have said it.
    Gan(Bars<'a>),
}

macro_rules! each {
    ($self:expr, $member:ident => $body:expr) => {
        match $self {
            Self::Lstm($member) => $body,
            Self::Gru($member) => $body,
            Self::Gan($member) => $body,
        }
    };
}

impl Member<'_> {
    /// Whether it hears the other parts.
    pub fn listens(&self) -> bool {
        match self {
            Self::Lstm(member) => member.listens(),
            Self::Gru(member) => member.listens(),
            Self::Gan(member) => member.sizes().form.parts() > 1,
        }
    }

    fn weights(&self) -> Weights {
        each!(self, member => member.weights())
    }

    fn kernels(&self) -> Kernels {
        each!(self, member => member.kernels)
    }

    fn set_kernels(&mut self, kernels: Kernels) {
        each!(self, member => member.kernels = kernels);
    }

    fn state_len(&self) -> usize {
        each!(self, member => member.state_len())
    }

    fn macs_per_step(&self) -> usize {
        each!(self, member => member.macs_per_step())
    }

    fn reset(&self, state: &mut [f32]) {
        each!(self, member => member.reset(state));
    }

    fn step(
        &self,
        state: &mut [f32],
        heard: Token,
        others: Picture,
        wanted: Wanted,
        logits: &mut [f32],
    ) {
        match self {
            Self::Lstm(member) => member.step_among(state, heard, others, wanted, logits),
            Self::Gru(member) => member.step_among(state, heard, others, wanted, logits),
            Self::Gan(member) => member.step_for(state, heard, wanted, logits),
        }
    }
}

/// The generators of two to four parts (or of one), their weights borrowed from an image.
#[derive(Clone, Copy)]
pub struct Linked<'a> {
    vocab_len: usize,
    members: [Option<Member<'a>>; MAX_LINKED],
    count: NonZeroUsize,
}

/// Numbers at the head of a state: who may not choose, and whose state is in the spare, counted from 1.
const OWN_LEN: usize = 2;

/// The parts of a state.
struct State<'s> {
    /// Parts that may not choose, a bit each.
    silenced: &'s mut f32,
    /// Whose state is in the spare, counted from 1; 0 for nobody's.
    guest: &'s mut f32,
    relay: &'s mut [f32; Relay::LEN],
    /// What the guest's state and logits are if it goes on at the present position.
    spare: &'s mut [f32],
    spare_logits: &'s mut [f32],
    /// State and logits of each member.
    members: &'s mut [f32],
}

impl<'a> Linked<'a> {
    /// Links the members of the first parts; `None` where the first is missing.
    pub(crate) fn new(vocab_len: usize, members: [Option<Member<'a>>; MAX_LINKED]) -> Option<Self> {
        let count = members.iter().take_while(|member| member.is_some()).count();
        NonZeroUsize::new(count).map(|count| Self { vocab_len, members, count })
    }

    /// The generator of each part, in order.
    pub fn members(&self) -> impl Iterator<Item = &Member<'a>> {
        self.members.iter().map_while(Option::as_ref)
    }

    /// How the weights of the first are stored.
    pub fn weights(&self) -> Weights {
        self.members().next().map_or(Weights::F32, Member::weights)
    }

    pub(crate) fn kernels(&self) -> Kernels {
        self.members().next().map_or_else(Kernels::detect, Member::kernels)
    }

    pub(crate) fn set_kernels(&mut self, kernels: Kernels) {
        self.members.iter_mut().flatten().for_each(|member| member.set_kernels(kernels));
    }

    fn spare_len(&self) -> usize {
        self.members().map(Member::state_len).max().unwrap_or(0)
    }

    fn split<'s>(&self, state: &'s mut [f32]) -> Option<State<'s>> {
        let ([silenced, guest], state) = state.split_first_chunk_mut::<OWN_LEN>()?;
        let (relay, state) = state.split_first_chunk_mut()?;
        let (spare, state) = state.split_at_mut_checked(self.spare_len())?;
        let (spare_logits, members) = state.split_at_mut_checked(self.vocab_len)?;
        Some(State { silenced, guest, relay, spare, spare_logits, members })
    }

    /// A member, and its state and logits.
    fn member<'s>(
        &self,
        part: usize,
        members: &'s mut [f32],
    ) -> Option<(&Member<'a>, &'s mut [f32], &'s mut [f32])> {
        let before = self.members().take(part);
        let start: usize = before.map(|member| member.state_len() + self.vocab_len).sum();
        let member = self.members().nth(part)?;
        let (state, rest) = members.get_mut(start..)?.split_at_mut_checked(member.state_len())?;
        Some((member, state, rest.get_mut(..self.vocab_len)?))
    }

    /// The logits of a member.
    fn logits<'s>(&self, part: usize, members: &'s [f32]) -> &'s [f32] {
        let before = self.members().take(part);
        let start: usize = before.map(|member| member.state_len() + self.vocab_len).sum();
        let state_len = self.members().nth(part).map_or(0, Member::state_len);
        members
            .get(start + state_len..)
            .and_then(|rest| rest.get(..self.vocab_len))
            .unwrap_or_default()
    }

    /// Hands a token to those whom it is about.
    fn hear(&self, state: &mut State<'_>, relay: &mut Relay, heard: Token, wanted: Wanted) {
        let guest = (*state.guest as usize).checked_sub(1);
        *state.guest = 0.0;
        // Who hears a position hears what it does there at once, but for a part that spoke before:
        // what it says is still to come.
        let alone = matches!(Symbol::of(heard), Some(Symbol::Part(_)));
        relay.push(heard, self.count.get(), |part, token, others| {
            let Some((member, own, logits)) = self.member(part, state.members) else { return };
            let position = kind::POSITION.contains(&token.0);
            if position && guest == Some(part) {
                copy(state.spare, own);
                copy(state.spare_logits, logits);
                return;
            }
            let wanted = if position && !alone { Wanted::NONE } else { wanted };
            member.step(own, token, others, wanted, logits);
        });
        if let Some(Symbol::Duration(duration)) = Symbol::of(heard) {
            self.overhear(state, relay, duration.ticks());
        }
    }

    /// Tells a whole note to those generators of bars that have not said it.
    fn overhear(&self, state: &mut State<'_>, relay: &Relay, duration: u16) {
        let ticks = relay.position().map_or(0, |position| position.ticks());
        for part in (0..self.count.get()).filter(|&part| relay.part() != Some(part)) {
            if let Some((Member::Gan(bars), own, _)) = self.member(part, state.members) {
                bars.overhear(own, relay.key_to(part), ticks, duration);
            }
        }
    }

    /// Lets the part whose line goes on hear the present position in the spare.
    fn speculate(&self, state: &mut State<'_>, relay: &Relay, heard: Token, wanted: Wanted) {
        let Some(part) = relay.part().filter(|_| !relay.placed()) else { return };
        let Some((member, own, _)) = self.member(part, state.members) else { return };
        let Some(spare) = state.spare.get_mut(..own.len()) else { return };
        copy(own, spare);
        member.step(spare, heard, relay.picture(part), wanted, state.spare_logits);
        *state.guest = (part + 1) as f32;
    }
}

impl Generator for Linked<'_> {
    fn vocab_len(&self) -> usize {
        self.vocab_len
    }

    /// One of them at least.
    fn plans_bars(&self) -> bool {
        self.members().any(|member| matches!(member, Member::Gan(_)))
    }

    fn state_len(&self) -> usize {
        let members: usize = self.members().map(|member| member.state_len() + self.vocab_len).sum();
        OWN_LEN + Relay::LEN + self.spare_len() + self.vocab_len + members
    }

    /// A bar line is heard by all; a position and what is said there twice by one.
    fn macs_per_step(&self) -> usize {
        let all: usize = self.members().map(Member::macs_per_step).sum();
        let most = self.members().map(Member::macs_per_step).max().unwrap_or(0);
        all.max(2 * most)
    }

    fn reset(&self, state: &mut [f32]) {
        let Some(state) = self.split(state) else { return };
        (*state.silenced, *state.guest) = (0.0, 0.0);
        state.relay.fill(0.0);
        state.spare.fill(0.0);
        state.spare_logits.fill(0.0);
        for part in 0..self.count.get() {
            if let Some((member, own, logits)) = self.member(part, state.members) {
                member.reset(own);
                logits.fill(0.0);
            }
        }
    }

    fn seed(&self, state: &mut [f32], seed: u64) {
        let Some(state) = self.split(state) else { return };
        for part in 0..self.count.get() {
            if let Some((Member::Gan(bars), own, _)) = self.member(part, state.members) {
                // Each draws numbers of its own.
                bars.seed(own, seed.rotate_left(16 * part as u32));
            }
        }
    }

    fn attend(&self, state: &mut [f32], attention: Attention) {
        let Some(state) = self.split(state) else { return };
        *state.silenced = f32::from(!attention.speaking.bits() & ((1 << MAX_LINKED) - 1));
        Relay::write_shifts(attention.shifts, state.relay);
        let walks = |part: &usize| matches!(self.members().nth(*part), Some(Member::Gan(_)));
        for part in (0..self.count.get()).filter(walks) {
            if let Some((Member::Gan(bars), own, _)) = self.member(part, state.members) {
                bars.attend(own, attention);
            }
        }
        let guest = (*state.guest as usize).checked_sub(1);
        if let Some(Member::Gan(bars)) = guest.and_then(|part| self.members().nth(part)) {
            bars.attend(state.spare, attention);
        }
    }

    fn step(&self, state: &mut [f32], heard: Token, logits: &mut [f32]) {
        self.step_for(state, heard, Wanted::ALL, logits);
    }

    fn step_for(&self, state: &mut [f32], heard: Token, wanted: Wanted, logits: &mut [f32]) {
        debug_assert_eq!(state.len(), self.state_len(), "state.len() is not state_len()");
        debug_assert_eq!(logits.len(), self.vocab_len, "logits.len() is not vocab_len()");
        let Some(mut state) = self.split(state) else { return };
        let mut relay = Relay::load(state.relay);
        self.hear(&mut state, &mut relay, heard, wanted);
        let symbol = Symbol::of(heard);
        if matches!(symbol, Some(Symbol::Position(_))) {
            self.speculate(&mut state, &relay, heard, wanted);
        }
        relay.store(state.relay);
        let silenced = *state.silenced as u16;
        let all = |part: usize| self.logits(part, state.members);
        let mixture = Mixture { logits: &all, count: self.count.get(), silenced, relay: &relay };
        match symbol {
            Some(Symbol::Position(_)) => mixture.at_position(state.spare_logits, logits),
            Some(Symbol::Duration(_) | Symbol::Drum(_)) if relay.begun() => {
                mixture.after_note(logits);
            }
            Some(Symbol::Part(_) | Symbol::Velocity(_) | Symbol::Pitch(_)) if relay.begun() => {
                copy(all(relay.part().unwrap_or(0)), logits);
            }
            _ if relay.begun() => mixture.after_bar(logits),
            _ => mixture.in_header(symbol, logits),
        }
    }
}

/// Copies as much as both have room for; they are as long as the vocabulary.
fn copy(from: &[f32], to: &mut [f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

/// The extents, not the weights.
impl fmt::Debug for Linked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linked")
            .field("vocab_len", &self.vocab_len)
            .field("members", &self.count)
            .finish_non_exhaustive()
    }
}
