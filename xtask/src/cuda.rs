//! What training on a CUDA GPU needs: ONNX Runtime with its CUDA provider, and CUDA's own libraries.
//!
//! Of CUDA only what the provider links is fetched. None of our graphs has an operator for which it loads
//! cuDNN or cuFFT (`trainer/tests/reference/cuda_kernels.csv` has them all).

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::onnxruntime::VERSION;
use crate::pypi::{self, Wheel};
use crate::shell::{command, target};

const PACKAGES: [Wheel; 4] = [
    Wheel {
        package: "onnxruntime-gpu==1.31.1",
        hash: "05d548956197b9d01f59b625de740e0d6be3593f874e241a12dc0362650ecdf7",
    },
    Wheel {
        package: "nvidia-cuda-runtime==13.0.96",
        hash: "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
    },
    Wheel {
        package: "nvidia-cublas==13.0.2.14",
        hash: "0cf238ffdbe46c00cb9aa98e7bca745c223a5ca5a53e686ac8b3e5a08fe80d6c",
    },
    Wheel {
        package: "nvidia-curand==10.4.0.35",
        hash: "1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc",
    },
];

/// CUDA's libraries, as the trainer loads them (`trainer/src/session/cuda.rs`).
const LIBRARIES: [&str; 4] =
    ["libcudart.so.13", "libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10"];

/// The first driver that CUDA 13 runs on.
const DRIVER: u32 = 580;

/// Installs the libraries where the driver is new enough; `--no-driver` does not look, for an image of a machine
/// that is made elsewhere.
///
/// # Errors
/// Where there is no driver or an old one, no network, or a package is not the trusted one.
pub fn cuda(options: &[String]) -> Result<()> {
    ensure!(
        cfg!(all(target_arch = "x86_64", target_os = "linux")),
        "ONNX Runtime with CUDA is pinned for x86-64 Linux only"
    );
    match options {
        [] => println!("xtask: {}", device(&smi()?)?),
        [only] if only == "--no-driver" => {}
        other => bail!("`cargo xtask cuda` takes only --no-driver, not {}", other.join(" ")),
    }
    let cache = target().join("musigan-cache");
    let folder = cache.join("onnxruntime-cuda");
    if folder.exists() {
        println!("xtask: ONNX Runtime {VERSION} with CUDA is there");
        return Ok(());
    }
    println!("xtask: fetching ONNX Runtime {VERSION} with CUDA 13 (740 MB, 1.1 GB unpacked)");
    let fetched = cache.join("fetched-cuda");
    pypi::fetch(&PACKAGES, "x86_64", &fetched)?;
    let whole = fetched.join("whole");
    let libraries = whole.join("lib");
    fs::create_dir_all(&libraries)?;
    let capi = fetched.join("onnxruntime").join("capi");
    let runtime = format!("libonnxruntime.so.{VERSION}");
    let providers = ["cuda", "shared"].map(|name| format!("libonnxruntime_providers_{name}.so"));
    for name in [runtime].iter().chain(&providers) {
        place(&capi, &whole, name)?;
    }
    for name in LIBRARIES {
        place(&fetched.join("nvidia").join("cu13").join("lib"), &libraries, name)?;
    }
    // The folder appears under its name only when it is whole.
    fs::rename(&whole, &folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::remove_dir_all(&fetched)?;
    println!("xtask: `musigan-train train --device cuda` finds them now");
    Ok(())
}

fn place(from: &Path, to: &Path, name: &str) -> Result<()> {
    fs::rename(from.join(name), to.join(name))
        .with_context(|| format!("the packages have no {name} where it is expected"))
}

/// What the driver's own program says: a line for each device, the driver's version first.
fn smi() -> Result<String> {
    let mut smi = command("nvidia-smi");
    smi.args(["--query-gpu=driver_version,name", "--format=csv,noheader"]);
    let output = smi.output().ok().filter(|output| output.status.success());
    let output = output.with_context(|| {
        format!(
            "there is no NVIDIA driver here (nvidia-smi tells nothing): install driver {DRIVER} or newer, or \
             train with --device cpu"
        )
    })?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The first device, if its driver is new enough.
fn device(said: &str) -> Result<&str> {
    let first = said.lines().next().unwrap_or_default().trim();
    let (version, name) =
        first.split_once(", ").with_context(|| format!("nvidia-smi: {first:?}"))?;
    let major: u32 = version.split('.').next().and_then(|it| it.parse().ok()).unwrap_or(0);
    ensure!(
        major >= DRIVER,
        "the NVIDIA driver {version} is too old for CUDA 13: install {DRIVER} or newer, or train with \
         --device cpu"
    );
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn a_driver_must_be_there_and_new_enough() {
        assert_eq!(
            device("580.65.06, NVIDIA H100\n580.65.06, NVIDIA H100\n").unwrap(),
            "NVIDIA H100"
        );
        assert!(device("575.10, NVIDIA T4").unwrap_err().to_string().contains("too old"));
        assert!(device("").is_err());
    }
}
