//! Bars that a generator composes one after the other, each from the one before.

use musigan_score::roll::{Condition, Form, STEPS, Told};

use super::bars::{Bar, cells_of_notes};
use super::network::{Architecture, bar_form};
use super::step::bar_graph;
use crate::session::{Program, Runtime, SessionError, Threads};
use crate::train::Rng;

/// What the bars of a chain are to be like.
pub type Plan = Vec<Condition>;

/// Composes many chains of bars at once.
pub struct Rollout {
    architecture: Architecture,
    form: Form,
    program: Program,
    chains: usize,
}

impl Rollout {
    /// A generator that composes `chains` chains at once.
    ///
    /// # Errors
    /// [`SessionError`] when ONNX Runtime refuses the graph.
    pub fn new(
        runtime: &Runtime,
        architecture: &Architecture,
        chains: usize,
        threads: Threads,
    ) -> Result<Self, SessionError> {
        let program = Program::new(runtime, &bar_graph(architecture, chains), &[], threads)?;
        Ok(Self { architecture: *architecture, form: bar_form(architecture), program, chains })
    }

    /// The generator's sizes.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// How many chains are composed at once.
    pub fn chains(&self) -> usize {
        self.chains
    }

    /// Composes one bar after each of these (`None`: after nothing), as many as there are chains at the
    /// most: the logits of all cells, bar by bar.
    ///
    /// # Errors
    /// [`SessionError`] when a kernel fails or the weights are another network's.
    pub fn follow<'b>(
        &mut self,
        weights: &[f32],
        bars: impl Iterator<Item = (Condition, Option<&'b Bar>)>,
        seed: u64,
    ) -> Result<&[f32], SessionError> {
        let cells = self.form.len();
        self.program.set("weights", weights)?;
        draw_latent(&mut Rng::keyed(&[seed, b'z'.into()]), self.program.write("latent")?);
        self.program.write::<f32>("condition")?.fill(0.0);
        self.program.write::<f32>("previous")?.fill(0.0);
        for (row, (told, before)) in bars.take(self.chains).enumerate() {
            let previous = &mut self.program.write::<f32>("previous")?[row * cells..][..cells];
            write_cells(before.map_or(&[], |before| &before.cells), previous);
            let at = row * Condition::LEN;
            let condition = &mut self.program.write::<f32>("condition")?[at..][..Condition::LEN];
            told.ones(|one| condition[one] = 1.0);
        }
        self.program.run()?;
        self.program.read("logits")
    }

    /// Composes one chain for each plan, at most as many as there are chains; all plans are as long as
    /// the first.
    ///
    /// # Errors
    /// [`SessionError`] when a kernel fails or the weights are another network's.
    pub fn compose(
        &mut self,
        weights: &[f32],
        plans: &[Plan],
        seed: u64,
    ) -> Result<Vec<Vec<Bar>>, SessionError> {
        let a = self.architecture;
        let cells = self.form.len();
        self.program.set("weights", weights)?;
        let mut chains = vec![Vec::new(); plans.len().min(self.chains)];
        self.program.write::<f32>("previous")?.fill(0.0);
        for at in 0..plans.first().map_or(0, Vec::len) {
            let latent = self.program.write::<f32>("latent")?;
            for (chain, latent) in latent.chunks_exact_mut(a.latent()).enumerate() {
                draw_latent(&mut Rng::keyed(&[seed, b'z'.into(), chain as u64, at as u64]), latent);
            }
            let condition = self.program.write::<f32>("condition")?;
            condition.fill(0.0);
            for (plan, condition) in plans.iter().zip(condition.chunks_exact_mut(Condition::LEN)) {
                let told = Condition { follows: at > 0, ..plan[at] };
                told.ones(|one| condition[one] = 1.0);
            }
            self.program.run()?;
            let logits = self.program.read::<f32>("logits")?;
            let mut next = vec![0.0_f32; self.chains * cells];
            for (chain, (bars, plan)) in chains.iter_mut().zip(plans).enumerate() {
                let logits = &logits[chain * cells..][..cells];
                let bar = bar_of(self.form, logits, plan[at], at > 0);
                bar.cells.iter().for_each(|&cell| next[chain * cells + usize::from(cell)] = 1.0);
                bars.push(bar);
            }
            self.program.set("previous", &next)?;
        }
        Ok(chains)
    }
}

/// The bar that logits say: what is above 0 is on, and what is no note is dropped as a player would.
fn bar_of(form: Form, logits: &[f32], condition: Condition, follows: bool) -> Bar {
    let Condition { metre, told, .. } = condition;
    let bar = Bar { cells: Vec::new(), metre, told, follows };
    Bar { cells: cells_of_notes(form, bar.steps(), |cell| logits[cell] > 0.0), ..bar }
}

/// Latents are uniform, of variance 1: the same numbers on every machine.
pub fn draw_latent(rng: &mut Rng, latent: &mut [f32]) {
    let bound = 3.0_f32.sqrt();
    latent.fill_with(|| (2.0 * rng.unit() - 1.0) * bound);
}

/// The conditions of bars that follow each other in held-out music, `length` bars for each of `count`
/// chains, but without a density: what a player hears who turns no dial.
pub fn plans(bars: &[Bar], count: usize, length: usize, seed: u64) -> Vec<Plan> {
    let starts: Vec<usize> = (0..bars.len().saturating_sub(length))
        .filter(|&start| bars[start + 1..start + length].iter().all(|bar| bar.follows))
        .collect();
    let rng = &mut Rng::keyed(&[seed, b'p'.into()]);
    (0..if starts.is_empty() { 0 } else { count })
        .map(|_| {
            let start = starts[rng.below(starts.len())];
            let condition = |bar: &Bar| Condition {
                told: Told { density: None, ..bar.told },
                metre: bar.metre,
                follows: true,
            };
            bars[start..start + length].iter().map(condition).collect()
        })
        .collect()
}

/// Fills a row of a batch with ones.
pub fn write_cells(cells: &[u16], row: &mut [f32]) {
    row.fill(0.0);
    cells.iter().for_each(|&cell| row[usize::from(cell)] = 1.0);
}

/// Fills a row of a mask: ones up to the end of the bar.
pub fn write_mask(steps: usize, row: &mut [f32]) {
    debug_assert_eq!(row.len(), STEPS);
    row.iter_mut().enumerate().for_each(|(step, x)| *x = f32::from(u8::from(step < steps)));
}
