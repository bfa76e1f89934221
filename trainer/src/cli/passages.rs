//! `musigan-train passages`.

use std::collections::HashSet;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use musigan_engine::passages::Passages;

use super::data::Loaded;
use super::reading::ReadingArgs;
use crate::checkpoint::write_atomically;
use crate::cli::say::say;
use crate::metrics::{Piece, passages};

/// Writes down what a model learns from, so that it does not say it again.
///
/// A passage is so many notes in a row with their rhythm, parts and intervals, whatever the key. `musigan-import --passages`
/// puts the set into an image; no note is composed then that ends one of them.
#[derive(Debug, Args)]
pub struct PassagesArgs {
    /// Folder of MIDI files that the model learns from; held-out pieces are left out
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The file to write; replaced whole or not at all
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Notes of a passage
    #[arg(
        long, default_value_t = 4,
        value_parser = clap::value_parser!(u8).range(i64::from(*Passages::NOTES.start())..=i64::from(*Passages::NOTES.end()))
    )]
    notes: u8,
    /// Bits of each passage in the set: with 8 it takes two in a hundred others for one of its own, with 6 six
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(2..=24))]
    bits: u8,
    #[command(flatten)]
    reading: ReadingArgs,
}

impl PassagesArgs {
    /// Writes the set.
    ///
    /// # Errors
    /// One sentence for the user.
    pub fn run(self) -> anyhow::Result<()> {
        let loaded = Loaded::read(&self.data, &self.reading.options()?, self.reading.cached())?;
        let (mut different, mut all) = (HashSet::new(), 0);
        for sentence in &loaded.splits.train {
            for passage in passages::of_piece(&Piece::of_tokens(sentence), self.notes) {
                all += 1;
                different.insert(passage);
            }
        }
        let written = passages::written(&different, self.notes, self.bits).with_context(|| {
            format!("{} has no passage of {} notes to learn from", self.data.display(), self.notes)
        })?;
        write_atomically(&self.out, &written)
            .with_context(|| format!("cannot write {}", self.out.display()))?;
        say!(
            "{}: {} pieces, {all} passages of {} notes, {} different ones, {:.1} kB",
            self.out.display(),
            loaded.splits.train.len(),
            self.notes,
            different.len(),
            written.len() as f64 / 1e3
        );
        Ok(())
    }
}
