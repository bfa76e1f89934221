//! Piano-roll data sets: music on a grid, frame by frame, and the published protocols over it.
//!
//! A file holds three sets of pieces, `{"train": [[[keys]…]…], "valid": …, "test": …}`, every piece a
//! list of frames, every frame the keys that sound. It is read for one of three [`Task`]s:
//!
//! * [`Task::Keys`]: a network hears whole frames and predicts the 88 keys of the next one
//!   independently of each other;
//! * [`Task::Chain`]: the frames vocabulary of `musigan_score::frames`, whose tokens' nats add up to
//!   the exact nats of the frame;
//! * [`Task::Lines`]: four parts, by `musigan_score::lines`.

mod file;
mod grammar;
mod protocol;
mod roll;
mod tokens;

pub use file::{FileError, Rolls, Set};
pub use grammar::Grammar;
pub use protocol::{Score, judge_keys, judge_tokens};
pub use roll::{Step, transposed_steps};
pub use tokens::transposed;

use musigan_score::{Fingerprint, frames, lines};
use serde::{Deserialize, Serialize};

/// What a network makes of the frames of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Sets of keys, every key predicted by itself.
    Keys,
    /// Sets of keys, every key predicted given the higher ones of its frame.
    Chain,
    /// Four parts, each predicted given those before it in its step.
    Lines,
}

impl Task {
    /// The name in options and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Chain => "chain",
            Self::Lines => "lines",
        }
    }

    /// Number of tokens, or of keys.
    pub const fn vocab_len(self) -> usize {
        match self {
            Self::Keys => roll::KEYS,
            Self::Chain => frames::VOCABULARY,
            Self::Lines => lines::VOCABULARY,
        }
    }

    /// Fingerprint of the vocabulary.
    pub const fn fingerprint(self) -> Fingerprint {
        match self {
            Self::Keys => Fingerprint(frames::FINGERPRINT.with(roll::KEYS as u32).0),
            Self::Chain => frames::FINGERPRINT,
            Self::Lines => lines::FINGERPRINT,
        }
    }

    /// What the published figures count: frames, or notes (four in every step).
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Keys | Self::Chain => "frame",
            Self::Lines => "note",
        }
    }
}
