//! The settings of a new run: options, and what stands where an option is not given.

mod gan;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use musigan_score::link::{MAX_LINKED, Picture};

use super::data::Sizes;
use super::reading::{Cached, ReadingArgs};
use crate::export::Origin;
use crate::frames::Task;
use crate::linked::Role;
use crate::model::{Architecture, Form, Kind};
use crate::train::{Budget, Config, Data, Device, Machine, Optimiser, Schedule, Streams};

/// The names of all settings: what a run keeps for life, refused together with `--resume`.
pub const FIXED: [&str; 53] = [
    "layer_norm",
    "from",
    "part",
    "deaf",
    "harmony",
    "parts",
    "critic_updates",
    "critic_lr",
    "penalty",
    "diversity",
    "transpose",
    "keep",
    "sample_every",
    "sample_wav",
    "styles",
    "no_pedal",
    "separate",
    "only_parts",
    "only_bars",
    "only_metres",
    "only_programs",
    "with_programs",
    "dedupe",
    "no_dedupe",
    "kind",
    "layers",
    "hidden",
    "embed",
    "tied",
    "batch",
    "window",
    "epochs",
    "lr",
    "warmup",
    "constant_lr",
    "plateau",
    "dropout",
    "input_dropout",
    "recurrent_dropout",
    "smoothing",
    "average",
    "weight_decay",
    "clip",
    "no_augment",
    "augment_tempo",
    "augment_velocity",
    "validate_every",
    "save_every",
    "patience",
    "seed",
    "data",
    "frames",
    "out",
];

/// The most weights that a network of keys has unless it is told otherwise: the size at which the
/// published tables compare networks.
const TABLE_WEIGHTS: usize = 300_000;

