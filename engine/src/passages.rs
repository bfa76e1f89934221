//! What a model has learnt from, so that its composer does not say it again.
//!
//! A passage is so many notes in a row as they are heard, whatever their key: each by its distance from the one
//! before in time and pitch and by the two parts, those between the first and the last by their duration, too.
//! [`Passages`] knows those of the training music; a composer says no note that ends one of them, where it has any
//! other to say (a *maximum order*, as Papadopoulos, Roy and Pachet call it: *Avoiding Plagiarism in Markov Sequence
//! Generation*, AAAI 2014). What is longer ends a shorter one, too: nothing is copied that is as long as a passage.

use core::ops::RangeInclusive;

use musigan_score::{Note, PartId, Pitch, Tick};

use crate::rng::split_mix;

/// Notes of the longest passage.
const LONGEST: usize = 8;

/// Bytes before the filter where a set is written down.
const HEAD: usize = 8;

/// Set of the passages of a model's training music.
///
/// A Bloom filter (B. Bloom, *Space/Time Trade-offs in Hash Coding with Allowable Errors*, CACM 1970): what was put in is
/// in it, and little else is; with eight bits for each passage and five probes 2 % of all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passages<'a> {
    bits: &'a [u8],
    notes: u8,
    probes: u8,
}

impl<'a> Passages<'a> {
    /// How many notes a passage may have.
    pub const NOTES: RangeInclusive<u8> = 2..=LONGEST as u8;
    /// How many bits of the filter may stand for one passage.
    pub const PROBES: RangeInclusive<u8> = 1..=16;
    /// The most bytes that a filter may have.
    pub const MAX_BYTES: usize = 1 << 28;

    /// Reads a set that was written down: its [head](Self::head), and the filter. `None` where it is none.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (&head, bits) = bytes.split_first_chunk::<HEAD>()?;
        let set = Self::new(head[4], head[5], bits)?;
        (set.head() == head).then_some(set)
    }

    /// What stands before the filter where the set is written down.
    pub const fn head(&self) -> [u8; HEAD] {
        let [m, g, p, s] = *b"\x89PSG";
        [m, g, p, s, self.notes, self.probes, 0, 0]
    }

    /// Passages of `notes` notes, of which each has `probes` bits in `bits`. `None` where a number is out of range, or
    /// `bits` is empty.
    pub fn new(notes: u8, probes: u8, bits: &'a [u8]) -> Option<Self> {
        let sound = Self::NOTES.contains(&notes)
            && Self::PROBES.contains(&probes)
            && (1..=Self::MAX_BYTES).contains(&bits.len());
        sound.then_some(Self { bits, notes, probes })
    }

    /// Notes of a passage.
    pub const fn notes(&self) -> u8 {
        self.notes
    }

    /// Bits of each passage in the filter.
    pub const fn probes(&self) -> u8 {
        self.probes
    }

    /// The filter.
    pub const fn bits(&self) -> &'a [u8] {
        self.bits
    }

    /// Whether the passage may be one of the training music: all of those are.
    ///
    /// # Real-time
    /// As many reads as there are probes, at most.
    pub fn contains(&self, passage: Passage) -> bool {
        let mut bits = places(passage, self.probes, self.bits.len());
        bits.all(|(byte, bit)| self.bits.get(byte).is_some_and(|bits| bits & bit != 0))
    }

    /// Puts a passage into the filter `bits`.
    pub fn put(bits: &mut [u8], probes: u8, passage: Passage) {
        for (byte, bit) in places(passage, probes, bits.len()) {
            if let Some(bits) = bits.get_mut(byte) {
                *bits |= bit;
            }
        }
    }
}

/// Where the bits of a passage are in a filter of so many bytes: which byte, and which of its bits.
///
/// All probes are made of two numbers (A. Kirsch and M. Mitzenmacher, *Less Hashing, Same Performance*, 2006).
fn places(passage: Passage, probes: u8, bytes: usize) -> impl Iterator<Item = (usize, u8)> {
    let (first, step) = (passage.0 as u32, (passage.0 >> 32) as u32 | 1);
    let bits = bytes as u64 * 8;
    (0..u32::from(probes)).map(move |probe| {
        let number = first.wrapping_add(step.wrapping_mul(probe));
        let bit = (u64::from(number) * bits) >> 32;
        ((bit / 8) as usize, 1 << (bit % 8))
    })
}

/// A passage, as a number that hardly another one has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Passage(u64);

/// The last notes that were heard.
///
/// # Real-time
/// Constant time and memory.
#[derive(Clone, Debug)]
pub struct Trail {
    /// The last notes, each relative to the one before it, the newest first.
    steps: [u64; LONGEST - 2],
    /// Notes that were heard, no more than are remembered.
    heard: usize,
    last: (Tick, Pitch, PartId),
}

impl Default for Trail {
    fn default() -> Self {
        Self::new()
    }
}

impl Trail {
    /// Nothing was heard.
    pub const fn new() -> Self {
        let first = match PartId::new(0) {
            Some(part) => part,
            None => unreachable!(),
        };
        let last = (Tick(0), Pitch::from_data(0), first);
        Self { steps: [0; LONGEST - 2], heard: 0, last }
    }

    /// Hears the next note; notes come in the order of onset, part and pitch.
    pub fn hear(&mut self, note: &Note) {
        let Note { onset, duration, pitch, part, .. } = *note;
        self.steps.rotate_right(1);
        self.steps[0] = step(self.last, (onset, pitch, part)) | u64::from(duration);
        self.heard = (self.heard + 1).min(LONGEST);
        self.last = (onset, pitch, part);
    }

