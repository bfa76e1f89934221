//! Standard MIDI files (RP-001): read for the synth, written from a recording.

mod read;
mod write;

pub use read::{Song, read};
pub use write::write;
