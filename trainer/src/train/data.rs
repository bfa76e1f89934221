//! Token sequences to learn from.

use std::borrow::Cow;

use super::{Config, Item, Rng, TrainError};

/// Token that pads and is never predicted.
pub const PAD: u16 = 0;
/// First token of every piece: the state is reset there.
pub const BOS: u16 = 1;
/// Last token of every piece.
pub const EOS: u16 = 2;

/// A set of pieces that are read one at a time, from memory or from elsewhere.
pub trait Pieces: Sync {
    /// What they are made of.
    type Item: Item;

    /// How many there are.
    fn count(&self) -> usize;

    /// How many items the piece with this index has.
    fn length(&self, index: usize) -> usize;

    /// The items of the piece with this index, as many as [`length`](Self::length) says.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn read(&self, index: usize) -> Result<Cow<'_, [Self::Item]>, TrainError>;

    /// An item that a network for `vocab_len` tokens or keys does not take; none where reading makes no such
    /// items.
    fn unfit(&self, vocab_len: usize) -> Option<Self::Item>;
}

/// Pieces in memory, of this type.
macro_rules! in_memory {
    ($($pieces:ty),*) => {$(
        impl<I: Item> Pieces for $pieces {
            type Item = I;

            fn count(&self) -> usize {
                self.len()
            }

            fn length(&self, index: usize) -> usize {
                self[index].len()
            }

            fn read(&self, index: usize) -> Result<Cow<'_, [I]>, TrainError> {
                Ok(Cow::Borrowed(&self[index]))
            }

            fn unfit(&self, vocab_len: usize) -> Option<I> {
                self.iter().flatten().copied().find(|item| !item.fits(vocab_len))
            }
        }
    )*};
}

in_memory!(Vec<Vec<I>>, &[Vec<I>]);

/// Pieces in three disjoint sets, as tokens (each from [`BOS`] to [`EOS`]) or as frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sets<P> {
    /// Pieces to learn from.
    pub train: P,
    /// Pieces that decide when the model is best.
    pub valid: P,
    /// Pieces that are looked at once, at the end.
    pub test: P,
    /// Number of tokens of the vocabulary, every token is below it; or of keys.
    pub vocab_len: usize,
    /// Fingerprint of the vocabulary.
    pub fingerprint: u64,
}

/// Three such sets in memory.
pub type Splits<I = u16> = Sets<Vec<Vec<I>>>;

impl<P: Pieces> Sets<P> {
    /// Tokens (or frames) of a set of pieces.
    pub fn tokens(pieces: &P) -> usize {
        (0..pieces.count()).map(|index| pieces.length(index)).sum()
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
            if (0..pieces.count()).all(|index| pieces.length(index) < 2) {
                return Err(TrainError::Data(format!("the {name} set has no piece with music")));
            }
        }
        let all = [&self.train, &self.valid, &self.test];
        let len = self.vocab_len;
        if let Some(item) = all.into_iter().find_map(|pieces| pieces.unfit(len)) {
            return Err(TrainError::Data(format!("{item:?} in a vocabulary of {len}")));
        }
        let differs = |what, then: String, now: String| {
            (then != now).then_some(TrainError::OtherData { what, then, now })
        };
        let (data, model) = (&config.data, &config.model);
        let now = |pieces: &P| Self::tokens(pieces).to_string();
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
pub type Augment<'a, I = u16> =
    dyn Fn(&dyn Pieces<Item = I>, usize, &mut Rng) -> Result<Vec<I>, TrainError> + Sync + 'a;

/// The augmentation that changes nothing.
///
/// # Errors
/// Where the piece cannot be read.
pub fn unchanged<I: Item>(
    pieces: &dyn Pieces<Item = I>,
    index: usize,
    _: &mut Rng,
) -> Result<Vec<I>, TrainError> {
    Ok(pieces.read(index)?.into_owned())
}
