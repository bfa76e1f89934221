//! The loss on held-out pieces.

use super::{Item, Pieces, Streams, TrainError, Window};
use crate::model::{Architecture, eval_graph};
use crate::session::{Program, Runtime, Threads};

/// Evaluates a network on whole pieces: every token but the first of each piece is predicted once,
/// with everything before it heard.
pub struct Validator<'a, I: Item = u16> {
    program: Program,
    streams: Streams<'a, I>,
    window: Window<I>,
    states: &'static [&'static str],
}

impl<'a, I: Item> Validator<'a, I> {
    /// Prepares the evaluation of `pieces`, in as many parallel streams as there are pieces, at
    /// most `batch`.
    ///
    /// # Errors
    /// [`TrainError::Session`] when ONNX Runtime refuses the graph.
    pub fn new(
        runtime: &Runtime,
        architecture: &Architecture,
        pieces: &'a dyn Pieces<Item = I>,
        batch: usize,
        window: usize,
        threads: Threads,
    ) -> Result<Self, TrainError> {
        let batch = batch.min(pieces.count()).max(1);
        let lowered = eval_graph(architecture, window, batch);
        let program = Program::new(runtime, &lowered, &[], threads)?;
        let streams = Streams::whole(pieces, batch, window);
        let states = architecture.kind.states();
        Ok(Self { program, streams, window: Window::default(), states })
    }

    /// Nats per token (or frame) of the network with these flat weights.
    ///
    /// # Errors
    /// [`TrainError::Session`] when a kernel fails, and where a piece cannot be read.
    pub fn loss(&mut self, weights: &[f32]) -> Result<f64, TrainError> {
        let (nats, counted) = self.total(weights)?;
        Ok(if counted == 0 { f64::NAN } else { nats / counted as f64 })
    }

    /// All nats, and the number of tokens (or frames) that were predicted.
    ///
    /// # Errors
    /// [`TrainError::Session`] when a kernel fails, and where a piece cannot be read.
    pub fn total(&mut self, weights: &[f32]) -> Result<(f64, usize), TrainError> {
        let p = &mut self.program;
        p.set("weights", weights)?;
        for state in self.states {
            p.write::<f32>(state)?.fill(0.0);
        }
        let (mut nats, mut counted) = (0.0, 0);
        for i in 0..self.streams.windows() {
            self.streams.fill(i, &mut self.window)?;
            self.window.write(p)?;
            p.run()?;
            nats += f64::from(p.read::<f32>("nats")?[0]);
            counted += self.window.counted;
            for state in self.states {
                p.carry(&format!("{state}_out"), state)?;
            }
        }
        Ok((nats, counted))
    }
}

impl<I: Item> Window<I> {
    /// Feeds the window to a step graph or an evaluation graph.
    ///
    /// # Errors
    /// [`TrainError::Session`] when the sizes are not the graph's.
    pub fn write(&self, program: &mut Program) -> Result<(), TrainError> {
        self.write_row(program, 0, 1)
    }

    /// The same, as one of the windows that a step graph has ahead.
    ///
    /// # Errors
    /// As for [`write`](Self::write).
    pub fn write_row(
        &self,
        program: &mut Program,
        row: usize,
        rows: usize,
    ) -> Result<(), TrainError> {
        program.set_row(I::INPUT, row, rows, &self.heard)?;
        program.set_row("targets", row, rows, &self.targets)?;
        // A deaf network has no such input.
        if I::OTHERS && program.has("others") {
            program.set_row("others", row, rows, &self.others)?;
        }
        program.set_row("counts", row, rows, &self.counts)?;
        program.set_row("keep", row, rows, &self.keep)?;
        Ok(())
    }
}
