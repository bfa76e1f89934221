//! Frames as tokens.

use musigan_score::frames::{self, Frame};
use musigan_score::{Token, lines};

use super::Task;
use super::file::{Fault, FileError, RawFrame, Rolls, line};
use super::roll::frame;
use crate::corpus::TRANSPOSITIONS;
use crate::train::{Rng, Splits};

impl Rolls {
    /// The pieces as tokens of the frames vocabulary.
    ///
    /// # Errors
    /// [`FileError`] for a number that is no key.
    pub fn chain(&self) -> Result<Splits, FileError> {
        splits(Task::Chain, self.map(chain)?)
    }

    /// The pieces as tokens of the lines vocabulary.
    ///
    /// # Errors
    /// [`FileError`] for a number that is neither key nor rest, and for a frame without four parts.
    pub fn lines(&self) -> Result<Splits, FileError> {
        splits(Task::Lines, self.map(four_lines)?)
    }
}

fn splits(task: Task, sets: [Vec<Vec<u16>>; 3]) -> Result<Splits, FileError> {
    let [train, valid, test] = sets;
    let fingerprint = task.fingerprint().0;
    Ok(Splits { train, valid, test, vocab_len: task.vocab_len(), fingerprint })
}

fn chain(piece: &[RawFrame]) -> Result<Vec<u16>, Fault> {
    let mut tokens = vec![frames::kind::BOS];
    for (at, raw) in piece.iter().enumerate() {
        let frame: Frame = frame(raw).map_err(|value| Fault::Key(at, value))?;
        frames::encode(frame, |token| tokens.push(token.0));
    }
    tokens.push(frames::kind::EOS);
    Ok(tokens)
}

fn four_lines(piece: &[RawFrame]) -> Result<Vec<u16>, Fault> {
    let mut coder = lines::Coder::default();
    let mut tokens = vec![lines::kind::BOS];
    coder.push(Token(lines::kind::BOS));
    for (at, raw) in piece.iter().enumerate() {
        if raw.len() != lines::LINES {
            return Err(Fault::Parts(at, raw.len()));
        }
        for &value in raw {
            let token = line(value).and_then(|line| coder.token(line));
            let token = token.ok_or(Fault::Key(at, value))?;
            coder.push(token);
            tokens.push(token.0);
        }
    }
    tokens.push(lines::kind::EOS);
    Ok(tokens)
}

/// A piece of frames or lines tokens moved by a random number of semitones, within the range of the
/// piano.
pub fn transposed(task: Task, piece: &[u16], rng: &mut Rng) -> Vec<u16> {
    let keys: &[_] = match task {
        Task::Keys | Task::Chain => &[frames::kind::KEY],
        Task::Lines => &[lines::kind::KEY, lines::kind::HELD],
    };
    let by = |semitones: i8| {
        let one = |&token: &u16| {
            let Some(keys) = keys.iter().find(|keys| keys.contains(&token)) else {
                return Some(token);
            };
            token.checked_add_signed(semitones.into()).filter(|token| keys.contains(token))
        };
        piece.iter().map(one).collect()
    };
    moved(rng, by).unwrap_or_else(|| piece.to_vec())
}

/// What `by` makes of a transposition that is drawn evenly among those that it can make.
pub(super) fn moved<T>(rng: &mut Rng, by: impl Fn(i8) -> Option<T>) -> Option<T> {
    let mut all: Vec<i8> = TRANSPOSITIONS.collect();
    rng.shuffle(&mut all);
    all.into_iter().find_map(by)
}
