//! Training pieces that are nearly held-out ones.
//!
//! The same song is in a corpus in another key, for other instruments, as another edition has it: none of
//! that is the same sentence, and a network that has heard the one knows the other. How alike two pieces
//! are is Broder's *resemblance* (*On the Resemblance and Containment of Documents*, SEQUENCES 1997): of
//! the distinct [shingles](Shingles) in either, the share that is in both (Jaccard's index).
//!
//! A shingle is a run of [`RUN`] notes of the melody, as far as it is the same in any key, tempo and
//! arrangement: intervals in semitones, and the ratio of each time between onsets to the one before. The
//! melody is the [`skyline`].
//!
//! Not every pair is looked at. Of the shingles' hashes under [`BANDS`] times [`ROWS`] hash functions the
//! least are kept (MinHash), which two pieces share with the probability of their resemblance r; a pair is
//! looked at where all least hashes of a band are the same (locality-sensitive hashing: Indyk and Motwani,
//! STOC 1998), with probability 1 - (1 - rᴿᴼᵂˢ)ᴮᴬᴺᴰˢ: 99.8 % at one half, all but one in 10⁹ at 0.7. What is
//! looked at is counted in full, so nothing is removed by chance, and everything is the same on any number of
//! threads. The work is linear in the pieces, but for music that many pieces share.

use super::TokenPiece;
use super::hash::Fnv;
use super::load::Kept;
use super::separation::{in_order, skyline};
use super::song::Sounding;
use musigan_score::Token;
use musigan_score::events::{Decoder, Event};
use rayon::prelude::*;
use std::borrow::Cow;
use std::convert::Infallible;

/// Notes of a shingle.
pub const RUN: usize = 6;

/// Bands of least hashes.
pub const BANDS: usize = 48;

/// Least hashes of a band.
pub const ROWS: usize = 3;

/// Pieces with fewer shingles resemble nothing: a scale is in every piece.
pub const FEWEST: usize = 16;

/// Two pieces that resemble each other so much, in percent, are nearly the same.
pub const NEARLY: u8 = 50;

/// A training piece that is nearly a held-out one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// The training piece.
    pub name: String,
    /// The held-out piece that it resembles most.
    pub of: String,
    /// How much, in percent, rounded down.
    pub percent: u8,
}

/// The shingles of a piece: distinct hashes in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shingles(Vec<u64>);

impl Shingles {
    /// The shingles of a sentence.
    pub fn of(sentence: &[u16]) -> Self {
        let melody = melody(sentence);
        let step = |notes: &[Sounding]| {
            let before = (notes[1].onset - notes[0].onset) as f64;
            let now = (notes[2].onset - notes[1].onset) as f64;
            // In half octaves, as it were: dotted rhythms differ from even ones, a bent onset does not.
            let ratio = (2.0 * (now / before).log2()).round() as i8;
            let interval = notes[2].key.wrapping_sub(notes[1].key);
            [interval, ratio as u8]
        };
        // The first interval of a run has no ratio: it would be that of a note before the run.
        let steps: Vec<[u8; 2]> = melody.windows(3).map(step).collect();
        let first = |at: usize| melody[at + 1].key.wrapping_sub(melody[at].key);
        let mut hashes: Vec<u64> = (steps.windows(RUN - 2).enumerate())
            .map(|(at, steps)| Fnv::new().with(&[first(at)]).with(steps.as_flattened()).mixed())
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes)
    }

    /// The resemblance to others, in percent, rounded down; 0 where either are fewer than [`FEWEST`].
    pub fn resemblance(&self, other: &Self) -> u8 {
        let (a, b) = (&self.0, &other.0);
        if a.len().min(b.len()) < FEWEST {
            return 0;
        }
        let (mut at, mut both) = (0, 0);
        for hash in a {
            at += b[at..].partition_point(|other| other < hash);
            both += usize::from(b.get(at) == Some(hash));
        }
        (100 * both / (a.len() + b.len() - both)) as u8
    }

    /// A hash of each band's least hashes; none where there are fewer than [`FEWEST`].
    fn bands(&self) -> Vec<u64> {
        if self.0.len() < FEWEST {
            return Vec::new();
        }
        let least = |function: usize| {
            let salt = Fnv::new().with_u64(function as u64).mixed();
            // Multiplication by an odd number permutes the hashes, and xor does.
            let hashes = self.0.iter().map(|hash| (hash ^ salt).wrapping_mul(salt | 1));
            hashes.min().unwrap_or(u64::MAX)
        };
        let band = |band: usize| {
            let rows = (band * ROWS..(band + 1) * ROWS).map(least);
            rows.fold(Fnv::new().with_u64(band as u64), Fnv::with_u64).mixed()
        };
        (0..BANDS).map(band).collect()
    }
}

