//! What a corpus holds, in numbers.

use super::division::{DEFAULT_TEMPO, Division};
use super::piece::{Arranged, Loss};
use super::song::Song;
use super::track::Oddities;
use musigan_score::{Instrument, Metre};
use std::collections::BTreeMap;

/// What was read, in numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Pieces.
    pub pieces: u64,
    /// Notes that the vocabulary says.
    pub notes: u64,
    /// Tokens of the sentences with all tags told.
    pub tokens: u64,
    /// Playing time, in seconds, by the files' own tempi.
    pub seconds: f64,
    /// Pieces by their number of parts.
    pub parts: BTreeMap<usize, u64>,
    /// Parts by instrument.
    pub instruments: BTreeMap<Instrument, u64>,
    /// Pieces by their first metre.
    pub metres: BTreeMap<Metre, u64>,
    /// What was lost.
    pub loss: Loss,
    /// What was odd.
    pub oddities: Oddities,
}

impl Facts {
    /// The facts of one piece.
    pub fn of(song: &Song, piece: &Arranged, tokens: usize) -> Self {
        let mut facts = Self {
            pieces: 1,
            notes: piece.notes.len() as u64,
            tokens: tokens as u64,
            seconds: seconds(song),
            parts: BTreeMap::from([(piece.parts.len(), 1)]),
            metres: BTreeMap::from([(piece.metre, 1)]),
            loss: piece.loss,
            oddities: song.oddities,
            instruments: BTreeMap::new(),
        };
        for &instrument in &piece.parts {
            *facts.instruments.entry(instrument).or_default() += 1;
        }
        facts
    }

    /// Adds the facts of other pieces.
    pub fn add(&mut self, other: &Self) {
        self.pieces += other.pieces;
        self.notes += other.notes;
        self.tokens += other.tokens;
        self.seconds += other.seconds;
        tally(&mut self.parts, &other.parts);
        tally(&mut self.instruments, &other.instruments);
        tally(&mut self.metres, &other.metres);
        self.loss.add(&other.loss);
        self.oddities.add(&other.oddities);
    }
}

fn tally<K: Ord + Copy>(counts: &mut BTreeMap<K, u64>, more: &BTreeMap<K, u64>) {
    for (&key, count) in more {
        *counts.entry(key).or_default() += count;
    }
}

/// Playing time to the end of the last note.
fn seconds(song: &Song) -> f64 {
    let ends = song.lines.iter().flat_map(|line| &line.notes).map(|note| note.end);
    let end = ends.max().unwrap_or(0);
    let quarter = match song.division {
        Division::Quarter(quarter) => f64::from(quarter),
        Division::Seconds { ticks, frames } => {
            return end as f64 * f64::from(frames) / f64::from(ticks);
        }
    };
    let (mut at, mut tempo, mut seconds) = (0, DEFAULT_TEMPO, 0.0);
    for &(next, to) in song.tempi.iter().chain([&(end, 0)]) {
        let next = next.min(end).max(at);
        seconds += (next - at) as f64 / quarter * f64::from(tempo) / 1e6;
        (at, tempo) = (next, to);
    }
    seconds
}
