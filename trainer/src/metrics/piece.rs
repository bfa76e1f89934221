//! A piece of music as notes over bars.

use std::collections::BTreeSet;

use musigan_score::events::{Decoder, Event};
use musigan_score::{Instrument, Metre, Note, PartId, Token};

/// A bar: from `start` up to `end`, in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Its first tick.
    pub start: u32,
    /// The first tick after it.
    pub end: u32,
}

impl Bar {
    /// How long it is.
    pub const fn ticks(&self) -> u32 {
        self.end - self.start
    }
}

/// Notes over bars.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    notes: Vec<Note>,
    drums: BTreeSet<PartId>,
    bars: Vec<Bar>,
}

impl Piece {
    /// A piece of these notes, put into canonical order; the parts of `drums` are percussion.
    pub fn new(mut notes: Vec<Note>, drums: BTreeSet<PartId>, bars: Vec<Bar>) -> Self {
        notes.sort_unstable_by_key(Note::order);
        Self { notes, drums, bars }
    }

    /// What a sentence says.
    pub fn of_tokens(tokens: &[u16]) -> Self {
        let mut decoder = Decoder::new();
        Self::of_events(tokens.iter().filter_map(|&token| decoder.push(Token(token))))
    }

    /// What happens from the beginning of a piece to its end. The last bar counts to its end.
    pub fn of_events(events: impl IntoIterator<Item = Event>) -> Self {
        let mut piece = Self::default();
        let mut metre = Metre::COMMON;
        for event in events {
            match event {
                Event::Part(part, Instrument::Percussion) => {
                    piece.drums.insert(part);
                }
                Event::Bar(start) => {
                    piece.close(start.0);
                    piece.bars.push(Bar { start: start.0, end: start.0 + metre.bar_ticks() });
                }
                Event::Metre(now) => {
                    metre = now;
                    if let Some(bar) = piece.bars.last_mut() {
                        bar.end = bar.start + metre.bar_ticks();
                    }
                }
                Event::Note(note) => piece.notes.push(note),
                _ => {}
            }
        }
        piece
    }

    fn close(&mut self, end: u32) {
        if let Some(bar) = self.bars.last_mut() {
            bar.end = end.max(bar.start);
        }
    }

    /// The first `bars` bars, with the notes that begin in them.
    #[must_use]
    pub fn excerpt(&self, bars: usize) -> Self {
        let bars = &self.bars[..bars.min(self.bars.len())];
        let end = bars.last().map_or(0, |bar| bar.end);
        let notes = self.notes.iter().filter(|note| note.onset.0 < end).copied().collect();
        Self { notes, drums: self.drums.clone(), bars: bars.to_vec() }
    }

    /// All notes, by onset, part and pitch.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The notes that have a pitch: all but those of percussion.
    pub fn pitched(&self) -> impl Iterator<Item = &Note> + Clone {
        self.notes.iter().filter(|note| !self.drums.contains(&note.part))
    }

    /// The bars.
    pub fn bars(&self) -> &[Bar] {
        &self.bars
    }

    /// The notes that begin in a bar.
    pub fn starting_in(&self, bar: Bar) -> &[Note] {
        let at = |tick: u32| self.notes.partition_point(|note| note.onset.0 < tick);
        &self.notes[at(bar.start)..at(bar.end).max(at(bar.start))]
    }

    /// Whether a part is percussion.
    pub fn is_percussion(&self, part: PartId) -> bool {
        self.drums.contains(&part)
    }

    /// When the last note ends, in ticks.
    pub fn end(&self) -> u32 {
        self.notes.iter().map(|note| note.end().0).max().unwrap_or(0)
    }
}

/// For tests: quarter notes one after the other, four to a bar, of which the last may be left out.
#[cfg(test)]
pub(super) fn melody(keys: &[u8]) -> Piece {
    use musigan_score::{Pitch, Tick, Velocity};
    let note = |(at, &key): (u32, &u8)| Note {
        onset: Tick(24 * at),
        duration: 24,
        pitch: Pitch::new(key).unwrap(),
        velocity: Velocity::new(80).unwrap(),
        part: PartId::new(0).unwrap(),
    };
    let bars = (0..keys.len() as u32 / 4).map(|at| Bar { start: 96 * at, end: 96 * (at + 1) });
    Piece::new((0..).zip(keys).map(note).collect(), BTreeSet::new(), bars.collect())
}
