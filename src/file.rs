//! Files that are whole or not there.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};

/// Writes `path` by way of a temporary file beside it, which takes its place only when all of it is
/// safely on the disk. On failure `path` is as it was, and nothing is left behind.
///
/// # Errors
/// Where the folder is missing or not writable, the disk is full, or `write` fails.
pub fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> Result<()>,
) -> Result<()> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let attempt = || -> Result<()> {
        let temporary =
            tempfile::Builder::new().prefix(".musigan-").suffix(".part").tempfile_in(folder)?;
        let mut writer = BufWriter::new(temporary.as_file());
        write(&mut writer)?;
        writer.flush()?;
        drop(writer);
        temporary.as_file().sync_all()?;
        readable_as_others(temporary.as_file())?;
        temporary.persist(path)?;
        Ok(())
    };
    attempt().with_context(|| {
        format!(
            "cannot write {}: choose a folder that exists, is writable and has space",
            path.display()
        )
    })
}

/// Temporary files are private; a finished one is as open as any new file (less the usual mask).
#[cfg(unix)]
fn readable_as_others(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_as_others(_: &File) -> std::io::Result<()> {
    Ok(())
}
