//! Everything that decides what a run learns; written to `config.toml` with every default.

use musigan_engine::generator::MAX_LAYERS;
use serde::{Deserialize, Serialize};

use super::{Schedule, TrainError};
use crate::model::{Adam, Architecture};
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
    /// Folder of MIDI files.
    pub folder: String,
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
        if !(0.0..=0.9).contains(&o.dropout) {
            return Err(setting("dropout", o.dropout, "0 to 0.9"));
        }
        for (name, value) in [("lr", o.lr), ("clip", o.clip), ("epsilon", o.epsilon)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(setting(name, value, "a number above 0"));
            }
        }
        for (name, value) in [("beta1", o.beta1), ("beta2", o.beta2)] {
            if !(0.0..1.0).contains(&value) {
                return Err(setting(name, value, "0 to below 1"));
            }
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
