//! The bars that a GAN learns from.

use std::path::Path;

use crate::cli::reading::{self, Cached};
use crate::corpus::TokenPiece;
use crate::gan::bars::{Bar, Loss, Writer, of_piece};
use crate::gan::network::Architecture;
use crate::gan::{Data, Opening, Splits};
use crate::train::{Rng, TrainError};

/// A corpus as bars.
pub struct Loaded {
    /// The bars.
    pub splits: Splits,
    /// What of the training pieces was lost.
    pub loss: Loss,
    /// How the training pieces begin.
    pub opening: Opening,
}

impl Loaded {
    /// Reads what a run's configuration names.
    ///
    /// # Errors
    /// One sentence for the user.
    pub fn read(model: &Architecture, data: &Data, cached: Cached) -> anyhow::Result<Self> {
        let options = reading::options(&data.reading)?;
        let folder = Path::new(&data.folder);
        let mut corpus = crate::cli::data::Loaded::read(folder, &options, cached)?.corpus;
        if let Some(role) = data.role {
            role.choose(&mut corpus)?;
        }
        let form = model.form().ok_or_else(|| TrainError::Setting {
            name: "parts",
            value: model.parts.to_string(),
            wanted: "1 to 4",
        })?;
        let mut losses = Vec::new();
        let mut bars = |pieces: &[TokenPiece]| -> Vec<Bar> {
            let mut all = Loss::default();
            let bars = pieces.iter().flat_map(|piece| {
                let writer = data
                    .role
                    .map_or_else(|| Writer::new(form), |role| Writer::of_part(form, role.part));
                let (bars, loss) = of_piece(writer, piece);
                all.add(&loss);
                bars
            });
            let bars = bars.collect();
            losses.push(all);
            bars
        };
        let splits = Splits {
            train: bars(&corpus.train),
            valid: bars(&corpus.valid),
            test: bars(&corpus.test),
        };
        let parts = data.role.map_or(form.parts(), |role| role.parts);
        let opening = Opening::of(&corpus.train, parts);
        Ok(Self { splits, loss: losses.first().copied().unwrap_or_default(), opening })
    }

    /// Half the number of cells that two bars of the corpus are apart, on average over some: what is
    /// asked of two bars that follow the same one.
    pub fn apart(&self) -> f64 {
        let rng = &mut Rng::keyed(&[b'a'.into()]);
        let bars = &self.splits.train;
        let pairs = 2000;
        let mut cells = 0;
        for _ in 0..pairs {
            let (a, b) = (&bars[rng.below(bars.len())].cells, &bars[rng.below(bars.len())].cells);
            let both = a.iter().filter(|cell| b.binary_search(cell).is_ok()).count();
            cells += a.len() + b.len() - 2 * both;
        }
        cells as f64 / f64::from(pairs) / 2.0
    }
}
