//! The passages of training music, for an image: its composer does not say them again.

use std::collections::HashSet;

use musigan_engine::passages::{Passage, Passages, Trail};

use super::piece::Piece;

/// The passages of `notes` notes in a piece, in order.
pub fn of_piece(piece: &Piece, notes: u8) -> impl Iterator<Item = Passage> {
    let mut trail = Trail::new();
    piece.notes().iter().filter_map(move |note| {
        let beginning = trail.beginning(notes);
        trail.hear(note);
        beginning.map(|beginning| beginning.with(note.onset, note.pitch, note.part))
    })
}

/// A set of passages of `notes` notes as [`Passages::read`] takes it, with so many bits for each; `None` where there
/// are none, too many, or of another length than passages have.
pub fn written(passages: &HashSet<Passage>, notes: u8, bits_each: u8) -> Option<Vec<u8>> {
    let bytes = (passages.len() * usize::from(bits_each)).div_ceil(8);
    if !(1..=Passages::MAX_BYTES).contains(&bytes) {
        return None;
    }
    // So many probes leave the fewest false finds: ln 2 for every bit that a passage has.
    let probes = (f64::from(bits_each) * std::f64::consts::LN_2).round() as u8;
    let probes = probes.clamp(*Passages::PROBES.start(), *Passages::PROBES.end());
    let mut bits = vec![0; bytes];
    passages.iter().for_each(|&passage| Passages::put(&mut bits, probes, passage));
    let set = Passages::new(notes, probes, &bits)?;
    Some([&set.head(), set.bits()].concat())
}

#[cfg(test)]
mod tests {
    use super::super::novelty::Index;
    use super::super::piece::melody;
    use super::*;
    use crate::train::Rng;

    #[test]
    fn what_has_no_passage_has_no_longer_match() {
        let rng = &mut Rng::keyed(&[3]);
        let mut any = |length: usize| {
            melody(&(0..length).map(|_| 60 + rng.below(5) as u8).collect::<Vec<_>>())
        };
        let known: Vec<Piece> = (0..5).map(|_| any(60)).collect();
        let index = Index::new(&known);
        let all: HashSet<Passage> = known.iter().flat_map(|piece| of_piece(piece, 4)).collect();
        let mut found = [0; 2];
        for _ in 0..200 {
            let piece = any(5);
            let copied = of_piece(&piece, 4).any(|passage| all.contains(&passage));
            // All durations are the same here, so a match is a passage.
            assert_eq!(copied, index.longest_match(&piece) >= 4);
            found[usize::from(copied)] += 1;
        }
        assert!(found.into_iter().all(|times| times > 10), "{found:?}");
    }

    #[test]
    fn a_set_that_is_written_holds_every_passage() {
        let piece = melody(&[60, 62, 64, 65, 67, 69, 71, 72, 60, 59]);
        let passages: HashSet<Passage> = of_piece(&piece, 4).collect();
        let bytes = written(&passages, 4, 8).expect("a set");
        let set = Passages::read(&bytes).expect("a set");
        assert!(of_piece(&piece, 4).all(|passage| set.contains(passage)));
        assert_eq!((set.notes(), set.probes(), set.bits().len()), (4, 6, passages.len()));
        assert!(written(&HashSet::new(), 4, 8).is_none());
        assert!(written(&passages, 9, 8).is_none());
    }
}
