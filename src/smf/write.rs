use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result};

use crate::file::write_whole;
use crate::music::{self, Recording};

/// Writes a recording as a standard MIDI file, see [`music::smf::bytes`].
///
/// # Errors
/// Where the file cannot be written; then it is not there.
pub fn write(path: &Path, recording: &Recording) -> Result<()> {
    let bytes = music::smf::bytes(recording).context("the music is too long for a MIDI file")?;
    write_whole(path, |file| Ok(file.write_all(&bytes)?))
}
