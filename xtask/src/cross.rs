//! The crates for small computers, built alone for other processors and tested on an emulated one.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::shell::{cargo, command, run, target};
use crate::system;

/// Processors for which `score`, `engine` and `synth` build alone; for Cortex-M they do as part of the
/// firmware.
const TARGETS: [&str; 2] = ["armv7-unknown-linux-gnueabihf", ARM64];
const ARM64: &str = "aarch64-unknown-linux-gnu";

/// A small computer with Linux.
#[derive(Clone, Copy)]
pub struct Machine {
    /// Rust's name of it.
    pub triple: &'static str,
    /// Debian's name of it.
    pub debian: &'static str,
    /// Where Debian keeps its libraries, under `/usr/lib`.
    pub libraries: &'static str,
    /// Its linker.
    pub gcc: &'static str,
    gcc_packages: [&'static str; 2],
    emulator: &'static str,
}

impl Machine {
    /// A 64-bit Raspberry Pi and its like.
    pub const ARM64: Self = Self {
        triple: ARM64,
        debian: "arm64",
        libraries: "aarch64-linux-gnu",
        gcc: "aarch64-linux-gnu-gcc",
        gcc_packages: ["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"],
        emulator: "qemu-aarch64-static",
    };
    /// A 32-bit one.
    pub const ARMV7: Self = Self {
        triple: "armv7-unknown-linux-gnueabihf",
        debian: "armhf",
        libraries: "arm-linux-gnueabihf",
        gcc: "arm-linux-gnueabihf-gcc",
        gcc_packages: ["gcc-arm-linux-gnueabihf", "libc6-dev-armhf-cross"],
        emulator: "qemu-arm-static",
    };

    /// Makes sure that there is a linker for it.
    pub fn linker(self) -> Result<()> {
        let what = format!("a linker for {}", self.debian);
        system::install_missing(self.gcc, &what, &self.gcc_packages)
    }

    fn emulator(self) -> Result<()> {
        let what = format!("an emulated {}", self.debian);
        system::install_missing(self.emulator, &what, &["qemu-user-static"])
    }

    /// The environment variable that tells cargo something about this target.
    pub fn variable(self, what: &str) -> String {
        variable(self.triple, what)
    }

    /// One of its programs, run here: on an emulated machine if this is another.
    pub fn program(self, program: &Path) -> Result<Command> {
        if self.triple.starts_with(std::env::consts::ARCH) {
            return Ok(command(program));
        }
        let mut emulated = self.emulated()?;
        emulated.arg(program);
        Ok(emulated)
    }

