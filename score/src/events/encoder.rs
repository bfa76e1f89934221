use super::{Change, Density, DrumKey, Duration, Header, PITCHES, Position, Symbol, VelocityBin};
use crate::{Instrument, Key, Metre, Note, PartId, Pitch, Tempo, Tick, Timed, Token, grid_nearest};
use core::fmt;

/// A piece as the encoder takes it.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// The instrument of each part, 1 to 16 of them.
    pub parts: &'a [Instrument],
    /// Metre, tempo and tags at the start.
    pub header: Header,
    /// Changes of metre, tempo and key, in the order of their times.
    pub changes: &'a [Timed<Change>],
    /// The notes, each as [`quantise`] gave it, in canonical order ([`Note::order`]), no two alike.
    pub notes: &'a [Note],
    /// Whether every bar tells its density.
    pub density: bool,
}

/// Why a piece could not be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// A piece has 1 to 16 parts.
    PartCount(usize),
    /// A piece has notes.
    NoNotes,
    /// The note at this place is in a part that the piece does not have.
    UnknownPart(usize),
    /// The note at this place is not after the one before it in the canonical order.
    NoteOrder(usize),
    /// The note at this place is not as [`quantise`] gives it.
    NotQuantised(usize),
    /// The change at this place is earlier than the one before it.
    ChangeOrder(usize),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PartCount(count) => write!(f, "a piece has 1 to 16 parts, not {count}"),
            Self::NoNotes => write!(f, "a piece without notes has no sentence"),
            Self::UnknownPart(at) => {
                write!(f, "note {at} is in a part that the piece does not have")
            }
            Self::NoteOrder(at) => {
                write!(f, "note {at} is not after the one before it (onset, part, pitch)")
            }
            Self::NotQuantised(at) => write!(f, "note {at} is not on the vocabulary's grid"),
            Self::ChangeOrder(at) => write!(f, "change {at} is earlier than the one before it"),
        }
    }
}

impl core::error::Error for EncodeError {}

/// A note on the vocabulary's grid, and what that cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantised {
    /// The note that the vocabulary can say.
    pub note: Note,
    /// Ticks between the onset and the grid.
    pub onset_error: u32,
    /// Ticks between the duration and the vocabulary's (0 for percussion, which has none).
    pub duration_error: u32,
    /// Whether the pitch was moved by octaves into the vocabulary's range.
    pub octave_moved: bool,
}

/// The nearest note that the vocabulary can say; `None` for a percussion key outside the General
/// MIDI map.
pub fn quantise(note: Note, instrument: Instrument) -> Option<Quantised> {
    let onset = grid_nearest(note.onset);
    let velocity = VelocityBin::of(note.velocity).velocity();
    let (pitch, duration) = match instrument {
        Instrument::Percussion => (DrumKey::new(note.pitch)?.pitch(), DrumKey::TICKS),
        Instrument::Program(_) => {
            (within_range(note.pitch), Duration::nearest(u32::from(note.duration)).ticks())
        }
    };
    Some(Quantised {
        note: Note { onset, duration, pitch, velocity, part: note.part },
        onset_error: onset.0.abs_diff(note.onset.0),
        duration_error: if instrument.is_percussion() {
            0
        } else {
            u32::from(duration.abs_diff(note.duration))
        },
        octave_moved: pitch != note.pitch,
    })
}

/// The pitch of the same class that lies in the vocabulary's range.
fn within_range(pitch: Pitch) -> Pitch {
    let mut key = pitch.key();
    while key < *PITCHES.start() {
        key += 12;
    }
    while key > *PITCHES.end() {
        key -= 12;
    }
    Pitch::from_data(key)
}

/// Says `piece` token by token.
///
/// # Errors
/// See [`EncodeError`]; the sink may have heard some tokens by then.
pub fn encode(piece: &Piece<'_>, sink: impl FnMut(Token)) -> Result<(), EncodeError> {
    if piece.parts.is_empty() || piece.parts.len() > usize::from(PartId::COUNT) {
        return Err(EncodeError::PartCount(piece.parts.len()));
    }
    if piece.notes.is_empty() {
        return Err(EncodeError::NoNotes);
    }
    let mut encoder = Encoder {
        sink,
        metre: piece.header.metre,
        tempo: piece.header.tempo,
        key: piece.header.tags.key,
        part: None,
        velocities: [None; PartId::COUNT as usize],
    };
    encoder.header(piece);
    let (mut notes, mut changes) = (Cursor::new(piece.notes), Cursor::new(piece.changes));
    let mut start = Tick(0);
    while notes.rest() {
        encoder.say(Symbol::Bar);
        encoder.changes(&mut changes, start)?;
        let end = Tick(start.0.saturating_add(encoder.metre.bar_ticks()));
        if piece.density {
            let begun =
                notes.items[notes.next..].iter().take_while(|note| note.onset < end).count();
            encoder.say(Symbol::Density(Density::of(begun as u32, end.0 - start.0)));
        }
        encoder.notes(&mut notes, piece.parts, start, end)?;
        start = end;
    }
    encoder.say(Symbol::Eos);
    Ok(())
}