/// The melody of a sentence, one note at a time.
fn melody(sentence: &[u16]) -> Vec<Sounding> {
    let mut decoder = Decoder::new();
    let mut notes = Vec::new();
    for &token in sentence {
        let Some(Event::Note(note)) = decoder.push(Token(token)) else { continue };
        if decoder.instrument(note.part).is_some_and(|instrument| instrument.is_percussion()) {
            continue;
        }
        let (onset, end) = (note.onset.0.into(), note.end().0.into());
        let (key, velocity) = (note.pitch.key(), note.velocity.value());
        notes.push(Sounding { onset, end, key, velocity });
    }
    in_order(&mut notes);
    let found = skyline(&notes);
    notes.into_iter().zip(found).filter_map(|(note, is)| is.then_some(note)).collect()
}

/// Removes from the training pieces those that resemble a held-out piece by `percent` or more, and tells
/// which: in their order, each with the piece that it resembles most, of several the first.
pub fn remove(train: &mut Vec<TokenPiece>, held_out: &[&TokenPiece], percent: u8) -> Vec<Near> {
    fn tokens(piece: &TokenPiece) -> Result<Cow<'_, [u16]>, Infallible> {
        Ok(Cow::Borrowed(&piece.tokens))
    }
    match remove_by(train, held_out, percent, &tokens) {
        Ok(near) => near,
        Err(never) => match never {},
    }
}

/// Gives the tokens of a piece.
pub type Tokens<'a, P, E> = dyn Fn(&P) -> Result<Cow<'_, [u16]>, E> + Sync + 'a;

/// As [`remove`], with tokens that are read when they are looked at: of held-out pieces nothing but a hash of
/// each band stays in memory.
///
/// # Errors
/// The first of `tokens`; nothing is removed then.
pub fn remove_by<P: Kept, E: Send>(
    train: &mut Vec<P>,
    held_out: &[&P],
    percent: u8,
    tokens: &Tokens<'_, P, E>,
) -> Result<Vec<Near>, E> {
    let bands: Vec<Vec<(u64, u32)>> = (held_out.par_iter().zip(0..held_out.len() as u32))
        .map(|(piece, at)| {
            let bands = Shingles::of(&tokens(piece)?).bands();
            Ok(bands.into_iter().map(|band| (band, at)).collect())
        })
        .collect::<Result<_, E>>()?;
    let mut places = bands.concat();
    drop(bands);
    places.sort_unstable();
    let with = |band: u64| {
        let from = places.partition_point(|place| place.0 < band);
        places[from..].iter().take_while(move |place| place.0 == band).map(|place| place.1)
    };
    let nearest = |piece: &P| {
        let shingles = Shingles::of(&tokens(piece)?);
        let bands = shingles.bands();
        let mut candidates: Vec<u32> = bands.into_iter().flat_map(with).collect();
        candidates.sort_unstable();
        candidates.dedup();
        let mut nearest: Option<(u8, u32)> = None;
        for at in candidates {
            let other = Shingles::of(&tokens(held_out[at as usize])?);
            let resemblance = shingles.resemblance(&other);
            if resemblance >= percent && nearest.is_none_or(|(most, _)| resemblance > most) {
                nearest = Some((resemblance, at));
            }
        }
        Ok(nearest)
    };
    let found: Vec<Option<(u8, u32)>> = train.par_iter().map(nearest).collect::<Result<_, E>>()?;
    let mut near = Vec::new();
    let mut found = found.into_iter();
    train.retain(|piece| match found.next().flatten() {
        Some((percent, at)) => {
            let (name, of) = (piece.name().to_owned(), held_out[at as usize].name().to_owned());
            near.push(Near { name, of, percent });
            false
        }
        None => true,
    });
    Ok(near)
}

#[cfg(test)]
mod tests {
    use super::super::{Options, pieces, transpose};
    use super::*;

