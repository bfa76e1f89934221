//! Where things are kept, by the XDG Base Directory Specification.

use std::path::PathBuf;

use anyhow::{Context, Result};

/// The folder of what can be made again: translated models.
///
/// # Errors
/// Where neither `HOME` nor `XDG_CACHE_HOME` is set.
pub fn cache() -> Result<PathBuf> {
    place("XDG_CACHE_HOME", ".cache").context("no cache folder: set HOME or XDG_CACHE_HOME")
}

/// The folder of what cannot be made again: models, and which pieces are liked.
///
/// # Errors
/// Where neither `HOME` nor `XDG_DATA_HOME` is set.
pub fn data() -> Result<PathBuf> {
    place("XDG_DATA_HOME", ".local/share").context("no data folder: set HOME or XDG_DATA_HOME")
}

fn place(variable: &str, in_home: &str) -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = set(variable).or_else(|| set("HOME").map(|home| home.join(in_home)));
    base.map(|base| base.join("musigan"))
}
