//! Which notes of a mixture belong to which part.
//!
//! Where a file names tracks, channels or programs, these are the parts ([`parts`](super::parts)). Where two
//! or more share one track, there are only the notes to go by:
//!
//! - [`skyline`]: whatever is highest when it begins is the melody (Uitdenbogerd and Zobel, *Melodic
//!   Matching Techniques for Large Music Databases*, ACM Multimedia 1999);
//! - [`melody`]: the best path through the notes by register, voice-leading and length;
//! - [`voices`]: so many parts of one note each, by contig mapping (Chew and Wu, *Separating Voices in
//!   Polyphonic Music: A Contig Mapping Approach*, CMMR 2004).
//!
//! All are judged on tracks that were merged on purpose ([`F1`]).

mod contig;
mod melody;

pub use contig::voices;
pub use melody::{melody, skyline};

use super::song::Sounding;

/// How well notes were found: counts of notes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct F1 {
    /// Found, and there.
    pub right: u64,
    /// Found, and not there.
    pub wrong: u64,
    /// There, and not found.
    pub missed: u64,
}

impl F1 {
    /// Counts notes that were `found` to be of a part, of which those that `are` are.
    pub fn of(pairs: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut counts = Self::default();
        for (found, is) in pairs {
            match (found, is) {
                (true, true) => counts.right += 1,
                (true, false) => counts.wrong += 1,
                (false, true) => counts.missed += 1,
                (false, false) => {}
            }
        }
        counts
    }

    /// Adds the counts of `other`.
    pub fn add(&mut self, other: Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
    }

    /// Share of what was found that is there.
    pub fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong) as f64
    }

    /// Share of what is there that was found.
    pub fn recall(&self) -> f64 {
        self.right as f64 / (self.right + self.missed) as f64
    }

    /// The harmonic mean of both.
    pub fn value(&self) -> f64 {
        2.0 * self.right as f64 / (2 * self.right + self.wrong + self.missed) as f64
    }
}

/// Notes in the order of their onsets, lower ones first, as all functions here want them.
pub fn in_order(notes: &mut [Sounding]) {
    notes.sort_by_key(|note| (note.onset, note.key, note.end));
}

#[cfg(test)]
pub(super) fn note(onset: u64, end: u64, key: u8) -> Sounding {
    Sounding { onset, end, key, velocity: 80 }
}

#[cfg(test)]
mod tests {
    use super::F1;

    #[test]
    fn the_harmonic_mean_is_that_of_precision_and_recall() {
        let f1 = F1::of([(true, true), (true, true), (true, false), (false, true), (false, false)]);
        assert_eq!(f1, F1 { right: 2, wrong: 1, missed: 1 });
        let (p, r) = (f1.precision(), f1.recall());
        assert!((f1.value() - 2.0 * p * r / (p + r)).abs() < 1e-12);
    }
}
