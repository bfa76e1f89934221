//! `musigan-train corpus`.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use rayon::prelude::*;

use super::reading::{ReadingArgs, load_stored};
use crate::cache::{Outcome, Store, Stored};
use crate::checkpoint::write_atomically;
use crate::cli::say::{say, say_on};
use crate::corpus;
use crate::corpus::classes::{Classes, table};
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
    /// Write how often each class and each token is in the three shares into this file, too
    #[arg(long, value_name = "FILE.csv")]
    classes: Option<PathBuf>,
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
        let (corpus, store, cache) = load_stored(&self.folder, &options, self.reading.cached())?;
        let seconds = begun.elapsed().as_secs_f64();
        say_on!("{}", Report { corpus: &corpus, seconds, listed: self.listed });
        if let Some(Outcome { recalled, bytes, .. }) = cache {
            let megabytes = bytes as f64 / 1e6;
            say!("cache    {recalled} files were read before; it has {megabytes:.1} MB now");
        }
        let corpus::Splits { train, valid, test } = &corpus.splits;
        let shares = [count(&store, train)?, count(&store, valid)?, count(&store, test)?];
        let mut all = Classes::default();
        shares.iter().for_each(|share| all.add(share));
        say_on!("{all}");
        if let Some(file) = &self.classes {
            write_atomically(file, table(shares.each_ref()).as_bytes())?;
        }
        if self.baselines {
            // Counting pairs of tokens takes more memory than the tokens do.
            let whole = |pieces: &[Stored]| -> std::io::Result<Vec<_>> {
                pieces.iter().map(|it| store.piece(it)).collect()
            };
            let splits =
                corpus::Splits { train: whole(train)?, valid: whole(valid)?, test: whole(test)? };
            say_on!("{}", BaselineReport(corpus::baselines(&splits)));
        }
        Ok(())
    }
}

/// The classes of a share.
fn count(store: &Store, pieces: &[Stored]) -> std::io::Result<Classes> {
    let some = pieces.par_chunks(64).map(|pieces| {
        let mut classes = Classes::default();
        for piece in pieces {
            classes.count(&store.piece(piece)?.tokens);
        }
        Ok(classes)
    });
    some.try_reduce(Classes::default, |mut sum, more| {
        sum.add(&more);
        Ok(sum)
    })
}