    /// The beginning of a passage of so many notes that the next note ends; `None` where too few were heard.
    pub fn beginning(&self, notes: u8) -> Option<Beginning> {
        let before = usize::from(notes).checked_sub(1).filter(|&before| before <= self.heard)?;
        // The first note of a passage has none before it.
        let steps = self.steps.get(..before.checked_sub(1)?)?;
        let hash = steps.iter().rev().fold(u64::from(notes), |hash, step| split_mix(hash ^ step).0);
        Some(Beginning { hash, last: self.last })
    }
}

/// A passage but for its last note.
#[derive(Clone, Copy, Debug)]
pub struct Beginning {
    hash: u64,
    last: (Tick, Pitch, PartId),
}

impl Beginning {
    /// The passage with this note at its end, however long it sounds.
    pub fn with(self, onset: Tick, pitch: Pitch, part: PartId) -> Passage {
        Passage(split_mix(self.hash ^ step(self.last, (onset, pitch, part))).0)
    }
}

/// What a note is beside the one before, with room for its duration in the lowest 16 bits.
fn step(last: (Tick, Pitch, PartId), next: (Tick, Pitch, PartId)) -> u64 {
    let gap = u64::from(next.0.0.wrapping_sub(last.0.0).min(0xffff));
    let rise = i16::from(next.1.key()) - i16::from(last.1.key());
    let parts = (next.2.index() * 16 + last.2.index()) as u64;
    gap << 40 | u64::from(rise as u16) << 24 | parts << 16
}

#[cfg(test)]
mod tests {
    use super::*;
    use musigan_score::Velocity;

    fn note(onset: u32, key: u8, part: u8, duration: u16) -> Note {
        Note {
            onset: Tick(onset),
            duration,
            pitch: Pitch::from_data(key),
            velocity: Velocity::MEZZO_FORTE,
            part: PartId::new(part).unwrap(),
        }
    }

    /// Every passage of so many notes.
    fn passages(melody: [Note; 12], notes: u8) -> impl Iterator<Item = Passage> {
        let mut trail = Trail::new();
        melody.into_iter().filter_map(move |note| {
            let beginning = trail.beginning(notes);
            trail.hear(&note);
            beginning.map(|beginning| beginning.with(note.onset, note.pitch, note.part))
        })
    }

    fn melody(from: u32, rise: u8, long: u16) -> [Note; 12] {
        core::array::from_fn(|at| {
            let key = 50 + rise + (at * at % 7) as u8;
            let duration = if at == 3 { long } else { 12 };
            note(from + 12 * (at as u32 + at as u32 / 5), key, (at % 3) as u8, duration)
        })
    }

    #[test]
    fn a_passage_is_the_same_in_any_key_and_at_any_time() {
        for notes in Passages::NOTES {
            let own = passages(melody(0, 0, 12), notes);
            assert!(own.eq(passages(melody(480, 5, 12), notes)), "{notes}");
            assert_eq!(passages(melody(0, 0, 12), notes).count(), 13 - usize::from(notes));
        }
    }

    #[test]
    fn a_duration_counts_but_that_of_the_first_and_the_last_note() {
        // The fourth note is another one, which the passages of four that begin at the second and the third have inside.
        let pairs = passages(melody(0, 0, 12), 4).zip(passages(melody(0, 0, 24), 4));
        for (at, (one, other)) in pairs.enumerate() {
            assert_eq!(one == other, ![1, 2].contains(&at), "{at}");
        }
    }

    #[test]
    fn parts_rhythm_and_intervals_count() {
        let own = melody(0, 0, 12);
        for at in 0..4 {
            let mut changes = [own; 3];
            changes[0][at].part = PartId::new(9).unwrap();
            changes[1][at].onset.0 += 1;
            changes[2][at].pitch = Pitch::from_data(49);
            for changed in changes {
                assert_ne!(passages(own, 4).next(), passages(changed, 4).next(), "{at}");
            }
        }
    }

    #[test]
    fn what_was_put_in_is_found_and_little_else() {
        let of = |number: u64| Passage(split_mix(number).0);
        let mut bits = [0; 4096];
        (0..4096).for_each(|number| Passages::put(&mut bits, 5, of(number)));
        let filter = Passages::new(4, 5, &bits).unwrap();
        assert!((0..4096).all(|number| filter.contains(of(number))));
        // (1 − e^(−5/8))^5 = 2.2 % in theory; within four standard deviations.
        let wrong = (4096..104_096).filter(|&number| filter.contains(of(number))).count();
        assert!((1980..2360).contains(&wrong), "{wrong}");
    }

    #[test]
    fn what_is_written_down_is_read_again() {
        let set = Passages::new(4, 5, &[1, 2, 3]).unwrap();
        let mut bytes = [0; HEAD + 3];
        bytes[..HEAD].copy_from_slice(&set.head());
        bytes[HEAD..].copy_from_slice(set.bits());
        assert_eq!(Passages::read(&bytes), Some(set));
        assert_eq!(Passages::read(&bytes[..HEAD]), None);
        for at in [0, 3, 6, 7] {
            let mut other = bytes;
            other[at] ^= 1;
            assert_eq!(Passages::read(&other), None, "{at}");
        }
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        assert!(Passages::new(4, 5, &[0]).is_some());
        for (notes, probes, len) in [(1, 5, 1), (9, 5, 1), (4, 0, 1), (4, 17, 1), (4, 5, 0)] {
            assert_eq!(Passages::new(notes, probes, &[0][..len]), None);
        }
    }
}
