//! What dependencies may be: their licences, and what is known against them.

use anyhow::{Result, ensure};

use crate::shell::{cargo, run, succeeds};

/// Licences by our own test; everything else of `deny.toml` by cargo-deny, which asks the database of
/// advisories.
pub fn deny() -> Result<()> {
    licences()?;
    ensure!(
        succeeds(cargo().args(["deny", "--version"])),
        "cargo-deny is not installed, so advisories were not looked up: `cargo install --locked cargo-deny` \
         takes some minutes"
    );
    run(cargo().args(["deny", "check"]))
}

/// Every dependency's licence against `deny.toml`.
pub fn licences() -> Result<()> {
    run(cargo()
        .args(["test", "--locked", "--workspace", "--test", "licences"])
        .args(["--", "--include-ignored"]))
}