/// How a new run learns.
#[derive(Debug, Args)]
pub struct Settings {
    #[command(flatten)]
    reading: ReadingArgs,
    /// Begin with the weights of this network, which `musigan-train export` wrote, instead of random ones,
    /// say models/music-box.onnx to teach the music box other music; it decides on kind, layers and widths
    #[arg(
        long, value_name = "FILE.onnx",
        conflicts_with_all = ["kind", "layers", "hidden", "embed", "tied", "layer_norm"]
    )]
    from: Option<PathBuf>,
    /// Kind of network [default: lstm; gru with --frames]
    #[arg(long, value_enum)]
    kind: Option<KindArg>,
    /// Recurrent layers [default: 2; 1 with --frames]
    #[arg(long)]
    layers: Option<usize>,
    /// Width of a layer's state [default: 256; 320 with --frames; with --as keys the widest of at most
    /// 300,000 weights]
    #[arg(long)]
    hidden: Option<usize>,
    /// Width of a token's embedding [default: 128; 48 with --frames; as --hidden with --tied]
    #[arg(long)]
    embed: Option<usize>,
    /// Use the embedding as the head, too
    #[arg(long)]
    tied: bool,
    /// Normalise what each layer tells the layer above it, or the head
    #[arg(long)]
    layer_norm: bool,
    /// Parallel streams of tokens [default: 64; 2 with --frames, 8 with --as chain and lines]
    #[arg(long)]
    batch: Option<usize>,
    /// Tokens of a stream in one update [default: 64; 128 with --as chain and lines]
    #[arg(long)]
    window: Option<usize>,
    /// Epochs after which the run ends [default: 20 unless --updates or --minutes is given; with
    /// --frames at most 224 for keys, 30 for chain, 20 for lines]
    #[arg(long, conflicts_with = "updates")]
    epochs: Option<f64>,
    /// Highest learning rate [default: 0.002; 0.005 with --frames, 0.004 with --as
    /// chain and lines]
    #[arg(long)]
    lr: Option<f64>,
    /// Updates over which the learning rate rises
    #[arg(long, default_value_t = 100)]
    warmup: u64,
    /// Keep the learning rate at its height; else it falls on a cosine to 2 % at the last update
    /// of --epochs or --updates
    #[arg(long)]
    constant_lr: bool,
    /// Halve the learning rate after so many validations without a new best; 0 = never
    #[arg(long, default_value_t = 0)]
    plateau: u64,
    /// Share of every layer's outputs set to zero in training [default: 0.2; 0.6 with
    /// --frames, 0.3 with --as chain and lines]
    #[arg(long)]
    dropout: Option<f32>,
    /// Share of what the first layer hears set to zero in training [default: 0; 0.1 with --frames but for
    /// --as chain and lines]
    #[arg(long)]
    input_dropout: Option<f32>,
    /// Share of the recurrent kernels set to zero in training, anew every update
    #[arg(long, default_value_t = 0.0)]
    recurrent_dropout: f32,
    /// Share of every target that is spread over the whole vocabulary
    #[arg(long, default_value_t = 0.0)]
    smoothing: f64,
    /// Validate and export a moving average of the weights that keeps this share of itself at every
    /// update; 0 = none [default: 0; 0.999 with --frames, 0.995 with --as chain and lines]
    #[arg(long)]
    average: Option<f64>,
    /// Learn one part of several that are linked, say 1/2 the first of two: it hears what the others do
    #[arg(long, value_name = "PART/PARTS", conflicts_with = "frames", value_parser = part)]
    part: Option<(usize, usize)>,
    /// Let it not hear the others, to compare
    #[arg(long, requires = "part")]
    deaf: bool,
    /// Weight of the distance in tonal space between the pitch that is expected and what the other parts
    /// sound
    #[arg(long, requires = "part", conflicts_with = "deaf", default_value_t = 0.0)]
    harmony: f64,
    /// Decoupled weight decay
    #[arg(long, default_value_t = 0.0)]
    weight_decay: f64,
    /// Largest global norm of the gradient
    #[arg(long, default_value_t = 1.0)]
    clip: f64,
    /// Learn the pieces only as they are written, without transposition
    #[arg(long)]
    no_augment: bool,
    /// Play the pieces faster or slower, too, anew every epoch: by up to so many steps of 7 %
    #[arg(
        long, value_name = "STEPS", conflicts_with_all = ["no_augment", "frames"], default_value_t = 0,
        value_parser = clap::value_parser!(u8).range(..=31)
    )]
    augment_tempo: u8,
    /// Play them louder or softer, too: by up to so many steps of 8, of velocities from 1 to 127
    #[arg(
        long, value_name = "STEPS", conflicts_with_all = ["no_augment", "frames"], default_value_t = 0,
        value_parser = clap::value_parser!(u8).range(..=15)
    )]
    augment_velocity: u8,
    /// Transpose frames at random, too, as MIDI files are: it pays where updates are many
    #[arg(long, conflicts_with = "no_augment")]
    transpose: bool,
    /// Updates between two validations [default: 500, at most an epoch]
    #[arg(long)]
    validate_every: Option<u64>,
    /// Updates between two checkpoints
    #[arg(long, default_value_t = 200)]
    save_every: u64,
    /// Validations without a new best after which the run ends; 0 = never [default: 0; 40 with --frames but
    /// for --as chain and lines]
    #[arg(long)]
    patience: Option<u64>,
    /// Keep the checkpoints of the last so many validations, besides the last and the best
    #[arg(long, default_value_t = 2)]
    keep: usize,
    /// Compose a piece every so many validations, into samples/ of the run; 0 = never
    #[arg(long, default_value_t = 1)]
    sample_every: u64,
    /// Play each such piece into a WAV file beside it, with the player (`musigan`), which is to be found beside this
    /// program
    #[arg(long)]
    sample_wav: bool,
    /// Decides every random number
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    gan: gan::GanArgs,
}

