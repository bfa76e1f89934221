//! Replacing a file so that no moment sees half of it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::CheckpointError;

/// Writes `data` beside `path`, flushes it to the disk and renames it over `path`.
///
/// # Errors
/// [`CheckpointError::File`]; the file that was at `path` is intact then, and nothing is left
/// beside it.
pub fn write_atomically(path: &Path, data: &[u8]) -> Result<(), CheckpointError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let written = write_and_rename(path, &part, data);
    written.map_err(|source| {
        // What is left of the part is of no use; that it cannot be removed changes nothing.
        let _ = fs::remove_file(&part);
        CheckpointError::File { path: path.to_owned(), verb: "written", source }
    })
}

fn write_and_rename(path: &Path, part: &Path, data: &[u8]) -> io::Result<()> {
    let mut file = File::create(part)?;
    file.write_all(data)?;
    file.sync_all()?;
    drop(file);
    fs::rename(part, path)?;
    // The rename itself lies in the folder's data.
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
