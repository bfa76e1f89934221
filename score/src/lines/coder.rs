use super::{KEYS, LINES, kind};
use crate::{Pitch, Token};
use core::ops::Range;

/// What a part does at a step: the key that it sounds, `None` where it rests.
pub type Line = Option<Pitch>;

/// Where a piece stands: what every part sounds, and whose turn it is.
///
/// Translates both ways and knows what may come next. It is total: any tokens decode; a part that
/// holds before it was heard rests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coder {
    sounding: [Option<Line>; LINES],
    turn: usize,
    inside: bool,
}

impl Coder {
    /// The token that says what the part whose turn it is does; `None` for a key outside [`KEYS`].
    /// [`Coder::push`] it to go on.
    pub fn token(&self, line: Line) -> Option<Token> {
        if self.sounding[self.turn] == Some(line) {
            return Some(Token(kind::HOLD));
        }
        match line {
            None => Some(Token(kind::REST)),
            Some(pitch) => {
                let key = KEYS.contains(&pitch.key()).then(|| pitch.key() - *KEYS.start())?;
                Some(Token(kind::KEY.start + u16::from(key)))
            }
        }
    }

    /// Hears a token; tells what all parts sound where it ends a step.
    pub fn push(&mut self, heard: Token) -> Option<[Line; LINES]> {
        let line = match heard.0 {
            kind::BOS => {
                *self = Self { inside: true, ..Self::default() };
                return None;
            }
            kind::EOS => {
                *self = Self::default();
                return None;
            }
            kind::HOLD => self.sounding[self.turn].unwrap_or_default(),
            kind::REST => None,
            key if kind::KEY.contains(&key) => {
                Some(Pitch::from_data((key - kind::KEY.start) as u8 + *KEYS.start()))
            }
            _ => return None,
        };
        self.inside = true;
        self.sounding[self.turn] = Some(line);
        self.turn = (self.turn + 1) % LINES;
        (self.turn == 0).then(|| self.sounding.map(Option::unwrap_or_default))
    }

    /// Tells the runs of tokens that may come next, never empty ones; there is always one.
    pub fn for_each_allowed(&self, mut visit: impl FnMut(Range<u16>)) {
        if !self.inside {
            return visit(kind::BOS..kind::BOS + 1);
        }
        if self.turn == 0 {
            visit(kind::EOS..kind::EOS + 1);
        }
        // What is held is not said again.
        let held = match self.sounding[self.turn] {
            None => kind::KEY.end,
            Some(None) => kind::REST,
            Some(Some(pitch)) => kind::KEY.start + u16::from(pitch.key() - *KEYS.start()),
        };
        if held != kind::KEY.end {
            visit(kind::HOLD..kind::HOLD + 1);
        }
        let said = kind::REST..kind::KEY.end;
        for run in [said.start..held.min(said.end), held + 1..said.end] {
            if run.start < run.end {
                visit(run);
            }
        }
    }
}
