//! A run is a folder: configuration, metrics, a picture of the losses, a log, checkpoints.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::tensorboard::EventFile;
use super::{Config, Judged, Log, Record, TrainError, parse};
use crate::checkpoint::{Checkpoint, write_atomically};
use crate::model::Layout;

/// Bytes of a `config.toml` that are read; a whole one has some 2,000.
const MOST_CONFIG: u64 = 1 << 20;

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
    pub fn create(root: &Path, config: &impl Serialize) -> Result<Self, TrainError> {
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
    /// As [`open_checked`](Self::open_checked).
    pub fn open(root: &Path) -> Result<(Self, Config), TrainError> {
        Self::open_checked(root, Config::check)
    }

    /// Opens the folder of an existing run whose configuration is a `C`, and checks it.
    ///
    /// # Errors
    /// [`TrainError::File`] or [`TrainError::BadConfig`], also for what `check` objects to. A device that
    /// is not here is no fault of the file: who runs a graph checks again, and may have chosen another.
    pub fn open_checked<C: DeserializeOwned>(
        root: &Path,
        check: impl FnOnce(&C) -> Result<(), TrainError>,
    ) -> Result<(Self, C), TrainError> {
        let (folder, config) = Self::open_as(root)?;
        match check(&config) {
            Ok(()) | Err(TrainError::Session(_)) => Ok((folder, config)),
            Err(error) => {
                let (path, reason) = (folder.config_path(), error.to_string());
                Err(TrainError::BadConfig { path, reason })
            }
        }
    }

    /// Opens the folder of an existing run whose configuration is a `C`, unchecked.
    ///
    /// # Errors
    /// [`TrainError::File`] or [`TrainError::BadConfig`].
    pub fn open_as<C: DeserializeOwned>(root: &Path) -> Result<(Self, C), TrainError> {
        let folder = Self { root: root.to_owned() };
        let path = folder.config_path();
        let mut text = String::new();
        File::open(&path)
            .and_then(|file| file.take(MOST_CONFIG).read_to_string(&mut text))
            .map_err(TrainError::file(&path))?;
        let config = parse(&text).map_err(|reason| TrainError::BadConfig { path, reason })?;
        Ok((folder, config))
    }

    /// Writes the configuration again, for example after a resume with a longer budget.
    ///
    /// # Errors
    /// [`TrainError::File`].
    pub fn write_config(&self, config: &impl Serialize) -> Result<(), TrainError> {
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

    /// `loss.png`: the losses of all validations as a picture.
    pub fn plot_path(&self) -> PathBuf {
        self.root.join("loss.png")
    }

    /// The metrics once more, for TensorBoard.
    pub fn events_path(&self) -> PathBuf {
        self.root.join("events.out.tfevents.0.musigan")
    }

    /// `samples/`: pieces that the network composed on its way.
    pub fn samples_path(&self) -> PathBuf {
        self.root.join("samples")
    }

    /// `log.txt`: what happened, with the time.
    ///
    /// # Errors
    /// [`TrainError::File`].
    pub fn log(&self) -> Result<Log, TrainError> {
        Log::open(&self.root.join("log.txt"))
    }

    /// The checkpoint after an update, one of the last few validations.
    pub fn kept_path(&self, update: u64) -> PathBuf {
        self.root.join("checkpoints").join(format!("update-{update:09}.safetensors"))
    }

    /// Writes the checkpoint of a validation: as the best, where it is, and as one of the last `keep`.
    ///
    /// # Errors
    /// [`TrainError::Checkpoint`] or [`TrainError::File`].
    pub fn keep(
        &self,
        checkpoint: &Checkpoint,
        layout: &Layout,
        best: bool,
        keep: usize,
    ) -> Result<(), TrainError> {
        if best {
            checkpoint.save(&self.best_path(), layout)?;
        }
        if keep > 0 {
            checkpoint.save(&self.kept_path(checkpoint.counters.update), layout)?;
        }
        self.prune(keep)
    }

    /// Removes all but the newest `keep` of the checkpoints that [`RunFolder::kept_path`] names.
    ///
    /// # Errors
    /// [`TrainError::File`].
    fn prune(&self, keep: usize) -> Result<(), TrainError> {
        let folder = self.root.join("checkpoints");
        let entries = fs::read_dir(&folder).map_err(TrainError::file(&folder))?;
        let mut kept: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                name.starts_with("update-") && name.ends_with(".safetensors")
            })
            .collect();
        kept.sort();
        let old = kept.len().saturating_sub(keep);
        kept[..old]
            .iter()
            .try_for_each(|path| fs::remove_file(path).map_err(TrainError::file(path)))
    }

    /// The newest checkpoint.
    pub fn last_path(&self) -> PathBuf {
        self.root.join("checkpoints").join("last.safetensors")
    }

    /// The checkpoint with the lowest validation loss.
    pub fn best_path(&self) -> PathBuf {
        self.root.join("checkpoints").join("best.safetensors")
    }

    /// All validations of the run so far.
    ///
    /// # Errors
    /// [`TrainError::File`].
    pub fn validations<V: Judged>(&self) -> Result<Vec<V>, TrainError> {
        let path = self.metrics_path();
        let text = fs::read_to_string(&path).map_err(TrainError::file(&path))?;
        Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    /// Opens the metrics for appending, without the lines after `update`: what a killed run did
    /// after its last checkpoint is done again. `seconds` is how long the run has trained.
    ///
    /// # Errors
    /// [`TrainError::File`].
    pub fn metrics_from<P: Record, V: Judged>(
        &self,
        update: u64,
        seconds: f64,
    ) -> Result<Metrics<V>, TrainError> {
        let path = self.metrics_path();
        let mut kept = String::new();
        let mut validations = Vec::new();
        let mut events = EventFile::create(&self.events_path(), seconds)?;
        if let Ok(file) = File::open(&path) {
            for line in BufReader::new(file).lines() {
                let line = line.map_err(TrainError::file(&path))?;
                let of = serde_json::from_str::<serde_json::Value>(&line).ok();
                let of = of.as_ref().and_then(|v| v["update"].as_u64());
                if of.is_some_and(|u| u <= update) {
                    kept.push_str(&line);
                    kept.push('\n');
                    if let Ok(progress) = serde_json::from_str::<P>(&line) {
                        tell(&mut events, &progress)?;
                    } else if let Ok(validation) = serde_json::from_str::<V>(&line) {
                        tell(&mut events, &validation)?;
                        validations.push(validation);
                    }
                }
            }
        }
        write_atomically(&path, kept.as_bytes())?;
        let file = OpenOptions::new().append(true).open(&path).map_err(TrainError::file(&path))?;
        Ok(Metrics { path, plot: self.plot_path(), file, events, validations })
    }
}

