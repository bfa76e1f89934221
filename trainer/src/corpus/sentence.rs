//! Pieces as sentences of tokens, and their variations.

use super::hash::Fnv;
use super::piece::Arranged;
use super::smf::Fault;
use musigan_score::Token;
use musigan_score::events::{self, Header, PITCHES, Style, Symbol, Tags, kind};
use std::ops::RangeInclusive;

/// A piece as tokens, with all tags told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPiece {
    /// The file, relative to the folder that was loaded, with `#n` for track n of a type-2 file.
    pub name: String,
    /// The whole sentence, from BOS to EOS, with every tag that is known: key, density, and style if
    /// the caller named one. [`TokenPiece::plain`] and [`augment`] make what a network reads.
    pub tokens: Vec<u16>,
    /// How many notes it says.
    pub notes: u32,
    /// Its length in score ticks.
    pub ticks: u32,
    /// By how many semitones it can be transposed; 0 is always among them.
    pub range: RangeInclusive<i8>,
    /// A hash of its plain tokens: what the same music has in common, whatever the file's name.
    pub hash: u64,
}

/// Which tags a sentence keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The style, at the head.
    pub style: bool,
    /// The key, at the head and where it changes.
    pub key: bool,
    /// The density of every bar.
    pub density: bool,
}

/// How far a piece may be transposed in training: every key is reached once.
pub const TRANSPOSITIONS: RangeInclusive<i8> = -5..=6;

impl TokenPiece {
    /// Encodes a piece.
    ///
    /// # Errors
    /// [`Fault::Encode`]; what [`Arranged::of`] gives is encodable.
    pub fn encode(name: String, piece: &Arranged, style: Option<Style>) -> Result<Self, Fault> {
        let mut tokens = Vec::new();
        let piece = events::Piece {
            parts: &piece.parts,
            header: Header {
                metre: piece.metre,
                tempo: piece.tempo,
                tags: Tags { style, key: piece.key },
            },
            changes: &piece.changes,
            notes: &piece.notes,
            density: true,
        };
        events::encode(&piece, |token| tokens.push(token.0))?;
        tokens.shrink_to_fit();
        let mut told = Self {
            name,
            notes: piece.notes.len() as u32,
            ticks: piece.notes.iter().map(|note| note.end().0).max().unwrap_or(0),
            range: range(&tokens),
            tokens,
            hash: 0,
        };
        told.hash = told
            .plain()
            .iter()
            .fold(Fnv::new(), |hash, token| hash.with(&token.to_le_bytes()))
            .finish();
        Ok(told)
    }

    /// The sentence with those tags that `told` names, `semitones` higher; `None` where that leaves
    /// the vocabulary's range.
    pub fn variation(&self, told: Told, semitones: i8) -> Option<Vec<u16>> {
        let mut tokens = transpose(&self.tokens, semitones)?;
        tokens.retain(|token| {
            (told.style || !kind::STYLE.contains(token))
                && (told.key || !kind::KEY.contains(token))
                && (told.density || !kind::DENSITY.contains(token))
        });
        Some(tokens)
    }

    /// The sentence as written and without tags: what held-out pieces are judged by.
    pub fn plain(&self) -> Vec<u16> {
        self.variation(Told::default(), 0).unwrap_or_default()
    }
}

/// Draws a variation of a piece for training: transposed by -5 to +6 semitones as far as its range
/// goes, each tag told or not at even odds.
///
/// The draw depends on the piece and on `seed` alone (a run's seed and its epoch, say), so a run that
/// is resumed, or that reads in another order, hears the same music.
pub fn augment(piece: &TokenPiece, seed: u64) -> Vec<u16> {
    let draw = Fnv::new().with_u64(piece.hash).with_u64(seed).mixed();
    let low = (*piece.range.start()).max(*TRANSPOSITIONS.start());
    let high = (*piece.range.end()).min(*TRANSPOSITIONS.end());
    let choices = i16::from(high) - i16::from(low) + 1;
    let semitones = i16::from(low) + ((draw >> 8) % choices.max(1) as u64) as i16;
    let told = Told { style: draw & 1 != 0, key: draw & 2 != 0, density: draw & 4 != 0 };
    piece.variation(told, semitones as i8).unwrap_or_else(|| piece.plain())
}

/// How far a piece is varied in training, besides its key, at most, in either direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// Steps of tempo, 7 % each.
    pub tempo: u8,
    /// Steps of velocity, 8 each.
    pub velocity: u8,
}

/// Draws a variation as [`augment`] does, then plays all of it faster or slower, and louder or softer, by as
/// many steps as the spread and the vocabulary's ends allow: no two tempi or velocities become one.
///
/// The three draws depend on each other in nothing: without a spread it is what [`augment`] draws.
pub fn augment_by(piece: &TokenPiece, spread: Spread, seed: u64) -> Vec<u16> {
    let mut tokens = augment(piece, seed);
    for (name, kind, most) in
        [("tempo", kind::TEMPO, spread.tempo), ("velocity", kind::VELOCITY, spread.velocity)]
    {
        let said = || tokens.iter().copied().filter(|token| kind.contains(token));
        let (Some(lowest), Some(highest)) = (said().min(), said().max()) else { continue };
        let down = (lowest - kind.start).min(most.into());
        let up = (kind.end - 1 - highest).min(most.into());
        let draw = Fnv::new().with_u64(piece.hash).with_u64(seed).with(name.as_bytes()).mixed();
        let step = ((draw >> 8) % u64::from(down + up + 1)) as u16;
        let of_kind = tokens.iter_mut().filter(|token| kind.contains(*token));
        of_kind.for_each(|token| *token = *token + step - down);
    }
    tokens
}

/// A sentence `semitones` higher: pitches and keys move, percussion stays. `None` where a pitch
/// leaves the vocabulary's range.
pub fn transpose(tokens: &[u16], semitones: i8) -> Option<Vec<u16>> {
    tokens
        .iter()
        .map(|&token| match Symbol::of(Token(token)) {
            Some(symbol) => Some(symbol.transposed(semitones)?.token()?.0),
            None => Some(token),
        })
        .collect()
}

/// By how many semitones a sentence can be transposed.
fn range(tokens: &[u16]) -> RangeInclusive<i8> {
    let pitches = || tokens.iter().filter(|token| kind::PITCH.contains(*token));
    let key = |token: &u16| (token - kind::PITCH.start) as i8;
    let highest = (PITCHES.end() - PITCHES.start()) as i8;
    match (pitches().min(), pitches().max()) {
        (Some(low), Some(high)) => -key(low)..=highest - key(high),
        _ => i8::MIN..=i8::MAX,
    }
}
