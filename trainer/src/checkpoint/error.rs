//! Why a checkpoint could not be written or read.

use std::path::PathBuf;

/// Why a checkpoint could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The system refused.
    #[error("{path} cannot be {verb}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// "written" or "read".
        verb: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// What the file holds is no checkpoint of the run.
    #[error("{path} {fault}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: Fault,
    },
}

/// What is wrong with a checkpoint's bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Damaged, or no checkpoint.
    #[error("is not a checkpoint: {0}")]
    Malformed(String),
    /// A checkpoint of another network.
    #[error("belongs to another network: {tensor} has the shape {found:?}, {wanted:?} wanted")]
    Mismatch {
        /// The first tensor that does not fit.
        tensor: String,
        /// Its axis lengths, none when it is absent.
        found: Vec<usize>,
        /// The axis lengths that the network has there.
        wanted: Vec<usize>,
    },
}

/// Characters of a reason that are told: names in a hostile file may be as long as the file.
const TOLD: usize = 300;

/// A reason in one line of bounded length, whatever a file has put into it.
pub(crate) fn in_one_line(reason: impl ToString) -> String {
    let reason = reason.to_string();
    reason.chars().take(TOLD).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
