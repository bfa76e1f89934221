//! The state of a run on disk: a safetensors file with every weight by its name, the optimiser's
//! moments and the recurrent state, and the counters in the file's metadata.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde::{Deserialize, Serialize};

use crate::model::Layout;

/// Why a checkpoint could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The system refused.
    #[error("{path} cannot be {verb}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// "written" or "read".
        verb: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is damaged or no checkpoint.
    #[error("{path} is not a checkpoint: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A checkpoint of another network.
    #[error("{path} belongs to another network: {tensor} has {found} elements, {wanted} wanted")]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// The first tensor that does not fit.
        tensor: String,
        /// Its elements, 0 when it is absent.
        found: usize,
        /// Elements that the network has there.
        wanted: usize,
    },
}

/// Counters of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    /// Updates done.
    pub update: u64,
    /// Epoch of the next update.
    pub epoch: u64,
    /// Window of the next update within its epoch.
    pub window: usize,
    /// Lowest validation loss; absent before the first validation.
    pub best_loss: Option<f64>,
    /// Validations since the lowest loss.
    pub stale: u64,
    /// Update after which the last validation was.
    pub validated: u64,
    /// Sum of the training nats since the last validation.
    pub nats: f64,
    /// Targets counted since the last validation.
    pub counted: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// How often a plateau has halved the learning rate.
    #[serde(default)]
    pub halvings: u32,
    /// How often a GAN that had collapsed went back to its best, to go on by other chances.
    #[serde(default)]
    pub restarts: u32,
    /// Validations in a row that found a GAN collapsed.
    #[serde(default)]
    pub collapsed: u32,
}

/// Everything that a run continues from.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Counters.
    pub counters: Counters,
    /// Flat weights.
    pub weights: Vec<f32>,
    /// Flat first moments.
    pub first: Vec<f32>,
    /// Flat second moments.
    pub second: Vec<f32>,
    /// Moving average of the flat weights; empty where the run keeps none.
    pub average: Vec<f32>,
    /// Hidden states of the training streams.
    pub h: Vec<f32>,
    /// Cell states of the training streams; empty for a GRU.
    pub c: Vec<f32>,
}

const COUNTERS: &str = "musigan.counters";

impl Checkpoint {
    /// The weights that the run judges: the moving average where there is one.
    pub fn judged(self) -> Vec<f32> {
        if self.average.is_empty() { self.weights } else { self.average }
    }

    /// Writes the checkpoint so that `path` holds either the old one or the new one, whole, at any
    /// moment.
    ///
    /// # Errors
    /// [`CheckpointError::File`]; an older checkpoint at `path` is intact.
    pub fn save(&self, path: &Path, layout: &Layout) -> Result<(), CheckpointError> {
        let malformed =
            |reason: String| CheckpointError::Malformed { path: path.to_owned(), reason };
        let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = layout
            .tensors()
            .iter()
            .map(|t| (t.name.clone(), t.shape.clone(), bytes(&self.weights[t.range()])))
            .collect();
        let states = [
            ("adam.first", &self.first),
            ("adam.second", &self.second),
            ("average", &self.average),
            ("h", &self.h),
            ("c", &self.c),
        ];
        for (name, data) in states {
            tensors.push((name.to_owned(), vec![data.len()], bytes(data)));
        }
        let views: Vec<(&str, TensorView<'_>)> = tensors
            .iter()
            .map(|(name, shape, data)| {
                TensorView::new(Dtype::F32, shape.clone(), data).map(|view| (name.as_str(), view))
            })
            .collect::<Result<_, _>>()
            .map_err(|e| malformed(e.to_string()))?;
        let counters =
            serde_json::to_string(&self.counters).map_err(|e| malformed(e.to_string()))?;
        let metadata = HashMap::from([(COUNTERS.to_owned(), counters)]);
        let file = serialize(views, Some(metadata)).map_err(|e| malformed(e.to_string()))?;
        write_atomically(path, &file)
    }

    /// Reads a checkpoint of a network with this layout.
    ///
    /// # Errors
    /// [`CheckpointError`]: unreadable, damaged, or of another network.
    pub fn load(path: &Path, layout: &Layout) -> Result<Self, CheckpointError> {
        let malformed =
            |reason: String| CheckpointError::Malformed { path: path.to_owned(), reason };
        let file = std::fs::read(path).map_err(|source| CheckpointError::File {
            path: path.to_owned(),
            verb: "read",
            source,
        })?;
        let (_, metadata) =
            SafeTensors::read_metadata(&file).map_err(|e| malformed(e.to_string()))?;
        let counters = metadata
            .metadata()
            .as_ref()
            .and_then(|m| m.get(COUNTERS))
            .ok_or_else(|| malformed("it has no counters".to_owned()))?;
        let counters = serde_json::from_str(counters).map_err(|e| malformed(e.to_string()))?;
        let tensors = SafeTensors::deserialize(&file).map_err(|e| malformed(e.to_string()))?;
        let get = |name: &str, wanted: Option<usize>| {
            let data = tensors.tensor(name).ok().filter(|t| t.dtype() == Dtype::F32);
            let data = data.map(|t| floats(t.data())).unwrap_or_default();
            match wanted {
                Some(wanted) if wanted != data.len() => Err(CheckpointError::Mismatch {
                    path: path.to_owned(),
                    tensor: name.to_owned(),
                    found: data.len(),
                    wanted,
                }),
                _ => Ok(data),
            }
        };
        let mut weights = vec![0.0; layout.len()];
        for t in layout.tensors() {
            weights[t.range()].copy_from_slice(&get(&t.name, Some(t.range().len()))?);
        }
        Ok(Self {
            counters,
            weights,
            first: get("adam.first", Some(layout.len()))?,
            second: get("adam.second", Some(layout.len()))?,
            average: get("average", None)?,
            h: get("h", None)?,
            c: get("c", None)?,
        })
    }
}

/// Writes `data` to `path`, whole or not at all.
///
/// # Errors
/// [`CheckpointError::File`]; the file that was at `path` is intact then, and nothing is left
/// beside it.
pub fn write_atomically(path: &Path, data: &[u8]) -> Result<(), CheckpointError> {
    musigan_import::write_atomically(path, data).map_err(|source| CheckpointError::File {
        path: path.to_owned(),
        verb: "written",
        source,
    })
}

fn bytes(data: &[f32]) -> Vec<u8> {
    data.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn floats(data: &[u8]) -> Vec<f32> {
    data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}
