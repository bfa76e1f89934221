//! What a run learns from, and how it is varied.

use std::path::Path;

use anyhow::Context;

use super::reading::{self, Cached};
use super::stored::{PartOf, Sentences};
use crate::cli::say::say;
use crate::corpus::{self, Corpus, Options, TokenPiece};
use crate::frames::{Rolls, Step, Task};
use crate::train::{Data, Pieces, Sets, Splits};

/// A corpus of MIDI files in memory.
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
    pub fn read(folder: &Path, options: &Options, cached: Cached) -> anyhow::Result<Self> {
        let (corpus, _) = reading::load(folder, options, cached)
            .with_context(|| format!("no training data in {}", folder.display()))?;
        say_what_was_read(&corpus, folder);
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
}

/// Says what of the files below `folder` is not learnt.
pub fn say_what_was_read<P>(corpus: &Corpus<P>, folder: &Path) {
    if !corpus.skipped.is_empty() {
        say!(
            "{} of {} files were skipped: `musigan-train corpus {}` says why",
            corpus.skipped.len(),
            corpus.files,
            folder.display()
        );
    }
    say_left_out(corpus);
    if !corpus.near.is_empty() {
        eprintln!(
            "{} training pieces are nearly held-out ones and not learnt: `musigan-train corpus {}` \
             names them, --no-dedupe keeps them",
            corpus.near.len(),
            folder.display()
        );
    }
}

/// Says how many pieces were not asked for, if any, where it is in no table's way.
pub fn say_left_out<P>(corpus: &Corpus<P>) {
    if corpus.left_out.pieces() > 0 {
        eprintln!("{} pieces were left out: {}", corpus.left_out.pieces(), corpus.left_out);
    }
}

/// What a run learns from.
pub enum Material {
    /// MIDI files.
    Midi(Sets<Sentences>),
    /// A file of frames as tokens.
    Tokens(Task, Splits),
    /// One part of the pieces of MIDI files.
    Linked(Sets<PartOf>),
    /// A file of frames, heard whole.
    Keys(Splits<Step>),
}

impl Material {
    /// Reads what a run's configuration names.
    ///
    /// # Errors
    /// One sentence for the user.
    pub fn of(data: &Data, cached: Cached) -> anyhow::Result<Self> {
        match data.frames {
            Some(task) => Self::frames(data.folder.as_ref(), task),
            None => {
                let options = reading::options(&data.reading)?;
                let sets = Sentences::of(data.folder.as_ref(), &options, cached)?;
                match data.role {
                    None => Ok(Self::Midi(sets)),
                    Some(role) => Ok(Self::Linked(PartOf::of(sets, role)?)),
                }
            }
        }
    }

    /// Reads a file of frames.
    ///
    /// # Errors
    /// One sentence for the user.
    pub fn frames(file: &Path, task: Task) -> anyhow::Result<Self> {
        let rolls = Rolls::read(file)?;
        let named = || file.display().to_string();
        Ok(match task {
            Task::Keys => Self::Keys(rolls.steps().with_context(named)?),
            Task::Chain => Self::Tokens(task, rolls.chain().with_context(named)?),
            Task::Lines => Self::Tokens(task, rolls.lines().with_context(named)?),
        })
    }

    /// The sizes that a run's configuration notes down.
    pub fn sizes(&self) -> Sizes {
        match self {
            Self::Midi(sets) => Sizes::of(sets),
            Self::Tokens(_, splits) => Sizes::of(splits),
            Self::Linked(sets) => Sizes::of(sets),
            Self::Keys(splits) => Sizes::of(splits),
        }
    }
}

/// Sizes of three sets of pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Tokens of the vocabulary, or keys.
    pub vocab_len: usize,
    /// Fingerprint of the vocabulary, 16 hexadecimal digits.
    pub fingerprint: String,
    /// Training pieces, and their tokens or frames.
    pub train: (usize, usize),
    /// Validation pieces, and their tokens or frames.
    pub valid: (usize, usize),
}

impl Sizes {
    fn of<P: Pieces>(splits: &Sets<P>) -> Self {
        Self {
            vocab_len: splits.vocab_len,
            fingerprint: splits.fingerprint_hex(),
            train: (splits.train.count(), Sets::tokens(&splits.train)),
            valid: (splits.valid.count(), Sets::tokens(&splits.valid)),
        }
    }
}
