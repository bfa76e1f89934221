//! A corpus as the training loop takes it.

use super::{Corpus, augment};
use crate::train::{Rng, Splits};
use musigan_score::events::{FINGERPRINT, VOCABULARY};

impl Corpus {
    /// The pieces for the training loop: those to learn from with all tags told (to be varied by
    /// [`Corpus::augment`]), the held-out ones as written and without tags.
    pub fn to_splits(&self) -> Splits {
        let plain = |pieces: &[super::TokenPiece]| pieces.iter().map(|p| p.plain()).collect();
        Splits {
            train: self.splits.train.iter().map(|piece| piece.tokens.clone()).collect(),
            valid: plain(&self.splits.valid),
            test: plain(&self.splits.test),
            vocab_len: VOCABULARY,
            fingerprint: FINGERPRINT.0,
        }
    }

    /// The variation of training piece `index` that the generator draws, for the training loop's
    /// hook: `|index, piece, rng| corpus.augment(index, piece, rng)`. See [`augment`].
    pub fn augment(&self, index: usize, piece: &[u16], rng: &mut Rng) -> Vec<u16> {
        match self.splits.train.get(index) {
            Some(known) => augment(known, rng.next_u64()),
            None => piece.to_vec(),
        }
    }
}
