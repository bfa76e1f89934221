//! The music box in a browser: score, engine, synth and music as one WebAssembly module.
//!
//! - [`MusicBox`]: plays endlessly, inside an AudioWorklet; composes a token at a time between blocks;
//! - [`Piece`]: one piece, whole, as a MIDI file and as sound;
//! - [`Duo`]: plays with the listener, in a worker;
//! - [`Wishes`]: what the page asks of the music; [`Loaded`]: a model, or why it is none;
//! - [`abi`]: the functions that JavaScript calls.
//!
//! Nothing is allocated by [`MusicBox`] after it was made. The module imports nothing: what it needs
//! of the world it is handed.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![deny(unsafe_code)]

extern crate alloc;

#[allow(unsafe_code, reason = "exported names must not be mangled")]
pub mod abi;
mod duo;
#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code, reason = "an allocator is unsafe by its trait")]
mod heap;
mod loaded;
mod music_box;
mod piece;
mod queue;
mod report;
mod wishes;

pub use duo::{Duo, Message};
pub use loaded::{Bytes, Loaded};
pub use music_box::{MusicBox, Status};
pub use piece::Piece;
pub use report::Report;
pub use wishes::{Dial, Wishes};
