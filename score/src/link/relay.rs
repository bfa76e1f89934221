//! From one sentence to what each part hears.

use super::picture::{MEMORY, Picture, Sounding};
use crate::events::{Position, Symbol};
use crate::{Metre, PartId, Token};

/// The most parts that can be linked.
pub const MAX_LINKED: usize = 4;

/// Notes that are remembered while they sound and somewhat longer; of more, those that end first are
/// forgotten.
const NOTES: usize = 48;

/// When the present bar begins, in the times of notes: what ended before it has a time, too.
const START: u16 = Metre::MAX_BAR as u16;

/// Numbers in a stored relay before the shifts.
const HEAD: usize = 8;

/// A note that sounds or sounded, its times counted from [`START`] before the present bar line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Held {
    part: u16,
    key: u16,
    onset: u16,
    /// 0 where there is no note, or it ended too long ago.
    end: u16,
}

/// Hands the tokens of a sentence on to the parts that it is about, each with what it hears of the
/// others.
///
/// Total, as the [`Decoder`](crate::events::Decoder) is: any sequence of tokens is taken for what it
/// can mean.
///
/// # Real-time
/// Every method takes bounded time and never allocates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    /// Ticks of the present bar.
    bar_ticks: u16,
    /// Parts that the head of the piece names.
    declared: u16,
    /// Whether a bar has begun.
    begun: bool,
    position: Option<Position>,
    part: Option<u16>,
    /// Parts that have spoken in this piece, a bit each.
    spoken: u16,
    /// Parts that have heard the present position.
    placed: u16,
    /// The key that was named last.
    key: u16,
    /// By how many semitones each part sounds higher than it is said.
    shifts: [i8; MAX_LINKED],
    notes: [Held; NOTES],
}

impl Default for Relay {
    fn default() -> Self {
        Self::new()
    }
}

impl Relay {
    /// Numbers that a relay is stored in.
    pub const LEN: usize = HEAD + MAX_LINKED + 4 * NOTES;

    /// A relay that has heard nothing.
    pub const fn new() -> Self {
        Self {
            bar_ticks: Metre::COMMON.bar_ticks() as u16,
            declared: 0,
            begun: false,
            position: None,
            part: None,
            spoken: 0,
            placed: 0,
            key: 0,
            shifts: [0; MAX_LINKED],
            notes: [Held { part: 0, key: 0, onset: 0, end: 0 }; NOTES],
        }
    }

    /// The part whose line goes on; `None` before any has spoken.
    pub const fn part(&self) -> Option<usize> {
        match self.part {
            Some(part) => Some(part as usize),
            None => None,
        }
    }

    /// The present position; `None` right after the bar line.
    pub const fn position(&self) -> Option<Position> {
        self.position
    }

    /// How many parts the head of the piece has named.
    pub const fn declared(&self) -> usize {
        self.declared as usize
    }

    /// Whether a bar has begun.
    pub const fn begun(&self) -> bool {
        self.begun
    }

    /// Whether the present part has heard the present position, or there is none to hear.
    pub fn placed(&self) -> bool {
        self.position.is_none() || self.placed & bit(self.part.unwrap_or(0)) != 0
    }

    /// Makes each of the first parts sound so many semitones higher than it is said: the others hear it
    /// there, and it hears them from there, so that all agree in what sounds.
    pub fn shift(&mut self, shifts: [i8; MAX_LINKED]) {
        self.shifts = shifts;
    }

    /// As [`shift`](Self::shift) of the relay that is stored in these numbers.
    pub fn write_shifts(shifts: [i8; MAX_LINKED], numbers: &mut [f32; Self::LEN]) {
        for (number, shift) in numbers.iter_mut().skip(HEAD).zip(shifts) {
            *number = shift.into();
        }
    }

    /// Takes in a token and tells who hears what: part, token, and what sounds of the others. Parts
    /// beyond the first `parts` hear nothing (but are heard).
    pub fn push(
        &mut self,
        token: Token,
        parts: usize,
        mut hears: impl FnMut(usize, Token, Picture),
    ) {
        let symbol = Symbol::of(token);
        match symbol {
            Some(Symbol::Bos) => *self = Self { shifts: self.shifts, ..Self::new() },
            Some(Symbol::Bar) => self.bar(),
            Some(Symbol::Metre(metre)) => self.bar_ticks = metre.bar_ticks() as u16,
            Some(Symbol::Position(position)) => {
                let later = self.position.is_none_or(|present| position > present);
                if later && position.ticks() < self.bar_ticks.into() {
                    (self.position, self.placed) = (Some(position), 0);
                }
                return;
            }
            Some(Symbol::Part(part)) if self.begun => {
                let part = part.index() as u16;
                self.part = Some(part);
                self.place(part, parts, &mut hears);
                let first = self.spoken & bit(part) == 0;
                self.spoken |= bit(part);
                if first {
                    self.tell(part, token, parts, &mut hears);
                }
                return;
            }
            Some(
                Symbol::Velocity(_) | Symbol::Pitch(_) | Symbol::Duration(_) | Symbol::Drum(_),
            ) => {
                let part = self.part.unwrap_or(0);
                self.part = Some(part);
                self.spoken |= bit(part);
                self.place(part, parts, &mut hears);
                self.tell(part, token, parts, &mut hears);
                match symbol {
                    Some(Symbol::Pitch(pitch)) => self.key = pitch.key().into(),
                    Some(Symbol::Duration(duration)) => self.hold(part, duration.ticks()),
                    _ => {}
                }
                return;
            }
            Some(Symbol::Program(_)) if !self.begun => {
                self.part = None;
                self.declared = self.declared.saturating_add(1).min(PartId::COUNT.into());
            }
            _ => {}
        }
        for part in 0..parts.min(MAX_LINKED) {
            hears(part, token, self.picture(part));
        }
        if symbol == Some(Symbol::Eos) {
            *self = Self { shifts: self.shifts, ..Self::new() };
        }
    }

