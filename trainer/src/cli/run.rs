//! The best model of a run's folder.

use std::path::Path;

use anyhow::bail;
use musigan_score::Fingerprint;

use crate::checkpoint::{Checkpoint, Counters};
use crate::export::Trained;
use crate::train::{Config, RunFolder};

/// The best model of a run.
pub struct BestModel {
    /// Configuration of the run.
    pub config: Config,
    /// Counters when the model was best.
    pub counters: Counters,
    weights: Vec<f32>,
}

impl BestModel {
    /// Reads the run.
    ///
    /// # Errors
    /// When `run` is no run or was never validated.
    pub fn open(run: &Path) -> anyhow::Result<Self> {
        let (folder, config) = RunFolder::open(run)?;
        let best = folder.best_path();
        if !best.exists() {
            bail!(
                "{} has no best model yet, since it was never validated: train on with \
                 `musigan-train train --resume {0}`",
                run.display()
            );
        }
        let checkpoint = Checkpoint::load(&best, &config.extent())?;
        Ok(Self { config, counters: checkpoint.counters, weights: checkpoint.judged() })
    }

    /// The network.
    pub fn trained(&self, vocabulary: Fingerprint) -> Trained<'_> {
        Trained { architecture: &self.config.model, weights: &self.weights, vocabulary }
    }
}
