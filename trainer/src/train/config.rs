//! Everything that decides what a run learns; written to `config.toml` with every default.

use musigan_engine::generator::MAX_LAYERS;
use serde::{Deserialize, Serialize};

use super::{Schedule, TrainError};
use crate::frames::Task;
use crate::linked::Role;
use crate::model::{Adam, Architecture, Form, Masks, StepShape};
use crate::session::SessionError;

/// Where the graph runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    /// The processor.
    Cpu,
    /// A CUDA GPU; an error where there is none.
    Cuda,
    /// A CUDA GPU where there is one, else the processor.
    #[default]
    Auto,
}

/// The configuration of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Decides every random number of the run.
    pub seed: u64,
    /// The network.
    pub model: Architecture,
    /// What it learns from.
    pub data: Data,
    /// How it learns.
    pub optimiser: Optimiser,
    /// How long it learns.
    pub budget: Budget,
    /// What it runs on.
    pub machine: Machine,
}

/// The data of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Folder of MIDI files, or a file of frames.
    pub folder: String,
    /// What the run makes of a file of frames; absent for MIDI files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames: Option<Task>,
    /// The part that the network plays, one of several that are linked; absent where it plays all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// How its files are read.
    #[serde(default)]
    pub reading: Reading,
    /// Fingerprint of the vocabulary, 16 hexadecimal digits.
    pub fingerprint: String,
    /// Tokens of the training pieces.
    pub train_tokens: usize,
    /// Tokens of the validation pieces.
    pub valid_tokens: usize,
    /// Parallel streams of tokens.
    pub batch: usize,
    /// Tokens of a stream in one update: the length of truncated backpropagation.
    pub window: usize,
    /// Whether pieces are transposed at random, anew every epoch.
    pub augment: bool,
}

/// How MIDI files are read, in the words of the command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Styles that pieces are told to be of: `STYLE` for all, `FOLDER=STYLE` for those below a folder.
    pub styles: Vec<String>,
    /// Whether the sustain pedal lengthens notes.
    pub pedal: bool,
}

impl Default for Reading {
    fn default() -> Self {
        Self { styles: Vec::new(), pedal: true }
    }
}

/// The optimiser of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimiser {
    /// Highest learning rate.
    pub lr: f64,
    /// How the learning rate changes.
    pub schedule: Schedule,
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decoupled weight decay (AdamW).
    pub weight_decay: f64,
    /// Largest global norm of the gradient.
    pub clip: f64,
    /// Share of every layer's outputs that is set to zero in training.
    pub dropout: f32,
    /// Share of what the first layer hears that is set to zero in training.
    #[serde(default)]
    pub input_dropout: f32,
    /// Share of the recurrent kernels that is set to zero in training, anew every update.
    #[serde(default)]
    pub recurrent_dropout: f32,
    /// Share of every target that is spread over the whole vocabulary.
    #[serde(default)]
    pub smoothing: f64,
    /// Weight of how far from the other parts the expected pitch is in tonal space (squared).
    #[serde(default)]
    pub harmony: f64,
    /// How much of the moving average of the weights an update keeps; the average is what is
    /// validated and exported. 0 = no average.
    #[serde(default)]
    pub average: f64,
}

impl Default for Optimiser {
    fn default() -> Self {
        let Adam { beta1, beta2, epsilon, weight_decay, clip } = Adam::default();
        Self {
            lr: 2e-3,
            schedule: Schedule::default(),
            beta1,
            beta2,
            epsilon,
            weight_decay,
            clip,
            dropout: 0.2,
            input_dropout: 0.0,
            recurrent_dropout: 0.0,
            smoothing: 0.0,
            harmony: 0.0,
            average: 0.0,
        }
    }
}

impl Optimiser {
    /// The constants of the graph.
    pub fn adam(&self) -> Adam {
        Adam {
            beta1: self.beta1,
            beta2: self.beta2,
            epsilon: self.epsilon,
            weight_decay: self.weight_decay,
            clip: self.clip,
        }
    }

    /// Share of the moving average that the weights after update `t` (from 1) take: much at first,
    /// while they are far from where they are going.
    pub fn average_rate(&self, t: u64) -> f32 {
        let t = t as f64;
        (1.0 - self.average.min((1.0 + t) / (10.0 + t))) as f32
    }
}

