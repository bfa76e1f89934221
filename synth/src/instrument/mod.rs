//! The band: what each program and each percussion key is made of.

mod bars;
mod families;
mod kit;
mod patch;
mod piano;
mod programs;
mod spectra;

pub use bars::Bars;
pub use kit::{KIT_FIRST, KIT_LAST, percussion};
pub use patch::{Filter, Patch, Scoop, Sound, Stack, Tremolo, Vibrato};
pub use piano::Piano;
pub use programs::PROGRAMS;
pub use spectra::{SPECTRA, Wave};

pub(crate) use bars::bar_partials;
pub(crate) use piano::piano_partials;
