//! Endless music at top speed, for as long as is asked.

use anyhow::{Context, Result, bail};

use crate::shell::{cargo, run};
use crate::system;

/// A week.
const HOURS: &str = "168";

/// Lets every bundled model play so many hours of music (a week, if none are told), and judges them.
pub fn soak(options: &[String]) -> Result<()> {
    let hours = match options {
        [] => HOURS,
        [hours] => hours,
        other => bail!("`cargo xtask soak` takes a number of hours, not {}", other.join(" ")),
    };
    hours.parse::<f64>().context("hours are a number")?;
    system::alsa()?;
    let mut soak = cargo();
    soak.args(["test", "--locked", "--release", "--package", "musigan", "--test", "soak"]);
    run(soak.args(["--", "--ignored", "--nocapture"]).env("MUSIGAN_SOAK_HOURS", hours))
}
