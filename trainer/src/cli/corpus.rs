//! `musigan-train corpus`.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::reading::{ReadingArgs, load};
use crate::cache::Outcome;
use crate::corpus;
use crate::corpus::report::{BaselineReport, Report};

/// Reads a folder of MIDI files and tells what is in it, what the vocabulary loses of it, how it is
/// split and what was skipped.
#[derive(Debug, Args)]
pub struct CorpusArgs {
    /// Folder of MIDI files
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    reading: ReadingArgs,
    /// Tell what counting tokens and pairs of tokens achieves on the held-out pieces
    #[arg(long)]
    baselines: bool,
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
        let options = self.reading.options()?;
        let (corpus, cache) = load(&self.folder, &options, self.reading.cached())?;
        let seconds = begun.elapsed().as_secs_f64();
        print!("{}", Report { corpus: &corpus, seconds, listed: self.listed });
        if let Some(Outcome { recalled, bytes, .. }) = cache {
            let megabytes = bytes as f64 / 1e6;
            println!("cache    {recalled} files were read before; it has {megabytes:.1} MB now");
        }
        if self.baselines {
            print!("{}", BaselineReport(corpus::baselines(&corpus.splits)));
        }
        Ok(())
    }
}
