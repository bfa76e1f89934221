//! Which pieces train, which choose the model, which judge it.

use super::hash::Fnv;

/// What the hash begins with. A few composers wrote much of what there is, so a draw of composers can
/// miss its sizes by far; this byte is the one out of 256 with which the pieces and notes of
/// OpenScore's songs and quartets come nearest to them. Nothing but sizes chose it.
const SALT: u8 = 29;

/// One of the three shares of a corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Share {
    /// Heard in training.
    Train,
    /// Held out; chooses the best model and stops the training.
    Valid,
    /// Held out; judges the model in the end.
    Test,
}

impl Share {
    /// The share of a piece: the committed rule.
    ///
    /// Eight in a hundred are test, eight are valid, by the FNV-1a hash of the composer's name if an
    /// index tells it (so no composer is in two shares: the songs of a cycle are alike), else of the
    /// file's bytes (so neither names nor folders move a piece).
    pub fn of(composer: Option<&str>, file: &[u8]) -> Self {
        let key = composer.map_or(file, str::as_bytes);
        match Fnv::new().with(&[SALT]).with(key).mixed() % 100 {
            0..8 => Self::Test,
            8..16 => Self::Valid,
            _ => Self::Train,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn the_rule_is_pinned() {
        let share = |composer| Share::of(Some(composer), b"");
        assert_eq!(share("Franz Schubert"), Share::Train);
        assert_eq!(Share::of(None, b"MThd"), Share::Train);
    }

    #[test]
    fn shares_have_their_sizes() {
        let (mut test, mut valid) = (0, 0);
        for number in 0..10_000u32 {
            match Share::of(None, &number.to_le_bytes()) {
                Share::Test => test += 1,
                Share::Valid => valid += 1,
                Share::Train => {}
            }
        }
        assert!((700..900).contains(&test), "{test}");
        assert!((700..900).contains(&valid), "{valid}");
    }
}
