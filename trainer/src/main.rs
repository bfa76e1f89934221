//! The `musigan-train` program.

use std::process::ExitCode;

use clap::Parser;
use musigan_train::cli::Arguments;

fn main() -> ExitCode {
    match Arguments::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("musigan-train: {e:#}");
            ExitCode::FAILURE
        }
    }
}
