//! What a piece has copied: the longest passage that is in the training music, too.
//!
//! A passage is compared as it is heard, whatever its key: each note by its distance from the one before
//! in time and pitch, its part and its duration. The training music is one text with an index over it, a
//! sorted list of all its places (a suffix array; Manber and Myers, 1993), so that each place of a piece
//! is looked up in about twenty steps.

use std::cmp::Ordering;

use musigan_score::Note;
use rayon::prelude::*;

use super::piece::Piece;

/// Places that agree this far count as the same when the index is sorted: training music repeats itself
/// for hundreds of notes.
const DEPTH: usize = 1024;

/// A note relative to the one before; 0 is the end of a piece, like nothing else.
type Letter = u64;

/// An index over training music.
pub struct Index {
    text: Vec<Letter>,
    /// Where each letter's piece ends, so that no match goes on into the next.
    sorted: Vec<u32>,
}

/// The letters of a piece: one less than it has notes.
fn letters(piece: &Piece) -> Vec<Letter> {
    let letter = |pair: &[Note]| {
        let gap = u64::from((pair[1].onset.0 - pair[0].onset.0).min(0xffff));
        let rise = i16::from(pair[1].pitch.key()) - i16::from(pair[0].pitch.key());
        let change = pair[1].part.index() as u64 * 16 + pair[0].part.index() as u64;
        let letter = gap << 40 | u64::from(rise as u16) << 24 | change << 16;
        // The least letter is 1: 0 ends a piece.
        (letter | u64::from(pair[1].duration)) + 1
    };
    piece.notes().windows(2).map(letter).collect()
}

impl Index {
    /// Indexes pieces.
    pub fn new<'a>(pieces: impl IntoIterator<Item = &'a Piece>) -> Self {
        let mut text = Vec::new();
        for piece in pieces {
            text.extend(letters(piece));
            text.push(0);
        }
        let mut sorted: Vec<u32> = (0..text.len() as u32).collect();
        let from = |&at: &u32| {
            let at = at as usize;
            &text[at..text.len().min(at + DEPTH)]
        };
        sorted.par_sort_unstable_by(|a, b| from(a).cmp(from(b)));
        Self { text, sorted }
    }

    /// How many notes in a row, at most, a piece has in common with the training music, in the same
    /// rhythm, parts and intervals. 0 where it has not even two.
    pub fn longest_match(&self, piece: &Piece) -> usize {
        let letters = letters(piece);
        let longest = (0..letters.len()).map(|at| self.common(&letters[at..])).max();
        longest.filter(|&letters| letters > 0).map_or(0, |letters| letters + 1)
    }

    /// Letters of a passage that the training music has somewhere: of all places in it, the two beside
    /// the passage's own in the order agree furthest.
    fn common(&self, passage: &[Letter]) -> usize {
        let place = self.sorted.partition_point(|&at| {
            self.text[at as usize..].iter().take(DEPTH).cmp(passage) == Ordering::Less
        });
        let agree = |at: &u32| {
            self.text[*at as usize..].iter().zip(passage).take_while(|(a, b)| a == b).count()
        };
        let beside = &self.sorted[place.saturating_sub(1)..self.sorted.len().min(place + 1)];
        beside.iter().map(agree).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::piece::melody;
    use super::*;
    use crate::train::Rng;

    #[test]
    fn a_passage_is_found_in_any_key() {
        let index = Index::new(&[melody(&[60, 62, 64, 65, 67]), melody(&[60, 59, 60, 72, 70, 69])]);
        assert_eq!(index.longest_match(&melody(&[50, 52, 54, 55, 57])), 5);
        assert_eq!(index.longest_match(&melody(&[30, 70, 82, 80, 79, 33])), 4);
        assert_eq!(index.longest_match(&melody(&[20, 40, 90])), 0);
        assert_eq!(index.longest_match(&melody(&[60])), 0);
        // A match does not go on from one piece into the next.
        assert_eq!(index.longest_match(&melody(&[65, 67, 60, 59, 60])), 3);
    }

    #[test]
    fn the_index_finds_what_looking_everywhere_finds() {
        let rng = &mut Rng::keyed(&[7]);
        let mut any = |length: usize| {
            melody(&(0..length).map(|_| 60 + rng.below(3) as u8).collect::<Vec<_>>())
        };
        let known: Vec<Piece> = (0..5).map(|_| any(80)).collect();
        let index = Index::new(&known);
        for _ in 0..20 {
            let piece = any(40);
            let own = letters(&piece);
            let mut longest = 0;
            for text in known.iter().map(letters) {
                for at in 0..own.len() {
                    for there in 0..text.len() {
                        let pairs = own[at..].iter().zip(&text[there..]);
                        longest = longest.max(pairs.take_while(|(a, b)| a == b).count());
                    }
                }
            }
            assert_eq!(index.longest_match(&piece), longest + 1);
        }
    }
}
