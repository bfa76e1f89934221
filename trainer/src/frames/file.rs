//! The file.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Keys that a frame may hold: those of a piano.
const KEYS: std::ops::RangeInclusive<i64> = 21..=108;

/// What a four-part file has for a part that rests.
const REST: i64 = -1;

/// A frame as the file has it.
pub type RawFrame = Vec<i64>;

/// Three sets of pieces.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Rolls {
    /// Pieces to learn from.
    pub train: Vec<Vec<RawFrame>>,
    /// Pieces that decide when the model is best.
    pub valid: Vec<Vec<RawFrame>>,
    /// Pieces that are looked at once, at the end.
    pub test: Vec<Vec<RawFrame>>,
}

/// A set of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// `train`.
    Train,
    /// `valid`.
    Valid,
    /// `test`.
    Test,
}

/// Why a file of frames is not read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refused.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not the format.
    #[error(
        "{} is not a file of frames, {{\"train\": [[[60, 64], …], …], \"valid\": …, \"test\": …}}: \
         {reason}", path.display()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A set with nothing to predict.
    #[error("the {0:?} set has no piece of two frames or more")]
    Empty(Set),
    /// A number that is no key of a piano.
    #[error("{set:?} piece {piece} frame {frame}: {value} is no key, 21 to 108 are{}", rest(*.value))]
    Key {
        /// The set.
        set: Set,
        /// The piece, from 0.
        piece: usize,
        /// The frame, from 0.
        frame: usize,
        /// The number.
        value: i64,
    },
    /// A frame of a four-part file that has not four numbers.
    #[error(
        "{set:?} piece {piece} frame {frame} has {found} parts: `--as lines` wants four in every frame"
    )]
    Parts {
        /// The set.
        set: Set,
        /// The piece, from 0.
        piece: usize,
        /// The frame, from 0.
        frame: usize,
        /// How many numbers it has.
        found: usize,
    },
}

fn rest(value: i64) -> &'static str {
    if value == REST { " (-1, a rest, has a meaning with `--as lines` only)" } else { "" }
}

impl Rolls {
    /// Reads a file. Its numbers are checked when a [`super::Task`] makes something of them.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let text = std::fs::read(path)
            .map_err(|source| FileError::Unreadable { path: path.to_owned(), source })?;
        serde_json::from_slice(&text).map_err(|error| FileError::Malformed {
            path: path.to_owned(),
            reason: error.to_string(),
        })
    }

    /// Makes something of every piece.
    pub(super) fn map<T>(
        &self,
        mut piece: impl FnMut(&[RawFrame]) -> Result<Vec<T>, Fault>,
    ) -> Result<[Vec<Vec<T>>; 3], FileError> {
        let mut sets = [(); 3].map(|()| Vec::new());
        let all = [(Set::Train, &self.train), (Set::Valid, &self.valid), (Set::Test, &self.test)];
        for ((set, pieces), out) in all.into_iter().zip(&mut sets) {
            if set != Set::Test && pieces.iter().all(|piece| piece.len() < 2) {
                return Err(FileError::Empty(set));
            }
            for (at, frames) in pieces.iter().enumerate() {
                out.push(piece(frames).map_err(|fault| fault.at(set, at))?);
            }
        }
        Ok(sets)
    }
}

/// What is wrong with a piece.
pub(super) enum Fault {
    /// A frame, and the number in it that is no key.
    Key(usize, i64),
    /// A frame, and how many parts it has.
    Parts(usize, usize),
}

impl Fault {
    fn at(self, set: Set, piece: usize) -> FileError {
        match self {
            Self::Key(frame, value) => FileError::Key { set, piece, frame, value },
            Self::Parts(frame, found) => FileError::Parts { set, piece, frame, found },
        }
    }
}

/// The number as a key of a piano.
pub(super) fn key(value: i64) -> Option<musigan_score::Pitch> {
    let key = KEYS.contains(&value).then(|| u8::try_from(value).ok())??;
    musigan_score::Pitch::new(key)
}

/// The number as what a part does.
pub(super) fn line(value: i64) -> Option<musigan_score::lines::Line> {
    if value == REST { Some(None) } else { key(value).map(Some) }
}
