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
        let mut builder = tempfile::Builder::new();
        as_open_as_others(builder.prefix(".musigan-").suffix(".part"));
        let temporary = builder.tempfile_in(folder)?;
        let mut writer = BufWriter::new(temporary.as_file());
        write(&mut writer)?;
        writer.flush()?;
        drop(writer);
        temporary.as_file().sync_all()?;
        temporary.persist(path)?;
        // The new name is safe only when its folder is.
        if cfg!(unix) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    attempt().with_context(|| {
        format!(
            "cannot write {}: choose a folder that exists, is writable and has space",
            path.display()
        )
    })
}

/// Temporary files are private by default; a finished one is as open as any new file.
fn as_open_as_others(builder: &mut tempfile::Builder<'_, '_>) {
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    #[cfg(not(unix))]
    let _ = builder;
}
