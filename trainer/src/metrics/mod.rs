//! What music is like, in numbers: the measures by which composed pieces are told from real ones.
//!
//! A [`Piece`] is notes over bars, whoever wrote it. [`Measure`] gives one number for a piece (MusPy,
//! MuseGAN, loops), [`Trait`] the features of MGEval, some of them histograms, whose distances two sets
//! of pieces are compared by, [`novelty`] what a piece has copied. Time is musical: quarters and bars,
//! whatever the tempo.

mod chorale;
mod loops;
mod measure;
mod mgeval;
pub mod novelty;
mod overlap;
pub mod passages;
mod piece;
mod tonal;

pub use chorale::Voices;
pub use loops::{distinct_phrases, longest_loop};
pub use measure::Measure;
pub use mgeval::{Trait, similarity};
pub use overlap::{distance_overlap, divergence, overlap};
pub use piece::{Bar, Piece};
pub use tonal::{Centroid, centroid, distance};

/// The mean; not a number of nothing.
pub fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}
