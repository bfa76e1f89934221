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

/// The cells of the notes that a roll says, ascending; what is no note is dropped as a player would.
pub fn cells_of_notes(form: Form, steps: usize, on: impl Fn(usize) -> bool) -> Vec<u16> {
    let mut cells = Vec::new();
    form.read(steps, on, |stroke| form.write(stroke, |cell| cells.push(cell as u16)));
    cells.sort_unstable();
    cells
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

/// The bars of a piece, as the writer writes them down.
pub fn of_piece(writer: Writer, piece: &TokenPiece) -> (Vec<Bar>, Loss) {
    of_tokens(writer, piece.tokens.iter().map(|&token| Token(token)))
}

/// The bars of a sentence, likewise.
pub fn of_tokens(mut writer: Writer, tokens: impl IntoIterator<Item = Token>) -> (Vec<Bar>, Loss) {
    let mut decoder = Decoder::new();
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

/// Writes bars down as they happen. Of a piece's parts the first ones are the form's, all others join the
/// last of these.
pub struct Writer {
    form: Form,
    /// The part that comes first, where another than the first does.
    own: Option<usize>,
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
            own: None,
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

    /// A writer for one of several parts: it is the form's first, and all others are the second; a form of
    /// one part has none of them.
    pub fn of_part(form: Form, own: usize) -> Self {
        Self { own: Some(own), ..Self::new(form) }
    }

    /// The part of the roll where a part of the piece is; `None` where it is not in the roll.
    fn place(&self, part: usize) -> Option<usize> {
        let last = self.form.parts() - 1;
        match self.own {
            None => Some(part.min(last)),
            Some(own) if own == part => Some(0),
            Some(_) => Some(last).filter(|&last| last > 0),
        }
    }

    /// Hears what happens next.
    pub fn hear(&mut self, event: Event) {
        match event {
            Event::Begin | Event::End(_) => {
                self.end();
                let (bars, loss) = (std::mem::take(&mut self.bars), self.loss);
                *self = Self { bars, loss, own: self.own, ..Self::new(self.form) };
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
        let Some(part) = self.place(note.part.index()) else { return };
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
        let Some(steps) = steps(metre) else {
            self.loss.long_bars += 1;
            self.follows = false;
            return;
        };
        cells.sort_unstable();
        // Where a key begins anew while it is held, it is not held.
        let cells =
            cells_of_notes(self.form, steps, |cell| cells.binary_search(&(cell as u16)).is_ok());
        self.loss.bars += 1;
        self.bars.push(Bar { cells, metre, told: self.told, follows: self.follows });
        self.follows = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use musigan_score::events::{Header, Piece, Tags, encode};
    use musigan_score::{Pitch, Program, Tempo, Velocity};

    /// A bar in which three parts strike a key each, the second once more while it sounds: its first note is
    /// held to the end of the bar, so the other is, too.
    fn piece() -> Vec<Token> {
        let note = |part: usize, key: u8, onset: u32, duration: u16| Note {
            onset: Tick(onset),
            duration,
            pitch: Pitch::new(key).expect("a pitch"),
            velocity: Velocity::new(76).expect("a velocity"),
            part: PartId::new(part as u8).expect("a part"),
        };
        let notes =
            [note(0, 72, 0, 24), note(1, 60, 0, 96), note(2, 48, 0, 48), note(1, 60, 48, 24)];
        let mut tokens = Vec::new();
        let header =
            Header { metre: Metre::COMMON, tempo: Tempo::from_bpm(100), tags: Tags::default() };
        let parts = [Instrument::Program(Program::PIANO); 3];
        let piece = Piece { parts: &parts, header, changes: &[], notes: &notes, density: false };
        encode(&piece, |token| tokens.push(token)).expect("a sentence");
        tokens
    }

    /// Part, key, first step and the step after the last of each note.
    fn read(form: Form, writer: Writer) -> Vec<(usize, u8, usize, usize)> {
        let (bars, _) = of_tokens(writer, piece());
        let strokes = bars[0].strokes(form);
        strokes.iter().map(|s| (s.part, s.key, s.step, s.end)).collect()
    }

    #[test]
    fn parts_beyond_the_roll_join_its_last() {
        let form = Form::new(2, 40, 40).expect("a roll");
        let wanted = [(0, 72, 0, 6), (1, 48, 0, 12), (1, 60, 0, 12), (1, 60, 12, 24)];
        assert_eq!(read(form, Writer::new(form)), wanted);
        // Where a key begins anew, nothing is held: so the critic knows one way to write a bar.
        let (bars, _) = of_tokens(Writer::new(form), piece());
        let [onset, held] = [roll::Channel::Onset, roll::Channel::Held]
            .map(|channel| bars[0].cells.contains(&(form.cell(12, 1, channel, 60) as u16)));
        assert!(onset && !held);
    }

    #[test]
    fn one_of_several_parts_comes_first_and_may_be_deaf() {
        let form = Form::new(2, 40, 40).expect("a roll");
        let own = [(0, 60, 0, 12), (0, 60, 12, 24)];
        let wanted = [own[0], (1, 48, 0, 12), (1, 72, 0, 6), own[1]];
        assert_eq!(read(form, Writer::of_part(form, 1)), wanted);
        let deaf = Form::new(1, 40, 40).expect("a roll");
        assert_eq!(read(deaf, Writer::of_part(deaf, 1)), own);
    }
}
