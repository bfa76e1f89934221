//! `musigan`: the music box.

mod commands;

use std::process::ExitCode;

use clap::Parser;
use musigan::audio::NoDevice;
use musigan::console::complain;

/// The exit code that tells a missing sound card from other failures.
const NO_DEVICE: u8 = 3;

fn main() -> ExitCode {
    match commands::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format_args!("{error:#}"));
            ExitCode::from(if error.is::<NoDevice>() { NO_DEVICE } else { 1 })
        }
    }
}
