//! Libraries out of packages on PyPI, of which only the files inside matter.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::shell::{command, run};
use crate::system;

/// A package file that is trusted.
pub struct Wheel {
    /// Name and version, as pip writes them.
    pub package: &'static str,
    /// Its SHA-256.
    pub hash: &'static str,
}

/// Fetches packages for Linux on this architecture and unpacks them into one folder; pip checks their hashes.
///
/// # Errors
/// Where there is no network, no such package, or a file is not the trusted one.
pub fn fetch(wheels: &[Wheel], architecture: &str, folder: &Path) -> Result<()> {
    system::pip()?;
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let list = folder.join("requirements.txt");
    let lines =
        wheels.iter().map(|wheel| format!("{} --hash=sha256:{}\n", wheel.package, wheel.hash));
    fs::write(&list, lines.collect::<String>())?;
    let mut pip = command("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]);
    pip.arg("--only-binary=:all:");
    // The file of one Python version for all that run here.
    pip.args([
        "--implementation",
        "cp",
        "--python-version",
        "3.12",
        "--abi",
        "cp312",
        "--abi",
        "none",
    ]);
    for platform in ["manylinux_2_28", "manylinux_2_27", "manylinux2014"] {
        pip.arg("--platform").arg(format!("{platform}_{architecture}"));
    }
    run(pip.arg("--dest").arg(folder).arg("-r").arg(&list))?;
    for file in fs::read_dir(folder)?.flatten() {
        if file.path().extension().is_some_and(|extension| extension == "whl") {
            run(command("python3").args(["-m", "zipfile", "-e"]).arg(file.path()).arg(folder))?;
            fs::remove_file(file.path())?;
        }
    }
    Ok(())
}
