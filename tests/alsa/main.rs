//! The player on the kernel's own sound system, a sound card and the sequencer, heard and played by other
//! programs (`arecord`, `aplaymidi`, `aseqdump`): `cargo xtask alsa`, which starts these tests one after the
//! other in a virtual machine, for few machines that run tests have a sound card that can be unplugged.
//!
//! The machine's time is that of its own instructions, so nothing else that runs beside it matters.
#![cfg(all(target_os = "linux", not(feature = "jack")))]

#[allow(dead_code, reason = "JACK's tests use more of it")]
#[path = "../jack/program.rs"]
mod program;
#[path = "../jack/sound.rs"]
mod sound;

mod card;
mod sequencer;
