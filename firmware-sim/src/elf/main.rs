//! The firmware on an emulated Cortex-M (QEMU's MPS2 boards), counted: `cargo xtask firmware`.
//!
//! This is what a port looks like: `board.rs` is the one file that is this board's own.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod board;
#[cfg(target_os = "none")]
mod program;

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("this program is for a Cortex-M: run `cargo xtask firmware`");
}
