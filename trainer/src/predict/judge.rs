//! Cross-entropy on pieces.

use rayon::prelude::*;

use super::{PredictError, Predictor, Spoken};

/// Cross-entropy summed over predicted tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Nats {
    /// Sum of −ln p over the predicted tokens.
    pub sum: f64,
    /// Number of predicted tokens.
    pub tokens: usize,
}

impl Nats {
    /// Nats per token; not a number where nothing was predicted.
    pub fn per_token(&self) -> f64 {
        self.sum / self.tokens as f64
    }
}

/// Predicts every token but the first of each piece with everything before it heard. Pieces are
/// spread over the cores, each core with a predictor of its own; the sum does not depend on how.
///
/// # Errors
/// The first that a predictor, or making one, gives.
pub fn judge<I: Spoken, P: Predictor<I>>(
    pieces: &[Vec<I>],
    predictor: impl Fn() -> Result<P, PredictError> + Sync,
) -> Result<Nats, PredictError> {
    let add = |a: Nats, b: Nats| Nats { sum: a.sum + b.sum, tokens: a.tokens + b.tokens };
    Ok(judge_each(pieces, predictor)?.into_iter().fold(Nats::default(), add))
}

/// As [`judge`], piece by piece.
///
/// # Errors
/// As [`judge`].
pub fn judge_each<I: Spoken, P: Predictor<I>>(
    pieces: &[Vec<I>],
    predictor: impl Fn() -> Result<P, PredictError> + Sync,
) -> Result<Vec<Nats>, PredictError> {
    let share = pieces.len().div_ceil(rayon::current_num_threads()).max(1);
    let shares: Vec<Vec<Nats>> = pieces
        .par_chunks(share)
        .map(|pieces| {
            let mut predictor = predictor()?;
            pieces.iter().map(|piece| of_piece(&mut predictor, piece)).collect()
        })
        .collect::<Result<_, _>>()?;
    Ok(shares.into_iter().flatten().collect())
}

fn of_piece<I: Spoken>(
    predictor: &mut impl Predictor<I>,
    piece: &[I],
) -> Result<Nats, PredictError> {
    predictor.reset()?;
    let mut nats = Nats::default();
    for pair in piece.windows(2) {
        let logits = predictor.step(pair[0])?;
        let vocab_len = logits.len();
        let token = pair[1].token();
        let target = logits.get(usize::from(token));
        let target = *target.ok_or(PredictError::Token { token, vocab_len })?;
        nats.sum += log_sum_exp(logits) - f64::from(target);
        nats.tokens += 1;
    }
    Ok(nats)
}

/// `log Σ eˣ` over the logits.
pub(crate) fn log_sum_exp(logits: &[f32]) -> f64 {
    let highest = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    highest + logits.iter().map(|&x| (f64::from(x) - highest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives the token heard a fixed lead over all others.
    struct Parrot([f32; 8]);

    impl Predictor for Parrot {
        fn reset(&mut self) -> Result<(), PredictError> {
            Ok(())
        }

        fn step(&mut self, token: u16) -> Result<&[f32], PredictError> {
            self.0 = [100.0; 8];
            self.0[usize::from(token)] += 2.0;
            Ok(&self.0)
        }
    }

    #[test]
    fn the_cross_entropy_is_that_of_the_definition() {
        let all = 2f64.exp() + 7.0;
        let (same, other) = ((all / 2f64.exp()).ln(), all.ln());
        let pieces = [vec![1, 1, 1, 2], vec![5], vec![], vec![3, 3]];
        let nats = judge(&pieces, || Ok(Parrot([0.0; 8]))).expect("a parrot");
        assert_eq!(nats.tokens, 4);
        assert!((nats.sum - (3.0 * same + other)).abs() < 1e-9, "{nats:?}");
        let outside = judge(&[vec![1, 8]], || Ok(Parrot([0.0; 8])));
        assert!(matches!(outside, Err(PredictError::Token { token: 8, vocab_len: 8 })));
    }
}
