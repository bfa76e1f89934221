//! Endless music at top speed, for as long as is asked.

use anyhow::{Context, Result};

use crate::shell::{cargo, run};
use crate::system;

/// A week.
const HOURS: &str = "168";

/// Lets bundled models, all or those told, play so many hours of music (a week, if none are told), and
/// judges them.
pub fn soak(options: &[String]) -> Result<()> {
    let (hours, models) = match options {
        [] => (HOURS, &[][..]),
        [hours, models @ ..] => (hours.as_str(), models),
    };
    hours.parse::<f64>().with_context(|| {
        format!("`cargo xtask soak` takes a number of hours first, not {hours}")
    })?;
    system::alsa()?;
    let mut soak = cargo();
    soak.args(["test", "--locked", "--release", "--package", "musigan", "--test", "soak"]);
    soak.args(["--", "--ignored", "--nocapture"]);
    run(soak.env("MUSIGAN_SOAK_HOURS", hours).env("MUSIGAN_SOAK_MODELS", models.join(" ")))
}
