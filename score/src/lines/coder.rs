use super::{KEYS, LINES, kind};
use crate::{Pitch, Token};
use core::ops::Range;

/// What a part does at a step: the key that it sounds, `None` where it rests.
pub type Line = Option<Pitch>;

/// Where a piece stands: what every part sounds, and whose turn it is.
///
/// Translates both ways and knows what may come next. It is total: any tokens decode; a key that is held
/// before it was struck sounds.
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
        let goes_on = self.sounding[self.turn] == Some(line);
        match line {
            None => Some(Token(if goes_on { kind::SILENT } else { kind::REST })),
            Some(pitch) => {
                let range = if goes_on { kind::HELD } else { kind::KEY };
                Some(Token(range.start + key(pitch)?))
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
            kind::SILENT | kind::REST => None,
            token => Some(sounded(token)?),
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
        // What goes on is not begun again.
        let before = self.sounding[self.turn];
        match before {
            Some(None) => visit(kind::SILENT..kind::SILENT + 1),
            _ => visit(kind::REST..kind::REST + 1),
        }
        let Some(key) = before.flatten().and_then(key) else { return visit(kind::KEY) };
        for run in
            [kind::KEY.start..kind::KEY.start + key, kind::KEY.start + key + 1..kind::KEY.end]
        {
            if run.start < run.end {
                visit(run);
            }
        }
        visit(kind::HELD.start + key..kind::HELD.start + key + 1);
    }
}

/// The number of a key within [`KEYS`].
fn key(pitch: Pitch) -> Option<u16> {
    KEYS.contains(&pitch.key()).then(|| u16::from(pitch.key() - *KEYS.start()))
}

/// The key that a line sounds by its token, struck or held.
fn sounded(token: u16) -> Option<Pitch> {
    let range = [kind::KEY, kind::HELD].into_iter().find(|range| range.contains(&token))?;
    Some(Pitch::from_data((token - range.start) as u8 + *KEYS.start()))
}
