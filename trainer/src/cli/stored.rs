//! Corpora that are learnt from without being in memory.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use musigan_score::events;
use rayon::prelude::*;

use super::data::say_what_was_read;
use super::reading::{self, Cached};
use crate::cache::{Store, Stored};
use crate::corpus::{self, Options, Spread, TokenPiece};
use crate::linked::{Heard, Role};
use crate::train::{Pieces, Rng, Sets, TrainError};

/// Plain sentences, read from disk when they are wanted.
pub struct Sentences {
    store: Arc<Store>,
    pieces: Vec<Stored>,
}

impl Sentences {
    /// The three sets of the MIDI files below `folder`.
    ///
    /// # Errors
    /// When there are none, or none that makes a piece.
    pub fn of(folder: &Path, options: &Options, cached: Cached) -> anyhow::Result<Sets<Self>> {
        let (corpus, store, _) = reading::load_stored(folder, options, cached)
            .with_context(|| format!("no training data in {}", folder.display()))?;
        say_what_was_read(&corpus, folder);
        let store = Arc::new(store);
        let set = |pieces| Self { store: store.clone(), pieces };
        let corpus::Splits { train, valid, test } = corpus.splits;
        Ok(Sets {
            train: set(train),
            valid: set(valid),
            test: set(test),
            vocab_len: events::VOCABULARY,
            fingerprint: events::FINGERPRINT.0,
        })
    }

    /// A variation of a piece: transposed, with some of its tags told, within this spread.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn varied(
        &self,
        index: usize,
        spread: Spread,
        rng: &mut Rng,
    ) -> Result<Vec<u16>, TrainError> {
        Ok(corpus::augment_by(&self.piece(index)?, spread, rng.next_u64()))
    }

    fn piece(&self, index: usize) -> Result<TokenPiece, TrainError> {
        let piece = self.store.piece(&self.pieces[index]);
        piece.map_err(|error| TrainError::Data(error.to_string()))
    }
}

impl Pieces for Sentences {
    type Item = u16;

    fn count(&self) -> usize {
        self.pieces.len()
    }

    fn length(&self, index: usize) -> usize {
        self.pieces[index].plain as usize
    }

    fn read(&self, index: usize) -> Result<Cow<'_, [u16]>, TrainError> {
        Ok(self.piece(index)?.plain().into())
    }

    /// None: a store gives tokens of the vocabulary only.
    fn unfit(&self, vocab_len: usize) -> Option<u16> {
        (vocab_len < events::VOCABULARY).then_some(vocab_len as u16)
    }
}

/// What one part hears of pieces that have as many parts.
pub struct PartOf {
    sentences: Sentences,
    role: Role,
    lengths: Vec<u32>,
}

impl PartOf {
    /// The part of the pieces that have as many.
    ///
    /// # Errors
    /// Where no piece has, or one cannot be read.
    pub fn of(sets: Sets<Sentences>, role: Role) -> anyhow::Result<Sets<Self>> {
        let set = |Sentences { store, mut pieces }: Sentences| {
            pieces.retain(|piece| usize::from(piece.parts) == role.parts);
            let sentences = Sentences { store, pieces };
            let indices = 0..sentences.count();
            let lengths = indices.into_par_iter().map(|index| -> Result<u32, TrainError> {
                Ok(role.hears(&sentences.read(index)?).len() as u32)
            });
            let lengths = lengths.collect::<Result<_, _>>()?;
            Ok::<_, TrainError>(Self { sentences, role, lengths })
        };
        let Sets { train, valid, test, vocab_len, fingerprint } = sets;
        let sets = Sets {
            train: set(train)?,
            valid: set(valid)?,
            test: set(test)?,
            vocab_len,
            fingerprint,
        };
        if sets.train.count() == 0 {
            bail!("no piece to learn from has {} parts", role.parts);
        }
        Ok(sets)
    }

    /// A variation of the part in a piece: transposed with all others, with some tags told, within this
    /// spread.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn varied(
        &self,
        index: usize,
        spread: Spread,
        rng: &mut Rng,
    ) -> Result<Vec<Heard>, TrainError> {
        Ok(self.role.hears(&self.sentences.varied(index, spread, rng)?))
    }
}

impl Pieces for PartOf {
    type Item = Heard;

    fn count(&self) -> usize {
        self.sentences.count()
    }

    fn length(&self, index: usize) -> usize {
        self.lengths[index] as usize
    }

    fn read(&self, index: usize) -> Result<Cow<'_, [Heard]>, TrainError> {
        Ok(self.role.hears(&self.sentences.read(index)?).into())
    }

    /// None: a store gives tokens of the vocabulary only.
    fn unfit(&self, vocab_len: usize) -> Option<Heard> {
        let token = self.sentences.unfit(vocab_len)?;
        Some(Heard { token, ..Heard::default() })
    }
}
