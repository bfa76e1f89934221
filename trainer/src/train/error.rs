//! What can end a training run.

use std::path::{Path, PathBuf};

use crate::checkpoint::CheckpointError;
use crate::session::SessionError;

/// Why training did not start or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A loss or a gradient was not a number.
    #[error(
        "the loss stopped being a number at update {update} (loss {loss}, gradient norm \
         {norm}): the last good checkpoint is {kept}; try a lower --lr"
    )]
    Diverged {
        /// Number of the update.
        update: u64,
        /// Loss of that update: nats per token, or a critic's estimate.
        loss: f64,
        /// Gradient norm of that update.
        norm: f32,
        /// File that is left.
        kept: PathBuf,
    },
    /// A GAN collapsed again and again.
    #[error(
        "the generator had collapsed at update {update} ({why}), and going back did not help: the \
         best checkpoint is {kept}; try a higher --diversity or a lower --lr"
    )]
    Collapsed {
        /// Number of the update.
        update: u64,
        /// What was found.
        why: String,
        /// File that is left.
        kept: PathBuf,
    },
    /// A set of pieces is empty or holds a token that the vocabulary does not.
    #[error("the data cannot be trained on: {0}")]
    Data(String),
    /// An option has no meaning.
    #[error("{name} = {value}: {wanted}")]
    Setting {
        /// Name of the option.
        name: &'static str,
        /// What was given.
        value: String,
        /// What is allowed.
        wanted: &'static str,
    },
    /// The run folder exists already.
    #[error(
        "{0} holds a run already: continue it with `musigan-train train --resume {0}`, or choose \
         another --out"
    )]
    Exists(PathBuf),
    /// The run to resume was made for other data.
    #[error(
        "the data has changed since the run began ({what}: {then} then, {now} now): resume with \
         the original data, or begin another run"
    )]
    OtherData {
        /// What differs.
        what: &'static str,
        /// Value in the run.
        then: String,
        /// Value now.
        now: String,
    },
    /// The run's configuration file cannot be understood.
    #[error("{path} is not a run's configuration: {reason}")]
    BadConfig {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file of the run folder could not be written or read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A checkpoint could not be written or read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// ONNX Runtime.
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl TrainError {
    /// Wraps an error about `path`.
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::File { path: path.to_owned(), source }
    }
}
