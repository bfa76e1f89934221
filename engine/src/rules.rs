//! What a composer does not say although the grammar allows it.

use core::ops::Range;

use musigan_score::events::{Decoder, Density, Symbol, kind};
use musigan_score::{Key, PartId, Pitch, TICKS_PER_QUARTER, Tick, Token};

use crate::loops::LoopWatch;
use crate::passages::{Beginning, Passages, Trail};
use crate::sampler::Visit;
use crate::scale::Scale;

/// A set of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Parts(u16);

impl Parts {
    /// Every part.
    pub const ALL: Self = Self(u16::MAX);
    /// No part.
    pub const NONE: Self = Self(0);

    /// This part alone.
    pub const fn only(part: PartId) -> Self {
        Self(1 << part.index())
    }

    /// Those of this set, and this one.
    #[must_use]
    pub const fn with(self, part: PartId) -> Self {
        Self(self.0 | Self::only(part).0)
    }

    /// The set, a bit for each part.
    pub(crate) const fn bits(self) -> u16 {
        self.0
    }

    /// Whether the part is in the set.
    pub const fn contains(self, part: PartId) -> bool {
        self.0 & Self::only(part).0 != 0
    }
}

impl Default for Parts {
    fn default() -> Self {
        Self::ALL
    }
}

/// Tells which notes would end a passage of the training music now.
#[derive(Clone, Copy)]
pub(crate) struct Copies<'a> {
    learnt: Passages<'a>,
    beginning: Beginning,
    now: Tick,
    part: PartId,
}

impl<'a> Copies<'a> {
    /// `None` where no note would: none can follow, or there were not enough before it.
    pub(crate) fn of(learnt: Passages<'a>, trail: &Trail, decoder: &Decoder) -> Option<Self> {
        let (beginning, part) = (trail.beginning(learnt.notes())?, decoder.part()?);
        Some(Self { learnt, beginning, now: decoder.now(), part })
    }

    fn end_with(&self, pitch: Pitch) -> bool {
        self.learnt.contains(self.beginning.with(self.now, pitch, self.part))
    }
}

/// How many notes the density leaves for a bar that has begun.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// Notes that the whole bar may have, and those that it has.
    most: u32,
    heard: u32,
    /// Its first tick and its length.
    start: Tick,
    ticks: u32,
}

/// A chord of so many notes may come at once, however early in a bar.
const CHORD: u32 = 4;

impl Pace {
    /// Of a bar in which so many notes were heard.
    pub(crate) fn of(density: Density, heard: u32, decoder: &Decoder) -> Self {
        let ticks = decoder.metre().bar_ticks();
        let start = Tick(decoder.bar_end().0.wrapping_sub(ticks));
        Self { most: density.most(ticks), heard, start, ticks }
    }

    /// Whether there is room for a note that begins so many ticks after the bar: as many as are the bar's share
    /// until the quarter ends.
    fn has_room(&self, at: u32) -> bool {
        let quarters = at / TICKS_PER_QUARTER + 1;
        let until = (quarters * TICKS_PER_QUARTER).min(self.ticks);
        let share = (u64::from(self.most) * u64::from(until)).div_ceil(self.ticks.max(1).into());
        u64::from(self.heard) < share.max(CHORD.into()).min(self.most.into())
    }
}

/// The rules of the moment.
pub(crate) struct Rules<'a> {
    pub(crate) decoder: &'a Decoder,
    /// Who may speak.
    pub(crate) speaking: Parts,
    /// Whether metre and tempo stay.
    pub(crate) steady: bool,
    /// Whether the bar may end here.
    pub(crate) bar: bool,
    /// Whether the piece may end here.
    pub(crate) end: bool,
    /// A loop of `limit` ticks does not go on; without it loops do as they like.
    pub(crate) watch: Option<&'a LoopWatch>,
    pub(crate) limit: u32,
    /// No passage of the training music is said again; without it that does not matter.
    pub(crate) copies: Option<Copies<'a>>,
    /// No more notes come than this; without it as many as come.
    pub(crate) pace: Option<Pace>,
    /// What may sound, over the key of the moment.
    pub(crate) scale: Scale,
    pub(crate) key: Option<Key>,
}

