//! Ctrl-C.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

/// Set by the first Ctrl-C.
pub static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Lets the first Ctrl-C (or SIGTERM) end the run in order and the second one at once.
///
/// # Errors
/// When the system does not allow a handler.
pub fn watch() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            process::exit(130);
        }
    })
    .context("Ctrl-C cannot be handled")
}