    /// Makes a part hear the present position, once.
    fn place(&mut self, part: u16, parts: usize, hears: &mut impl FnMut(usize, Token, Picture)) {
        if let Some(position) = self.position.filter(|_| self.placed & bit(part) == 0) {
            self.placed |= bit(part);
            if let Some(token) = Symbol::Position(position).token() {
                self.tell(part, token, parts, hears);
            }
        }
    }

    fn tell(
        &self,
        part: u16,
        token: Token,
        parts: usize,
        hears: &mut impl FnMut(usize, Token, Picture),
    ) {
        let part = usize::from(part);
        if part < parts.min(MAX_LINKED) {
            hears(part, token, self.picture(part));
        }
    }

    /// The key that was named last, as a part hears it.
    pub fn key_to(&self, part: usize) -> u8 {
        let speaker = usize::from(self.part.unwrap_or(0));
        self.heard_by(part, speaker, self.key)
    }

    /// How a part hears another's key: both sound shifted.
    fn heard_by(&self, listener: usize, speaker: usize, key: u16) -> u8 {
        let shift = |part: usize| i16::from(self.shifts.get(part).copied().unwrap_or(0));
        (key as i16 + shift(speaker) - shift(listener)).clamp(0, 127) as u8
    }

    /// What a part hears of the others now.
    pub fn picture(&self, part: usize) -> Picture {
        let now = self.now();
        let known = |note: &&Held| note.end > now.saturating_sub(MEMORY);
        let others = self.notes.iter().filter(|note| usize::from(note.part) != part);
        Picture::of(others.filter(known).map(|note| Sounding {
            key: self.heard_by(part, note.part.into(), note.key),
            begins: note.onset == now,
            left: note.end as i16 - now as i16,
        }))
    }

    fn now(&self) -> u16 {
        START + self.position.map_or(0, |position| position.ticks() as u16)
    }

    fn bar(&mut self) {
        if self.begun {
            for note in &mut self.notes {
                note.onset = note.onset.saturating_sub(self.bar_ticks);
                note.end = note.end.saturating_sub(self.bar_ticks);
            }
        }
        self.begun = true;
        (self.position, self.placed) = (None, 0);
    }

    fn hold(&mut self, part: u16, ticks: u16) {
        let now = self.now();
        let (key, end) = (self.key, now.saturating_add(ticks));
        if let Some(first) = self.notes.iter_mut().min_by_key(|note| note.end) {
            *first = Held { part, key, onset: now, end };
        }
    }

    /// Writes it down as small whole numbers, which f32 holds exactly.
    pub fn store(&self, numbers: &mut [f32; Self::LEN]) {
        let (head, rest) = numbers.split_at_mut(HEAD);
        let (shifts, notes) = rest.split_at_mut(MAX_LINKED);
        let or_none = |number: Option<u16>| number.map_or(0, |number| number + 1);
        let position = self.position.map(|position| position.ticks() as u16);
        let own = [
            self.bar_ticks,
            self.begun.into(),
            or_none(position),
            or_none(self.part),
            self.spoken,
            self.placed,
            self.key,
            self.declared,
        ];
        head.iter_mut().zip(own).for_each(|(number, own)| *number = own.into());
        shifts.iter_mut().zip(self.shifts).for_each(|(number, shift)| *number = shift.into());
        for (numbers, note) in notes.as_chunks_mut::<4>().0.iter_mut().zip(&self.notes) {
            *numbers = [note.part, note.key, note.onset, note.end].map(f32::from);
        }
    }

    /// What was written down; of zeros, a relay that has heard nothing.
    pub fn load(numbers: &[f32; Self::LEN]) -> Self {
        let (head, rest) = numbers.split_at(HEAD);
        let (shifts, notes) = rest.split_at(MAX_LINKED);
        let mut relay = Self::new();
        let number = |at: usize| head.get(at).map_or(0, |&number| number as u16);
        if number(0) != 0 {
            relay.bar_ticks = number(0);
        }
        relay.declared = number(7);
        relay.begun = number(1) != 0;
        relay.position =
            number(2).checked_sub(1).and_then(|ticks| Position::from_ticks(ticks.into()));
        relay.part = number(3).checked_sub(1);
        (relay.spoken, relay.placed, relay.key) = (number(4), number(5), number(6));
        relay.shifts.iter_mut().zip(shifts).for_each(|(shift, &number)| *shift = number as i8);
        for (note, numbers) in relay.notes.iter_mut().zip(notes.as_chunks::<4>().0) {
            let [part, key, onset, end] = numbers.map(|number| number as u16);
            *note = Held { part, key, onset, end };
        }
        relay
    }
}

const fn bit(part: u16) -> u16 {
    // A sentence has at most sixteen parts.
    1 << (part % PartId::COUNT as u16)
}
