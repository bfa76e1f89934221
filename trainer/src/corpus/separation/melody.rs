//! The one part that is a melody, among others.

use super::Sounding;

/// Whether each note is the highest of those that begin when it does, and no higher one still sounds.
pub fn skyline(notes: &[Sounding]) -> Vec<bool> {
    let mut found = vec![false; notes.len()];
    let mut top: Option<Sounding> = None;
    for (start, chord) in groups(notes) {
        let Some(highest) = chord.last() else { continue };
        let covered = top.is_some_and(|top| top.end > highest.onset && top.key > highest.key);
        if !covered {
            found[start + chord.len() - 1] = true;
            top = Some(*highest);
        }
    }
    found
}

/// Notes that begin together, each group with the place of its first.
fn groups(notes: &[Sounding]) -> impl Iterator<Item = (usize, &[Sounding])> {
    let mut start = 0;
    notes.chunk_by(|a, b| a.onset == b.onset).map(move |chord| {
        let at = start;
        start += chord.len();
        (at, chord)
    })
}

/// What makes a path through notes a melody; weighed by hand, not tuned on any corpus.
#[derive(Clone, Copy, Debug)]
struct Taste {
    /// What a note is worth that nobody is above, in quarters of its length.
    length: f64,
    /// Longer than this many quarters is worth no more.
    longest: f64,
    /// What each note above it costs.
    above: f64,
    /// What a semitone of a leap costs.
    leap: f64,
    /// What a quarter of silence costs.
    silence: f64,
    /// What a note costs in itself, so that figures are not worth more than what they adorn.
    note: f64,
}

const TASTE: Taste =
    Taste { length: 1.0, longest: 2.0, above: 0.45, leap: 0.03, silence: 0.05, note: -0.1 };

/// How many notes before a note may be the one that the melody comes from.
const REACH: usize = 60;

/// Whether each note is of the melody: the path through notes that do not overlap which is worth most;
/// `quarter` is the length of a quarter note in the notes' ticks.
pub fn melody(notes: &[Sounding], quarter: u64) -> Vec<bool> {
    let quarter = quarter.max(1) as f64;
    let quarters = |ticks: u64| ticks as f64 / quarter;
    let mut best: Vec<(f64, Option<usize>)> = Vec::with_capacity(notes.len());
    for (at, note) in notes.iter().enumerate() {
        let length = quarters(note.end.saturating_sub(note.onset)).min(TASTE.longest);
        let sounding = |other: &&Sounding| other.onset <= note.onset && other.end > note.onset;
        let around = &notes[at.saturating_sub(REACH)..(at + 16).min(notes.len())];
        let above = around.iter().filter(sounding).filter(|other| other.key > note.key).count();
        let worth = TASTE.length * length - TASTE.above * above as f64 - TASTE.note;
        let from = (at.saturating_sub(REACH)..at)
            .filter(|&before| {
                notes[before].onset < note.onset && notes[before].end <= note.onset + 1
            })
            .map(|before| {
                let leap = f64::from(notes[before].key.abs_diff(note.key));
                let silence = quarters(note.onset.saturating_sub(notes[before].end)).min(8.0);
                (best[before].0 - TASTE.leap * leap - TASTE.silence * silence, before)
            })
            .max_by(|a, b| a.0.total_cmp(&b.0));
        best.push(match from {
            Some((value, before)) if value > 0.0 => (value + worth, Some(before)),
            _ => (worth, None),
        });
    }
    let mut found = vec![false; notes.len()];
    let mut at = (0..best.len()).max_by(|&a, &b| best[a].0.total_cmp(&best[b].0));
    while let Some(place) = at {
        found[place] = true;
        at = best[place].1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::{in_order, note};
    use super::*;

    #[test]
    fn a_melody_over_chords_is_found_by_both() {
        let mut notes: Vec<_> =
            (0..16).map(|at| note(24 * at, 24 * (at + 1), 70 + (at % 5) as u8)).collect();
        notes.extend(
            (0..16).flat_map(|at| [48, 52, 55].map(|key| note(24 * at, 24 * at + 20, key))),
        );
        in_order(&mut notes);
        let is: Vec<bool> = notes.iter().map(|note| note.key >= 70).collect();
        assert_eq!(skyline(&notes), is);
        assert_eq!(melody(&notes, 24), is);
    }

    #[test]
    fn a_figure_above_a_long_note_deceives_the_skyline_alone() {
        // A voice in half notes under an accompaniment of sixteenths that reach above it.
        let mut notes: Vec<_> =
            (0..8).map(|at| note(48 * at, 48 * (at + 1), 67 + (at % 3) as u8)).collect();
        notes.extend((0..64).map(|at| note(6 * at, 6 * at + 6, if at % 4 == 2 { 74 } else { 55 })));
        in_order(&mut notes);
        let is: Vec<bool> = notes.iter().map(|note| (67..70).contains(&note.key)).collect();
        assert_ne!(skyline(&notes), is);
        assert_eq!(melody(&notes, 24), is);
    }
}
