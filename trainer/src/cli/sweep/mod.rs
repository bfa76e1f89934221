//! `musigan-train sweep`: runs that differ in their settings, side by side.

mod launch;
mod plan;
mod table;

use crate::cli::interrupt;
use crate::cli::say::{say, say_on};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use plan::Plan;

/// Trains many runs that differ in their settings and tells which is best.
///
/// A sweep's file names options of `train`, those that all runs share and those that vary:
///
/// ```toml
/// out = "sweeps/rates"      # folder of the sweep
/// jobs = 2                  # runs at once [default: 1]
/// runs = 12                 # random search of so many runs; absent: every combination
/// seed = 1                  # of the random search
///
/// [train]
/// data = "midi"
/// epochs = 10
///
/// [vary]
/// lr = [0.001, 0.002]       # one of these, or between two numbers (random search only):
/// dropout = { from = 0.1, to = 0.5 }
/// weight-decay = { from = 1e-4, to = 1e-1, log = true }
///
/// [slurm]                   # options of sbatch, with --launcher slurm
/// time = "12:00:00"
/// ```
///
/// A sweep that was stopped goes on where it was. The table (sweep.md, sweep.csv, sweep.png in the
/// folder) is written anew after every run.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct SweepArgs {
    /// The sweep's file
    #[arg(value_name = "SWEEP.toml")]
    file: PathBuf,
    /// Who starts the runs
    #[arg(long, value_enum, default_value = "local")]
    launcher: Launcher,
    /// Start this run only, counted from 0 (what a job of a Slurm array does)
    #[arg(long, value_name = "RUN", conflicts_with = "launcher")]
    only: Option<usize>,
    /// Start nothing: print the commands of the runs
    #[arg(long, conflicts_with_all = ["only", "table"])]
    dry_run: bool,
    /// Start nothing: write and print the table of what is there
    #[arg(long, conflicts_with = "only")]
    table: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Launcher {
    /// This program, on this machine
    Local,
    /// A Slurm job array, submitted with sbatch; the folders must be on a file system that all
    /// machines share
    Slurm,
}

impl SweepArgs {
    /// Sweeps.
    ///
    /// # Errors
    /// One sentence for the user: a file that is no sweep, a launcher that is not there, runs that
    /// failed.
    pub fn run(self) -> anyhow::Result<()> {
        let plan = Plan::read(&self.file)?;
        if self.dry_run {
            for trial in &plan.trials {
                say!("musigan-train {}", trial.command(&plan.out).join(" "));
            }
            return Ok(());
        }
        std::fs::create_dir_all(&plan.out).with_context(|| plan.out.display().to_string())?;
        match (self.only, self.launcher) {
            _ if self.table => {}
            (Some(at), _) => match plan.trials.get(at) {
                Some(trial) => {
                    // The run saves itself before its time is up; it is waited for.
                    interrupt::watch()?;
                    launch::one(&plan, trial)?;
                }
                None => bail!("--only {at}: the sweep has {} runs, from 0", plan.trials.len()),
            },
            (None, Launcher::Slurm) => return launch::slurm(&plan, &self.file),
            (None, Launcher::Local) => launch::local(&plan)?,
        }
        say_on!("{}", table::write(&plan)?);
        Ok(())
    }
}
