//! Linked parts: a network for each part of a piece, which hears what the others do.
//!
//! A piece is taken apart by [`musigan_score::link`] exactly as the engine does it in play: every part
//! becomes a sentence of its own, and beside every token stands what of the others sounds then. A network
//! that is deaf ([`Role::listens`] is false) learns from the same sentences without that, to be compared.

mod heard;
mod role;

pub use heard::{Heard, notes, parts, sentence};
pub use role::Role;

use crate::corpus::TokenPiece;
use crate::train::{Splits, TrainError};

impl Role {
    /// Whether a piece has as many parts.
    pub fn suits(self, piece: &TokenPiece) -> bool {
        parts(&piece.tokens) == self.parts
    }

    /// Leaves the pieces out that have another number of parts.
    ///
    /// # Errors
    /// Where no piece to learn from is left.
    pub fn choose(self, corpus: &mut crate::corpus::Splits) -> Result<(), TrainError> {
        for set in [&mut corpus.train, &mut corpus.valid, &mut corpus.test] {
            set.retain(|piece| self.suits(piece));
        }
        if corpus.train.is_empty() {
            let why = format!("no piece to learn from has {} parts", self.parts);
            return Err(TrainError::Data(why));
        }
        Ok(())
    }

    /// What the part hears of a sentence of all parts.
    pub fn hears(self, tokens: &[u16]) -> Vec<Heard> {
        sentence(tokens, self)
    }

    /// The sentences of this part, plain, of the pieces that have as many parts.
    pub fn splits(self, corpus: &crate::corpus::Splits) -> Splits<Heard> {
        let plain = |pieces: &[TokenPiece]| {
            pieces
                .iter()
                .filter(|piece| self.suits(piece))
                .map(|piece| self.hears(&piece.plain()))
                .collect()
        };
        Splits {
            train: plain(&corpus.train),
            valid: plain(&corpus.valid),
            test: plain(&corpus.test),
            vocab_len: musigan_score::events::VOCABULARY,
            fingerprint: musigan_score::events::FINGERPRINT.0,
        }
    }
}
