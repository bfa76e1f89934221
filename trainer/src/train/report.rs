//! What a run tells while it runs.

use serde::{Deserialize, Serialize};

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
