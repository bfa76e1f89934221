//! Sets of pieces against held-out ones.

use rayon::prelude::*;

use crate::metrics::novelty::Index;
use crate::metrics::{Measure, Piece, Trait, mean, similarity};
use crate::train::Rng;

/// Sets that are drawn to find an interval.
const RESAMPLES: u64 = 100;

/// What sets of pieces are compared with.
pub struct Study<'a> {
    /// Of every held-out piece, every feature.
    real: Vec<Vec<Vec<f64>>>,
    training: &'a Index,
}

/// A value and where 95 of 100 other sets of pieces would have it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The value.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What was found of a set of pieces.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// By whom they are.
    pub name: String,
    /// Pieces.
    pub pieces: usize,
    /// Of each of [`Measure::ALL`], mean and standard deviation over the pieces that have it.
    pub measures: Vec<[f64; 2]>,
    /// Of each of [`Trait::ALL`], overlap area and divergence.
    pub traits: Vec<(f64, f64)>,
    /// The mean overlap area, and where it would be for other pieces (bootstrap percentiles).
    pub overlap: Interval,
    /// Notes of the longest match with the training music: the median over the pieces.
    pub longest_match: f64,
}

impl<'a> Study<'a> {
    /// Compares with these held-out pieces, and looks for copies of what the index knows.
    pub fn new(real: &[Piece], training: &'a Index) -> Self {
        Self { real: features(real), training }
    }

    /// Measures a set of pieces.
    pub fn column(&self, name: &str, pieces: &[Piece]) -> Column {
        let made = features(pieces);
        let everything: Vec<usize> = (0..pieces.len()).collect();
        let traits = self.traits(&made, &everything);
        let mut overlaps: Vec<f64> = (0..RESAMPLES)
            .into_par_iter()
            .map(|draw| {
                let rng = &mut Rng::keyed(&[b'b'.into(), draw]);
                let drawn = everything.iter().map(|_| rng.below(pieces.len())).collect::<Vec<_>>();
                area(&self.traits(&made, &drawn))
            })
            .collect();
        overlaps.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = share * overlaps.len().saturating_sub(1) as f64;
            overlaps.get(place.round() as usize).copied().unwrap_or(f64::NAN)
        };
        let matches: Vec<usize> =
            pieces.par_iter().map(|piece| self.training.longest_match(piece)).collect();
        Column {
            name: name.to_owned(),
            pieces: pieces.len(),
            measures: Measure::ALL.iter().map(|&measure| spread(pieces, measure)).collect(),
            overlap: Interval { value: area(&traits), low: at(0.025), high: at(0.975) },
            traits,
            longest_match: median(matches),
        }
    }

    /// Overlaps and divergences with some of the pieces.
    fn traits(&self, made: &[Vec<Vec<f64>>], which: &[usize]) -> Vec<(f64, f64)> {
        (self.real.iter().zip(made))
            .map(|(real, made)| {
                let made: Vec<Vec<f64>> = which.iter().map(|&at| made[at].clone()).collect();
                similarity(real, &made)
            })
            .collect()
    }
}

/// Of each trait, that of every piece.
fn features(pieces: &[Piece]) -> Vec<Vec<Vec<f64>>> {
    Trait::ALL.iter().map(|which| pieces.iter().map(|piece| which.of(piece)).collect()).collect()
}

fn area(traits: &[(f64, f64)]) -> f64 {
    mean(&traits.iter().map(|which| which.0).collect::<Vec<_>>())
}

fn spread(pieces: &[Piece], measure: Measure) -> [f64; 2] {
    let all = pieces.iter().map(|piece| measure.of(piece)).filter(|x| x.is_finite());
    let all: Vec<f64> = all.collect();
    let middle = mean(&all);
    let squares: Vec<f64> = all.iter().map(|x| (x - middle) * (x - middle)).collect();
    [middle, mean(&squares).sqrt()]
}

fn median(mut numbers: Vec<usize>) -> f64 {
    numbers.sort_unstable();
    match numbers.len() {
        0 => f64::NAN,
        count => (numbers[(count - 1) / 2] + numbers[count / 2]) as f64 / 2.0,
    }
}
