//! Where the ONNX Runtime library lies.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Environment variable that names the library file and goes before every other place.
pub const VARIABLE: &str = "ORT_DYLIB_PATH";

/// Folder below a Cargo target folder where `cargo xtask setup` installs the library.
const INSTALLED: &str = "musigan-cache/onnxruntime";

/// Folder below a Cargo target folder where `cargo xtask cuda` installs the library that knows CUDA.
const WITH_CUDA: &str = "musigan-cache/onnxruntime-cuda";

/// Whether [`VARIABLE`] names a library, of which nothing is known.
pub fn is_named() -> bool {
    env::var_os(VARIABLE).is_some_and(|named| !named.is_empty())
}

/// The installed library that knows CUDA, unless [`VARIABLE`] names another.
pub fn find_with_cuda() -> Option<PathBuf> {
    if is_named() { None } else { installed(WITH_CUDA) }
}

/// The library: the file that [`VARIABLE`] names, else the installed one below a `target` folder
/// of the executable's or the working folder's ancestors.
pub fn find() -> Option<PathBuf> {
    if let Some(path) = env::var_os(VARIABLE).filter(|v| !v.is_empty()) {
        return Some(PathBuf::from(path));
    }
    installed(INSTALLED)
}

/// The library in this folder below a `target` folder of the executable's or the working folder's ancestors.
fn installed(folder: &str) -> Option<PathBuf> {
    let executable = env::current_exe().ok();
    let working = env::current_dir().ok();
    [executable, working].into_iter().flatten().find_map(|start| {
        start.ancestors().find_map(|above| {
            let below = |target: &Path| newest(&target.join(folder));
            below(&above.join("target")).or_else(|| below(above))
        })
    })
}

/// The newest `libonnxruntime.so*` in a folder.
fn newest(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            name.starts_with("libonnxruntime.so") || name == "libonnxruntime.dylib"
        })
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_installed_library_is_found_and_others_are_ignored() {
        let target = env::temp_dir().join(format!("musigan-library-{}", std::process::id()));
        let cache = target.join(INSTALLED);
        fs::create_dir_all(&cache).expect("a temporary folder");
        assert_eq!(newest(&cache), None);
        for name in ["libonnxruntime_providers_shared.so", "libonnxruntime.so.1.30.0"] {
            fs::write(cache.join(name), []).expect("a temporary file");
        }
        let newest = cache.join("libonnxruntime.so.1.31.1");
        fs::write(&newest, []).expect("a temporary file");
        assert_eq!(super::newest(&cache), Some(newest));
        fs::remove_dir_all(&target).expect("to clean up");
    }
}
