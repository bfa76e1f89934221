//! A model's logits, or a piece that it composes, on an emulated Cortex-M: as one number to be compared with
//! another machine's, and counted. `cargo xtask firmware`.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
#[path = "../elf/counter.rs"]
mod counter;
#[cfg(target_os = "none")]
#[path = "../../../engine/tests/common/golden.rs"]
mod golden;
#[cfg(target_os = "none")]
mod program;

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("this program is for a Cortex-M: run `cargo xtask firmware`");
}
