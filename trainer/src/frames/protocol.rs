//! The published protocols.
//!
//! *Frames* (Boulanger-Lewandowski et al. 2012, Chung et al. 2014, Bai et al. 2018): the nats of every
//! frame but the first of its piece, summed over the keys, over the number of such frames in the set.
//! *Lines*: the nats of every part at every step, over their number (micro), and the mean of the
//! pieces' means (macro).

use rayon::prelude::*;

use super::{Grammar, Step, Task};
use crate::model::Architecture;
use crate::predict::{PredictError, Predictor, log_sum_exp};
use crate::session::{Runtime, Threads};
use crate::train::{TrainError, Validator};

/// Nats of a set of pieces by the protocol of its task.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// All nats that count.
    pub nats: f64,
    /// Frames (keys and chain) or notes (lines) that count.
    pub count: usize,
    /// The mean of the pieces' own nats per unit, where pieces are judged one by one.
    pub of_pieces: Option<f64>,
}

impl Score {
    /// Nats per frame, or per note: the micro average.
    pub fn per_unit(&self) -> f64 {
        self.nats / self.count as f64
    }

    fn sum(pieces: &[(f64, usize)]) -> Self {
        let counted: Vec<_> = pieces.iter().filter(|piece| piece.1 > 0).collect();
        let means = counted.iter().map(|piece| piece.0 / piece.1 as f64).sum::<f64>();
        Self {
            nats: counted.iter().map(|piece| piece.0).sum(),
            count: counted.iter().map(|piece| piece.1).sum(),
            of_pieces: (!counted.is_empty()).then(|| means / counted.len() as f64),
        }
    }
}

/// Judges a network that hears frames whole, in the trainer's evaluation graph.
///
/// # Errors
/// [`TrainError::Session`].
pub fn judge_keys(
    runtime: &Runtime,
    architecture: &Architecture,
    weights: &[f32],
    pieces: &[Vec<Step>],
    threads: Threads,
) -> Result<Score, TrainError> {
    const BATCH: usize = 32;
    const WINDOW: usize = 64;
    let mut validator = Validator::new(runtime, architecture, &pieces, BATCH, WINDOW, threads)?;
    let (nats, count) = validator.total(weights)?;
    Ok(Score { nats, count, of_pieces: None })
}

/// Judges a model of tokens, masked by its grammar: a token that cannot come next has no share of the
/// probability, as in play.
///
/// # Errors
/// The first that a predictor, or making one, gives.
pub fn judge_tokens<P: Predictor>(
    task: Task,
    pieces: &[Vec<u16>],
    predictor: impl Fn() -> Result<P, PredictError> + Sync,
) -> Result<Score, PredictError> {
    let share = pieces.len().div_ceil(rayon::current_num_threads()).max(1);
    let shares: Vec<Vec<(f64, usize)>> = pieces
        .par_chunks(share)
        .map(|pieces| {
            let mut predictor = predictor()?;
            pieces.iter().map(|piece| of_piece(task, &mut predictor, piece)).collect()
        })
        .collect::<Result<_, _>>()?;
    Ok(Score::sum(&shares.concat()))
}

fn of_piece(
    task: Task,
    predictor: &mut impl Predictor,
    piece: &[u16],
) -> Result<(f64, usize), PredictError> {
    let Some(mut grammar) = Grammar::of(task) else { return Ok((0.0, 0)) };
    predictor.reset()?;
    let (mut nats, mut count) = (0.0, 0);
    for pair in piece.windows(2) {
        grammar.push(pair[0]);
        let mut logits = predictor.step(pair[0])?.to_vec();
        if !grammar.counts(pair[1]) {
            continue;
        }
        grammar.mask(&mut logits);
        let vocab_len = logits.len();
        let target = logits.get(usize::from(pair[1]));
        let target = *target.ok_or(PredictError::Token { token: pair[1], vocab_len })?;
        nats += log_sum_exp(&logits) - f64::from(target);
        count += usize::from(grammar.ends(pair[1]));
    }
    Ok((nats, count))
}
