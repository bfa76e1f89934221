//! The crates for small computers, built alone for other processors and tested on an emulated one.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::shell::{cargo, command, run, succeeds, target};
use crate::system;

/// Processors without an operating system or of another kind, for which `score` and `engine` build.
const TARGETS: [&str; 4] =
    ["thumbv7em-none-eabihf", "thumbv8m.main-none-eabihf", "armv7-unknown-linux-gnueabihf", ARM64];
const ARM64: &str = "aarch64-unknown-linux-gnu";

const PACKAGES: [&str; 4] = ["--package", "musigan-score", "--package", "musigan-engine"];

/// Where a toolchain for other processors comes from.
#[derive(Clone, Copy)]
enum Toolchain {
    /// The usual one, where the user has added the target (`rustup target add`).
    Usual,
    /// Debian's newer compiler (`rustc-web`), which builds `core` itself.
    Debian,
}

/// Builds for every target and runs the tests of agreement on an emulated aarch64, with the dot
/// product extension and without.
pub fn cross() -> Result<()> {
    for target in TARGETS {
        let mut build = toolchain(target)?.cargo();
        if let Toolchain::Debian = toolchain(target)? {
            build.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=core");
        }
        run(build.args(["build", "--locked", "--target", target]).args(PACKAGES))?;
    }
    if cfg!(all(target_arch = "aarch64", target_os = "linux")) {
        return Ok(()); // the ordinary tests ran on one
    }
    system::install_missing(
        "aarch64-linux-gnu-gcc",
        "a linker for aarch64",
        &["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"],
    )?;
    system::install_missing("qemu-aarch64-static", "an emulated aarch64", &["qemu-user-static"])?;
    for processor in ["cortex-a53", "max"] {
        let mut tests = toolchain_with_std()?.cargo();
        tests
            .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", "aarch64-linux-gnu-gcc")
            .env(
                "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER",
                format!("qemu-aarch64-static -cpu {processor}"),
            )
            .args(["test", "--locked", "--target", ARM64, "--package", "musigan-engine"])
            .args(["--test", "agreement", "--test", "math"]);
        run(&mut tests)?;
    }
    Ok(())
}

impl Toolchain {
    /// Its cargo, building in a folder of its own: other compilers' results would be thrown away
    /// at every change between them.
    fn cargo(self) -> Command {
        let mut command = match self {
            Self::Usual => cargo(),
            Self::Debian => {
                let mut command = command("/usr/bin/cargo");
                command.env("RUSTC", "/usr/bin/rustc").env_remove("RUSTUP_TOOLCHAIN");
                command
            }
        };
        command.env("CARGO_TARGET_DIR", target().join("cross"));
        command
    }
}

/// Whether the usual toolchain has the standard library of a target.
fn usual_has(target: &str) -> bool {
    let mut rustc = command("rustc");
    let found = rustc.args(["--print", "target-libdir", "--target", target]).output();
    found.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
}

fn toolchain(target: &str) -> Result<Toolchain> {
    if usual_has(target) {
        return Ok(Toolchain::Usual);
    }
    let source = "/usr/lib/rustlib/src/rust/library/core";
    if !(succeeds(command("/usr/bin/rustc").arg("--version")) && Path::new(source).exists()) {
        println!("xtask: installing a Rust compiler with the source of its core library");
        system::install(&["rustc-web", "cargo-web", "rust-web-src"])?;
    }
    Ok(Toolchain::Debian)
}

/// A toolchain with the whole standard library for aarch64.
fn toolchain_with_std() -> Result<Toolchain> {
    if usual_has(ARM64) {
        return Ok(Toolchain::Usual);
    }
    if !Path::new("/usr/lib/rustlib").join(ARM64).join("lib").is_dir() {
        println!("xtask: installing Rust's standard library for aarch64");
        run(command("dpkg").args(["--add-architecture", "arm64"]))?;
        system::install(&["libstd-rust-web-dev:arm64"])?;
    }
    Ok(Toolchain::Debian)
}