/// What may be changed when a run goes on.
#[derive(Debug, Args)]
pub struct Limits {
    /// Updates after which the run ends
    #[arg(long)]
    updates: Option<u64>,
    /// Minutes after which the run ends
    #[arg(long)]
    minutes: Option<f64>,
    /// Threads [default: all cores for a new run, the same as before for a resumed one]
    #[arg(long)]
    threads: Option<usize>,
    /// Look at the loss every so many updates; until then nothing is copied between the device and here [default: 1,
    /// with CUDA 16, for a new run, the same as before for a resumed one]
    #[arg(long, value_name = "N")]
    loss_every: Option<usize>,
    /// Where to run [default: auto for a new run, the same as before for a resumed one]
    #[arg(long, value_enum)]
    device: Option<DeviceArg>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindArg {
    Lstm,
    Gru,
    /// Composes bar by bar, and learns from a critic
    Gan,
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

impl Limits {
    /// What a new run runs on.
    pub fn machine(&self) -> Machine {
        let all = || std::thread::available_parallelism().map_or(1, |n| n.get());
        Machine {
            device: self.device.map_or(Device::Auto, Device::from),
            threads: self.threads.unwrap_or_else(all),
            loss_every: self.loss_every,
        }
    }

    /// Changes what may change when a run goes on.
    pub fn change(&self, budget: &mut Budget, machine: &mut Machine) {
        budget.updates = self.updates.unwrap_or(budget.updates);
        budget.minutes = self.minutes.unwrap_or(budget.minutes);
        machine.threads = self.threads.unwrap_or(machine.threads);
        machine.loss_every = self.loss_every.or(machine.loss_every);
        machine.device = self.device.map_or(machine.device, Device::from);
    }
}

/// What holds where nothing is said; how it was found is told in `benches/RESULTS.md`.
struct Usual {
    batch: usize,
    window: usize,
    epochs: f64,
    lr: f64,
    dropout: f32,
    input_dropout: f32,
    average: f64,
    patience: u64,
}

impl Usual {
    fn of(frames: Option<Task>) -> Self {
        let music = Self {
            batch: 64,
            window: 64,
            epochs: 20.0,
            lr: 2e-3,
            dropout: 0.2,
            input_dropout: 0.0,
            average: 0.0,
            patience: 0,
        };
        let frames_of_tokens = |epochs| Self {
            batch: 8,
            window: 128,
            epochs,
            lr: 4e-3,
            dropout: 0.3,
            average: 0.995,
            ..music
        };
        match frames {
            None => music,
            Some(Task::Chain) => frames_of_tokens(30.0),
            Some(Task::Lines) => frames_of_tokens(20.0),
            // Small sets: little at a time, learnt fast, much left out, and an end when it gets no better.
            Some(Task::Keys) => Self {
                batch: 2,
                epochs: 224.0,
                lr: 5e-3,
                dropout: 0.6,
                input_dropout: 0.1,
                average: 0.999,
                patience: 40,
                ..music
            },
        }
    }
}

impl Settings {
    /// Whether what files made before is used: no part of a run's configuration.
    pub fn cached(&self) -> Cached {
        self.reading.cached()
    }

    /// The part that is learnt, where it is one of several.
    fn role(&self) -> Option<Role> {
        self.part.map(|(part, parts)| Role { part, parts, listens: !self.deaf })
    }

    /// What a run on `folder` (or file of frames) learns from, sizes unknown as yet.
    pub fn data(&self, folder: String, frames: Option<Task>) -> Data {
        let usual = Usual::of(frames);
        Data {
            folder,
            frames,
            role: self.role(),
            reading: self.reading.reading(),
            fingerprint: String::new(),
            train_tokens: 0,
            valid_tokens: 0,
            batch: self.batch.unwrap_or(usual.batch),
            window: self.window.unwrap_or(usual.window),
            augment: if frames.is_some() { self.transpose } else { !self.no_augment },
            augment_tempo: self.augment_tempo,
            augment_velocity: self.augment_velocity,
        }
    }

    /// The file that a new run begins with.
    pub fn from(&self) -> Option<String> {
        self.from.as_ref().map(|path| path.display().to_string())
    }

    /// The configuration of a run on `data`, which has these sizes, beginning with `origin` where there
    /// is one.
    pub fn config(
        &self,
        data: Data,
        sizes: &Sizes,
        limits: &Limits,
        origin: Option<&Origin>,
    ) -> Config {
        let usual = Usual::of(data.frames);
        let an_epoch = <Streams>::windows_of(sizes.train.1, data.batch, data.window).max(1) as u64;
        let by_epochs = |epochs: f64| (epochs * an_epoch as f64).ceil() as u64;
        let limited = limits.minutes.is_some();
        let updates = match (limits.updates, self.epochs) {
            (Some(updates), _) => updates,
            (None, Some(epochs)) => by_epochs(epochs),
            (None, None) if limited => u64::MAX >> 1,
            (None, None) => by_epochs(usual.epochs),
        };
        let falls =
            !self.constant_lr && (limits.updates.is_some() || self.epochs.is_some() || !limited);
        Config {
            seed: self.seed,
            from: self.from(),
            model: origin.map_or_else(
                || self.architecture(&data, sizes.vocab_len),
                |origin| origin.architecture,
            ),
            optimiser: Optimiser {
                lr: self.lr.unwrap_or(usual.lr),
                schedule: Schedule {
                    warmup: self.warmup,
                    cosine_until: if falls { updates } else { 0 },
                    plateau: self.plateau,
                    ..Schedule::default()
                },
                weight_decay: self.weight_decay,
                clip: self.clip,
                dropout: self.dropout.unwrap_or(usual.dropout),
                input_dropout: self.input_dropout.unwrap_or(usual.input_dropout),
                recurrent_dropout: self.recurrent_dropout,
                smoothing: self.smoothing,
                harmony: self.harmony,
                average: self.average.unwrap_or(usual.average),
                ..Optimiser::default()
            },
            budget: self.budget(updates, limits, an_epoch.min(500), usual.patience),
            machine: limits.machine(),
            data: Data {
                fingerprint: sizes.fingerprint.clone(),
                train_tokens: sizes.train.1,
                valid_tokens: sizes.valid.1,
                ..data
            },
        }
    }

    /// The budget of a run of so many updates, validated so often and as patient where nothing else is said.
    fn budget(&self, updates: u64, limits: &Limits, validate_every: u64, patience: u64) -> Budget {
        Budget {
            updates,
            minutes: limits.minutes.unwrap_or(0.0),
            validate_every: self.validate_every.unwrap_or(validate_every),
            save_every: self.save_every,
            patience: self.patience.unwrap_or(patience),
            keep: self.keep,
            sample_every: self.sample_every,
            sample_wav: self.sample_wav,
        }
    }

    fn architecture(&self, data: &Data, vocab: usize) -> Architecture {
        let frames = data.frames;
        let keys = frames == Some(Task::Keys);
        let kind = match self.kind {
            Some(KindArg::Lstm) => Kind::Lstm,
            Some(KindArg::Gru) => Kind::Gru,
            None if frames.is_some() => Kind::Gru,
            // A GAN's configuration is another.
            None | Some(KindArg::Gan) => Kind::Lstm,
        };
        let hidden = self.hidden.unwrap_or(if frames.is_some() { 320 } else { 256 });
        let usual = match frames {
            _ if self.tied => hidden,
            Some(_) => 48,
            None => 128,
        };
        let mut a = Architecture {
            kind,
            form: if keys { Form::Keys } else { Form::Tokens },
            vocab,
            embed: self.embed.unwrap_or(usual),
            hidden,
            layers: self.layers.unwrap_or(if frames.is_some() { 1 } else { 2 }),
            tied: self.tied,
            norm: self.layer_norm,
            others: data.role.map_or(0, |role| if role.listens { Picture::FEATURES } else { 0 }),
        };
        if keys && self.hidden.is_none() {
            a.hidden = widest(a);
        }
        a
    }
}

/// Reads `PART/PARTS`, parts counted from 1, as a part counted from 0 and their number.
fn part(text: &str) -> Result<(usize, usize), String> {
    let read = |text: &str| text.parse::<usize>().ok();
    text.split_once('/')
        .and_then(|(part, parts)| Some((read(part)?.checked_sub(1)?, read(parts)?)))
        .filter(|&(part, parts)| part < parts && parts <= MAX_LINKED)
        .ok_or_else(|| format!("a part is 1/2, 2/2 and so on, of at most {MAX_LINKED}"))
}

/// The largest multiple of 4 that makes a network of at most [`TABLE_WEIGHTS`] weights.
fn widest(a: Architecture) -> usize {
    let fits =
        |hidden: &usize| Architecture { hidden: *hidden, ..a }.layout().len() <= TABLE_WEIGHTS;
    (4..=512).step_by(4).take_while(fits).last().unwrap_or(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_network_of_keys_has_just_below_the_tables_size() {
        for kind in [Kind::Lstm, Kind::Gru] {
            for layers in [1, 2] {
                let a = Architecture {
                    kind,
                    form: Form::Keys,
                    vocab: 88,
                    embed: 0,
                    hidden: 0,
                    layers,
                    tied: false,
                    norm: false,
                    others: 0,
                };
                let hidden = widest(a);
                let weights = |hidden| Architecture { hidden, ..a }.layout().len();
                assert!(weights(hidden) <= TABLE_WEIGHTS && weights(hidden + 4) > TABLE_WEIGHTS);
            }
        }
    }
}
