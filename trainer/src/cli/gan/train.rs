//! `musigan-train train --kind gan`.

use std::path::Path;

use serde::Deserialize;

use super::data::Loaded;
use super::display::Display;
use crate::cli::interrupt::INTERRUPTED;
use crate::cli::reading::Cached;
use crate::cli::say::say;
use crate::cli::train::tell_place;
use crate::gan::{Config, Kind, Learner};
use crate::session::Runtime;
use crate::train::{RunFolder, Stop};

/// Whether a folder is a GAN's run.
pub fn is_run(root: &Path) -> bool {
    /// What every GAN's configuration begins with, and no other has.
    #[derive(Deserialize)]
    struct Which {
        #[serde(rename = "kind")]
        _kind: Kind,
    }
    RunFolder::open_as::<Which>(root).is_ok()
}

/// Begins a run.
///
/// # Errors
/// One sentence for the user.
pub fn begin(mut config: Config, out: &Path, cached: Cached) -> anyhow::Result<()> {
    let runtime = Runtime::load_on(config.machine.device)?;
    let loaded = Loaded::read(&config.model, &config.data, cached)?;
    config.data.train_bars = loaded.splits.train.len();
    config.data.valid_bars = loaded.splits.valid.len();
    config.optimiser.losses.apart = loaded.apart();
    config.check()?;
    let folder = RunFolder::create(out, &config)?;
    learn(&runtime, config, folder, &loaded, Learner::begin)
}

/// Continues a run, with the budget and the machine that `change` makes of the run's.
///
/// # Errors
/// One sentence for the user.
pub fn resume(root: &Path, cached: Cached, change: impl FnOnce(&mut Config)) -> anyhow::Result<()> {
    let (folder, mut config) = RunFolder::open_checked(root, Config::check)?;
    change(&mut config);
    config.check()?;
    let runtime = Runtime::load_on(config.machine.device)?;
    let loaded = Loaded::read(&config.model, &config.data, cached)?;
    folder.write_config(&config)?;
    learn(&runtime, config, folder, &loaded, Learner::resume)
}

/// [`Learner::begin`] or [`Learner::resume`].
type Start<'a> = fn(
    &Runtime,
    Config,
    RunFolder,
    &'a crate::gan::Splits,
) -> Result<Learner<'a>, crate::train::TrainError>;

fn learn<'a>(
    runtime: &Runtime,
    config: Config,
    folder: RunFolder,
    loaded: &'a Loaded,
    start: Start<'a>,
) -> anyhow::Result<()> {
    let (a, loss) = (&config.model, loaded.loss);
    say!(
        "{} bars to learn from, {} held out; {} weights in the generator, {} in the critic",
        config.data.train_bars,
        config.data.valid_bars,
        a.generator().len(),
        a.judge().len(),
    );
    let share = |count: u64| 100.0 * count as f64 / loss.notes.max(1) as f64;
    say!(
        "Of {} notes {:.1} % are moved to the grid, {:.1} % cut at the bar line, {:.1} % moved by \
         octaves, {:.1} % merged; {} bars are too long",
        loss.notes,
        share(loss.moved),
        share(loss.cut),
        share(loss.folded),
        share(loss.merged),
        loss.long_bars,
    );
    tell_place(runtime);
    let root = folder.root().display().to_string();
    let mut display = Display::new(&config, &folder)?;
    let mut learner = start(runtime, config, folder, &loaded.splits)?;
    let stop = learner.run(&mut display, &INTERRUPTED);
    display.finish(&stop, learner.counters());
    let why = match stop? {
        Stop::Updates => "All updates are done",
        Stop::Minutes => "The time is up",
        Stop::Patience => "The overlap has stopped rising",
        Stop::Interrupted => "Interrupted",
    };
    let done = learner.counters();
    let best = done.best_loss.map_or("none yet".to_owned(), |loss| format!("{:.4}", 1.0 - loss));
    say!("{why} after update {}; best overlap {best}. Saved: {root}", done.update);
    say!("Continue with: musigan-train train --resume {root}");
    Ok(())
}
