//! Pieces that a network composes while it learns.

use std::path::PathBuf;

use anyhow::Context;
use musigan_engine::Model;
use musigan_engine::composer::{Opening, Settings};
use musigan_score::events;

use crate::checkpoint::write_atomically;
use crate::export::{About, Trained, onnx_file};
use crate::listen::{compose, midi};
use crate::model::Architecture;

/// A sample ends after this many bars at the latest.
const BARS: u32 = 32;

/// Composes samples into a folder.
pub struct Sampler {
    folder: PathBuf,
    architecture: Architecture,
    seed: u64,
}

impl Sampler {
    /// A sampler of networks of this architecture, whose pieces are all of one seed.
    pub fn new(folder: PathBuf, architecture: Architecture, seed: u64) -> Self {
        Self { folder, architecture, seed }
    }

    /// Composes a piece with these weights; gives the file.
    ///
    /// # Errors
    /// When the network cannot be played, or the file cannot be written.
    pub fn compose(&self, update: u64, weights: &[f32]) -> anyhow::Result<PathBuf> {
        let vocabulary = events::FINGERPRINT;
        let trained = Trained { architecture: &self.architecture, weights, vocabulary };
        let onnx = onnx_file(trained, &About::default());
        let image = musigan_import::import(&onnx, &musigan_import::Options::default())?.image;
        let image = crate::predict::EngineImage::new(&image);
        let model = Model::open(image.bytes(), vocabulary)?;
        let path = self.folder.join(format!("update-{update:09}.mid"));
        std::fs::create_dir_all(&self.folder).with_context(|| self.folder.display().to_string())?;
        let settings = Settings { max_bars: BARS, ..Settings::default() };
        write_atomically(&path, &midi(&compose(&model, settings, Opening::default(), self.seed)))?;
        Ok(path)
    }
}
