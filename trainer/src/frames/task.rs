//! What a network makes of frames.

use musigan_score::{Fingerprint, frames, lines};
use serde::{Deserialize, Serialize};

/// Keys of a piano.
pub(super) const KEYS: usize = (*frames::KEYS.end() - *frames::KEYS.start() + 1) as usize;

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
            Self::Keys => KEYS,
            Self::Chain => frames::VOCABULARY,
            Self::Lines => lines::VOCABULARY,
        }
    }

    /// Fingerprint of the vocabulary.
    pub const fn fingerprint(self) -> Fingerprint {
        match self {
            Self::Keys => Fingerprint(frames::FINGERPRINT.with(KEYS as u32).0),
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
