//! The loop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::folder::Metrics;
use super::{
    Augment, Config, Observer, Progress, Rng, RunFolder, Splits, Streams, TrainError, Validation,
    Validator, Window,
};
use crate::checkpoint::{Checkpoint, Counters};
use crate::model::{IN_PLACE, Layout, StepShape, step_graph};
use crate::session::{Program, Runtime, Threads};

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The number of updates is reached.
    Updates,
    /// The time is up.
    Minutes,
    /// No validation was better for as long as the configuration waits.
    Patience,
    /// Somebody asked for it.
    Interrupted,
}

/// A run in progress.
pub struct Learner<'a> {
    config: Config,
    folder: RunFolder,
    splits: &'a Splits,
    augment: &'a Augment<'a>,
    layout: Layout,
    program: Program,
    validator: Validator,
    metrics: Metrics,
    counters: Counters,
    streams: Streams,
    window: Window,
}

impl<'a> Learner<'a> {
    /// Begins a run in a fresh folder.
    ///
    /// # Errors
    /// [`TrainError`]: bad settings or data, a library that is missing, a folder that cannot be
    /// written.
    pub fn begin(
        runtime: &Runtime,
        config: Config,
        folder: RunFolder,
        splits: &'a Splits,
        augment: &'a Augment<'a>,
    ) -> Result<Self, TrainError> {
        let mut learner = Self::new(runtime, config, folder, splits, augment, Counters::default())?;
        let weights = learner.layout.init(learner.config.seed);
        learner.program.set("weights", &weights)?;
        for name in ["first", "second"].iter().chain(learner.states()) {
            learner.program.write::<f32>(name)?.fill(0.0);
        }
        learner.save()?;
        Ok(learner)
    }

    /// Continues a run from its last checkpoint, to the same losses as if it had not stopped. A run
    /// that was killed before its first checkpoint begins.
    ///
    /// # Errors
    /// [`TrainError`]; also [`TrainError::OtherData`] when the data is not the run's.
    pub fn resume(
        runtime: &Runtime,
        config: Config,
        folder: RunFolder,
        splits: &'a Splits,
        augment: &'a Augment<'a>,
    ) -> Result<Self, TrainError> {
        if !folder.last_path().exists() {
            return Self::begin(runtime, config, folder, splits, augment);
        }
        let checkpoint = Checkpoint::load(&folder.last_path(), &config.model.layout())?;
        let counters = checkpoint.counters;
        let mut learner = Self::new(runtime, config, folder, splits, augment, counters)?;
        learner.program.set("weights", &checkpoint.weights)?;
        learner.program.set("first", &checkpoint.first)?;
        learner.program.set("second", &checkpoint.second)?;
        for (name, state) in learner.states().iter().zip([&checkpoint.h, &checkpoint.c]) {
            learner.program.set(name, state)?;
        }
        Ok(learner)
    }

    fn new(
        runtime: &Runtime,
        config: Config,
        folder: RunFolder,
        splits: &'a Splits,
        augment: &'a Augment<'a>,
        counters: Counters,
    ) -> Result<Self, TrainError> {
        config.check()?;
        splits.check(&config)?;
        let threads = Threads(config.machine.threads);
        let (batch, window) = (config.data.batch, config.data.window);
        let shape = StepShape { window, batch, dropout: config.optimiser.dropout > 0.0 };
        let lowered = step_graph(&config.model, shape, &config.optimiser.adam());
        let program = Program::new(runtime, &lowered, &IN_PLACE, threads)?;
        let validator =
            Validator::new(runtime, &config.model, &splits.valid, batch, window, threads)?;
        let metrics = folder.metrics_from(counters.update)?;
        let streams = Streams::epoch(splits, batch, window, config.seed, counters.epoch, augment);
        let layout = config.model.layout();
        let window = Window::default();
        Ok(Self {
            config,
            folder,
            splits,
            augment,
            layout,
            program,
            validator,
            metrics,
            counters,
            streams,
            window,
        })
    }

