//! The best model of a run's folder.

use std::path::Path;

use anyhow::bail;
use musigan_score::Fingerprint;

use super::gan;
use crate::checkpoint::{Checkpoint, Counters, Extent};
use crate::export::Trained;
use crate::train::{Config, RunFolder};

/// Opens the run of a recurrent network.
///
/// # Errors
/// When `run` is no run, or a GAN's.
pub fn open(run: &Path) -> anyhow::Result<(RunFolder, Config)> {
    if gan::is_run(run) {
        bail!(
            "{} is a GAN's run, which has no nats per token: export it, and compare its image by \
             `musigan-train bars`",
            run.display()
        );
    }
    Ok(RunFolder::open(run)?)
}

/// The best checkpoint of a run.
///
/// # Errors
/// When the run was never validated, or the checkpoint is not the run's.
pub fn best(folder: &RunFolder, extent: &Extent) -> anyhow::Result<Checkpoint> {
    let path = folder.best_path();
    if !path.exists() {
        bail!(
            "{} has no best model yet, since it was never validated: train on with \
             `musigan-train train --resume {0}`",
            folder.root().display()
        );
    }
    Ok(Checkpoint::load(&path, extent)?)
}

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
        let (folder, config) = open(run)?;
        let checkpoint = best(&folder, &config.extent())?;
        Ok(Self { config, counters: checkpoint.counters, weights: checkpoint.judged() })
    }

    /// The network.
    pub fn trained(&self, vocabulary: Fingerprint) -> Trained<'_> {
        Trained { architecture: &self.config.model, weights: &self.weights, vocabulary }
    }
}