impl Rules<'_> {
    /// Whether `token`, which the grammar allows, may be said.
    pub(crate) fn allow(&self, token: Token) -> bool {
        let goes_on = |pitch| {
            self.watch.is_some_and(|watch| watch.carries_on(pitch, self.limit))
                || self.copies.is_some_and(|copies| copies.end_with(pitch))
        };
        match Symbol::of(token) {
            Some(Symbol::Bar) => self.bar,
            Some(Symbol::Eos) => self.end,
            Some(Symbol::Part(part)) => self.speaking.contains(part) && self.has_room(),
            Some(Symbol::Position(at)) => {
                self.someone_speaks() && self.pace.is_none_or(|pace| pace.has_room(at.ticks()))
            }
            Some(Symbol::Velocity(_)) => {
                self.present_speaks() && self.has_room() && self.may_sound(token)
            }
            Some(Symbol::Pitch(pitch)) => {
                self.present_speaks() && self.has_room() && !goes_on(pitch) && self.in_scale(pitch)
            }
            Some(Symbol::Drum(key)) => {
                self.present_speaks() && self.has_room() && !goes_on(key.pitch())
            }
            Some(Symbol::Metre(_) | Symbol::Tempo(_)) => !self.steady,
            _ => true,
        }
    }

    /// Whether a note may come now.
    fn has_room(&self) -> bool {
        self.pace.is_none_or(|pace| pace.has_room(self.decoder.now().0.wrapping_sub(pace.start.0)))
    }

    fn in_scale(&self, pitch: Pitch) -> bool {
        // Without a key C is as good a tonic as any.
        let tonic = self.key.map_or(0, Key::tonic);
        self.scale.contains(pitch, tonic)
    }

    /// Whether a note of the scale can follow this token: near the top of the range none may be
    /// left.
    fn may_sound(&self, velocity: Token) -> bool {
        if self.scale == Scale::CHROMATIC {
            return true;
        }
        let (mut after, mut any) = (self.decoder.clone(), false);
        after.push(velocity);
        after.for_each_allowed(|run| {
            any |= run.into_iter().any(|token| match Symbol::of(Token(token)) {
                Some(Symbol::Pitch(pitch)) => self.in_scale(pitch),
                Some(Symbol::Drum(_)) => true,
                _ => false,
            });
        });
        any
    }

    fn present_speaks(&self) -> bool {
        self.decoder.part().is_none_or(|part| self.speaking.contains(part))
    }

    fn someone_speaks(&self) -> bool {
        let parts = (0..PartId::COUNT).filter_map(PartId::new);
        self.speaking == Parts::ALL
            || parts
                .filter(|&part| self.decoder.instrument(part).is_some())
                .any(|part| self.speaking.contains(part))
    }

    /// Whether bar line, end and copies are all that may be forbidden now.
    fn is_lax(&self) -> bool {
        self.speaking == Parts::ALL
            && !self.steady
            && self.scale == Scale::CHROMATIC
            && self.pace.is_none()
            && self.watch.is_none_or(|watch| watch.lasted() < self.limit)
    }

    /// The runs that are left of `run`.
    pub(crate) fn for_each_left(&self, run: Range<u16>, visit: &mut Visit<'_>) {
        let ends = run.contains(&kind::BAR) || run.contains(&kind::EOS);
        let notes = kind::PITCH.contains(&run.start) || kind::DRUM.contains(&run.start);
        // Most of the time nothing is forbidden, and nobody need look at each token.
        if !ends && self.is_lax() && !(notes && self.copies.is_some()) {
            return visit(run);
        }
        let mut start = run.start;
        for token in run.clone() {
            if !self.allow(Token(token)) {
                if start < token {
                    visit(start..token);
                }
                start = token + 1;
            }
        }
        if start < run.end {
            visit(start..run.end);
        }
    }
}
