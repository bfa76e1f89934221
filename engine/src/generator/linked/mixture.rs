//! What the parts say next, put together to what is said next.
//!
//! Each part has a distribution over when it speaks next: the positions of the bar that are left, or not
//! in this bar any more. Their weights are unnormalised; a sum over what is later than a position is what
//! is left when nothing has happened up to it.

use musigan_score::events::{Symbol, kind};
use musigan_score::link::{MAX_LINKED, Relay};

use crate::math::{exp, ln};

/// The members at a moment.
pub(super) struct Mixture<'s, 'm> {
    /// The logits of each member, as of its last token.
    pub(super) logits: &'s dyn Fn(usize) -> &'m [f32],
    pub(super) count: usize,
    /// Parts that do not choose, a bit each.
    pub(super) silenced: u16,
    pub(super) relay: &'s Relay,
}

/// The logit of what cannot be.
const NEVER: f32 = -60.0;
/// Instead of 0 as an argument of a logarithm or a divisor.
const LEAST: f32 = 1e-30;

/// A part that waits.
#[derive(Clone, Copy, Default)]
struct Waiting<'m> {
    logits: &'m [f32],
    /// The greatest logit of what it may say to others' notes: position, bar or end.
    greatest: f32,
    /// The weight of its not speaking in this bar any more, and the end's share of it.
    none: f32,
    end: f32,
}

impl Waiting<'_> {
    fn weight(&self, token: u16) -> f32 {
        exp(at(self.logits, token) - self.greatest)
    }
}

fn at(logits: &[f32], token: u16) -> f32 {
    logits.get(usize::from(token)).copied().unwrap_or(NEVER)
}

fn put(logits: &mut [f32], token: u16, logit: f32) {
    if let Some(place) = logits.get_mut(usize::from(token)) {
        *place = logit;
    }
}

fn log(weight: f32) -> f32 {
    ln(weight.max(LEAST))
}

/// The greatest logit of some tokens.
fn greatest(logits: &[f32], tokens: impl Iterator<Item = u16>) -> f32 {
    tokens.map(|token| at(logits, token)).fold(NEVER, f32::max)
}

/// The sum of their weights, as multiples of that of `greatest`.
fn sum(logits: &[f32], greatest: f32, tokens: impl Iterator<Item = u16>) -> f32 {
    tokens.map(|token| exp(at(logits, token) - greatest)).fold(0.0, |sum, weight| sum + weight)
}

/// What a part may say to go on at a position.
fn notes() -> impl Iterator<Item = u16> + Clone {
    kind::PITCH.chain(kind::DRUM).chain(kind::VELOCITY)
}

/// What may be said of a bar that has begun.
fn tags() -> impl Iterator<Item = u16> + Clone {
    kind::METRE.chain(kind::TEMPO).chain(kind::KEY).chain(kind::DENSITY)
}

