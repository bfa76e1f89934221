//! The features of MGEval, and how alike two sets of pieces are by them.
//!
//! Yang and Lerch, *On the Evaluation of Generative Models in Music* (2018): nine features of a piece,
//! five of them histograms or matrices. Two sets of pieces are compared by the Euclidean distances
//! within one of them and those between both: the more their densities overlap, the less they differ.
//! Times are in quarters here, not in seconds.

use musigan_score::Note;

use super::mean;
use super::overlap::{divergence, overlap};
use super::piece::Piece;

/// A feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trait {
    /// Different pitches.
    PitchCount,
    /// Share of the sounding time of each pitch class.
    ClassHistogram,
    /// Share of each pair of pitch classes among notes that follow each other in a part.
    ClassTransitions,
    /// Semitones from the lowest to the highest pitch.
    PitchRange,
    /// Mean interval between notes that follow each other, in semitones.
    MeanInterval,
    /// Notes.
    NoteCount,
    /// Mean time between onsets, in quarters.
    MeanGap,
    /// Share of each of the twelve note values.
    LengthHistogram,
    /// Share of each pair of note values among notes that follow each other in a part.
    LengthTransitions,
}

/// Note values in ticks: whole to sixteenth, dotted, and triplets of half, quarter and eighth.
const LENGTHS: [u16; 12] = [96, 48, 24, 12, 6, 72, 36, 18, 9, 32, 16, 8];

impl Trait {
    /// All nine.
    pub const ALL: [Self; 9] = [
        Self::PitchCount,
        Self::ClassHistogram,
        Self::ClassTransitions,
        Self::PitchRange,
        Self::MeanInterval,
        Self::NoteCount,
        Self::MeanGap,
        Self::LengthHistogram,
        Self::LengthTransitions,
    ];

    /// What it is called in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PitchCount => "pitch count",
            Self::ClassHistogram => "pitch-class histogram",
            Self::ClassTransitions => "pitch-class transitions",
            Self::PitchRange => "pitch range",
            Self::MeanInterval => "mean interval",
            Self::NoteCount => "note count",
            Self::MeanGap => "inter-onset interval",
            Self::LengthHistogram => "note lengths",
            Self::LengthTransitions => "note-length transitions",
        }
    }

    /// The feature of a piece: one number, twelve or 144.
    pub fn of(self, piece: &Piece) -> Vec<f64> {
        let keys = || piece.pitched().map(|note| note.pitch.key());
        let class = |note: &Note| usize::from(note.pitch.key() % 12);
        match self {
            Self::PitchCount => {
                let used = keys().fold(0_u128, |used, key| used | 1 << key);
                vec![f64::from(used.count_ones())]
            }
            Self::ClassHistogram => {
                let notes = piece.pitched().map(|note| (class(note), f64::from(note.duration)));
                histogram(12, notes)
            }
            Self::ClassTransitions => transitions(piece, class),
            Self::PitchRange => {
                let (low, high) = (keys().min().unwrap_or(0), keys().max().unwrap_or(0));
                vec![f64::from(high - low)]
            }
            Self::MeanInterval => {
                let keys: Vec<f64> = keys().map(f64::from).collect();
                vec![mean(
                    &keys.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect::<Vec<_>>(),
                )]
            }
            Self::NoteCount => vec![piece.notes().len() as f64],
            Self::MeanGap => {
                let onsets: Vec<f64> =
                    piece.notes().iter().map(|note| f64::from(note.onset.0)).collect();
                let gaps = onsets.windows(2).map(|pair| (pair[1] - pair[0]) / 24.0);
                vec![mean(&gaps.collect::<Vec<_>>())]
            }
            Self::LengthHistogram => histogram(12, piece.pitched().map(|note| (length(note), 1.0))),
            Self::LengthTransitions => transitions(piece, length),
        }
    }
}

/// The nearest note value.
fn length(note: &Note) -> usize {
    let apart = |at: &usize| LENGTHS[*at].abs_diff(note.duration);
    (0..LENGTHS.len()).min_by_key(apart).unwrap_or(0)
}

fn histogram(bins: usize, counts: impl Iterator<Item = (usize, f64)>) -> Vec<f64> {
    let mut histogram = vec![0.0; bins];
    counts.for_each(|(bin, weight)| histogram[bin] += weight);
    let sum: f64 = histogram.iter().sum();
    histogram.iter_mut().for_each(|share| *share /= sum.max(1.0));
    histogram
}

/// Pairs of notes of one part that follow each other in the canonical order.
fn transitions(piece: &Piece, kind: impl Fn(&Note) -> usize) -> Vec<f64> {
    let mut last = [None; 16];
    let pairs = piece.pitched().filter_map(|note| {
        let now = kind(note);
        let before = last[note.part.index()].replace(now)?;
        Some((12 * before + now, 1.0))
    });
    histogram(144, pairs)
}

/// How alike two sets are by one feature, given of all their pieces: MGEval's overlap area, 0 to 1, and
/// the Kullback–Leibler divergence, in nats, of the distances within `real` from those to `made`.
pub fn similarity(real: &[Vec<f64>], made: &[Vec<f64>]) -> (f64, f64) {
    let apart =
        |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
    let good = |set: &[Vec<f64>]| -> Vec<Vec<f64>> {
        set.iter().filter(|feature| feature.iter().all(|x| x.is_finite())).cloned().collect()
    };
    let (real, made) = (good(real), good(made));
    let mut within = Vec::new();
    for (at, a) in real.iter().enumerate() {
        within.extend(real[at + 1..].iter().map(|b| apart(a, b)));
    }
    let between: Vec<f64> = real.iter().flat_map(|a| made.iter().map(|b| apart(a, b))).collect();
    (overlap(&within, &between), divergence(&within, &between))
}
