//! `musigan-train train`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use musigan_engine::image::Weights;

use super::data::{Material, Sizes};
use super::frames::{Judge, table};
use super::gan;
use super::interrupt::{self, INTERRUPTED};
use super::progress::Display;
use super::sampler;
use super::settings::{FIXED, Limits, Settings};
use crate::checkpoint::Counters;
use crate::cli::say::say;
use crate::corpus::Spread;
use crate::export::Origin;
use crate::frames::{Task, transposed, transposed_steps};
use crate::session::{Placement, Runtime};
use crate::train::{
    Augment, Config, Data, Learner, Pieces, Rng, RunFolder, Schedule, Sets, Stop, TrainError,
    unchanged,
};

/// Trains a network on a folder of MIDI files or a file of frames, or continues a run.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Folder of MIDI files
    #[arg(long, value_name = "DIR", required_unless_present_any = ["resume", "frames"])]
    data: Option<PathBuf>,
    /// File of frames (a piano-roll data set: {"train": [[[keys]…]…], "valid", "test"}) instead of
    /// MIDI files; at the end the test set is judged at the best validation
    #[arg(long, value_name = "FILE.json", conflicts_with = "data")]
    frames: Option<PathBuf>,
    /// What the network makes of a file of frames
    #[arg(long = "as", value_enum, value_name = "TASK", default_value = "keys")]
    task: TaskArg,
    /// Folder of the new run
    #[arg(long, value_name = "RUN", required_unless_present = "resume")]
    out: Option<PathBuf>,
    /// Continue this run to the same losses as if it had not stopped; only --updates, --minutes,
    /// --threads and --device may be given with it
    #[arg(long, value_name = "RUN", conflicts_with_all = FIXED)]
    resume: Option<PathBuf>,
    /// End in order when the standard input does: the sweep that holds it has ended
    #[arg(long, hide = true)]
    of_sweep: bool,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    limits: Limits,
}

/// What a network makes of a file of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TaskArg {
    /// Frames are heard whole; every key of the next is predicted by itself
    Keys,
    /// Frames as tokens; every key is predicted given the higher ones of its frame
    Chain,
    /// Four parts as tokens; every part is predicted given those before it in its step
    Lines,
}

impl From<TaskArg> for Task {
    fn from(arg: TaskArg) -> Self {
        match arg {
            TaskArg::Keys => Self::Keys,
            TaskArg::Chain => Self::Chain,
            TaskArg::Lines => Self::Lines,
        }
    }
}

impl TrainArgs {
    /// Trains.
    ///
    /// # Errors
    /// One sentence for the user.
    pub fn run(self) -> anyhow::Result<()> {
        interrupt::watch()?;
        if self.of_sweep {
            interrupt::watch_input();
        }
        if let Some(run) = self.resume.as_ref().filter(|run| gan::is_run(run)) {
            return gan::resume(run, self.settings.cached(), |config| {
                self.limits.change(&mut config.budget, &mut config.machine);
            });
        }
        if self.resume.is_none() && self.settings.is_gan()? {
            let (Some(data), Some(out)) = (&self.data, &self.out) else {
                bail!("--kind gan learns from a folder of MIDI files: --data and --out are needed");
            };
            let config = self.settings.gan(data.display().to_string(), &self.limits)?;
            return gan::begin(config, out, self.settings.cached());
        }
        let resumed = self.resume.is_some();
        let (runtime, folder, config, material, origin) = match &self.resume {
            Some(run) => {
                let (folder, mut config) = RunFolder::open(run)?;
                self.limits.change(&mut config.budget, &mut config.machine);
                config.check()?;
                let runtime = Runtime::load_on(config.machine.device)?;
                let material = Material::of(&config.data, self.settings.cached())?;
                folder.write_config(&config)?;
                let begun = folder.last_path().exists();
                let origin = config.from.as_deref().filter(|_| !begun).map(read_origin);
                (runtime, folder, config, material, origin.transpose()?)
            }
            None => {
                let (music, frames, out) = match (&self.data, &self.frames, &self.out) {
                    (Some(data), None, Some(out)) => (data, None, out),
                    (None, Some(file), Some(out)) => (file, Some(self.task.into()), out),
                    _ => bail!("--data or --frames, and --out, are needed for a new run"),
                };
                let runtime = Runtime::load_on(self.limits.machine().device)?;
                let data = self.settings.data(music.display().to_string(), frames);
                let material = Material::of(&data, self.settings.cached())?;
                let origin = self.settings.from().as_deref().map(read_origin).transpose()?;
                let (sizes, limits) = (material.sizes(), &self.limits);
                let config = self.settings.config(data, &sizes, limits, origin.as_ref());
                if let Some(origin) = &origin {
                    check_origin(origin, &config)?;
                }
                config.check()?;
                if config.budget.sample_wav {
                    sampler::check_player()?;
                }
                (runtime, RunFolder::create(out, &config)?, config, material, origin)
            }
        };
        introduce(&config, &material.sizes());
        tell_place(&runtime);
        if let Some(word) = outlasted(&config) {
            say!("{word}");
        }
        let weights = origin.map(|origin| origin.weights);
        let run = Run { runtime: &runtime, config: &config, folder, resumed, weights };
        let root = run.folder.root().to_owned();
        let Data { augment_tempo: tempo, augment_velocity: velocity, .. } = config.data;
        let spread = Spread { tempo, velocity };
        let (stop, counters) = match &material {
            Material::Midi(sets) => run.learn(sets, &|_, i, rng| sets.train.varied(i, spread, rng)),
            Material::Tokens(task, splits) => {
                run.learn(splits, &|pieces, i, rng| Ok(transposed(*task, &pieces.read(i)?, rng)))
            }
            Material::Linked(sets) => {
                run.learn(sets, &|_, i, rng| sets.train.varied(i, spread, rng))
            }
            Material::Keys(splits) => {
                run.learn(splits, &|pieces, i, rng| Ok(transposed_steps(&pieces.read(i)?, rng)))
            }
        }?;
        conclude(&config, stop, &counters, &root.display().to_string());
        if stop != Stop::Interrupted && config.data.frames.is_some() && counters.best_loss.is_some()
        {
            // What was exported is judged where everyone can.
            table(&Runtime::load()?, &Judge::of_run(&root, &[Weights::F32])?, &material)?;
        }
        Ok(())
    }
}

