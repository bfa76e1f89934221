//! What a GAN's run tells while it runs.

use serde::{Deserialize, Serialize};

use crate::train::{Chart, Curve, Judged, Record};

/// After an update of the generator.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Number of the update, from 1.
    pub update: u64,
    /// The critic's estimate of the Wasserstein distance, on average over its updates.
    pub estimate: f64,
    /// The gradient penalty, likewise.
    pub penalty: f64,
    /// Global norm of the critic's gradient, likewise.
    pub critic_norm: f64,
    /// The critic's mean score of generated bars.
    pub score: f64,
    /// Cells between two bars of the same condition and other latents.
    pub apart: f64,
    /// Global norm of the generator's gradient.
    pub norm: f64,
    /// Learning rate of the generator.
    pub lr: f64,
    /// Seconds of training, resumed parts included.
    pub seconds: f64,
}

/// After a validation: bars composed by the moving average of the generator, against held-out ones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Updates done.
    pub update: u64,
    /// Mean overlap of all measures with held-out bars, 0 to 1.
    pub overlap: f64,
    /// Highest overlap so far, this one included.
    pub best_overlap: f64,
    /// The critic's estimate since the last validation, on average.
    pub mean_estimate: f64,
    /// Share of the composed bars that are not exactly another one.
    pub distinct: f64,
    /// Share of the composed bars that are empty.
    pub empty: f64,
    /// Notes in a composed bar, on average.
    pub notes: f64,
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
            ("train/estimate", self.estimate),
            ("train/penalty", self.penalty),
            ("train/critic_gradient_norm", self.critic_norm),
            ("train/score", self.score),
            ("train/apart", self.apart),
            ("train/gradient_norm", self.norm),
            ("train/learning_rate", self.lr),
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
        vec![
            ("valid/overlap", self.overlap),
            ("valid/distinct", self.distinct),
            ("valid/empty", self.empty),
            ("valid/notes", self.notes),
        ]
    }
}

impl Judged for Validation {
    fn chart(all: &[Self]) -> Chart {
        let curve = |name: &str, value: fn(&Validation) -> f64| Curve {
            name: name.to_owned(),
            points: all.iter().map(|v| (v.update as f64, value(v))).collect(),
        };
        let highest = all.iter().map(|v| v.mean_estimate.abs()).fold(1e-9, f64::max);
        let mut estimate = curve("critic's estimate", |v| v.mean_estimate);
        estimate.points.iter_mut().for_each(|point| point.1 /= highest);
        Chart {
            across: "updates of the generator",
            upwards: format!("shares; the estimate as a share of {highest:.2}"),
            curves: vec![
                curve("overlap", |v| v.overlap),
                curve("distinct", |v| v.distinct),
                curve("empty", |v| v.empty),
                estimate,
            ],
        }
    }
}

/// Hears of a run's progress; all methods do nothing by default.
pub trait Observer {
    /// The generator was updated.
    fn update(&mut self, progress: &Progress) {
        let _ = progress;
    }

    /// The generator was validated.
    fn validation(&mut self, validation: &Validation) {
        let _ = validation;
    }

    /// The generator had collapsed, and goes on from an earlier state by other chances.
    fn restart(&mut self, update: u64, why: &str) {
        let _ = (update, why);
    }
}

impl Observer for () {}
