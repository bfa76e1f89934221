//! Ctrl-C, and whoever else wants the end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::{io, process, thread};

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

/// Ends the run in order when the standard input ends, as it does when the program that holds it ends,
/// however that came about.
pub fn watch_input() {
    thread::spawn(|| {
        // An input that cannot be read has ended, too.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        INTERRUPTED.store(true, Ordering::Relaxed);
    });
}
