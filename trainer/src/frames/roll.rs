//! Frames as what a network hears whole.

use musigan_score::frames::{self, Frame};

use super::Task;
use super::file::{Fault, FileError, Rolls, key};
use super::task::KEYS;
use crate::train::{Item, Rng, Splits};

/// A frame in a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// No music.
    #[default]
    Pad,
    /// The first frame of a piece, which is heard and never predicted.
    First(Frame),
    /// Another frame.
    Next(Frame),
}

impl Step {
    fn frame(self) -> Frame {
        match self {
            Self::Pad => Frame::SILENT,
            Self::First(frame) | Self::Next(frame) => frame,
        }
    }

    fn transposed(self, semitones: i8) -> Option<Self> {
        Some(match self {
            Self::Pad => Self::Pad,
            Self::First(frame) => Self::First(frame.transposed(semitones)?),
            Self::Next(frame) => Self::Next(frame.transposed(semitones)?),
        })
    }
}

impl Item for Step {
    type Element = f32;

    const INPUT: &'static str = "keys";

    const PAD: Self = Self::Pad;

    fn begins(self) -> bool {
        matches!(self, Self::First(_))
    }

    fn fits(self, vocab_len: usize) -> bool {
        vocab_len == KEYS
    }

    fn write(self, out: &mut Vec<f32>) {
        let at = out.len();
        out.resize(at + KEYS, 0.0);
        for pitch in self.frame().keys() {
            out[at + usize::from(pitch.key() - *frames::KEYS.start())] = 1.0;
        }
    }
}

impl Rolls {
    /// The pieces as frames.
    ///
    /// # Errors
    /// [`FileError`] for a number that is no key.
    pub fn steps(&self) -> Result<Splits<Step>, FileError> {
        let [train, valid, test] = self.map(|piece| {
            let step = |(at, raw): (usize, &Vec<i64>)| {
                let frame = frame(raw).map_err(|value| Fault::Key(at, value))?;
                Ok(if at == 0 { Step::First(frame) } else { Step::Next(frame) })
            };
            piece.iter().enumerate().map(step).collect()
        })?;
        let fingerprint = Task::Keys.fingerprint().0;
        Ok(Splits { train, valid, test, vocab_len: KEYS, fingerprint })
    }
}

/// A frame of the file, or the number that is no key.
pub(super) fn frame(raw: &[i64]) -> Result<Frame, i64> {
    raw.iter().try_fold(Frame::SILENT, |frame, &value| {
        key(value).and_then(|pitch| frame.with(pitch)).ok_or(value)
    })
}

/// A piece moved by a random number of semitones, within the range of the piano.
pub fn transposed_steps(piece: &[Step], rng: &mut Rng) -> Vec<Step> {
    super::tokens::moved(rng, |semitones| {
        piece.iter().map(|step| step.transposed(semitones)).collect()
    })
    .unwrap_or_else(|| piece.to_vec())
}
