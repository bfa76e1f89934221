//! From a folder of MIDI files to what the loop learns from.

use std::path::Path;

use anyhow::Context;

use crate::corpus::{self, Options, TokenPiece};
use crate::train::{Rng, Splits};

/// A corpus in memory.
pub struct Loaded {
    /// Plain sentences.
    pub splits: Splits,
    /// The pieces that the sentences are of.
    pub corpus: corpus::Splits,
}

impl Loaded {
    /// Reads all MIDI files below `folder`.
    ///
    /// # Errors
    /// When there are none, or none that makes a piece.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let corpus = corpus::load(folder, &Options::default())
            .with_context(|| format!("no training data in {}", folder.display()))?;
        if !corpus.skipped.is_empty() {
            println!(
                "{} of {} files were skipped: `musigan-train corpus {}` says why",
                corpus.skipped.len(),
                corpus.files,
                folder.display()
            );
        }
        let plain = |pieces: &[TokenPiece]| pieces.iter().map(TokenPiece::plain).collect();
        let splits = Splits {
            train: plain(&corpus.splits.train),
            valid: plain(&corpus.splits.valid),
            test: plain(&corpus.splits.test),
            vocab_len: musigan_score::events::VOCABULARY,
            fingerprint: musigan_score::events::FINGERPRINT.0,
        };
        Ok(Self { splits, corpus: corpus.splits })
    }

    /// A variation of training piece `i`: transposed, with some of its tags told.
    pub fn augment(&self, i: usize, rng: &mut Rng) -> Vec<u16> {
        corpus::augment(&self.corpus.train[i], rng.next_u64())
    }
}
