//! The rehearsal on a host: arguments, sound file, budget.

mod budget;
mod measured;
mod meter;
mod report;
mod stage;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;
use firmware_sim::{PROFILES, Profile, Script};

pub use meter::Meter;

use self::measured::Measured;
use self::stage::Rehearsal;

/// The music box as firmware, rehearsed on this machine and held against a board's budget.
#[derive(Debug, Parser)]
#[command(name = "firmware-sim")]
struct Options {
    /// The board whose memory and time it is to fit
    #[arg(long, default_value = "rp2350", value_parser = board)]
    board: &'static Profile,
    /// Bars to play
    #[arg(long, default_value_t = 16)]
    bars: u32,
    /// The piece
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What happens meanwhile: plain, hands, slow or jitter
    #[arg(long, default_value = "plain", value_parser = script)]
    script: Script,
    /// Another model than the bundled one
    #[arg(long, value_name = "FILE.mgi")]
    model: Option<PathBuf>,
    /// Write what is heard
    #[arg(long, value_name = "FILE.wav")]
    wav: Option<PathBuf>,
    /// Instead: judge what `cargo xtask firmware` has counted on emulated boards, and print the table
    #[arg(long, value_name = "COUNTED.csv", conflicts_with_all = ["wav", "script", "model"])]
    judge: Option<PathBuf>,
    /// With --judge: the counts to be no more than 2 % above
    #[arg(long, value_name = "BASELINE.csv", requires = "judge")]
    baseline: Option<PathBuf>,
}

fn board(name: &str) -> Result<&'static Profile> {
    let names: Vec<&str> = PROFILES.iter().map(|profile| profile.name).collect();
    Profile::named(name)
        .with_context(|| format!("there is no board `{name}`, but {}", names.join(", ")))
}

fn script(name: &str) -> Result<Script> {
    Script::named(name)
        .with_context(|| format!("there is no script `{name}`, but plain, hands, slow, jitter"))
}

/// The counts that are committed.
const BASELINE: &str = include_str!("../../baseline.csv");

/// Runs the program: 0 if everything is within its budget.
pub fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("firmware-sim: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    if let Some(counted) = &options.judge {
        let read = |path: &PathBuf| {
            let text = fs::read_to_string(path);
            Measured::read_all(&text.with_context(|| format!("cannot read {}", path.display()))?)
        };
        let baseline = options.baseline.as_ref().map(read).transpose()?;
        return report::judge(&read(counted)?, baseline.as_deref());
    }
    let bytes = options
        .model
        .as_ref()
        .map(|path| fs::read(path).with_context(|| format!("cannot read {}", path.display())));
    let bytes = bytes.transpose()?;
    let image = bytes.as_deref().unwrap_or(firmware_sim::image());
    let rehearsal = Rehearsal { profile: options.board, image, seed: options.seed };
    let heard = rehearsal.play(options.script, options.bars, options.wav.as_deref())?;
    let counted = Measured::read_all(BASELINE)?;
    // What was counted is the bundled model's.
    let counted = counted
        .iter()
        .find(|counted| options.model.is_none() && counted.board == options.board.name);
    let faults = budget::print(options.board, image.len(), &heard, counted);
    if faults > 0 {
        bail!("{faults} figures are over the budget of {}", options.board.name);
    }
    Ok(())
}
