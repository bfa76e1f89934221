//! What one part hears: its own sentence, and the others beside every token.

use musigan_score::Token;
use musigan_score::events::kind;
use musigan_score::link::{MAX_LINKED, Picture, Relay};

use super::Role;
use crate::train::Item;

/// A token of a part's own sentence, and what of the other parts sounds when it is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The token.
    pub token: u16,
    /// The others.
    pub others: Picture,
}

impl Item for Heard {
    type Element = i64;

    const INPUT: &'static str = u16::INPUT;

    const PAD: Self = Self { token: u16::PAD, others: Picture::NONE };

    const OTHERS: bool = true;

    fn begins(self) -> bool {
        self.token.begins()
    }

    fn fits(self, vocab_len: usize) -> bool {
        self.token.fits(vocab_len)
    }

    fn write(self, out: &mut Vec<i64>) {
        self.token.write(out);
    }

    fn write_others(self, out: &mut Vec<f32>) {
        let at = out.len();
        out.resize(at + Picture::FEATURES, 0.0);
        for feature in self.others.features() {
            out[at + feature] = 1.0;
        }
    }
}

/// What a part hears of a sentence of all parts.
pub fn sentence(tokens: &[u16], role: Role) -> Vec<Heard> {
    let mut relay = Relay::new();
    let mut heard = Vec::new();
    for &token in tokens {
        relay.push(Token(token), MAX_LINKED, |part, Token(token), others| {
            if part == role.part {
                let others = if role.listens { others } else { Picture::NONE };
                heard.push(Heard { token, others });
            }
        });
    }
    heard
}

/// How many parts a sentence declares.
pub fn parts(tokens: &[u16]) -> usize {
    tokens.iter().filter(|&&token| kind::PROGRAM.contains(&token)).count()
}

/// Notes in a sentence.
pub fn notes(sentence: &[Heard]) -> usize {
    let is_note = |token: u16| kind::PITCH.contains(&token) || kind::DRUM.contains(&token);
    sentence.iter().filter(|heard| is_note(heard.token)).count()
}
