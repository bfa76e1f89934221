//! Repetition: what this project exists to end, and what music cannot do without.

use std::collections::HashSet;

use super::piece::Piece;
use musigan_score::Note;

/// Notes of the longest period that counts as a loop.
const PERIOD: usize = 4;
/// Notes of a phrase.
const PHRASE: usize = 4;

/// A note: part, pitch and duration.
type Sound = (u8, u8, u16);

/// The notes, each with its distance from the one before.
fn steps(piece: &Piece) -> Vec<(u32, Sound)> {
    let mut before = piece.notes().first().map_or(0, |note| note.onset.0);
    let step = |note: &Note| {
        let gap = note.onset.0 - std::mem::replace(&mut before, note.onset.0);
        (gap, (note.part.index() as u8, note.pitch.key(), note.duration))
    };
    piece.notes().iter().map(step).collect()
}

/// How long one to four notes are repeated and nothing else happens, in bars (of the piece's mean
/// length): from the first note of the longest such loop to its last. 0 where nothing comes twice in a
/// row.
pub fn longest_loop(piece: &Piece) -> f64 {
    let steps = steps(piece);
    let mut longest = 0;
    for period in 1..=PERIOD {
        let mut run = 0;
        for at in period..steps.len() {
            run = if steps[at] == steps[at - period] { run + 1 } else { 0 };
            if run == 0 {
                continue;
            }
            // What came before its first note does not matter.
            let mut first = at + 1 - run - period;
            if first > 0 && steps[first - 1].1 == steps[first - 1 + period].1 {
                first -= 1;
            }
            if at + 1 - first >= 2 * period {
                longest = longest.max(piece.notes()[at].onset.0 - piece.notes()[first].onset.0);
            }
        }
    }
    let ticks: u32 = piece.bars().iter().map(|bar| bar.ticks()).sum();
    f64::from(longest) * piece.bars().len() as f64 / f64::from(ticks.max(1))
}

/// The share of different ones among the phrases of four notes; not a number of less notes.
pub fn distinct_phrases(piece: &Piece) -> f64 {
    let steps = steps(piece);
    let phrases = steps.windows(PHRASE);
    let all = phrases.len() as f64;
    phrases.collect::<HashSet<_>>().len() as f64 / all
}

#[cfg(test)]
mod tests {
    use super::super::piece::melody;
    use super::*;

    #[test]
    fn a_loop_is_measured_from_its_first_note_to_its_last() {
        assert_eq!(longest_loop(&melody(&[60, 61, 62, 63, 64, 65, 66, 67])), 0.0);
        // 60 64 twice and a half, after something else: five notes, four quarters.
        assert_eq!(longest_loop(&melody(&[70, 72, 60, 64, 60, 64, 60, 71])), 1.0);
        assert_eq!(longest_loop(&melody(&[60; 9])), 8.0 / 4.0);
        // A period of five is none.
        assert_eq!(longest_loop(&melody(&[1, 2, 3, 4, 5, 1, 2, 3, 4, 5])), 0.0);
        assert!(longest_loop(&melody(&[])).abs() < f64::EPSILON);
    }

    #[test]
    fn phrases_are_counted_once() {
        assert_eq!(distinct_phrases(&melody(&[60, 61, 62, 63, 64, 65, 66, 67])), 1.0);
        assert_eq!(distinct_phrases(&melody(&[60; 12])), 2.0 / 9.0);
        assert!(distinct_phrases(&melody(&[60, 61])).is_nan());
    }
}
