//! Pieces that a network composes while it learns.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
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
    /// What makes sound of a piece, if that is wanted.
    player: Option<PathBuf>,
}

impl Sampler {
    /// A sampler of networks of this architecture, whose pieces are all of one seed.
    pub fn new(
        folder: PathBuf,
        architecture: Architecture,
        seed: u64,
        player: Option<PathBuf>,
    ) -> Self {
        Self { folder, architecture, seed, player }
    }

    /// Composes a piece with these weights, and plays it into a file beside it if that is wanted; gives the
    /// piece's file.
    ///
    /// # Errors
    /// When the network cannot be played, or a file cannot be written.
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
        if let Some(player) = &self.player {
            sound(player, &path)?;
        }
        Ok(path)
    }
}

/// The player, beside this program or wherever programs are.
pub fn player() -> PathBuf {
    let beside = std::env::current_exe().map(|program| program.with_file_name(PLAYER));
    beside.ok().filter(|path| path.exists()).unwrap_or_else(|| PLAYER.into())
}

const PLAYER: &str = "musigan";

/// Makes sure that there is a player.
///
/// # Errors
/// When it does not run: one sentence for the user.
pub fn check_player() -> anyhow::Result<()> {
    let run = Command::new(player()).arg("--version").output();
    let runs = run.is_ok_and(|output| output.status.success());
    ensure!(
        runs,
        "--sample-wav needs the player: build it beside this program with `cargo build --release -p musigan`"
    );
    Ok(())
}

/// Lets the player make a WAV file of a MIDI file, beside it. It writes whole files or none.
fn sound(player: &Path, piece: &Path) -> anyhow::Result<()> {
    let wav = piece.with_extension("wav");
    let run = Command::new(player).arg("synth").arg(piece).arg("--out").arg(wav).output();
    let output = run.with_context(|| format!("{} does not run", player.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}", said.trim());
    Ok(())
}
