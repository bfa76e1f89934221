use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use musigan::console::say;

use super::Cli;

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Prints the completions of a shell.
    pub(super) fn run(self) -> Result<()> {
        let mut completions = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "musigan", &mut completions);
        say(String::from_utf8_lossy(&completions).trim_end());
        Ok(())
    }
}

#[derive(Debug, Args)]
pub(super) struct Manual {
    /// The folder to write the pages into
    folder: PathBuf,
}

impl Manual {
    /// Writes the manual's pages, one for each command.
    pub(super) fn run(self) -> Result<()> {
        std::fs::create_dir_all(&self.folder)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), &self.folder))
            .with_context(|| format!("cannot write into {}", self.folder.display()))
    }
}
