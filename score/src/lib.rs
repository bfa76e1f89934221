//! *Score says*: music as numbers.
//!
//! Pitch, time, note and part as types; the vocabularies, each with its grammar and fingerprint:
//! [`events`] for whole pieces, with an encoder from notes to tokens and a decoder from tokens to
//! notes, [`frames`] and [`lines`] for music on a grid; and [`roll`], a bar as a picture.
//!
//! - `no_std`, no dependency, never allocates: memory belongs to the caller.
//! - Time is in [`Tick`]s, [`TICKS_PER_QUARTER`] to a quarter note (the MIDI clock's rate).
//! - The decoder is *total*: any sequence of tokens decodes, and every note has an end.
//! - The grammar accepts exactly what the encoder emits, so that a sampler masked by it composes
//!   nothing but well-formed music.
//!
//! ```
//! use musigan_score::events::{self, Decoder, Event, Header, Tags};
//! use musigan_score::{Instrument, Metre, Note, PartId, Pitch, Program, Tempo, Tick, Velocity};
//!
//! // Middle C, a quarter note long, on the second beat of a bar of three.
//! let note = Note {
//!     onset: Tick(24),
//!     duration: 24,
//!     pitch: Pitch::new(60).unwrap(),
//!     velocity: Velocity::new(76).unwrap(),
//!     part: PartId::new(0).unwrap(),
//! };
//! let waltz = events::Piece {
//!     parts: &[Instrument::Program(Program::MUSIC_BOX)],
//!     header: Header { metre: Metre::nearest(3, 4).0, tempo: Tempo::from_bpm(123), tags: Tags::default() },
//!     changes: &[],
//!     notes: &[note],
//!     density: false,
//! };
//! let mut tokens = Vec::new();
//! events::encode(&waltz, |token| tokens.push(token)).unwrap();
//!
//! let mut decoder = Decoder::new();
//! let heard: Vec<_> = tokens.iter().filter_map(|&token| decoder.push(token)).collect();
//! assert!(heard.contains(&Event::Note(note)));
//! ```
#![no_std]
#![forbid(unsafe_code)]

pub mod events;
mod fingerprint;
pub mod frames;
pub mod lines;
pub mod link;
mod note;
mod pitch;
pub mod roll;
mod time;
mod token;

pub use fingerprint::Fingerprint;
pub use note::{Instrument, Note, NoteEvent, PartId, Timed};
pub use pitch::{Family, Key, Mode, Pitch, Program, Velocity};
pub use time::{GRID, Metre, TICKS_PER_QUARTER, Tempo, Tick, grid_nearest};
pub use token::Token;
