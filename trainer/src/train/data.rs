//! Token sequences to learn from.

use super::{Config, Item, Rng, TrainError};

/// Token that pads and is never predicted.
pub const PAD: u16 = 0;
/// First token of every piece: the state is reset there.
pub const BOS: u16 = 1;
/// Last token of every piece.
pub const EOS: u16 = 2;

/// Pieces in three disjoint sets, as tokens (each from [`BOS`] to [`EOS`]) or as frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Splits<I = u16> {
    /// Pieces to learn from.
    pub train: Vec<Vec<I>>,
    /// Pieces that decide when the model is best.
    pub valid: Vec<Vec<I>>,
    /// Pieces that are looked at once, at the end.
    pub test: Vec<Vec<I>>,
    /// Number of tokens of the vocabulary, every token is below it; or of keys.
    pub vocab_len: usize,
    /// Fingerprint of the vocabulary.
    pub fingerprint: u64,
}

impl<I: Item> Splits<I> {
    /// Tokens (or frames) of a set of pieces.
    pub fn tokens(pieces: &[Vec<I>]) -> usize {
        pieces.iter().map(Vec::len).sum()
    }

    /// The fingerprint as it stands in files.
    pub fn fingerprint_hex(&self) -> String {
        format!("{:016x}", self.fingerprint)
    }

    /// Checks that the data can be trained on and is what `config` was made for.
    ///
    /// # Errors
    /// [`TrainError::Data`] for an empty set or a token outside the vocabulary,
    /// [`TrainError::OtherData`] where the data is not the configuration's.
    pub fn check(&self, config: &Config) -> Result<(), TrainError> {
        for (name, pieces) in [("train", &self.train), ("valid", &self.valid)] {
            if pieces.iter().all(|p| p.len() < 2) {
                return Err(TrainError::Data(format!("the {name} set has no piece with music")));
            }
        }
        let all = [&self.train, &self.valid, &self.test];
        let len = self.vocab_len;
        if let Some(item) = all.into_iter().flatten().flatten().find(|item| !item.fits(len)) {
            return Err(TrainError::Data(format!("{item:?} in a vocabulary of {len}")));
        }
        let differs = |what, then: String, now: String| {
            (then != now).then_some(TrainError::OtherData { what, then, now })
        };
        let (data, model) = (&config.data, &config.model);
        let now = |pieces| Self::tokens(pieces).to_string();
        let found = differs("vocabulary", data.fingerprint.clone(), self.fingerprint_hex())
            .or(differs(
                "size of the vocabulary",
                model.vocab.to_string(),
                self.vocab_len.to_string(),
            ))
            .or(differs("training tokens", data.train_tokens.to_string(), now(&self.train)))
            .or(differs("validation tokens", data.valid_tokens.to_string(), now(&self.valid)));
        found.map_or(Ok(()), Err)
    }
}

/// A random variation (such as a transposition) of the training piece with this index, drawn anew
/// every epoch.
pub type Augment<'a, I = u16> = dyn Fn(usize, &[I], &mut Rng) -> Vec<I> + Sync + 'a;

/// The augmentation that changes nothing.
pub fn unchanged<I: Item>(_: usize, piece: &[I], _: &mut Rng) -> Vec<I> {
    piece.to_vec()
}
