//! The whole music box as firmware: the same `score`, `engine` and `synth`, in a microcontroller's
//! flash, RAM and audio deadline.
//!
//! | to know | read |
//! |---|---|
//! | how to port it to a board | [`board`]: the one file to write, step by step |
//! | what runs where | [`Band`] in the idle loop, [`Speaker`] in the audio interrupt, [`Wire`] between |
//! | which boards, and what they can | [`PROFILES`] |
//! | what goes wrong, and what then | [`Event`], [`Fault`] |
//! | what it costs | [`Tally`], counted by `cargo xtask firmware` |
//!
//! Nothing is allocated after the start: the heap is sealed. The audio interrupt renders half-buffers
//! of the DMA; the idle loop composes ahead of it. Nothing waits for the other: a composer that is
//! late stops the clock, not the sound.
#![no_std]

use musigan_engine::generator::{Fixed, Gru, Int8};

mod band;
pub mod board;
mod dial;
mod gate;
mod heap;
mod limits;
mod output;
mod pace;
mod profile;
mod rehearsal;
mod speaker;
mod stack;
mod trace;
mod wire;

pub use band::{Band, Work};
pub use board::{Board, Button, Knob};
pub use dial::{Dial, Press, Turn};
pub use gate::Messenger;
pub use heap::SealedHeap;
pub use output::Output;
pub use profile::{Core, PROFILES, Profile};
pub use rehearsal::{Cost, Hash, Script, Stage, Tally, rehearse};
pub use speaker::{Frame, Speaker};
pub use stack::StackGuard;
pub use trace::{Event, Fault};
pub use wire::{BandEnd, SpeakerEnd, Wire};

/// The bundled model's image, in flash.
#[must_use]
pub fn image() -> &'static [u8] {
    musigan_engine::include_image!("../../models/music-box.mgi")
}

/// The bundled model's kind: no other model's code is in the firmware.
pub type Model<'a> = Fixed<'a, Gru, Int8>;