impl<'m> Mixture<'_, 'm> {
    /// Whether a part may speak: there is one, nobody has silenced it, and the piece has it.
    fn chooses(&self, part: usize) -> bool {
        let declared = self.relay.declared();
        part < self.count && self.silenced >> part & 1 == 0 && (declared == 0 || part < declared)
    }

    /// The first part that chooses: it says what all share.
    fn leader(&self) -> usize {
        (0..self.count).find(|&part| self.chooses(part)).unwrap_or(0)
    }

    fn waiting(&self, part: usize) -> Waiting<'m> {
        let logits = (self.logits)(part);
        let others = [kind::BAR, kind::EOS];
        let greatest = greatest(logits, kind::POSITION.chain(others));
        let part = Waiting { logits, greatest, none: 0.0, end: 0.0 };
        let end = part.weight(kind::EOS);
        Waiting { none: part.weight(kind::BAR) + end, end, ..part }
    }

    /// The parts that wait, those that do not choose left out.
    fn all_waiting(&self) -> [Option<Waiting<'m>>; MAX_LINKED] {
        core::array::from_fn(|part| self.chooses(part).then(|| self.waiting(part)))
    }

    /// The present position, counted from 1; 0 right after the bar line.
    fn place(&self) -> u16 {
        let token = self.relay.position().and_then(|position| Symbol::Position(position).token());
        token.map_or(0, |token| token.0.saturating_sub(kind::POSITION.start) + 1)
    }

    /// Writes the logits of the positions after the present one, and of Bar and EOS, where nobody says
    /// anything before; `chance` is the probability of that, `speaker` the part that has just spoken, if
    /// the piece may end here.
    ///
    /// Gives what is left of each part's weights after the present position.
    fn later(
        &self,
        parts: &[Option<Waiting<'m>>; MAX_LINKED],
        speaker: Option<usize>,
        out: &mut [f32],
    ) -> ([f32; MAX_LINKED], f32) {
        let mut left = parts.map(|part| part.map_or(1.0, |part| part.none));
        let none: f32 = left.iter().product();
        let first = kind::POSITION.start + self.place();
        for token in (first..kind::POSITION.end).rev() {
            let weights = parts.map(|part| part.map_or(0.0, |part| part.weight(token)));
            // The earliest is the first part that is here; those before it come later.
            let mut here = 0.0;
            for speaking in 0..MAX_LINKED {
                let mut product = weights[speaking];
                for part in 0..MAX_LINKED {
                    if part != speaking {
                        let now = if part > speaking { weights[part] } else { 0.0 };
                        product *= left[part] + now;
                    }
                }
                here += product;
            }
            put(out, token, here);
            for (left, weight) in left.iter_mut().zip(weights) {
                *left += weight;
            }
        }
        let whole: f32 = left.iter().product();
        let end = speaker.and_then(|part| parts.get(part).copied().flatten());
        let end = end.map_or(0.0, |part| part.end / part.none.max(LEAST));
        put(out, kind::BAR, none * (1.0 - end));
        put(out, kind::EOS, none * end);
        (left, whole)
    }

    /// Turns the weights that [`later`](Self::later) wrote into logits.
    fn settle(&self, chance: f32, whole: f32, out: &mut [f32]) {
        let factor = log(chance) - log(whole);
        let first = kind::POSITION.start + self.place();
        for token in (first..kind::POSITION.end).chain([kind::BAR, kind::EOS]) {
            let weight = at(out, token);
            put(out, token, if weight > 0.0 { log(weight) + factor } else { NEVER });
        }
    }

    /// After a whole note: the part goes on, or one after it begins here, or all wait.
    pub(super) fn after_note(&self, out: &mut [f32]) {
        out.fill(NEVER);
        let parts = self.all_waiting();
        let speaker = self.relay.part().unwrap_or(0).min(MAX_LINKED - 1);
        let place = self.place();
        let (left, whole) = self.later(&parts, Some(speaker), out);
        let mut silent = 1.0;
        if let Some(part) = parts.get(speaker).copied().flatten() {
            let most = greatest(part.logits, notes()).max(part.greatest);
            let goes_on = sum(part.logits, most, notes());
            let leaves = left[speaker] * exp(part.greatest - most);
            let all = log(goes_on + leaves) + most;
            for token in notes() {
                put(out, token, at(part.logits, token) - all);
            }
            silent = leaves / (goes_on + leaves).max(LEAST);
        }
        let here = (kind::POSITION.start + place).saturating_sub(1);
        for part in speaker + 1..MAX_LINKED {
            let Some(waiting) = parts[part] else { continue };
            let now = waiting.weight(here);
            let share = now / (now + left[part]).max(LEAST);
            put(out, kind::PART.start + part as u16, log(silent * share));
            silent *= 1.0 - share;
        }
        self.settle(silent, whole, out);
    }

    /// At a new position: who is the first to speak there. `going_on` is what the part whose line goes on
    /// would say.
    pub(super) fn at_position(&self, going_on: &[f32], out: &mut [f32]) {
        out.fill(NEVER);
        let parts = self.all_waiting();
        let (left, _) = self.later(&parts, None, out);
        out.fill(NEVER);
        let here = (kind::POSITION.start + self.place()).saturating_sub(1);
        let mut shares = [0.0; MAX_LINKED];
        let (mut silent, mut total) = (1.0, 0.0);
        for part in 0..MAX_LINKED {
            let Some(waiting) = parts[part] else { continue };
            let now = waiting.weight(here);
            let share = now / (now + left[part]).max(LEAST);
            shares[part] = silent * share;
            total += shares[part];
            silent *= 1.0 - share;
        }
        let present = self.relay.part();
        for (part, share) in shares.into_iter().enumerate() {
            if !self.chooses(part) {
                continue;
            }
            let first = log(share) - log(total);
            if present == Some(part) {
                let most = greatest(going_on, notes());
                let all = log(sum(going_on, most, notes())) + most;
                for token in notes() {
                    put(out, token, at(going_on, token) - all + first);
                }
            } else {
                put(out, kind::PART.start + part as u16, first);
            }
        }
    }

    /// After a bar line and its tags: another tag, which the leader chooses, or the first position.
    pub(super) fn after_bar(&self, out: &mut [f32]) {
        out.fill(NEVER);
        let parts = self.all_waiting();
        let (left, whole) = self.later(&parts, None, out);
        let leader = self.leader();
        let mut silent = 1.0;
        if let Some(part) = parts.get(leader).copied().flatten() {
            let most = greatest(part.logits, tags()).max(part.greatest);
            let tagged = sum(part.logits, most, tags());
            let leaves = left[leader] * exp(part.greatest - most);
            let all = log(tagged + leaves) + most;
            for token in tags() {
                put(out, token, at(part.logits, token) - all);
            }
            silent = leaves / (tagged + leaves).max(LEAST);
        }
        self.settle(silent, whole, out);
    }

    /// At the head of a piece, which the leader says: with as many parts as there are members.
    pub(super) fn in_header(&self, heard: Option<Symbol>, out: &mut [f32]) {
        let logits = (self.logits)(self.leader());
        for (to, from) in out.iter_mut().zip(logits) {
            *to = *from;
        }
        if let Some(Symbol::Program(_)) = heard {
            let more = self.relay.declared() < self.count;
            let ruled_out = if more { kind::BAR..kind::BAR + 1 } else { kind::PART };
            for token in ruled_out {
                put(out, token, NEVER);
            }
        }
    }
}
