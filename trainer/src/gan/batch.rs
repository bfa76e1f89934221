//! Batches of bars, drawn by number: update and place decide them, not what was drawn before.

use musigan_score::roll::{Condition, STEPS, Told};

use super::bars::Bar;
use super::rollout::{draw_latent, write_cells, write_mask};
use crate::session::{Program, SessionError};
use crate::train::Rng;

/// What batches are drawn from.
pub struct Draw<'a> {
    /// The bars.
    pub bars: &'a [Bar],
    /// Shares of bars of which mode, density, style and the bar before are not told.
    pub untold: [f32; 4],
    /// Numbers of the latent.
    pub latent: usize,
}

/// How the rows of a batch are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Each for itself.
    Single,
    /// The second half has the conditions of the first.
    Pairs,
}

impl Draw<'_> {
    /// Fills `latent`, `previous`, `condition` and `mask` of a program, and `real` and `mix` where rows
    /// are single.
    ///
    /// # Errors
    /// [`SessionError`] when the program has other tensors.
    pub fn fill(&self, program: &mut Program, rows: Rows, key: &[u64]) -> Result<(), SessionError> {
        let rng = &mut Rng::keyed(key);
        let batch = program.read::<f32>("mask")?.len() / STEPS;
        let cells = program.read::<f32>("previous")?.len() / batch;
        draw_latent(rng, program.write("latent")?);
        let different = if rows == Rows::Pairs { batch / 2 } else { batch };
        for row in 0..different {
            let at = rng.below(self.bars.len());
            let bar = &self.bars[at];
            let told = rng.unit() >= self.untold[3];
            let before = bar.follows.then(|| &self.bars[at - 1]).filter(|_| told);
            let condition = Condition {
                told: self.told(bar.told, rng),
                metre: bar.metre,
                follows: before.is_some(),
            };
            let both = if rows == Rows::Pairs { vec![row, row + different] } else { vec![row] };
            for row in both {
                let previous = &mut program.write::<f32>("previous")?[row * cells..][..cells];
                write_cells(before.map_or(&[], |before| &before.cells), previous);
                let place = &mut program.write::<f32>("condition")?[row * Condition::LEN..]
                    [..Condition::LEN];
                place.fill(0.0);
                condition.ones(|one| place[one] = 1.0);
                write_mask(bar.steps(), &mut program.write::<f32>("mask")?[row * STEPS..][..STEPS]);
            }
            if rows == Rows::Single {
                write_cells(&bar.cells, &mut program.write::<f32>("real")?[row * cells..][..cells]);
                program.write::<f32>("mix")?[row] = rng.unit();
            }
        }
        Ok(())
    }

    fn told(&self, all: Told, rng: &mut Rng) -> Told {
        let mut keep = |at: usize| rng.unit() >= self.untold[at];
        Told {
            mode: all.mode.filter(|_| keep(0)),
            density: all.density.filter(|_| keep(1)),
            style: all.style.filter(|_| keep(2)),
        }
    }
}
