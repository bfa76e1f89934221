//! What counting alone achieves: the unigram, the bigram and the trigram of the training tokens.
//!
//! A network that is not better than these has learned nothing of music. All are judged like the
//! networks: on plain sentences, every token after BOS predicted once. Smoothing is chosen on the
//! validation share, so the test share is looked at once.

use super::ngram::NGram;
use super::{Splits, TokenPiece};

/// Cross-entropy on some pieces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nats {
    /// Nats per predicted token.
    pub per_token: f64,
    /// Nats per note.
    pub per_note: f64,
}

/// A baseline and how good it is.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// What it is called.
    pub name: &'static str,
    /// The model itself.
    pub model: NGram,
    /// The smoothing that is best on the validation share: α of the unigram, else the discount.
    pub smoothing: f64,
    /// On the validation share.
    pub valid: Nats,
    /// On the test share.
    pub test: Nats,
}

/// Choices of α.
const ALPHAS: [f64; 7] = [0.001, 0.01, 0.1, 0.3, 1.0, 3.0, 10.0];
/// Choices of the discount.
const DISCOUNTS: [f64; 10] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// Judges the unigram, the bigram and the trigram; `None` where a share has no piece.
pub fn baselines(splits: &Splits) -> Option<[Baseline; 3]> {
    let plain = |pieces: &[TokenPiece]| pieces.iter().map(TokenPiece::plain).collect::<Vec<_>>();
    let notes = |pieces: &[TokenPiece]| pieces.iter().map(|piece| u64::from(piece.notes)).sum();
    let valid = Judged { sentences: plain(&splits.valid), notes: notes(&splits.valid) };
    let test = Judged { sentences: plain(&splits.test), notes: notes(&splits.test) };
    if splits.train.is_empty() || valid.sentences.is_empty() || test.sentences.is_empty() {
        return None;
    }
    let train = plain(&splits.train);
    let best = |name, choices: &[f64], model: &dyn Fn(f64) -> NGram| {
        let nats = |&smoothing: &f64| (smoothing, valid.nats(&model(smoothing)));
        let all = choices.iter().map(nats);
        let (smoothing, valid) = all.min_by(|a, b| a.1.per_token.total_cmp(&b.1.per_token))?;
        let model = model(smoothing);
        let test = test.nats(&model);
        Some(Baseline { name, model, smoothing, valid, test })
    };
    let unigram = best("unigram", &ALPHAS, &|alpha| NGram::unigram(&train, alpha))?;
    let two = unigram.model.extended(&train, DISCOUNTS[0]);
    let bigram = best("bigram", &DISCOUNTS, &|discount| two.clone().discounted(discount))?;
    let three = bigram.model.extended(&train, DISCOUNTS[0]);
    let trigram = best("trigram", &DISCOUNTS, &|discount| three.clone().discounted(discount))?;
    Some([unigram, bigram, trigram])
}

/// Sentences to predict, and how many notes they say.
struct Judged {
    sentences: Vec<Vec<u16>>,
    notes: u64,
}

impl Judged {
    fn nats(&self, model: &NGram) -> Nats {
        let (mut nats, mut tokens) = (0.0, 0u64);
        for sentence in &self.sentences {
            for at in 1..sentence.len() {
                nats -= model.probability(&sentence[..at], sentence[at]).ln();
                tokens += 1;
            }
        }
        Nats { per_token: nats / tokens.max(1) as f64, per_note: nats / self.notes.max(1) as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_know_what_tokens_alone_do_not() {
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
        let [unigram, bigram, trigram] = baselines(&splits).unwrap();
        assert!((unigram.test.per_token - 4f64.ln()).abs() < 0.02);
        assert!(bigram.test.per_token < 0.01 && trigram.test.per_token < 0.01);
        assert!((unigram.test.per_note - 3.99 * unigram.test.per_token).abs() < 1e-9);
        assert!(baselines(&Splits::default()).is_none());
    }
}
