//! The player on a JACK server that keeps real time, heard and played by other clients of it:
//! `cargo xtask jack`, which starts these tests one after the other.
#![cfg(target_os = "linux")]

mod measure;
mod music;
mod pipewire;
mod plug;
mod probe;
mod program;
mod server;
mod sound;
mod terminal;
mod witness;
