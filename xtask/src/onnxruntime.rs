//! The ONNX Runtime library, out of its package on PyPI.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::shell::{command, run, target};
use crate::system;

/// The version that everything is measured with.
const VERSION: &str = "1.31.1";

/// Architecture and SHA-256 of each package file that is trusted.
const WHEELS: [(&str, &str); 2] = [
    ("x86_64", "1f3dea47f2f0e5117c2404cea7d21fd253ae7836a3bf167a501cdfbb2600d536"),
    ("aarch64", "0b9a492176886992e0e875f06bc0367e333f5fff11711a2d642e18b02f3009cc"),
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
    let Some((_, hash)) =
        WHEELS.iter().find(|wheel| wheel.0 == architecture && cfg!(target_os = "linux"))
    else {
        bail!(
            "there is no pinned ONNX Runtime for {architecture}: set ORT_DYLIB_PATH to a libonnxruntime \
             {VERSION} of your own"
        );
    };
    system::pip()?;
    println!("xtask: fetching ONNX Runtime {VERSION}, which training and its tests run on (24 MB)");
    let fetched = folder.join("fetched");
    fs::create_dir_all(&fetched)
        .with_context(|| format!("cannot make the folder {}", fetched.display()))?;
    let requirement = fetched.join("requirement.txt");
    fs::write(&requirement, format!("onnxruntime=={VERSION} --hash=sha256:{hash}\n"))?;
    // The wheel of one Python version for all: only the library inside matters.
    let platform = format!("manylinux_2_28_{architecture}");
    let download = [
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
    ];
    let wheel = [
        "--implementation",
        "cp",
        "--python-version",
        "3.12",
        "--abi",
        "cp312",
        "--platform",
        &platform,
    ];
    run(command("python3")
        .args(download)
        .args(wheel)
        .arg("--dest")
        .arg(&fetched)
        .arg("-r")
        .arg(&requirement))?;
    for file in fs::read_dir(&fetched)?.flatten() {
        if file.path().extension().is_some_and(|extension| extension == "whl") {
            run(command("python3").args(["-m", "zipfile", "-e"]).arg(file.path()).arg(&fetched))?;
        }
    }
    // The library appears under its name only when it is whole.
    fs::rename(fetched.join("onnxruntime").join("capi").join(&name), folder.join(&name))
        .context("the ONNX Runtime package is not laid out as expected")?;
    fs::remove_dir_all(&fetched)?;
    Ok(())
}
