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
//! All are judged on tracks that were merged on purpose ([`F1`]). [`take_apart`] does so to a song.

mod contig;
mod melody;

pub use contig::voices;
pub use melody::{melody, skyline};

use super::division::DEFAULT_TEMPO;
use super::song::{Line, Song, Sounding};

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

/// The same song with its pitched notes taken apart, if all of them are one track's, on one channel and
/// program: into a melody and what accompanies it, or into so many voices, at most 8. Percussion and songs
/// of several parts stay as they are.
pub fn take_apart(mut song: Song, parts: usize) -> Song {
    let mut pitched =
        (0..song.lines.len()).filter(|&at| !song.lines[at].instrument.is_percussion());
    let (Some(at), None) = (pitched.next(), pitched.next()) else { return song };
    let mut notes = song.lines[at].notes.clone();
    in_order(&mut notes);
    let tempo = song.tempi.first().map_or(DEFAULT_TEMPO, |&(_, tempo)| tempo);
    let part: Vec<usize> = match parts {
        2 => melody(&notes, song.division.quarter(tempo))
            .into_iter()
            .map(|lead| usize::from(!lead))
            .collect(),
        _ => voices(&notes, parts.clamp(1, 8)),
    };
    let Line { track, channel, instrument, .. } = song.lines[at];
    let mut lines = vec![Vec::new(); parts.clamp(1, 8)];
    for (note, part) in notes.into_iter().zip(part) {
        lines[part].push(note);
    }
    let lines = lines.into_iter().filter(|notes| !notes.is_empty());
    let lines = lines.map(|notes| Line { track, channel, instrument, notes });
    song.lines.splice(at..=at, lines);
    song
}

#[cfg(test)]
pub(super) fn note(onset: u64, end: u64, key: u8) -> Sounding {
    Sounding { onset, end, key, velocity: 80 }
}

#[cfg(test)]
mod tests {
    use super::super::division::Division;
    use super::*;
    use musigan_score::{Instrument, Program};

    fn song(lines: Vec<Line>) -> Song {
        Song {
            division: Division::Quarter(480),
            lines,
            tempi: Vec::new(),
            metres: Vec::new(),
            keys: Vec::new(),
            oddities: Default::default(),
        }
    }

    fn line(instrument: Instrument, notes: Vec<Sounding>) -> Line {
        Line { track: 0, channel: 0, instrument, notes }
    }

    #[test]
    fn one_track_becomes_a_melody_and_what_accompanies_it() {
        let piano = Instrument::Program(Program::PIANO);
        let tune = |n: u64| note(n * 480, n * 480 + 480, 72 + (n % 5) as u8);
        let chord = |n: u64| [48, 52, 55].map(|key| note(n * 480, n * 480 + 240, key));
        let notes: Vec<_> = (0..16).flat_map(|n| [tune(n)].into_iter().chain(chord(n))).collect();
        let beat = line(Instrument::Percussion, vec![note(0, 10, 36)]);
        let apart = take_apart(song(vec![line(piano, notes.clone()), beat.clone()]), 2);
        let [lead, rest, drums] = &apart.lines[..] else { panic!("{}", apart.lines.len()) };
        assert_eq!(lead.notes, (0..16).map(tune).collect::<Vec<_>>());
        assert_eq!((rest.notes.len(), drums), (48, &beat));
        // Four voices of a note each.
        let apart = take_apart(song(vec![line(piano, notes.clone())]), 4);
        assert!(apart.lines.iter().all(|line| line.notes.len() == 16));
        // A song whose parts are told stays as it is.
        let told = song(vec![line(piano, notes.clone()), line(piano, vec![tune(0)])]);
        assert_eq!(take_apart(told.clone(), 2), told);
    }

    #[test]
    fn the_harmonic_mean_is_that_of_precision_and_recall() {
        let f1 = F1::of([(true, true), (true, true), (true, false), (false, true), (false, false)]);
        assert_eq!(f1, F1 { right: 2, wrong: 1, missed: 1 });
        let (p, r) = (f1.precision(), f1.recall());
        assert!((f1.value() - 2.0 * p * r / (p + r)).abs() < 1e-12);
    }
}