/// Reads the network that a run begins with.
fn read_origin(file: &str) -> anyhow::Result<Origin> {
    let bytes = std::fs::read(file).with_context(|| format!("--from {file} cannot be read"))?;
    Origin::read(&bytes).with_context(|| format!("--from {file} is no network to begin with"))
}

/// Checks that a run can learn on from this network.
fn check_origin(origin: &Origin, config: &Config) -> anyhow::Result<()> {
    let file = config.from.as_deref().unwrap_or_default();
    if origin.vocabulary != config.data.fingerprint {
        bail!(
            "--from {file} speaks vocabulary {}, the data {}: begin with a network that learnt from data \
             of the same form",
            origin.vocabulary,
            config.data.fingerprint
        );
    }
    let listens = config.data.role.is_some_and(|role| role.listens);
    if listens != (origin.architecture.others > 0) {
        let (has, wanted) = if listens { ("hears no", "a") } else { ("hears", "no") };
        bail!(
            "--from {file} {has} other parts: begin with a network that was trained as {wanted} --part"
        );
    }
    Ok(())
}

/// Says where a run learns, unless that goes without saying.
pub fn tell_place(runtime: &Runtime) {
    if runtime.placement() == Placement::Cuda {
        say!("It learns on the CUDA device");
    }
}

/// What to say of a run that goes on after its learning rate has fallen: it learns little then.
fn outlasted(config: &Config) -> Option<String> {
    let (Schedule { cosine_until, floor, .. }, updates) =
        (config.optimiser.schedule, config.budget.updates);
    (cosine_until > 0 && updates > cosine_until).then(|| {
        format!(
            "The learning rate falls until update {cosine_until} and stays at {:.0} % from then on: more is \
             learnt by a new run with --updates {updates}",
            100.0 * floor
        )
    })
}

/// A run, ready to learn.
struct Run<'a> {
    runtime: &'a Runtime,
    config: &'a Config,
    folder: RunFolder,
    resumed: bool,
    /// The weights that it begins with, where they are not drawn.
    weights: Option<Vec<f32>>,
}

impl Run<'_> {
    fn learn<P: Pieces>(
        &self,
        sets: &Sets<P>,
        vary: &Augment<'_, P::Item>,
    ) -> Result<(Stop, Counters), TrainError> {
        let augment = |pieces: &dyn Pieces<Item = P::Item>, i: usize, rng: &mut Rng| match self
            .config
            .data
            .augment
        {
            true => vary(pieces, i, rng),
            false => unchanged(pieces, i, rng),
        };
        let (config, folder) = (self.config.clone(), self.folder.clone());
        let runtime = self.runtime;
        let mut learner = match &self.weights {
            Some(weights) => Learner::begin_with(runtime, config, folder, sets, &augment, weights),
            None if self.resumed => Learner::resume(runtime, config, folder, sets, &augment),
            None => Learner::begin(runtime, config, folder, sets, &augment),
        }?;
        let mut display = Display::new(self.config, &self.folder)?;
        let stop = learner.run(&mut display, &INTERRUPTED);
        display.finish(&stop, learner.counters());
        Ok((stop?, *learner.counters()))
    }
}

fn introduce(config: &Config, sizes: &Sizes) {
    let unit = config.unit();
    say!(
        "{} pieces to learn from ({} {unit}s), {} held out ({} {unit}s), {} weights",
        sizes.train.0,
        sizes.train.1,
        sizes.valid.0,
        sizes.valid.1,
        config.model.layout().len(),
    );
}

fn conclude(config: &Config, stop: Stop, done: &Counters, root: &str) {
    let unit = config.unit();
    let best = done.best_loss.map_or("none yet".to_owned(), |loss| format!("{loss:.4}"));
    let why = match stop {
        Stop::Updates => "All updates are done",
        Stop::Minutes => "The time is up",
        Stop::Patience => "Validation has stopped falling",
        Stop::Interrupted => "Interrupted",
    };
    say!(
        "{why} after update {}; best validation {best} nats per {unit}. Saved: {root}",
        done.update
    );
    say!("Continue with: musigan-train train --resume {root}");
}