fn tell(events: &mut EventFile, record: &impl Record) -> Result<(), TrainError> {
    events.scalars(record.update(), record.seconds(), &record.scalars())
}

/// The open metrics file of a run whose validations are of this kind.
#[derive(Debug)]
pub struct Metrics<V> {
    path: PathBuf,
    plot: PathBuf,
    file: File,
    events: EventFile,
    validations: Vec<V>,
}

impl<V: Judged> Metrics<V> {
    /// Appends a validation and draws the picture anew.
    ///
    /// # Errors
    /// [`TrainError::File`], for example when the disk is full.
    pub fn validation(&mut self, validation: &V) -> Result<(), TrainError> {
        self.push(validation)?;
        tell(&mut self.events, validation)?;
        self.validations.push(*validation);
        Ok(write_atomically(&self.plot, &V::chart(&self.validations).png())?)
    }

    /// Appends an update.
    ///
    /// # Errors
    /// [`TrainError::File`], for example when the disk is full.
    pub fn update(&mut self, progress: &impl Record) -> Result<(), TrainError> {
        self.push(progress)?;
        tell(&mut self.events, progress)
    }

    fn push<T: Serialize>(&mut self, record: &T) -> Result<(), TrainError> {
        let mut line = serde_json::to_string(record)
            .map_err(|e| TrainError::File { path: self.path.clone(), source: e.into() })?;
        line.push('\n');
        self.file.write_all(line.as_bytes()).map_err(TrainError::file(&self.path))
    }
}
