//! The lines vocabulary: four parts on a grid, each a line of one key at a time.
//!
//! The form of four-part chorales: at every step of the grid each part strikes a key, holds what it
//! sounds, or rests. A piece reads
//!
//! ```text
//! piece = BOS step* EOS
//! step  = line line line line          in the order of the parts
//! line  = Key | Held | Rest | Silent
//! ```
//!
//! A part that goes on sounding says which key it holds, one that goes on resting that it is silent, and
//! nothing else, so that a piece has exactly one sentence; a key that is struck again at once cannot be told
//! from a held one. That what is held is named costs nothing, since the grammar leaves one key to hold, and
//! tells who hears the tokens at every step what sounds.

mod coder;

pub use coder::{Coder, Line};

use crate::Fingerprint;
use core::ops::{Range, RangeInclusive};

/// Number of parts.
pub const LINES: usize = 4;

/// The keys that a line can sound: those of a piano, A0 to C8.
pub const KEYS: RangeInclusive<u8> = 21..=108;

/// The tokens.
pub mod kind {
    use super::{KEYS, Range};

    /// Fills places where there is no music; never predicted.
    pub const PAD: u16 = 0;
    /// A piece begins.
    pub const BOS: u16 = 1;
    /// A piece ends.
    pub const EOS: u16 = 2;
    /// The line goes on resting.
    pub const SILENT: u16 = 3;
    /// The line falls silent.
    pub const REST: u16 = 4;
    /// The line strikes a key, from the lowest of [`KEYS`] on.
    pub const KEY: Range<u16> = 5..5 + (*KEYS.end() - *KEYS.start() + 1) as u16;
    /// The line goes on sounding a key, in the same order.
    pub const HELD: Range<u16> = KEY.end..2 * KEY.end - KEY.start;
}

/// Number of tokens.
pub const VOCABULARY: usize = kind::HELD.end as usize;

/// What the tokens mean, as a number that travels with every model.
pub const FINGERPRINT: Fingerprint = Fingerprint::EMPTY
    .with(0x6c69_6e65) // "line"
    .with(2)
    .with(LINES as u32)
    .with_table(&[kind::PAD, kind::BOS, kind::EOS, kind::SILENT, kind::REST])
    .with_table(&[kind::KEY.start, kind::KEY.end, *KEYS.start() as u16, *KEYS.end() as u16])
    .with_table(&[kind::HELD.start, kind::HELD.end]);
