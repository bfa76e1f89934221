//! `musigan-train export`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use musigan_score::Fingerprint;

use super::data::Material;
use super::gan;
use super::reading::{self, Cached};
use super::run::BestModel;
use crate::checkpoint::write_atomically;
use crate::cli::say::say;
use crate::export::{About, export};
use crate::linked::Role;
use crate::predict::Spoken;
use crate::session::Runtime;
use crate::train::{Pieces, Sets, TrainError};

/// Writes the best model of a run as ONNX and, beside it, as an image for the engine.
///
/// Both files are run on held-out pieces before they are written and must reproduce the trainer's
/// loss.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Folder of the run
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// ONNX file to write; the image takes the same name with the ending .mgi
    #[arg(long, value_name = "FILE.onnx")]
    out: PathBuf,
    /// Licence of the model, written into both files
    #[arg(long, value_name = "TEXT")]
    license: Option<String>,
    /// What the model was trained on, written into both files
    #[arg(long, value_name = "TEXT")]
    corpus: Option<String>,
    /// Tokens of the held-out pieces that both files are proven on; 0 = all
    #[arg(long, value_name = "TOKENS", default_value_t = 20_000)]
    proof: usize,
}

impl ExportArgs {
    /// Exports.
    ///
    /// # Errors
    /// One sentence for the user; no file is written then, or only the first of the two.
    pub fn run(self) -> anyhow::Result<()> {
        if self.out.extension().is_none_or(|ending| ending != "onnx") {
            bail!("--out {}: the name must end in .onnx", self.out.display());
        }
        let runtime = Runtime::load()?;
        if gan::is_run(&self.run) {
            let about = self.about();
            return gan::export(&runtime, &self.run, about, &self.out);
        }
        let best = BestModel::open(&self.run)?;
        let config = &best.config;
        let material = Material::of(&config.data, Cached::Used)
            .context("the export is proven on the run's held-out pieces")?;
        match &material {
            Material::Midi(sets) => self.write(&runtime, &best, sets),
            Material::Tokens(_, sets) => self.write(&runtime, &best, sets),
            Material::Linked(sets) => self.write(&runtime, &best, sets),
            Material::Keys(_) => bail!(
                "{} is a network of independent keys, which neither the engine nor a token's ONNX \
                 model can hold: train with `--as chain` to export",
                self.run.display()
            ),
        }
    }

    /// Proves the best model on held-out pieces and writes both files.
    fn write<P: Pieces<Item: Spoken>>(
        &self,
        runtime: &Runtime,
        best: &BestModel,
        sets: &Sets<P>,
    ) -> anyhow::Result<()> {
        let config = &best.config;
        sets.check(config)?;
        let mut about = self.about();
        if let Some(Role { part, parts, .. }) = config.data.role {
            about.add("part", format!("{}/{parts}", part + 1));
        }
        about.add_styles(&reading::options(&config.data.reading)?.styles());
        about.add("updates", best.counters.update);
        about.add("seed", config.seed);
        if let Some(loss) = best.counters.best_loss {
            about.add("valid_nats_per_token", format!("{loss:.4}"));
        }
        let trained = best.trained(Fingerprint(sets.fingerprint));
        let pieces = first_tokens(&sets.valid, self.proof)?;
        let exported = export(runtime, trained, &about, &pieces)?;
        say!("{}", exported.proof);
        let image = self.out.with_extension("mgi");
        for (path, bytes) in [(&self.out, &exported.onnx), (&image, &exported.image)] {
            write_atomically(path, bytes)?;
            say!("{}: {:.1} kB", path.display(), bytes.len() as f64 / 1e3);
        }
        Ok(())
    }
}

impl ExportArgs {
    /// What the user says about the model.
    fn about(&self) -> About {
        let mut about = About::default();
        for (name, value) in [("license", &self.license), ("corpus", &self.corpus)] {
            if let Some(value) = value {
                about.add(name, value);
            }
        }
        about
    }
}

/// Whole pieces, and the beginning of the last, that have `tokens` tokens together; all where
/// `tokens` is 0.
fn first_tokens<P: Pieces>(pieces: &P, tokens: usize) -> Result<Vec<Vec<P::Item>>, TrainError> {
    let mut left = if tokens == 0 { usize::MAX } else { tokens };
    let mut taken = Vec::new();
    for index in 0..pieces.count() {
        if left < 2 {
            break;
        }
        let piece = pieces.read(index)?;
        taken.push(piece[..piece.len().min(left)].to_vec());
        left -= piece.len().min(left);
    }
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::first_tokens;

    #[test]
    fn as_many_tokens_as_asked_for_are_taken() {
        let pieces: Vec<Vec<u16>> = vec![vec![1; 10], vec![2; 10], vec![3; 10]];
        let count = |n| {
            let taken = first_tokens(&pieces, n).expect("pieces");
            taken.iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(count(15), [10, 5]);
        assert_eq!(count(11), [10]);
        assert_eq!(count(0), [10, 10, 10]);
        assert_eq!(count(99), [10, 10, 10]);
    }
}
