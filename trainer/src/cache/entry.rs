//! What one file made, as bytes.

use std::collections::BTreeMap;

use musigan_score::Token;
use musigan_score::events::{Symbol, VOCABULARY};
use prost::Message;

use crate::corpus::piece::Loss;
use crate::corpus::track::Oddities;
use crate::corpus::{Facts, TokenPiece};

/// The pieces of a file.
#[derive(Clone, PartialEq, Message)]
struct File {
    #[prost(message, repeated, tag = "1")]
    pieces: Vec<Piece>,
}

/// A piece and its facts.
#[derive(Clone, PartialEq, Message)]
struct Piece {
    /// What its name has after the file's.
    #[prost(string, tag = "1")]
    suffix: String,
    /// Tokens, little-endian.
    #[prost(bytes = "vec", tag = "2")]
    tokens: Vec<u8>,
    #[prost(uint32, tag = "3")]
    notes: u32,
    #[prost(uint32, tag = "4")]
    ticks: u32,
    #[prost(sint32, tag = "5")]
    lowest: i32,
    #[prost(sint32, tag = "6")]
    highest: i32,
    #[prost(fixed64, tag = "7")]
    hash: u64,
    #[prost(double, tag = "8")]
    seconds: f64,
    /// [`Loss`], in the order of its fields.
    #[prost(uint64, repeated, tag = "9")]
    loss: Vec<u64>,
    /// [`Oddities`], in the order of its fields.
    #[prost(uint64, repeated, tag = "10")]
    oddities: Vec<u64>,
}

/// The bytes of pieces of the file `name`.
pub fn write(pieces: &[(TokenPiece, Facts)], name: &str) -> Vec<u8> {
    let piece = |(piece, facts): &(TokenPiece, Facts)| {
        let l = &facts.loss;
        let o = &facts.oddities;
        Piece {
            suffix: piece.name.strip_prefix(name).unwrap_or_default().to_owned(),
            tokens: piece.tokens.iter().flat_map(|token| token.to_le_bytes()).collect(),
            notes: piece.notes,
            ticks: piece.ticks,
            lowest: (*piece.range.start()).into(),
            highest: (*piece.range.end()).into(),
            hash: piece.hash,
            seconds: facts.seconds,
            loss: vec![
                l.notes,
                l.onsets_moved,
                l.onset_ticks,
                l.durations_changed,
                l.duration_ticks,
                l.octaves_moved,
                l.drums_dropped,
                l.duplicates,
                l.parts_merged,
                l.bars_approximated,
                l.silences,
                l.pickups,
            ],
            oddities: vec![o.hanging, o.stray_offs, o.restruck, o.struck_twice, o.zero_length],
        }
    };
    File { pieces: pieces.iter().map(piece).collect() }.encode_to_vec()
}

/// The pieces of the file `name`; none where the bytes say none.
pub fn read(bytes: &[u8], name: &str) -> Option<Vec<(TokenPiece, Facts)>> {
    let File { pieces } = File::decode(bytes).ok()?;
    pieces.into_iter().map(|piece| piece.read(name)).collect()
}

/// Piece `nth` of a file, named by what its name has after the file's.
pub fn read_one(bytes: &[u8], nth: usize) -> Option<TokenPiece> {
    let File { mut pieces } = File::decode(bytes).ok()?;
    (nth < pieces.len()).then(|| pieces.swap_remove(nth).piece(""))?
}

impl Piece {
    fn read(self, name: &str) -> Option<(TokenPiece, Facts)> {
        let piece = self.piece(name)?;
        let facts = self.facts(&piece.tokens)?;
        Some((piece, facts))
    }

    fn piece(&self, name: &str) -> Option<TokenPiece> {
        let (pairs, rest) = self.tokens.as_chunks::<2>();
        let tokens: Vec<u16> = pairs.iter().map(|&pair| u16::from_le_bytes(pair)).collect();
        if !rest.is_empty() || tokens.iter().any(|&token| usize::from(token) >= VOCABULARY) {
            return None;
        }
        Some(TokenPiece {
            name: format!("{name}{}", self.suffix),
            tokens,
            notes: self.notes,
            ticks: self.ticks,
            range: self.lowest.try_into().ok()?..=self.highest.try_into().ok()?,
            hash: self.hash,
        })
    }

    /// The facts; parts, instruments and metre are those of the sentence's head.
    fn facts(&self, tokens: &[u16]) -> Option<Facts> {
        let [
            notes,
            onsets_moved,
            onset_ticks,
            durations_changed,
            duration_ticks,
            octaves_moved,
            drums_dropped,
            duplicates,
            parts_merged,
            bars_approximated,
            silences,
            pickups,
        ] = self.loss[..]
        else {
            return None;
        };
        let [hanging, stray_offs, restruck, struck_twice, zero_length] = self.oddities[..] else {
            return None;
        };
        let mut facts = Facts {
            pieces: 1,
            notes: self.notes.into(),
            tokens: tokens.len() as u64,
            seconds: self.seconds,
            loss: Loss {
                notes,
                onsets_moved,
                onset_ticks,
                durations_changed,
                duration_ticks,
                octaves_moved,
                drums_dropped,
                duplicates,
                parts_merged,
                bars_approximated,
                silences,
                pickups,
            },
            oddities: Oddities { hanging, stray_offs, restruck, struck_twice, zero_length },
            ..Facts::default()
        };
        let mut parts = 0;
        for &token in tokens {
            match Symbol::of(Token(token)) {
                Some(Symbol::Metre(metre)) => facts.metres = BTreeMap::from([(metre, 1)]),
                Some(Symbol::Program(instrument)) => {
                    parts += 1;
                    *facts.instruments.entry(instrument).or_default() += 1;
                }
                Some(Symbol::Bar) => break,
                _ => {}
            }
        }
        facts.parts = BTreeMap::from([(parts, 1)]);
        Some(facts)
    }
}
