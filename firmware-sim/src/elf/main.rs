//! The firmware on an emulated Cortex-M (QEMU's MPS2 boards), counted: `cargo xtask firmware`.
//!
//! `board.rs` is the board, `counter.rs` its timer; `live.rs` the same board when its interrupt comes by itself, `guard.rs` the
//! end of its stack.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod board;
#[cfg(target_os = "none")]
mod counter;
#[cfg(target_os = "none")]
mod guard;
#[cfg(target_os = "none")]
mod live;
#[cfg(target_os = "none")]
mod program;
#[cfg(target_os = "none")]
mod stack;
#[cfg(target_os = "none")]
use program::silence;

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("this program is for a Cortex-M: run `cargo xtask firmware`");
}
