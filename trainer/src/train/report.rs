//! What a run tells while it runs.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Chart, Curve};

/// A line of the metrics.
pub trait Record: Copy + Serialize + DeserializeOwned {
    /// Updates done.
    fn update(&self) -> u64;
    /// Seconds of training, resumed parts included.
    fn seconds(&self) -> f64;
    /// What is told to TensorBoard, by name.
    fn scalars(&self) -> Vec<(&'static str, f64)>;
}

/// A line of the metrics that says how good the network is.
pub trait Judged: Record {
    /// All that a run has had, as a picture.
    fn chart(all: &[Self]) -> Chart;
}

/// After an update.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Number of the update, from 1.
    pub update: u64,
    /// Epoch that the update belongs to, from 0.
    pub epoch: u64,
    /// Nats per token of this update's window.
    pub loss: f64,
    /// Global norm of the gradient before clipping.
    pub norm: f32,
    /// Learning rate.
    pub lr: f64,
    /// Tokens learnt from per second, over the last updates.
    pub tokens_per_second: f64,
    /// Seconds of training, resumed parts included.
    pub seconds: f64,
}

/// After a validation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Updates done.
    pub update: u64,
    /// Epoch.
    pub epoch: u64,
    /// Nats per token on the validation pieces.
    pub valid_loss: f64,
    /// Lowest validation loss so far, this one included.
    pub best_loss: f64,
    /// Mean nats per token in training since the last validation.
    pub train_loss: f64,
    /// Seconds of training, resumed parts included.
    pub seconds: f64,
}

impl Record for Progress {
    fn update(&self) -> u64 {
        self.update
    }

    fn seconds(&self) -> f64 {
        self.seconds
    }

    fn scalars(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("train/nats", self.loss),
            ("train/gradient_norm", f64::from(self.norm)),
            ("train/learning_rate", self.lr),
            ("train/tokens_per_second", self.tokens_per_second),
        ]
    }
}

impl Record for Validation {
    fn update(&self) -> u64 {
        self.update
    }

    fn seconds(&self) -> f64 {
        self.seconds
    }

    fn scalars(&self) -> Vec<(&'static str, f64)> {
        vec![("valid/nats", self.valid_loss), ("valid/best", self.best_loss)]
    }
}

impl Judged for Validation {
    fn chart(all: &[Self]) -> Chart {
        let curve = |name: &str, loss: fn(&Validation) -> f64| Curve {
            name: name.to_owned(),
            points: all.iter().map(|v| (v.update as f64, loss(v))).collect(),
        };
        Chart {
            across: "updates",
            upwards: "nats per token or frame".to_owned(),
            curves: vec![curve("training", |v| v.train_loss), curve("held out", |v| v.valid_loss)],
        }
    }
}

/// Hears of a run's progress; all methods do nothing by default.
pub trait Observer {
    /// An update was made.
    fn update(&mut self, progress: &Progress) {
        let _ = progress;
    }

    /// The model with these flat weights was validated.
    fn validation(&mut self, validation: &Validation, weights: &[f32]) {
        let _ = (validation, weights);
    }
}

impl Observer for () {}
