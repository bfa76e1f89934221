//! Pieces as bars on piano rolls, and what that loses.

use std::collections::BTreeSet;

use musigan_score::events::{Decoder, Event};
use musigan_score::roll::{self, Form, Stroke, Told, steps};
use musigan_score::{Instrument, Metre, Note, PartId, Tick, Token};
use serde::{Deserialize, Serialize};

use crate::corpus::TokenPiece;

/// A bar of a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The cells that are on, ascending.
    pub cells: Vec<u16>,
    /// The metre.
    pub metre: Metre,
    /// All that is known of it.
    pub told: Told,
    /// Whether the bar before it in the list is the bar before it in the piece.
    pub follows: bool,
}

impl Bar {
    /// How many steps it has.
    pub fn steps(&self) -> usize {
        steps(self.metre).unwrap_or(roll::STEPS)
    }

    /// Its notes.
    pub fn strokes(&self, form: Form) -> Vec<Stroke> {
        let mut strokes = Vec::new();
        let on = |cell: usize| self.cells.binary_search(&(cell as u16)).is_ok();
        form.read(self.steps(), on, |stroke| strokes.push(stroke));
        strokes
    }
}

/// What rolls lost of the music.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Bars that have a roll.
    pub bars: u64,
    /// Bars longer than a whole note, left out.
    pub long_bars: u64,
    /// Notes in bars that have a roll; strokes of percussion, which have no keys, are none.
    pub notes: u64,
    /// Notes whose onset is moved to the grid.
    pub moved: u64,
    /// Notes cut off at the bar line.
    pub cut: u64,
    /// Notes moved by octaves into the window of keys.
    pub folded: u64,
    /// Notes that fell together with another of their part, onset and key.
    pub merged: u64,
}

impl Loss {
    /// Adds the counts of `other`.
    pub fn add(&mut self, other: &Self) {
        self.bars += other.bars;
        self.long_bars += other.long_bars;
        self.notes += other.notes;
        self.moved += other.moved;
        self.cut += other.cut;
        self.folded += other.folded;
        self.merged += other.merged;
    }
}

/// The bars of a piece. Of its parts the first ones are the form's, all others join the last of these.
pub fn of_piece(form: Form, piece: &TokenPiece) -> (Vec<Bar>, Loss) {
    of_tokens(form, piece.tokens.iter().map(|&token| Token(token)))
}

/// The bars of a sentence.
pub fn of_tokens(form: Form, tokens: impl IntoIterator<Item = Token>) -> (Vec<Bar>, Loss) {
    let (mut writer, mut decoder) = (Writer::new(form), Decoder::new());
    for token in tokens {
        if let Some(event) = decoder.push(token) {
            writer.hear(event);
        }
    }
    writer.finish()
}

/// A bar being written.
struct Open {
    start: Tick,
    cells: Vec<u16>,
}

/// Writes bars down as they happen.
pub struct Writer {
    form: Form,
    bars: Vec<Bar>,
    loss: Loss,
    open: Option<Open>,
    metre: Metre,
    told: Told,
    shift: i8,
    follows: bool,
    /// Parts that are percussion, which has no keys.
    drums: BTreeSet<PartId>,
}

impl Writer {
    /// A writer that has heard nothing.
    pub fn new(form: Form) -> Self {
        Self {
            form,
            bars: Vec::new(),
            loss: Loss::default(),
            open: None,
            metre: Metre::COMMON,
            told: Told::default(),
            shift: 0,
            follows: false,
            drums: BTreeSet::new(),
        }
    }

    /// Hears what happens next.
    pub fn hear(&mut self, event: Event) {
        match event {
            Event::Begin | Event::End(_) => {
                self.end();
                let (bars, loss) = (std::mem::take(&mut self.bars), self.loss);
                *self = Self { bars, loss, ..Self::new(self.form) };
            }
            Event::Style(style) => self.told.style = Some(style),
            Event::Part(part, Instrument::Percussion) => {
                self.drums.insert(part);
            }
            Event::Part(part, Instrument::Program(_)) => {
                self.drums.remove(&part);
            }
            Event::Bar(start) => {
                self.end();
                self.told.density = None;
                self.open = Some(Open { start, cells: Vec::new() });
            }
            Event::Metre(metre) => self.metre = metre,
            Event::Key(key) => {
                self.told.mode = Some(key.mode());
                self.shift = roll::shift(Some(key));
            }
            Event::Density(density) => self.told.density = Some(density),
            Event::Note(note) if !self.drums.contains(&note.part) => self.note(&note),
            Event::Note(_) | Event::Tempo(_) => {}
        }
    }

    /// All bars that were heard.
    pub fn finish(mut self) -> (Vec<Bar>, Loss) {
        self.end();
        (self.bars, self.loss)
    }

    /// How many bars are written.
    pub fn len(&self) -> usize {
        self.bars.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.bars.is_empty()
    }

    fn note(&mut self, note: &Note) {
        let Some(open) = &mut self.open else { return };
        let Some(steps) = steps(self.metre) else { return };
        let from = note.onset.0.saturating_sub(open.start.0);
        let until = from + u32::from(note.duration);
        let step = roll::nearest_step(from).min(steps - 1);
        let end = roll::nearest_step(until).clamp(step + 1, steps.max(step + 1));
        let key = (i16::from(note.pitch.key()) + i16::from(self.shift)).clamp(0, 127) as u8;
        let inside = self.form.inside(key);
        self.loss.notes += 1;
        self.loss.moved += u64::from(roll::tick(step) != from);
        self.loss.cut += u64::from(until > self.metre.bar_ticks());
        self.loss.folded += u64::from(inside != key);
        let part = note.part.index().min(self.form.parts() - 1);
        let onset = self.form.cell(step, part, roll::Channel::Onset, inside) as u16;
        self.loss.merged += u64::from(open.cells.contains(&onset));
        self.form
            .write(Stroke { step, end, part, key: inside }, |cell| open.cells.push(cell as u16));
    }

    fn end(&mut self) {
        let metre = self.metre;
        let Some(Open { mut cells, .. }) = self.open.take() else {
            self.follows = false;
            return;
        };
        if steps(metre).is_none() {
            self.loss.long_bars += 1;
            self.follows = false;
            return;
        }
        cells.sort_unstable();
        cells.dedup();
        self.loss.bars += 1;
        self.bars.push(Bar { cells, metre, told: self.told, follows: self.follows });
        self.follows = true;
    }
}
