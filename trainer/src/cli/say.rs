//! What commands say.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// Says a line on the standard output, as `println!` does, but without a panic where it cannot be written.
macro_rules! say {
    ($($what:tt)*) => {
        $crate::cli::say::write(format_args!("{}\n", format_args!($($what)*)))
    };
}

/// As [`say`], without an end of the line.
macro_rules! say_on {
    ($($what:tt)*) => { $crate::cli::say::write(format_args!($($what)*)) };
}

pub(super) use {say, say_on};

/// Who has closed the pipe (`| head`) wants no more, and a training goes on without him. Everybody else is to
/// know that what he has is not all: the program ends.
pub(super) fn write(what: Arguments<'_>) {
    let Err(error) = std::io::stdout().write_fmt(what) else { return };
    if error.kind() != ErrorKind::BrokenPipe {
        eprintln!("musigan-train: cannot write its output ({error}); make room and start it again");
        std::process::exit(1);
    }
}
