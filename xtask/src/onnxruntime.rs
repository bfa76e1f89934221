//! The ONNX Runtime library, out of its package on PyPI.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::pypi::{self, Wheel};
use crate::shell::target;

/// The version that everything is measured with.
pub const VERSION: &str = "1.31.1";

/// The package for each architecture.
const WHEELS: [(&str, Wheel); 2] = [
    (
        "x86_64",
        Wheel {
            package: "onnxruntime==1.31.1",
            hash: "1f3dea47f2f0e5117c2404cea7d21fd253ae7836a3bf167a501cdfbb2600d536",
        },
    ),
    (
        "aarch64",
        Wheel {
            package: "onnxruntime==1.31.1",
            hash: "0b9a492176886992e0e875f06bc0367e333f5fff11711a2d642e18b02f3009cc",
        },
    ),
];

/// Where the trainer looks for the library.
fn folder() -> PathBuf {
    target().join("musigan-cache").join("onnxruntime")
}

/// Makes sure that the library is in the cache: fetched once, its hash checked by pip.
///
/// # Errors
/// Where there is no package for this machine, no network, or the file is not the trusted one.
pub fn ensure() -> Result<()> {
    let (folder, name) = (folder(), format!("libonnxruntime.so.{VERSION}"));
    if folder.join(&name).exists() {
        return Ok(());
    }
    let architecture = std::env::consts::ARCH;
    let Some((_, wheel)) =
        WHEELS.iter().find(|wheel| wheel.0 == architecture && cfg!(target_os = "linux"))
    else {
        bail!(
            "there is no pinned ONNX Runtime for {architecture}: set ORT_DYLIB_PATH to a libonnxruntime \
             {VERSION} of your own"
        );
    };
    println!("xtask: fetching ONNX Runtime {VERSION}, which training and its tests run on (24 MB)");
    let fetched = folder.join("fetched");
    pypi::fetch(std::slice::from_ref(wheel), architecture, &fetched)?;
    // The library appears under its name only when it is whole.
    fs::rename(fetched.join("onnxruntime").join("capi").join(&name), folder.join(&name))
        .context("the ONNX Runtime package is not laid out as expected")?;
    fs::remove_dir_all(&fetched)?;
    Ok(())
}
