//! Packages of the system: Debian's, by apt.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::shell::{command, run, succeeds};

/// Makes sure that the player can be built: pkg-config and ALSA's headers.
///
/// # Errors
/// Where they are missing and cannot be installed; the message names the packages.
pub fn alsa() -> Result<()> {
    if !cfg!(target_os = "linux") || succeeds(command("pkg-config").args(["--exists", "alsa"])) {
        return Ok(());
    }
    println!("xtask: installing ALSA's headers and pkg-config, which the player is built with");
    install(&["pkg-config", "libasound2-dev"])
}

/// As [`alsa`], for another machine: Debian's name of it, and where its libraries are.
///
/// # Errors
/// As [`alsa`].
pub fn alsa_of(debian: &str, libraries: &str) -> Result<()> {
    if Path::new("/usr/lib").join(libraries).join("pkgconfig").join("alsa.pc").exists() {
        return Ok(());
    }
    println!("xtask: installing ALSA's headers for {debian}");
    foreign(debian)?;
    install(&["pkg-config", &format!("libasound2-dev:{debian}")])
}

/// Lets apt install packages of another machine.
///
/// # Errors
/// As [`alsa`].
pub fn foreign(debian: &str) -> Result<()> {
    let known = command("dpkg").arg("--print-foreign-architectures").output();
    if known.is_ok_and(|known| String::from_utf8_lossy(&known.stdout).lines().any(|l| l == debian))
    {
        return Ok(());
    }
    run(root("dpkg").args(["--add-architecture", debian]))?;
    refresh();
    Ok(())
}

/// Makes sure that the ONNX Runtime package can be fetched and unpacked: Python with pip.
///
/// # Errors
/// As [`alsa`].
pub fn pip() -> Result<()> {
    if succeeds(command("python3").args(["-m", "pip", "--version"])) {
        return Ok(());
    }
    println!("xtask: installing Python's pip, which fetches ONNX Runtime");
    install(&["python3", "python3-pip"])
}

/// Makes sure that a program is there, `what` in words.
///
/// # Errors
/// As [`alsa`].
pub fn install_missing(program: &str, what: &str, packages: &[&str]) -> Result<()> {
    if succeeds(command(program).arg("--version")) {
        return Ok(());
    }
    println!("xtask: installing {what}");
    install(packages)
}

/// Installs Debian packages.
///
/// # Errors
/// As [`alsa`].
pub fn install(packages: &[&str]) -> Result<()> {
    if !succeeds(command("apt-get").arg("--version")) {
        bail!(
            "please install {} (Debian's names) with your system's package manager",
            packages.join(" and ")
        );
    }
    let refused = |error: anyhow::Error| {
        error.context(format!("please install {} by hand", packages.join(" and ")))
    };
    let wanted: Vec<&str> =
        ["install", "--yes", "--no-install-recommends"].iter().chain(packages).copied().collect();
    // The list of packages may be missing or old: fetched only if it has to be.
    if apt(&wanted).is_ok() {
        return Ok(());
    }
    refresh();
    apt(&wanted).map_err(refused)
}

/// Fetches the lists of packages anew. A list that cannot be had stays what it was: whether something is missing
/// is known when it is installed.
pub fn refresh() {
    if apt(&["update"]).is_err() {
        println!(
            "xtask: not all lists of packages could be fetched: going on with those that are there"
        );
    }
}

fn apt(arguments: &[&str]) -> Result<()> {
    let mut command = root("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    run(command.args(["-qq", "-o=Dpkg::Use-Pty=0"]).args(arguments))
}

/// A program as the system's administrator.
pub fn root(program: &str) -> Command {
    if is_root() {
        return command(program);
    }
    let mut sudo = command("sudo");
    sudo.args(["--non-interactive", program]);
    sudo
}

fn is_root() -> bool {
    let id = command("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}
