//! How pieces begin: what a generator of bars, which hears bars alone, is told to say first.

use std::collections::BTreeMap;

use musigan_score::Token;
use musigan_score::events::{Symbol, kind};
use musigan_score::roll::steps;

use crate::corpus::TokenPiece;

/// How often the pieces of a corpus begin with what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opening {
    /// Logarithms of the shares of keys, metres, tempi and programs among what pieces begin with, and
    /// of ends among bars, by token. Metres whose bars have no roll are not among them.
    pub prior: BTreeMap<u16, f32>,
    /// The most frequent program of each part, 128 for percussion.
    pub programs: Vec<u16>,
}

impl Opening {
    /// Counts the openings of pieces, of so many parts.
    pub fn of(pieces: &[TokenPiece], parts: usize) -> Self {
        let mut kinds = [kind::KEY, kind::METRE, kind::TEMPO, kind::PROGRAM]
            .map(|run| (run, BTreeMap::<u16, u32>::new()));
        let mut programs = vec![BTreeMap::<u16, u32>::new(); parts];
        let mut bars = 0_usize;
        for piece in pieces {
            let head = piece.tokens.iter().take_while(|&&token| token != kind::BAR);
            let mut part = 0;
            for &token in head {
                if matches!(Symbol::of(Token(token)), Some(Symbol::Metre(m)) if steps(m).is_none())
                {
                    continue;
                }
                for (run, counts) in &mut kinds {
                    if run.contains(&token) {
                        *counts.entry(token).or_default() += 1;
                    }
                }
                if kind::PROGRAM.contains(&token) {
                    if let Some(counts) = programs.get_mut(part) {
                        *counts.entry(token - kind::PROGRAM.start).or_default() += 1;
                    }
                    part += 1;
                }
            }
            bars += piece.tokens.iter().filter(|&&token| token == kind::BAR).count();
        }
        let mut prior = BTreeMap::new();
        for (_, counts) in &kinds {
            let all: u32 = counts.values().sum();
            let share = |count: u32| (f64::from(count) / f64::from(all)).ln() as f32;
            prior.extend(counts.iter().map(|(&token, &count)| (token, share(count))));
        }
        if bars > 0 {
            prior.insert(kind::EOS, (pieces.len() as f64 / bars as f64).ln() as f32);
        }
        let usual = |counts: &BTreeMap<u16, u32>| {
            counts.iter().max_by_key(|(_, count)| **count).map_or(0, |(&program, _)| program)
        };
        Self { prior, programs: programs.iter().map(usual).collect() }
    }
}
