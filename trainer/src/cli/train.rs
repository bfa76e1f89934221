//! `musigan-train train`.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::data::Loaded;
use super::interrupt::{self, INTERRUPTED};
use super::progress::Display;
use crate::model::{Architecture, Kind};
use crate::session::Runtime;
use crate::train::{
    Budget, Config, Data, Device, Learner, Machine, Optimiser, RunFolder, Schedule, Splits, Stop,
    Streams, unchanged,
};

/// What a run keeps for life: refused together with `--resume`.
const FIXED: [&str; 20] = [
    "data",
    "out",
    "kind",
    "layers",
    "hidden",
    "embed",
    "batch",
    "window",
    "epochs",
    "lr",
    "warmup",
    "constant_lr",
    "dropout",
    "weight_decay",
    "clip",
    "no_augment",
    "validate_every",
    "save_every",
    "patience",
    "seed",
];

/// Trains a network on a folder of MIDI files, or continues a run.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Kind of network
    #[arg(long, value_enum, default_value = "lstm")]
    kind: KindArg,
    /// Folder of MIDI files
    #[arg(long, value_name = "DIR", required_unless_present = "resume")]
    data: Option<PathBuf>,
    /// Folder of the new run
    #[arg(long, value_name = "RUN", required_unless_present = "resume")]
    out: Option<PathBuf>,
    /// Continue this run to the same losses as if it had not stopped; only --updates, --minutes,
    /// --threads and --device may be given with it
    #[arg(long, value_name = "RUN", conflicts_with_all = FIXED)]
    resume: Option<PathBuf>,
    /// Recurrent layers
    #[arg(long, default_value_t = 2)]
    layers: usize,
    /// Width of a layer's state
    #[arg(long, default_value_t = 256)]
    hidden: usize,
    /// Width of a token's embedding
    #[arg(long, default_value_t = 128)]
    embed: usize,
    /// Parallel streams of tokens
    #[arg(long, default_value_t = 64)]
    batch: usize,
    /// Tokens of a stream in one update
    #[arg(long, default_value_t = 64)]
    window: usize,
    /// Epochs after which the run ends [default: 20 unless --updates or --minutes is given]
    #[arg(long, conflicts_with = "updates")]
    epochs: Option<f64>,
    /// Updates after which the run ends
    #[arg(long)]
    updates: Option<u64>,
    /// Minutes after which the run ends
    #[arg(long)]
    minutes: Option<f64>,
    /// Highest learning rate
    #[arg(long, default_value_t = 2e-3)]
    lr: f64,
    /// Updates over which the learning rate rises
    #[arg(long, default_value_t = 100)]
    warmup: u64,
    /// Keep the learning rate at its height; else it falls on a cosine to 2 % at the last update
    /// of --epochs or --updates
    #[arg(long)]
    constant_lr: bool,
    /// Share of every layer's outputs set to zero in training
    #[arg(long, default_value_t = 0.2)]
    dropout: f32,
    /// Decoupled weight decay
    #[arg(long, default_value_t = 0.0)]
    weight_decay: f64,
    /// Largest global norm of the gradient
    #[arg(long, default_value_t = 1.0)]
    clip: f64,
    /// Learn the pieces only as they are written, without transposition
    #[arg(long)]
    no_augment: bool,
    /// Updates between two validations [default: 500, at most an epoch]
    #[arg(long)]
    validate_every: Option<u64>,
    /// Updates between two checkpoints
    #[arg(long, default_value_t = 200)]
    save_every: u64,
    /// Validations without a new best after which the run ends; 0 = never
    #[arg(long, default_value_t = 0)]
    patience: u64,
    /// Decides every random number
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads [default: all cores for a new run, the same as before for a resumed one]
    #[arg(long)]
    threads: Option<usize>,
    /// Where to run [default: auto for a new run, the same as before for a resumed one]
    #[arg(long, value_enum)]
    device: Option<DeviceArg>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindArg {
    Lstm,
    Gru,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DeviceArg {
    Cpu,
    Cuda,
    Auto,
}

impl From<DeviceArg> for Device {
    fn from(arg: DeviceArg) -> Self {
        match arg {
            DeviceArg::Cpu => Self::Cpu,
            DeviceArg::Cuda => Self::Cuda,
            DeviceArg::Auto => Self::Auto,
        }
    }
}

impl TrainArgs {
    /// Trains.
    ///
    /// # Errors
    /// One sentence for the user.
    pub fn run(self) -> anyhow::Result<()> {
        let runtime = Runtime::load()?;
        interrupt::watch()?;
        let (folder, config, loaded, resumed) = match &self.resume {
            Some(run) => {
                let (folder, mut config) = RunFolder::open(run)?;
                let loaded = Loaded::read(config.data.folder.as_ref())?;
                self.change(&mut config);
                folder.write_config(&config)?;
                (folder, config, loaded, true)
            }
            None => {
                let (Some(data), Some(out)) = (&self.data, &self.out) else {
                    bail!("--data and --out are needed for a new run")
                };
                let loaded = Loaded::read(data)?;
                let config = self.config(data.display().to_string(), &loaded.splits);
                config.check()?;
                loaded.splits.check(&config)?;
                (RunFolder::create(out, &config)?, config, loaded, false)
            }
        };
        println!(
            "{} pieces to learn from ({} tokens), {} held out ({} tokens), {} weights",
            loaded.splits.train.len(),
            config.data.train_tokens,
            loaded.splits.valid.len(),
            config.data.valid_tokens,
            config.model.layout().len(),
        );
        let mut display = Display::new(&config.budget);
        let augment = |i: usize, piece: &[u16], rng: &mut _| {
            if config.data.augment { loaded.augment(i, rng) } else { unchanged(i, piece, rng) }
        };
        let begin = if resumed { Learner::resume } else { Learner::begin };
        let root = folder.root().display().to_string();
        let mut learner = begin(&runtime, config.clone(), folder, &loaded.splits, &augment)?;
        let stop = learner.run(&mut display, &INTERRUPTED);
        display.finish();
        let done = learner.counters();
        let best = done.best_loss.map_or("none yet".to_owned(), |loss| format!("{loss:.4}"));
        let why = match stop? {
            Stop::Updates => "All updates are done",
            Stop::Minutes => "The time is up",
            Stop::Patience => "Validation has stopped falling",
            Stop::Interrupted => "Interrupted",
        };
        println!(
            "{why} after update {}; best validation {best} nats per token. Saved: {root}",
            done.update
        );
        println!("Continue with: musigan-train train --resume {root}");
        Ok(())
    }

    /// What may change when a run goes on.
    fn change(&self, config: &mut Config) {
        config.budget.updates = self.updates.unwrap_or(config.budget.updates);
        config.budget.minutes = self.minutes.unwrap_or(config.budget.minutes);
        config.machine.threads = self.threads.unwrap_or(config.machine.threads);
        config.machine.device = self.device.map_or(config.machine.device, Device::from);
    }

    fn config(&self, folder: String, splits: &Splits) -> Config {
        let train_tokens = Splits::tokens(&splits.train);
        let an_epoch = Streams::windows_of(train_tokens, self.batch, self.window).max(1) as u64;
        let limited = self.minutes.is_some();
        let updates = match (self.updates, self.epochs) {
            (Some(updates), _) => updates,
            (None, Some(epochs)) => (epochs * an_epoch as f64).ceil() as u64,
            (None, None) if limited => u64::MAX >> 1,
            (None, None) => 20 * an_epoch,
        };
        let falls =
            !self.constant_lr && (self.updates.or(self.epochs.map(|_| 0)).is_some() || !limited);
        Config {
            seed: self.seed,
            model: Architecture {
                kind: match self.kind {
                    KindArg::Lstm => Kind::Lstm,
                    KindArg::Gru => Kind::Gru,
                },
                vocab: splits.vocab_len,
                embed: self.embed,
                hidden: self.hidden,
                layers: self.layers,
            },
            data: Data {
                folder,
                fingerprint: splits.fingerprint_hex(),
                train_tokens,
                valid_tokens: Splits::tokens(&splits.valid),
                batch: self.batch,
                window: self.window,
                augment: !self.no_augment,
            },
            optimiser: Optimiser {
                lr: self.lr,
                schedule: Schedule {
                    warmup: self.warmup,
                    cosine_until: if falls { updates } else { 0 },
                    ..Schedule::default()
                },
                weight_decay: self.weight_decay,
                clip: self.clip,
                dropout: self.dropout,
                ..Optimiser::default()
            },
            budget: Budget {
                updates,
                minutes: self.minutes.unwrap_or(0.0),
                validate_every: self.validate_every.unwrap_or(an_epoch.min(500)),
                save_every: self.save_every,
                patience: self.patience,
            },
            machine: Machine {
                device: self.device.map_or(Device::Auto, Device::from),
                threads: self
                    .threads
                    .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get())),
            },
        }
    }
}
