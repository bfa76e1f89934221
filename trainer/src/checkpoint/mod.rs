//! The state of a run on disk.

mod error;
mod format;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub(crate) use error::in_one_line;
pub use error::{CheckpointError, Fault};
pub use format::{Checkpoint, Counters, Extent};

use crate::model::Layout;

impl Checkpoint {
    /// Writes the checkpoint so that `path` holds either the old one or the new one, whole, at any
    /// moment.
    ///
    /// # Errors
    /// [`CheckpointError`]; an older checkpoint at `path` is intact.
    pub fn save(&self, path: &Path, layout: &Layout) -> Result<(), CheckpointError> {
        let file = self.to_bytes(layout).map_err(|fault| content(path, fault))?;
        write_atomically(path, &file)
    }

    /// Reads a checkpoint of a run whose checkpoints hold this much.
    ///
    /// # Errors
    /// [`CheckpointError`]: unreadable, damaged, or of another network.
    pub fn load(path: &Path, extent: &Extent) -> Result<Self, CheckpointError> {
        let most = extent.most_bytes();
        let mut file = Vec::new();
        File::open(path)
            .and_then(|open| open.take(most as u64 + 1).read_to_end(&mut file))
            .map_err(|source| CheckpointError::File {
                path: path.to_owned(),
                verb: "read",
                source,
            })?;
        if file.len() > most {
            let fault = Fault::Malformed(format!("it has more than {most} bytes"));
            return Err(content(path, fault));
        }
        Self::from_bytes(&file, extent).map_err(|fault| content(path, fault))
    }
}

fn content(path: &Path, fault: Fault) -> CheckpointError {
    CheckpointError::Content { path: path.to_owned(), fault }
}

/// Writes `data` to `path`, whole or not at all.
///
/// # Errors
/// [`CheckpointError::File`]; the file that was at `path` is intact then, and nothing is left
/// beside it.
pub fn write_atomically(path: &Path, data: &[u8]) -> Result<(), CheckpointError> {
    musigan_import::write_atomically(path, data).map_err(|source| CheckpointError::File {
        path: path.to_owned(),
        verb: "written",
        source,
    })
}