    /// Counters of the run so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Trains until the budget is used up or `interrupt` is set; then the run is saved.
    ///
    /// # Errors
    /// [`TrainError::Diverged`] when a loss is not a number, and errors of files and kernels. The
    /// last checkpoint stays as it was.
    pub fn run(
        &mut self,
        observer: &mut dyn Observer,
        interrupt: &AtomicBool,
    ) -> Result<Stop, TrainError> {
        let before = self.counters.seconds;
        let start = Instant::now();
        let mut rate = Rate::new();
        loop {
            if let Some(stop) = self.stop(interrupt) {
                if self.validated_at() != Some(self.counters.update) && stop != Stop::Interrupted {
                    self.validate(observer)?;
                }
                self.save()?;
                return Ok(stop);
            }
            let (loss, norm) = self.update()?;
            self.counters.seconds = before + start.elapsed().as_secs_f64();
            let progress = Progress {
                update: self.counters.update,
                epoch: self.counters.epoch,
                loss,
                norm,
                lr: self.learning_rate(self.counters.update),
                tokens_per_second: rate.add(self.window.counted),
                seconds: self.counters.seconds,
            };
            observer.update(&progress);
            self.metrics.push(&progress)?;
            self.advance();
            let budget = &self.config.budget;
            let due = |every: u64| every > 0 && self.counters.update.is_multiple_of(every);
            let (validate, save) = (due(budget.validate_every), due(budget.save_every));
            if validate {
                self.validate(observer)?;
            }
            if validate || save {
                self.save()?;
            }
            self.counters.seconds = before + start.elapsed().as_secs_f64();
        }
    }

    /// The flat weights.
    ///
    /// # Errors
    /// [`TrainError::Session`].
    pub fn weights(&self) -> Result<&[f32], TrainError> {
        Ok(self.program.read("weights")?)
    }

    fn stop(&self, interrupt: &AtomicBool) -> Option<Stop> {
        let (budget, done) = (&self.config.budget, &self.counters);
        if interrupt.load(Ordering::Relaxed) {
            Some(Stop::Interrupted)
        } else if done.update >= budget.updates {
            Some(Stop::Updates)
        } else if budget.minutes > 0.0 && done.seconds >= 60.0 * budget.minutes {
            Some(Stop::Minutes)
        } else if budget.patience > 0 && done.stale >= budget.patience {
            Some(Stop::Patience)
        } else {
            None
        }
    }

    /// One update; gives nats per token and the norm of the gradient.
    fn update(&mut self) -> Result<(f64, f32), TrainError> {
        let update = self.counters.update + 1;
        let dropout = self.config.optimiser.dropout;
        self.streams.fill(self.counters.window, &mut self.window);
        let p = &mut self.program;
        self.window.write(p)?;
        p.set("per_target", &[1.0 / self.window.counted.max(1) as f32])?;
        let lr = self.config.optimiser.lr * self.config.optimiser.schedule.factor(update);
        p.set("rates", &self.config.optimiser.adam().rates(lr, update))?;
        if dropout > 0.0 {
            for layer in 0..self.config.model.layers {
                let key = [self.config.seed, b'd'.into(), update, layer as u64];
                Rng::keyed(&key).dropout_mask(dropout, p.write(&format!("mask{layer}"))?);
            }
        }
        p.run()?;
        let nats = f64::from(p.read::<f32>("nats")?[0]);
        let norm = p.read::<f32>("norm")?[0];
        let loss = nats / self.window.counted.max(1) as f64;
        if !loss.is_finite() || !norm.is_finite() {
            return Err(self.diverged(update, loss, norm));
        }
        for state in self.config.model.kind.states() {
            p.carry(&format!("{state}_out"), state)?;
        }
        self.counters.update = update;
        self.counters.nats += nats;
        self.counters.counted += self.window.counted as u64;
        Ok((loss, norm))
    }

