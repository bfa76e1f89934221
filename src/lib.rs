//! *MusiGAN plays*: the music box on a computer.
//!
//! The parts of the `musigan` program, as a library so that tests can drive them:
//!
//! - [`model`]: finds and maps a model's image;
//! - [`music`]: endless music as timed synth actions;
//! - [`session`]: what plays now, and what may be asked of it;
//! - [`title`]: pieces by name;
//! - [`smf`]: standard MIDI files, read and written;
//! - [`wav`]: sound files;
//! - [`audio`]: the sound card;
//! - [`live`]: one who plays with a player;
//! - [`mod@file`]: files that are whole or not there.
//!
//! The audio callback never allocates, frees, locks, blocks or logs; `unsafe` stands only in the
//! memory map and in the audio thread's guard.
#![deny(unsafe_code)]

pub mod audio;
pub mod console;
pub mod file;
pub mod live;
pub mod memory;
pub mod model;
pub mod places;
pub mod screen;
pub mod session;
pub mod smf;
pub mod wav;

pub use musigan_music::{self as music, title};
