//! `musigan-train metrics`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::composing::Composing;
use super::data::say_left_out;
use super::reading::{ReadingArgs, load};
use crate::cli::say::say_on;
use crate::compare::{Table, markdown_table, number};
use crate::metrics::novelty::Index;
use crate::metrics::{Measure, Piece, mean};
use crate::predict::EngineImage;

/// Measures music: that of MIDI files, or what models compose.
///
/// Every number is a mean over the pieces. Pieces are as they are heard after reading: on the
/// vocabulary's grid, percussion for rhythm alone.
#[derive(Debug, Args)]
pub struct MetricsArgs {
    /// Folders of MIDI files, and images, which compose with the player's usual settings
    #[arg(value_name = "DIR|MODEL.mgi", required = true)]
    sources: Vec<PathBuf>,
    /// Folder of the MIDI files that models learnt from: tells the longest passage that is copied
    #[arg(long, value_name = "DIR")]
    training: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    composing: Composing,
}

impl MetricsArgs {
    /// Prints the table.
    ///
    /// # Errors
    /// One sentence for the user.
    pub fn run(self) -> anyhow::Result<()> {
        let index = match &self.training {
            Some(folder) => {
                let (corpus, _) = load(folder, &self.reading.options()?, self.reading.cached())?;
                say_left_out(&corpus);
                let splits = corpus.splits;
                let pieces: Vec<Piece> =
                    splits.train.iter().map(|piece| Piece::of_tokens(&piece.tokens)).collect();
                Some(Index::new(&pieces))
            }
            None => None,
        };
        let mut sets = Vec::new();
        for source in &self.sources {
            let name = source.file_stem().unwrap_or(source.as_os_str()).to_string_lossy();
            sets.push((name.into_owned(), self.pieces(source)?));
        }
        let mut table = Table::new("Measures", sets.iter().map(|set| set.0.clone()));
        table.row("pieces", sets.iter().map(|set| set.1.len().to_string()));
        for measure in Measure::ALL {
            let average = |pieces: &[Piece]| {
                let all = pieces.iter().map(|piece| measure.of(piece)).filter(|x| x.is_finite());
                mean(&all.collect::<Vec<_>>())
            };
            let averages: Vec<f64> = sets.iter().map(|set| average(&set.1)).collect();
            if averages.iter().any(|average| average.is_finite()) {
                table.row(measure.name(), averages.into_iter().map(|average| number(average, 3)));
            }
        }
        if let Some(index) = index {
            let longest = |pieces: &[Piece]| {
                let all = pieces.iter().map(|piece| index.longest_match(piece) as f64);
                mean(&all.collect::<Vec<_>>())
            };
            let name = "longest passage copied (notes)";
            table.row(name, sets.iter().map(|set| number(longest(&set.1), 1)));
        }
        say_on!("{}", markdown_table(&table));
        Ok(())
    }

    fn pieces(&self, source: &Path) -> anyhow::Result<Vec<Piece>> {
        let named = || source.display().to_string();
        if source.is_dir() {
            let (corpus, _) = load(source, &self.reading.options()?, self.reading.cached())
                .with_context(named)?;
            say_left_out(&corpus);
            let splits = corpus.splits;
            let all = [splits.train, splits.valid, splits.test].concat();
            return Ok(all.iter().map(|piece| Piece::of_tokens(&piece.tokens)).collect());
        }
        if source.extension().is_some_and(|extension| extension == "onnx") {
            bail!("{} is no image: `musigan-import` makes one of it", source.display());
        }
        let image = EngineImage::new(&std::fs::read(source).with_context(named)?);
        let composed = self.composing.with_model(&image).with_context(named)?;
        Ok(composed.music())
    }
}
