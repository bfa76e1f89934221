//! The events vocabulary: a piece as a sentence of bars, positions and notes.
//!
//! In the manner of REMI (Huang & Yang, *Pop Music Transformer*, ACM Multimedia 2020), for any
//! number of parts. A piece reads
//!
//! ```text
//! piece    = BOS header bar* EOS
//! header   = [Style] [Key] Metre Tempo (Part Program)+
//! bar      = Bar [Metre] [Tempo] [Key] [Density] position*
//! position = Position line+
//! line     = [Part] ([Velocity] (Pitch Duration | Drum))+
//! ```
//!
//! - Context that stays is not said again: the part carries on from line to line, and every part
//!   remembers its velocity; metre, tempo and key are said in a bar only where they change.
//! - At one position lines come in the order of their parts, and notes of a line in the order of
//!   their pitches, so that a score has exactly one sentence.
//! - A duration belongs to its note: no note can hang.
//! - Percussion has tokens of its own, a stroke is one token.
//! - Style, key and density are tags: a player steers with them, training drops them at random.

mod decoder;
mod encoder;
mod grammar;
mod symbol;
mod towards;

pub use decoder::{Decoder, Event};
pub use encoder::{EncodeError, Piece, Quantised, encode, quantise};
pub use symbol::{
    DRUM_KEYS, DURATIONS, Density, DrumKey, Duration, FINGERPRINT, PITCHES, Position, Style,
    Symbol, UnknownStyle, VOCABULARY, VelocityBin, kind,
};

use crate::{Key, Metre, Tempo};

/// Optional tags at the head of a piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tags {
    /// What kind of music it is.
    pub style: Option<Style>,
    /// The key that it begins in.
    pub key: Option<Key>,
}

/// What stands at the head of a piece besides its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// The metre that it begins in.
    pub metre: Metre,
    /// The tempo that it begins at.
    pub tempo: Tempo,
    /// Style and key, if they are told.
    pub tags: Tags,
}

/// A change in the course of a piece. It takes effect at the first bar line at or after its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Another metre.
    Metre(Metre),
    /// Another tempo.
    Tempo(Tempo),
    /// Another key (said only in a piece whose tags name a key).
    Key(Key),
}
