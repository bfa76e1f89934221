//! *Music arranges*: composed pieces, one after the other, as timed actions of the synth.
//!
//! What the player and the web page have in common, so that a seed is the same piece in both:
//!
//! - [`Music`]: an endless stream of pieces on one clock, told to a [`Listener`];
//! - [`Arrangement`]: a part transposed, doubled, as a canon; [`Mix`]: who is heard;
//! - [`Recording`]: one piece, kept; [`smf::bytes`] makes a MIDI file of it, [`Rendering`] sound;
//! - [`Habits`]: how a model composes where nobody says how;
//! - [`partner`]: one who plays with a player;
//! - [`title`]: pieces by name.
//!
//! `no_std`; it knows no files, no threads and no sound card. [`Music`] allocates nothing.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod arrangement;
mod arranger;
mod clock;
mod habits;
mod mix;
mod music;
pub mod partner;
mod playlist;
mod recording;
mod rendering;
pub mod smf;
mod swing;
pub mod title;

pub use arrangement::{Arrangement, Delay};
pub use habits::Habits;
pub use mix::Mix;
pub use music::{Listener, Marker, Music, channel_of};
pub use playlist::Playlist;
pub use recording::Recording;
pub use rendering::Rendering;
pub use swing::Swing;