    /// A number out of 0 to `below` - 1, by a key.
    fn draw(key: u64, at: u64, below: u64) -> u64 {
        Fnv::new().with_u64(key).with_u64(at).mixed() % below
    }

    /// A file of one track: `melody` as (key, ticks), each over a bass of `program`, 96 ticks to the quarter.
    fn piece(name: &str, melody: &[(u8, u8)], bass: u8) -> TokenPiece {
        let mut track = Vec::new();
        for &(key, ticks) in melody {
            track.extend([0, 0x90, key, 80, 0, 0x90, bass, 60]);
            track.extend([ticks, 0x80, key, 0, 0, 0x80, bass, 0]);
        }
        track.extend([0, 0xff, 0x2f, 0]);
        let mut file = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk".to_vec();
        file.extend((track.len() as u32).to_be_bytes());
        file.extend(track);
        pieces(name, &file, &Options::default()).unwrap().remove(0).0
    }

    fn tune(key: u64, length: u64) -> Vec<(u8, u8)> {
        let pitch = |at| 60 + draw(key, at, 20) as u8;
        let ticks = |at| [24, 48, 96][draw(key ^ 1, at, 3) as usize];
        (0..length).map(|at| (pitch(at), ticks(at))).collect()
    }

    #[test]
    fn key_tempo_and_accompaniment_are_nothing_to_it() {
        let tune = tune(5, 100);
        let one = piece("one", &tune, 40);
        let shingles = Shingles::of(&one.tokens);
        assert!(shingles.0.len() > 80, "{}", shingles.0.len());
        let transposed = Shingles::of(&transpose(&one.tokens, 5).unwrap());
        assert_eq!(shingles, transposed);
        let slow: Vec<_> = tune.iter().map(|&(key, ticks)| (key, ticks / 2)).collect();
        let other = Shingles::of(&piece("other", &slow, 33).tokens);
        assert_eq!(shingles.resemblance(&other), 100);
    }

    #[test]
    fn resemblance_is_the_share_of_what_is_in_both() {
        let shingles = |range: std::ops::Range<u64>| Shingles(range.collect());
        assert_eq!(shingles(0..100).resemblance(&shingles(50..150)), 33);
        assert_eq!(shingles(0..100).resemblance(&shingles(0..100)), 100);
        assert_eq!(shingles(0..100).resemblance(&shingles(100..200)), 0);
        assert_eq!(shingles(0..15).resemblance(&shingles(0..15)), 0);
    }

    #[test]
    fn bands_meet_as_often_as_they_should() {
        // Of 300 pairs with a resemblance of a quarter, 1 - (1 - 1/64)^48 = 53 % should meet.
        let met = |pair: u64| {
            let set = |range: std::ops::Range<u64>| {
                let mut all: Vec<u64> = range.map(|at| draw(pair, at, u64::MAX)).collect();
                all.sort_unstable();
                Shingles(all).bands()
            };
            let (a, b) = (set(0..100), set(60..160));
            a.iter().zip(&b).any(|(a, b)| a == b)
        };
        let met = (0..300).filter(|&pair| met(pair)).count();
        assert!((130..190).contains(&met), "{met}");
    }

    #[test]
    fn what_is_nearly_held_out_is_not_learnt() {
        let mut train: Vec<TokenPiece> =
            (0..40).map(|at| piece(&format!("train {at}"), &tune(at, 100), 40)).collect();
        // The same as training piece 7 but for one note of twenty, a fourth higher.
        let mut held_out = tune(7, 100);
        held_out.iter_mut().step_by(20).for_each(|note| note.0 = 59);
        held_out.iter_mut().for_each(|note| note.0 += 5);
        let held_out = [piece("far", &tune(99, 100), 40), piece("take", &held_out, 50)];
        let held_out: Vec<&TokenPiece> = held_out.iter().collect();
        let near = remove(&mut train, &held_out, NEARLY);
        let [only] = &near[..] else { panic!("{near:?}") };
        assert_eq!((only.name.as_str(), only.of.as_str()), ("train 7", "take"));
        assert!((NEARLY..90).contains(&only.percent), "{}", only.percent);
        assert_eq!(train.len(), 39);
        assert!(train.iter().all(|piece| piece.name != "train 7" && !piece.name.is_empty()));
        assert_eq!(remove(&mut train, &held_out, NEARLY), []);
    }
}
