//! `musigan-train export` of a GAN's run.

use std::path::Path;

use super::data::Loaded;
use crate::checkpoint::{Counters, write_atomically};
use crate::cli::reading::{self, Cached};
use crate::cli::run;
use crate::cli::say::say;
use crate::export::About;
use crate::gan::rollout::Rollout;
use crate::gan::{Config, thresholds};
use crate::linked::Role;
use crate::session::{Runtime, Threads};
use crate::train::RunFolder;

/// Held-out bars that both files are proven on.
const PROOF: usize = 64;

/// Bars that are composed at once where thresholds are learnt.
const ROWS: usize = 64;

/// The best generator of a run: configuration, counters, the moving average of its weights.
///
/// # Errors
/// When `root` is no run or was never validated.
pub fn best(root: &Path) -> anyhow::Result<(Config, Counters, Vec<f32>)> {
    let (folder, config) = RunFolder::open_checked(root, Config::check)?;
    let checkpoint = run::best(&folder, &config.extent())?;
    Ok((config, checkpoint.counters, checkpoint.average))
}

/// Writes the best generator of a run as ONNX and, beside it, as an image.
///
/// # Errors
/// One sentence for the user; no file is written then, or only the first of the two.
pub fn export(runtime: &Runtime, root: &Path, mut about: About, out: &Path) -> anyhow::Result<()> {
    let (config, counters, weights) = best(root)?;
    let loaded = Loaded::read(&config.model, &config.data, Cached::Used)?;
    if let Some(Role { part, parts, .. }) = config.data.role {
        about.add("part", format!("{}/{parts}", part + 1));
    }
    about.add_styles(&reading::options(&config.data.reading)?.styles());
    about.add("updates", counters.update);
    about.add("seed", config.seed);
    if let Some(loss) = counters.best_loss {
        about.add("valid_overlap", format!("{:.4}", 1.0 - loss));
    }
    let mut rollout = Rollout::new(runtime, &config.model, ROWS, Threads(1))?;
    let weights = thresholds::learn(&mut rollout, &weights, &loaded.splits.train, config.seed)?;
    let held_out = &loaded.splits.valid;
    let exported = crate::gan::export(
        runtime,
        &config.model,
        &weights,
        &loaded.opening,
        &about,
        &held_out[..held_out.len().min(PROOF)],
    )?;
    say!("{}", exported.proof);
    let image = out.with_extension("mgi");
    for (path, bytes) in [(out, &exported.onnx), (&image, &exported.image)] {
        write_atomically(path, bytes)?;
        say!("{}: {:.1} kB", path.display(), bytes.len() as f64 / 1e3);
    }
    Ok(())
}
