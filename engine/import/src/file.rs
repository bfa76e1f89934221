//! Files that are written whole or not at all.

use std::io::{self, Write};
use std::path::Path;

use atomic_write_file::AtomicWriteFile;

/// Writes `bytes` to `path`: into a new file beside it, which then takes its name.
///
/// A reader sees the old file or the new one, also after a power cut.
///
/// # Errors
/// Those of the file system; nothing is left behind then.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = AtomicWriteFile::open(path)?;
    file.write_all(bytes)?;
    file.commit()
}
