//! Files that are whole or not there.

use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use atomic_write_file::AtomicWriteFile;

/// Writes `path` by way of a temporary file beside it, which takes its place only when all of it is
/// safely on the disk. On failure `path` is as it was, and nothing is left behind.
///
/// # Errors
/// Where the folder is missing or not writable, the disk is full, or `write` fails.
pub fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&mut AtomicWriteFile>) -> Result<()>,
) -> Result<()> {
    let attempt = || -> Result<()> {
        let mut file = AtomicWriteFile::open(path)?;
        let mut writer = BufWriter::new(&mut file);
        write(&mut writer)?;
        writer.flush()?;
        drop(writer);
        Ok(file.commit()?)
    };
    attempt().with_context(|| {
        format!(
            "cannot write {}: choose a folder that exists, is writable and has space",
            path.display()
        )
    })
}
