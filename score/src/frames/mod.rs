//! The frames vocabulary: music on a grid, frame by frame, as the keys that sound.
//!
//! The form of the piano-roll data sets (JSB Chorales, Nottingham and their kin): every step of the
//! grid is a [`Frame`], the set of sounding keys, without velocity, part or repetition. A piece reads
//!
//! ```text
//! piece = BOS frame* EOS
//! frame = Key* End          keys from the highest down
//! ```
//!
//! so that a frame has exactly one sentence, and the logarithms of its tokens' probabilities add up to
//! that of the frame, exactly.
//!
//! ```
//! use musigan_score::frames::{Decoder, Frame, encode};
//! use musigan_score::Pitch;
//!
//! let keys = [60, 67, 64].map(|key| Pitch::new(key).unwrap());
//! let chord = keys.into_iter().try_fold(Frame::SILENT, Frame::with).unwrap();
//! let mut decoder = Decoder::default();
//! let mut heard = None;
//! encode(chord, |token| heard = heard.or(decoder.push(token)));
//! assert_eq!(heard, Some(chord));
//! ```

mod decoder;
mod frame;

pub use decoder::Decoder;
pub use frame::{Frame, KEYS};

use crate::{Fingerprint, Pitch, Token};
use core::ops::Range;

/// The tokens.
pub mod kind {
    use super::{KEYS, Range};

    /// Fills places where there is no music; never predicted.
    pub const PAD: u16 = 0;
    /// A piece begins.
    pub const BOS: u16 = 1;
    /// A piece ends.
    pub const EOS: u16 = 2;
    /// A frame is whole.
    pub const END: u16 = 3;
    /// A key sounds, from the lowest of [`KEYS`] on.
    pub const KEY: Range<u16> = 4..4 + (*KEYS.end() - *KEYS.start() + 1) as u16;
}

/// Number of tokens.
pub const VOCABULARY: usize = kind::KEY.end as usize;

/// What the tokens mean, as a number that travels with every model.
pub const FINGERPRINT: Fingerprint = Fingerprint::EMPTY
    .with(0x6672_616d) // "fram"
    .with(1)
    .with_table(&[kind::PAD, kind::BOS, kind::EOS, kind::END, kind::KEY.start, kind::KEY.end])
    .with_table(&[*KEYS.start() as u16, *KEYS.end() as u16]);

/// Tells the tokens of a frame.
pub fn encode(frame: Frame, mut push: impl FnMut(Token)) {
    frame.keys().for_each(|pitch| push(token(pitch)));
    push(Token(kind::END));
}

/// The token of a key in [`KEYS`].
fn token(pitch: Pitch) -> Token {
    debug_assert!(KEYS.contains(&pitch.key()));
    Token(kind::KEY.start + u16::from(pitch.key().saturating_sub(*KEYS.start())))
}
