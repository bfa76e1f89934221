use crate::{Pitch, Program, Tick, Velocity};

/// One of up to sixteen parts of a piece: a musical line with its own instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartId(u8);

impl PartId {
    /// How many parts a piece may have.
    pub const COUNT: u8 = 16;

    /// `None` from 16 on.
    pub const fn new(index: u8) -> Option<Self> {
        if index < Self::COUNT { Some(Self(index)) } else { None }
    }

    /// 0 to 15.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a part is played on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Instrument {
    /// A General MIDI program.
    Program(Program),
    /// The percussion kit: pitches are keys of the General MIDI percussion map.
    Percussion,
}

impl Instrument {
    /// Whether this is the percussion kit.
    pub const fn is_percussion(self) -> bool {
        matches!(self, Self::Percussion)
    }
}

/// A note of a score. The order is the score's canonical one: by onset, part, pitch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Note {
    /// When it begins.
    pub onset: Tick,
    /// How long it sounds, in ticks; 0 is no note.
    pub duration: u16,
    /// Which key.
    pub pitch: Pitch,
    /// How hard.
    pub velocity: Velocity,
    /// In which part.
    pub part: PartId,
}

impl Note {
    /// The key of the canonical order.
    pub const fn order(&self) -> (Tick, PartId, Pitch) {
        (self.onset, self.part, self.pitch)
    }

    /// When it ends.
    pub const fn end(&self) -> Tick {
        Tick(self.onset.0.saturating_add(self.duration as u32))
    }
}

/// What happens to a key: the two halves of a note as they are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoteEvent {
    /// The key goes down.
    On {
        /// In which part.
        part: PartId,
        /// Which key.
        pitch: Pitch,
        /// How hard.
        velocity: Velocity,
    },
    /// The key goes up.
    Off {
        /// In which part.
        part: PartId,
        /// Which key.
        pitch: Pitch,
    },
}

/// Something that happens at a musical time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timed<T> {
    /// When.
    pub at: Tick,
    /// What.
    pub event: T,
}
