//! Which part is learnt.

use musigan_score::link::MAX_LINKED;
use serde::{Deserialize, Serialize};

/// Which part of a piece a network plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The part, from 0, in the order of the vocabulary: lines before chords, high before low.
    pub part: usize,
    /// How many parts the pieces have; others are left out.
    pub parts: usize,
    /// Whether it hears the other parts.
    pub listens: bool,
}

impl Role {
    /// Parts of the piano roll of a generator of bars: its own, and what it hears of the others.
    pub const fn rolls(self) -> u8 {
        if self.listens && self.parts > 1 { 2 } else { 1 }
    }

    /// Whether such a part can be linked.
    pub const fn is_possible(self) -> bool {
        self.part < self.parts && self.parts <= MAX_LINKED
    }
}