/// When a run ends and how often it looks up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Updates after which the run ends.
    pub updates: u64,
    /// Minutes of training after which the run ends, resumed parts included; 0 = no limit.
    pub minutes: f64,
    /// Updates between two validations.
    pub validate_every: u64,
    /// Updates between two checkpoints.
    pub save_every: u64,
    /// Validations without a new best after which the run ends; 0 = never.
    pub patience: u64,
    /// Checkpoints of the last so many validations are kept, besides the last and the best.
    #[serde(default)]
    pub keep: usize,
    /// Every so many validations the network composes a sample; 0 = never.
    #[serde(default)]
    pub sample_every: u64,
}

/// The machine part of a run: it changes the last digits, not what is learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Where the graph runs.
    pub device: Device,
    /// Threads of an operator.
    pub threads: usize,
}

impl Config {
    /// What one target is: a token, or a frame.
    pub fn unit(&self) -> &'static str {
        match self.model.form {
            Form::Tokens => "token",
            Form::Keys => "frame",
        }
    }

    /// What the step graph of the run has.
    pub fn step_shape(&self) -> StepShape {
        let o = &self.optimiser;
        StepShape {
            window: self.data.window,
            batch: self.data.batch,
            masks: Masks {
                input: o.input_dropout > 0.0,
                outputs: o.dropout > 0.0,
                kernels: o.recurrent_dropout > 0.0,
            },
            smoothing: o.smoothing,
            harmony: o.harmony,
            average: o.average > 0.0,
        }
    }

    /// Checks that every number has a meaning and that the device is there.
    ///
    /// # Errors
    /// [`TrainError::Setting`] names the first number that has none, [`SessionError::CudaAbsent`]
    /// stands for a device that is not there.
    pub fn check(&self) -> Result<(), TrainError> {
        let positive = [
            ("hidden", self.model.hidden),
            ("embed", self.model.embed),
            ("layers", self.model.layers),
            ("batch", self.data.batch),
            ("window", self.data.window),
            ("threads", self.machine.threads),
        ];
        for (name, value) in positive {
            if value == 0 {
                return Err(setting(name, value, "at least 1"));
            }
        }
        // More could be trained, but neither exported nor played.
        if self.model.layers > MAX_LAYERS {
            return Err(setting("layers", self.model.layers, "at most 4"));
        }
        let o = &self.optimiser;
        let shares = [
            ("dropout", o.dropout),
            ("input-dropout", o.input_dropout),
            ("recurrent-dropout", o.recurrent_dropout),
        ];
        for (name, value) in shares {
            if !(0.0..=0.9).contains(&value) {
                return Err(setting(name, value, "0 to 0.9"));
            }
        }
        let below_one = [
            ("smoothing", o.smoothing),
            ("average", o.average),
            ("beta1", o.beta1),
            ("beta2", o.beta2),
        ];
        for (name, value) in below_one {
            if !(0.0..1.0).contains(&value) {
                return Err(setting(name, value, "0 to below 1"));
            }
        }
        if self.model.tied && self.model.form == Form::Keys {
            return Err(setting("tied", true, "a head tied to an embedding is for tokens"));
        }
        if self.model.tied && self.model.embed != self.model.hidden {
            return Err(setting("embed", self.model.embed, "as --hidden, for a tied head"));
        }
        for (name, value) in [("lr", o.lr), ("clip", o.clip), ("epsilon", o.epsilon)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(setting(name, value, "a number above 0"));
            }
        }
        if !(o.harmony >= 0.0 && o.harmony.is_finite()) {
            return Err(setting("harmony", o.harmony, "0 or more"));
        }
        if let Some(role) = self.data.role.filter(|role| !role.is_possible()) {
            let text = format!("{}/{}", role.part.saturating_add(1), role.parts);
            return Err(setting("part", text, "1/1 to 4/4"));
        }
        if self.machine.device == Device::Cuda {
            return Err(SessionError::CudaAbsent.into());
        }
        if !(o.weight_decay >= 0.0 && o.weight_decay.is_finite()) {
            return Err(setting("weight-decay", o.weight_decay, "0 or more"));
        }
        Ok(())
    }
}

fn setting(name: &'static str, value: impl ToString, wanted: &'static str) -> TrainError {
    TrainError::Setting { name, value: value.to_string(), wanted }
}