    /// An emulated machine, which is to be told what it runs.
    pub fn emulated(self) -> Result<Command> {
        self.emulator()?;
        let mut emulated = command(self.emulator);
        emulated.args(["-L", &format!("/usr/{}", self.libraries)]);
        Ok(emulated)
    }
}

/// The environment variable that tells cargo something about a target.
pub fn variable(triple: &str, what: &str) -> String {
    format!("CARGO_TARGET_{}_{what}", triple.to_uppercase().replace(['-', '.'], "_"))
}

/// What is built.
const BUILDS: [&[&str]; 2] = [
    &["--package", "musigan-score", "--package", "musigan-engine"],
    &["--package", "musigan-synth", "--no-default-features"],
];

/// Where a toolchain for other processors comes from.
#[derive(Clone, Copy)]
pub enum Toolchain {
    /// The usual one, where the user has added the target (`rustup target add`).
    Usual,
    /// Debian's newer compiler (`rustc-web`), which builds `core` itself.
    Debian,
}

/// Makes sure that there are compilers, a linker and an emulated machine.
pub fn prepare() -> Result<()> {
    for target in TARGETS {
        toolchain(target)?;
    }
    toolchain_with_std(Machine::ARM64)?;
    Machine::ARM64.linker()?;
    Machine::ARM64.emulator()
}

/// Builds for every target and runs the tests of agreement on an emulated aarch64, with the dot
/// product extension and without.
pub fn cross() -> Result<()> {
    for target in TARGETS {
        let whole = target == ARM64;
        let toolchain =
            if whole { toolchain_with_std(Machine::ARM64)? } else { toolchain(target)? };
        for what in BUILDS {
            let mut build = toolchain.cargo();
            if let (Toolchain::Debian, false) = (toolchain, whole) {
                // The same for all, so that the parts of the standard library are built once.
                build.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=core,alloc");
            }
            run(build.args(["build", "--locked", "--target", target]).args(what))?;
        }
    }
    if cfg!(all(target_arch = "aarch64", target_os = "linux")) {
        return Ok(()); // the ordinary tests ran on one
    }
    let machine = Machine::ARM64;
    machine.linker()?;
    machine.emulator()?;
    for processor in ["cortex-a53", "max"] {
        let mut tests = toolchain_with_std(machine)?.cargo();
        tests
            .env(machine.variable("LINKER"), machine.gcc)
            .env(machine.variable("RUNNER"), format!("{} -cpu {processor}", machine.emulator))
            .args(["test", "--locked", "--target", machine.triple, "--package", "musigan-engine"])
            .args(["--test", "agreement", "--test", "math"]);
        run(&mut tests)?;
    }
    Ok(())
}

impl Toolchain {
    /// Its cargo, building in a folder of its own: other compilers' results would be thrown away
    /// at every change between them.
    pub fn cargo(self) -> Command {
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

/// A toolchain that can build for a target without an operating system.
pub fn toolchain(target: &str) -> Result<Toolchain> {
    if usual_has(target) {
        return Ok(Toolchain::Usual);
    }
    let source = "/usr/lib/rustlib/src/rust/library/core";
    debian("rust-web-src", "the source of Rust's core library", || Path::new(source).exists())
}

/// A toolchain with a machine's whole standard library.
pub fn toolchain_with_std(machine: Machine) -> Result<Toolchain> {
    if usual_has(machine.triple) {
        return Ok(Toolchain::Usual);
    }
    let library = Path::new("/usr/lib/rustlib").join(machine.triple).join("lib");
    let package = format!("libstd-rust-web-dev:{}", machine.debian);
    let what = format!("Rust's standard library for {}", machine.debian);
    if !library.is_dir() {
        system::foreign(machine.debian)?;
    }
    debian(&package, &what, || library.is_dir())
}

/// Makes sure that Debian's compiler is there, new enough, and one of its libraries with it.
fn debian(package: &str, what: &str, there: impl Fn() -> bool) -> Result<Toolchain> {
    let wanted = [DEBIAN[0], DEBIAN[1], package];
    let ready = || there() && new_enough(&version("/usr/bin/rustc"));
    if !ready() {
        println!("xtask: installing a Rust compiler and {what}");
        system::install(&wanted)?;
    }
    if !ready() {
        // An old list of packages has old compilers.
        system::refresh();
        system::install(&wanted)?;
    }
    ensure!(ready(), "the newest {} here is too old: {}", DEBIAN[0], version("/usr/bin/rustc"));
    Ok(Toolchain::Debian)
}

/// Debian's newer compiler, and its cargo.
const DEBIAN: [&str; 2] = ["rustc-web", "cargo-web"];

/// What a compiler says of its version; empty where there is none.
pub fn version(rustc: &str) -> String {
    let output = command(rustc).arg("--version").output();
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

/// Whether a compiler's version is at least the one that the project asks for.
fn new_enough(version: &str) -> bool {
    let number = |text: &str| {
        let mut parts = text.split('.').map(|part| part.parse::<u32>().ok());
        Some((parts.next()??, parts.next()??))
    };
    let ours = number(env!("CARGO_PKG_RUST_VERSION"));
    version.split(' ').nth(1).and_then(number) >= ours
}

#[cfg(test)]
mod tests {
    use super::new_enough;

    #[test]
    fn an_old_compiler_is_told_from_a_new_one() {
        assert!(new_enough("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)"));
        assert!(!new_enough("rustc 1.85.0 (4d91de4e4 2025-02-17)"));
        assert!(!new_enough(""), "there is none");
    }
}
