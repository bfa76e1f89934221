//! `musigan-train corpus`.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use crate::corpus::report::Report;
use crate::corpus::{self, Options};

/// Reads a folder of MIDI files and tells what is in it and what was skipped.
#[derive(Debug, Args)]
pub struct CorpusArgs {
    /// Folder of MIDI files
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// How many skipped files and duplicates are named
    #[arg(long, default_value_t = 20)]
    listed: usize,
}

impl CorpusArgs {
    /// Prints the report.
    ///
    /// # Errors
    /// When the folder cannot be read or holds no piece.
    pub fn run(self) -> anyhow::Result<()> {
        let begun = Instant::now();
        let corpus = corpus::load(&self.folder, &Options::default())?;
        let seconds = begun.elapsed().as_secs_f64();
        print!("{}", Report { corpus: &corpus, seconds, listed: self.listed });
        Ok(())
    }
}
