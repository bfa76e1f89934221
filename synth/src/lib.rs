#![no_std]
#![deny(unsafe_code)]
//! The synth of MusiGAN *sings*: a General MIDI band, synthesised, in one core's small change.
//!
//! | to know | read |
//! |---|---|
//! | what it understands | [`ChannelEvent`], [`controller`] |
//! | how time becomes frames | [`Transport`], [`Player`] |
//! | what the instruments are made of | [`instrument`]: one row per program |
//!
//! Without its feature `graph` the crate is `no_std` with all it stands on. The whole band takes 4 MB
//! and more; a music box of eight voices fits into 150 KB ([`Size`]).
//!
//! Nothing is allocated after [`Synth::new`]; nothing here opens a file, reads a sample or knows
//! of a sound card.

extern crate alloc;

#[cfg(any(test, not(feature = "graph")))]
#[cfg_attr(feature = "graph", allow(dead_code, reason = "a test compares it with the graph"))]
mod chain;
pub mod controller;
mod dsp;
mod event;
#[cfg(feature = "graph")]
mod graph;
pub mod instrument;
mod kernel;
mod lanes;
mod master;
mod player;
mod simd;
mod size;
mod synth;
mod transport;
mod voice;

pub use dsp::envelope::Adsr;
pub use dsp::svf::Pass;
pub use dsp::wavetable::Spectrum;
pub use event::{Channel, ChannelEvent, U7, U14};
pub use kernel::drum::{DrumSpec, Metal, Rattle, Skin};
pub use kernel::fm::Pair;
pub use kernel::layer::NoiseLayer;
pub use kernel::string::Pluck;
pub use player::{Action, EventSource, Player, TimedAction};
pub use simd::Kernels;
pub use size::{Size, Sounds};
pub use synth::{Config, Synth};
pub use transport::{DEFAULT_TEMPO, Transport};
