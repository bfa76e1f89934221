//! What counting alone achieves: the unigram and the bigram of the training tokens.
//!
//! A network that is not better than these has learned nothing of music. Both are judged like the
//! networks: on plain sentences, every token after BOS predicted once. Smoothing is chosen on the
//! validation share, so the test share is looked at once.

use super::{Splits, TokenPiece};
use musigan_score::events::VOCABULARY;

/// Cross-entropy on some pieces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nats {
    /// Nats per predicted token.
    pub per_token: f64,
    /// Nats per note.
    pub per_note: f64,
}

/// A baseline and how good it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The smoothing that is best on the validation share: α of the unigram, the discount of the
    /// bigram.
    pub smoothing: f64,
    /// On the validation share.
    pub valid: Nats,
    /// On the test share.
    pub test: Nats,
}

/// Both baselines of a corpus.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Baselines {
    /// Tokens by their frequency, α added to every count.
    pub unigram: Score,
    /// Tokens by their frequency after the one before, by absolute discounting: what the discount
    /// takes from every pair that was seen goes to the unigram.
    pub bigram: Score,
}

/// Choices of α.
const ALPHAS: [f64; 7] = [0.001, 0.01, 0.1, 0.3, 1.0, 3.0, 10.0];
/// Choices of the discount.
const DISCOUNTS: [f64; 10] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// Judges both baselines; `None` where a share has no piece.
pub fn baselines(splits: &Splits) -> Option<Baselines> {
    let plain = |pieces: &[TokenPiece]| pieces.iter().map(TokenPiece::plain).collect::<Vec<_>>();
    let notes = |pieces: &[TokenPiece]| pieces.iter().map(|piece| u64::from(piece.notes)).sum();
    let valid = Judged { sentences: plain(&splits.valid), notes: notes(&splits.valid) };
    let test = Judged { sentences: plain(&splits.test), notes: notes(&splits.test) };
    if splits.train.is_empty() || valid.sentences.is_empty() || test.sentences.is_empty() {
        return None;
    }
    let counts = Counts::of(&plain(&splits.train));
    let unigram = best(&ALPHAS, &valid, &test, |alpha| {
        let probabilities = counts.unigram(alpha);
        move |_before: u16, token: u16| probabilities[usize::from(token)]
    })?;
    let below = counts.unigram(unigram.smoothing);
    let bigram = best(&DISCOUNTS, &valid, &test, |discount| {
        let (counts, below) = (&counts, &below);
        move |before: u16, token: u16| counts.bigram(before, token, discount, below)
    })?;
    Some(Baselines { unigram, bigram })
}

/// Sentences to predict, and how many notes they say.
struct Judged {
    sentences: Vec<Vec<u16>>,
    notes: u64,
}

impl Judged {
    fn nats(&self, probability: impl Fn(u16, u16) -> f64) -> Nats {
        let (mut nats, mut tokens) = (0.0, 0u64);
        for sentence in &self.sentences {
            for pair in sentence.windows(2) {
                nats -= probability(pair[0], pair[1]).ln();
                tokens += 1;
            }
        }
        Nats { per_token: nats / tokens.max(1) as f64, per_note: nats / self.notes.max(1) as f64 }
    }
}

/// Chooses the smoothing on the validation share.
fn best<P: Fn(u16, u16) -> f64>(
    choices: &[f64],
    valid: &Judged,
    test: &Judged,
    model: impl Fn(f64) -> P,
) -> Option<Score> {
    let scores = choices.iter().map(|&smoothing| (smoothing, valid.nats(model(smoothing))));
    let (smoothing, nats) = scores.min_by(|a, b| a.1.per_token.total_cmp(&b.1.per_token))?;
    Some(Score { smoothing, valid: nats, test: test.nats(model(smoothing)) })
}

/// How often tokens and pairs of tokens occur.
struct Counts {
    /// By token, without the first of each sentence: it is never predicted.
    tokens: Vec<u64>,
    /// By pair: row of the token before.
    pairs: Vec<u32>,
    /// Pairs by the token before.
    before: Vec<u64>,
    /// Different pairs by the token before.
    kinds: Vec<u64>,
}

impl Counts {
    fn of(sentences: &[Vec<u16>]) -> Self {
        let mut counts = Self {
            tokens: vec![0; VOCABULARY],
            pairs: vec![0; VOCABULARY * VOCABULARY],
            before: vec![0; VOCABULARY],
            kinds: vec![0; VOCABULARY],
        };
        for pair in sentences.iter().flat_map(|sentence| sentence.windows(2)) {
            let (before, token) = (usize::from(pair[0]), usize::from(pair[1]));
            counts.tokens[token] += 1;
            counts.before[before] += 1;
            let seen = &mut counts.pairs[before * VOCABULARY + token];
            counts.kinds[before] += u64::from(*seen == 0);
            *seen += 1;
        }
        counts
    }

    fn unigram(&self, alpha: f64) -> Vec<f64> {
        let all: u64 = self.tokens.iter().sum();
        let norm = all as f64 + alpha * VOCABULARY as f64;
        self.tokens.iter().map(|&count| (count as f64 + alpha) / norm).collect()
    }

    fn bigram(&self, before: u16, token: u16, discount: f64, below: &[f64]) -> f64 {
        let (before, token) = (usize::from(before), usize::from(token));
        let total = self.before[before] as f64;
        if total == 0.0 {
            return below[token];
        }
        let seen = f64::from(self.pairs[before * VOCABULARY + token]);
        let spared = discount * self.kinds[before] as f64;
        ((seen - discount).max(0.0) + spared * below[token]) / total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one() {
        let counts = Counts::of(&[vec![1, 4, 5, 4, 5, 6, 2], vec![1, 4, 4, 2]]);
        let below = counts.unigram(0.3);
        assert!((below.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        for before in [1, 4, 6, 500] {
            let tokens = 0..VOCABULARY as u16;
            let sum: f64 = tokens.map(|token| counts.bigram(before, token, 0.4, &below)).sum();
            assert!((sum - 1.0).abs() < 1e-12, "after {before}: {sum}");
        }
    }

    #[test]
    fn a_bigram_knows_what_a_unigram_does_not() {
        let sentence: Vec<u16> = (0..400).map(|at| 3 + at % 4).collect();
        let piece = |name: &str| TokenPiece {
            name: name.to_owned(),
            tokens: sentence.clone(),
            notes: 100,
            ticks: 0,
            range: 0..=0,
            hash: 0,
        };
        let splits =
            Splits { train: vec![piece("a")], valid: vec![piece("b")], test: vec![piece("c")] };
        let found = baselines(&splits).unwrap();
        assert!((found.unigram.test.per_token - 4f64.ln()).abs() < 0.02);
        assert!(found.bigram.test.per_token < 0.01);
        assert!((found.unigram.test.per_note - 3.99 * found.unigram.test.per_token).abs() < 1e-9);
        assert_eq!(baselines(&Splits::default()), None);
    }
}
