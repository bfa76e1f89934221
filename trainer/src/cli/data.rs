//! What a run learns from, and how it is varied.

use std::path::Path;

use anyhow::Context;

use super::reading::{self, Cached};
use crate::corpus::{self, Corpus, Options, Spread, TokenPiece};
use crate::frames::{Rolls, Step, Task};
use crate::linked::{Heard, Role};
use crate::train::{Data, Rng, Splits};

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
        if !corpus.skipped.is_empty() {
            println!(
                "{} of {} files were skipped: `musigan-train corpus {}` says why",
                corpus.skipped.len(),
                corpus.files,
                folder.display()
            );
        }
        say_left_out(&corpus);
        if !corpus.near.is_empty() {
            eprintln!(
                "{} training pieces are nearly held-out ones and not learnt: `musigan-train corpus {}` \
                 names them, --no-dedupe keeps them",
                corpus.near.len(),
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

    /// A variation of training piece `i`: transposed, with some of its tags told, within this spread.
    pub fn augment(&self, i: usize, spread: Spread, rng: &mut Rng) -> Vec<u16> {
        corpus::augment_by(&self.corpus.train[i], spread, rng.next_u64())
    }
}

/// Says how many pieces were not asked for, if any, where it is in no table's way.
pub fn say_left_out(corpus: &Corpus) {
    if corpus.left_out.pieces() > 0 {
        eprintln!("{} pieces were left out: {}", corpus.left_out.pieces(), corpus.left_out);
    }
}

/// One part of the pieces of a corpus that have as many parts.
pub struct LinkedPart {
    /// Plain sentences of the part.
    pub splits: Splits<Heard>,
    /// The part.
    pub role: Role,
    /// The training pieces, all parts.
    train: Vec<TokenPiece>,
}

impl LinkedPart {
    /// The part of the pieces that have as many.
    ///
    /// # Errors
    /// Where no piece has.
    pub fn of(mut corpus: corpus::Splits, role: Role) -> anyhow::Result<Self> {
        role.choose(&mut corpus)?;
        Ok(Self { splits: role.splits(&corpus), role, train: corpus.train })
    }

    /// A variation of the part in training piece `i`: transposed with all others, with some tags told,
    /// within this spread.
    pub fn augment(&self, i: usize, spread: Spread, rng: &mut Rng) -> Vec<Heard> {
        self.role.hears(&corpus::augment_by(&self.train[i], spread, rng.next_u64()))
    }
}

/// What a run learns from.
pub enum Material {
    /// MIDI files.
    Midi(Loaded),
    /// A file of frames as tokens.
    Tokens(Task, Splits),
    /// One part of the pieces of MIDI files.
    Linked(LinkedPart),
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
                let loaded = Loaded::read(data.folder.as_ref(), &options, cached)?;
                match data.role {
                    None => Ok(Self::Midi(loaded)),
                    Some(role) => Ok(Self::Linked(LinkedPart::of(loaded.corpus, role)?)),
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
            Self::Midi(Loaded { splits, .. }) | Self::Tokens(_, splits) => Sizes::of(splits),
            Self::Linked(part) => Sizes::of(&part.splits),
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
    fn of<I: crate::train::Item>(splits: &Splits<I>) -> Self {
        Self {
            vocab_len: splits.vocab_len,
            fingerprint: splits.fingerprint_hex(),
            train: (splits.train.len(), Splits::tokens(&splits.train)),
            valid: (splits.valid.len(), Splits::tokens(&splits.valid)),
        }
    }
}