    /// Names of the recurrent states.
    fn states(&self) -> &'static [&'static str] {
        self.config.model.kind.states()
    }

    fn diverged(&self, update: u64, loss: f64, norm: f32) -> TrainError {
        TrainError::Diverged { update, loss, norm, kept: self.folder.last_path() }
    }

    fn learning_rate(&self, update: u64) -> f64 {
        self.config.optimiser.lr * self.config.optimiser.schedule.factor(update)
    }

    /// Moves on to the next window, or to the first of the next epoch with states at zero where the
    /// streams begin (the piece may have begun before).
    fn advance(&mut self) {
        self.counters.window += 1;
        if self.counters.window < self.streams.windows() {
            return;
        }
        self.counters.window = 0;
        self.counters.epoch += 1;
        let data = &self.config.data;
        self.streams = Streams::epoch(
            self.splits,
            data.batch,
            data.window,
            self.config.seed,
            self.counters.epoch,
            self.augment,
        );
        for name in self.states() {
            if let Ok(state) = self.program.write::<f32>(name) {
                state.fill(0.0);
            }
        }
    }

    fn validate(&mut self, observer: &mut dyn Observer) -> Result<(), TrainError> {
        let weights = self.program.read::<f32>("weights")?;
        let loss = self.validator.loss(weights)?;
        if !loss.is_finite() {
            let norm = self.program.read::<f32>("norm")?[0];
            return Err(self.diverged(self.counters.update, loss, norm));
        }
        let c = &mut self.counters;
        let better = c.best_loss.is_none_or(|best| loss < best);
        if better {
            c.best_loss = Some(loss);
        }
        c.stale = if better { 0 } else { c.stale + 1 };
        let validation = Validation {
            update: c.update,
            epoch: c.epoch,
            valid_loss: loss,
            best_loss: c.best_loss.unwrap_or(loss),
            train_loss: c.nats / c.counted.max(1) as f64,
            seconds: c.seconds,
        };
        c.nats = 0.0;
        c.counted = 0;
        c.validated = c.update;
        self.metrics.validation(&validation)?;
        observer.validation(&validation);
        if better {
            self.checkpoint()?.save(&self.folder.best_path(), &self.layout)?;
        }
        Ok(())
    }

    fn validated_at(&self) -> Option<u64> {
        self.counters.best_loss.map(|_| self.counters.validated)
    }

    fn checkpoint(&self) -> Result<Checkpoint, TrainError> {
        let read = |name| self.program.read::<f32>(name).map(<[f32]>::to_vec);
        Ok(Checkpoint {
            counters: self.counters,
            weights: read("weights")?,
            first: read("first")?,
            second: read("second")?,
            h: read("h")?,
            c: if self.states().contains(&"c") { read("c")? } else { Vec::new() },
        })
    }

    /// Writes the newest checkpoint. Weights that the last update threw out of range are not
    /// written over good ones.
    fn save(&self) -> Result<(), TrainError> {
        let checkpoint = self.checkpoint()?;
        if !checkpoint.weights.iter().all(|w| w.is_finite()) {
            let norm = self.program.read::<f32>("norm")?[0];
            return Err(self.diverged(self.counters.update, f64::NAN, norm));
        }
        Ok(checkpoint.save(&self.folder.last_path(), &self.layout)?)
    }
}

/// Tokens per second, forgetting with a time constant of about 20 updates.
struct Rate {
    last: Instant,
    value: Option<f64>,
}

impl Rate {
    fn new() -> Self {
        Self { last: Instant::now(), value: None }
    }

    fn add(&mut self, tokens: usize) -> f64 {
        let took = self.last.elapsed().max(Duration::from_nanos(1));
        self.last = Instant::now();
        let now = tokens as f64 / took.as_secs_f64();
        let value = self.value.map_or(now, |old| old + 0.05 * (now - old));
        self.value = Some(value);
        value
    }
}