/// A slice and how much of it has been taken.
struct Cursor<'a, T> {
    items: &'a [T],
    next: usize,
}

impl<'a, T> Cursor<'a, T> {
    fn new(items: &'a [T]) -> Self {
        Self { items, next: 0 }
    }

    fn rest(&self) -> bool {
        self.next < self.items.len()
    }

    fn peek(&self) -> Option<&'a T> {
        self.items.get(self.next)
    }

    fn previous(&self) -> Option<&'a T> {
        self.items.get(self.next.checked_sub(1)?)
    }
}

/// The context that tokens need not repeat.
struct Encoder<S> {
    sink: S,
    metre: Metre,
    tempo: Tempo,
    key: Option<Key>,
    part: Option<PartId>,
    velocities: [Option<VelocityBin>; PartId::COUNT as usize],
}

impl<S: FnMut(Token)> Encoder<S> {
    fn say(&mut self, symbol: Symbol) {
        if let Some(token) = symbol.token() {
            (self.sink)(token);
        }
    }

    fn header(&mut self, piece: &Piece<'_>) {
        self.say(Symbol::Bos);
        if let Some(style) = piece.header.tags.style {
            self.say(Symbol::Style(style));
        }
        if let Some(key) = self.key {
            self.say(Symbol::Key(key));
        }
        self.say(Symbol::Metre(self.metre));
        self.say(Symbol::Tempo(self.tempo));
        for (index, &instrument) in (0..).zip(piece.parts) {
            if let Some(part) = PartId::new(index) {
                self.say(Symbol::Part(part));
                self.say(Symbol::Program(instrument));
            }
        }
    }

    /// Takes the changes up to the bar line at `start`; of several of a kind the last counts.
    fn changes(
        &mut self,
        changes: &mut Cursor<'_, Timed<Change>>,
        start: Tick,
    ) -> Result<(), EncodeError> {
        let (mut metre, mut tempo, mut key) = (self.metre, self.tempo, self.key);
        while let Some(change) = changes.peek().filter(|change| change.at <= start) {
            if changes.previous().is_some_and(|previous| previous.at > change.at) {
                return Err(EncodeError::ChangeOrder(changes.next));
            }
            match change.event {
                Change::Metre(to) => metre = to,
                Change::Tempo(to) => tempo = to,
                Change::Key(to) => key = key.map(|_| to),
            }
            changes.next += 1;
        }
        if metre != self.metre {
            self.say(Symbol::Metre(metre));
        }
        if tempo != self.tempo {
            self.say(Symbol::Tempo(tempo));
        }
        if let Some(to) = key.filter(|_| key != self.key) {
            self.say(Symbol::Key(to));
        }
        (self.metre, self.tempo, self.key) = (metre, tempo, key);
        Ok(())
    }

    /// Says the notes that begin before `end`, in the bar that begins at `start`.
    fn notes(
        &mut self,
        notes: &mut Cursor<'_, Note>,
        parts: &[Instrument],
        start: Tick,
        end: Tick,
    ) -> Result<(), EncodeError> {
        let mut position = None;
        while let Some(note) = notes.peek().filter(|note| note.onset < end) {
            let at = notes.next;
            let &instrument = parts.get(note.part.index()).ok_or(EncodeError::UnknownPart(at))?;
            if notes.previous().is_some_and(|previous| previous.order() >= note.order()) {
                return Err(EncodeError::NoteOrder(at));
            }
            let here = note.onset.0.checked_sub(start.0).and_then(Position::from_ticks);
            let (Some(here), Some(true)) =
                (here, quantise(*note, instrument).map(|q| q.note == *note))
            else {
                return Err(EncodeError::NotQuantised(at));
            };
            if position != Some(here) {
                self.say(Symbol::Position(here));
                position = Some(here);
            }
            self.note(note, instrument);
            notes.next += 1;
        }
        Ok(())
    }

    fn note(&mut self, note: &Note, instrument: Instrument) {
        if self.part != Some(note.part) {
            self.say(Symbol::Part(note.part));
            self.part = Some(note.part);
        }
        let velocity = VelocityBin::of(note.velocity);
        if self.velocities[note.part.index()] != Some(velocity) {
            self.say(Symbol::Velocity(velocity));
            self.velocities[note.part.index()] = Some(velocity);
        }
        match DrumKey::new(note.pitch).filter(|_| instrument.is_percussion()) {
            Some(key) => self.say(Symbol::Drum(key)),
            None => {
                self.say(Symbol::Pitch(note.pitch));
                self.say(Symbol::Duration(Duration::nearest(u32::from(note.duration))));
            }
        }
    }
}
