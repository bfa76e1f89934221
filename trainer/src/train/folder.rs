//! A run is a folder: configuration, metrics, a picture of the losses, checkpoints.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Config, TrainError, Validation, plot};
use crate::checkpoint::write_atomically;

/// The folder of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    root: PathBuf,
}

impl RunFolder {
    /// Creates the folder of a new run and writes its configuration.
    ///
    /// # Errors
    /// [`TrainError::Exists`] when there is a run already, [`TrainError::File`] when the folder
    /// cannot be written.
    pub fn create(root: &Path, config: &Config) -> Result<Self, TrainError> {
        let folder = Self { root: root.to_owned() };
        if folder.config_path().exists() {
            return Err(TrainError::Exists(root.to_owned()));
        }
        let checkpoints = folder.root.join("checkpoints");
        fs::create_dir_all(&checkpoints).map_err(TrainError::file(&checkpoints))?;
        folder.write_config(config)?;
        Ok(folder)
    }

    /// Opens the folder of an existing run.
    ///
    /// # Errors
    /// [`TrainError::File`] or [`TrainError::BadConfig`].
    pub fn open(root: &Path) -> Result<(Self, Config), TrainError> {
        let folder = Self { root: root.to_owned() };
        let path = folder.config_path();
        let text = fs::read_to_string(&path).map_err(TrainError::file(&path))?;
        let config: Config = toml::from_str(&text)
            .map_err(|e| TrainError::BadConfig { path, reason: e.message().to_owned() })?;
        config.check()?;
        Ok((folder, config))
    }

    /// Writes the configuration again, for example after a resume with a longer budget.
    ///
    /// # Errors
    /// [`TrainError::File`].
    pub fn write_config(&self, config: &Config) -> Result<(), TrainError> {
        let path = self.config_path();
        let text = toml::to_string(config)
            .map_err(|e| TrainError::BadConfig { path: path.clone(), reason: e.to_string() })?;
        write_atomically(&path, text.as_bytes())?;
        Ok(())
    }

    /// The run's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `config.toml`.
    pub fn config_path(&self) -> PathBuf {
        self.root.join("config.toml")
    }

    /// `metrics.jsonl`: one JSON object a line, an update or a validation.
    pub fn metrics_path(&self) -> PathBuf {
        self.root.join("metrics.jsonl")
    }

    /// `loss.svg`: the losses of all validations as a picture.
    pub fn plot_path(&self) -> PathBuf {
        self.root.join("loss.svg")
    }

    /// The newest checkpoint.
    pub fn last_path(&self) -> PathBuf {
        self.root.join("checkpoints").join("last.safetensors")
    }

    /// The checkpoint with the lowest validation loss.
    pub fn best_path(&self) -> PathBuf {
        self.root.join("checkpoints").join("best.safetensors")
    }

    /// Opens the metrics for appending, without the lines after `update`: what a killed run did
    /// after its last checkpoint is done again.
    ///
    /// # Errors
    /// [`TrainError::File`].
    pub fn metrics_from(&self, update: u64) -> Result<Metrics, TrainError> {
        let path = self.metrics_path();
        let mut kept = String::new();
        let mut validations = Vec::new();
        if let Ok(file) = File::open(&path) {
            for line in BufReader::new(file).lines() {
                let line = line.map_err(TrainError::file(&path))?;
                let of = serde_json::from_str::<serde_json::Value>(&line).ok();
                let of = of.as_ref().and_then(|v| v["update"].as_u64());
                if of.is_some_and(|u| u <= update) {
                    kept.push_str(&line);
                    kept.push('\n');
                    validations.extend(serde_json::from_str::<Validation>(&line));
                }
            }
        }
        write_atomically(&path, kept.as_bytes())?;
        let file = OpenOptions::new().append(true).open(&path).map_err(TrainError::file(&path))?;
        Ok(Metrics { path, plot: self.plot_path(), file, validations })
    }
}

/// The open metrics file.
#[derive(Debug)]
pub struct Metrics {
    path: PathBuf,
    plot: PathBuf,
    file: File,
    validations: Vec<Validation>,
}

impl Metrics {
    /// Appends a validation and draws the picture anew.
    ///
    /// # Errors
    /// As for [`Metrics::push`].
    pub fn validation(&mut self, validation: &Validation) -> Result<(), TrainError> {
        self.push(validation)?;
        self.validations.push(*validation);
        Ok(write_atomically(&self.plot, plot::svg(&self.validations).as_bytes())?)
    }

    /// Appends one line.
    ///
    /// # Errors
    /// [`TrainError::File`], for example when the disk is full.
    pub fn push<T: Serialize>(&mut self, record: &T) -> Result<(), TrainError> {
        let mut line = serde_json::to_string(record)
            .map_err(|e| TrainError::File { path: self.path.clone(), source: e.into() })?;
        line.push('\n');
        self.file.write_all(line.as_bytes()).map_err(TrainError::file(&self.path))
    }
}
