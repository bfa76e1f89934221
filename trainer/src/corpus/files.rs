//! The MIDI files below a folder.

use super::load::{Error, index_of};
use std::path::{Path, PathBuf};

/// A file to read.
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// Its path relative to the folder that is loaded, with `/` between names on every system.
    pub name: String,
    /// Who composed it, if an index beside it tells.
    pub composer: Option<String>,
}

/// Finds the MIDI files below a folder, in the order of their names. Links to folders are not
/// followed: they can run in circles.
pub fn below(folder: &Path) -> Result<Vec<File>, Error> {
    let mut files = Vec::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let failed = |source| Error::Folder { path: folder.clone(), source };
        let index = index_of(&folder)?;
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let base = entry.file_name().to_string_lossy().into_owned();
            let name = format!("{prefix}{base}");
            if entry.file_type().map_err(failed)?.is_dir() {
                folders.push((entry.path(), format!("{name}/")));
            } else if is_midi(&entry.path()) {
                let composer = index.composer(&base).map(str::to_owned);
                files.push(File { path: entry.path(), name, composer });
            }
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn is_midi(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
    ["mid", "midi", "smf"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}
