//! What coarser weights cost.

use musigan_engine::image::Weights;
use musigan_engine::rng::Rng;
use musigan_engine::{Generator, Model};
use musigan_score::Token;
use musigan_score::link::Picture;

use crate::ImportError;
use crate::listening::{pictures, step_among};

/// How far a model with coarser weights is from the one it was made of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Nats per token that it loses on what the original says: the Kullback–Leibler divergence of
    /// its next token's distribution from the original's, on average over [`TOKENS`].
    pub nats_per_token: f64,
    /// The greatest difference of a logit.
    pub logit: f32,
}

/// Streams, each from a reset state and another token on.
const STREAMS: usize = 16;
/// Tokens that the original says in all while it is compared with.
pub const TOKENS: usize = STREAMS * 256;

/// The most nats per token that weights may cost.
pub const fn most_nats(weights: Weights) -> f64 {
    match weights {
        Weights::F32 => 0.0,
        Weights::Bf16 => 1e-3,
        _ => 0.02,
    }
}

/// Lets both hear what the original says.
pub(crate) fn cost(original: &Model, coarse: &Model) -> Result<Cost, ImportError> {
    let mut rng = Rng::new(1);
    let mut chance = Rng::new(2);
    let mut picture = pictures(&mut chance, original.vocab_len());
    let (mut heard, mut guess) = (Stream::new(original), Stream::new(coarse));
    let mut nats = 0.0;
    let mut logit = 0.0_f32;
    for stream in 0..STREAMS {
        heard.reset();
        guess.reset();
        let mut token = Token((stream * original.vocab_len() / STREAMS) as u16);
        for _ in 0..TOKENS / STREAMS {
            let others = picture();
            let (truth, found) = (heard.step(token, others), guess.step(token, others));
            let apart = truth.iter().zip(found).map(|(a, b)| (a - b).abs());
            logit = apart.fold(logit, |m, x| if x.is_nan() { f32::INFINITY } else { m.max(x) });
            let (p, q) = (log_softmax(truth), log_softmax(found));
            nats += p.iter().zip(&q).map(|(p, q)| p.exp() * (p - q)).sum::<f64>();
            token = drawn(&p, f64::from(rng.unit()));
        }
    }
    let nats_per_token = nats / TOKENS as f64;
    let (weights, most) = (coarse.weights(), most_nats(coarse.weights()));
    if nats_per_token.is_nan() || nats_per_token > most {
        return Err(ImportError::Coarse { weights, nats_per_token, most });
    }
    Ok(Cost { nats_per_token, logit })
}

struct Stream<'a> {
    model: &'a Model<'a>,
    state: Vec<f32>,
    logits: Vec<f32>,
}

impl<'a> Stream<'a> {
    fn new(model: &'a Model<'a>) -> Self {
        let (state, logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
        Self { model, state, logits }
    }

    fn reset(&mut self) {
        self.model.reset(&mut self.state);
    }

    fn step(&mut self, token: Token, others: Picture) -> &[f32] {
        step_among(self.model, &mut self.state, token, others, &mut self.logits);
        &self.logits
    }
}

/// Logarithms of probabilities.
pub(crate) fn log_softmax(logits: &[f32]) -> Vec<f64> {
    let highest = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let sum: f64 = logits.iter().map(|&x| (f64::from(x) - highest).exp()).sum();
    logits.iter().map(|&x| f64::from(x) - highest - sum.ln()).collect()
}

/// The token at `chance` of 0 to 1 in a distribution.
fn drawn(log: &[f64], chance: f64) -> Token {
    let mut left = chance;
    let found = log.iter().position(|log| {
        left -= log.exp();
        left < 0.0
    });
    Token(found.unwrap_or(log.len() - 1) as u16)
}
