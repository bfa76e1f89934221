//! The loop.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::{
    Augment, Config, Due, Item, Machine, Metrics, Observer, Pieces, Progress, Rng, RunFolder, Sets,
    Stop, Streams, TrainError, Validation, Validator, Window,
};
use crate::checkpoint::{Checkpoint, Counters};
use crate::model::{IN_PLACE, Layout, StepShape, step_graph};
use crate::session::{Placement, Program, Runtime, Threads};

/// A run in progress.
pub struct Learner<'a, I: Item = u16> {
    config: Config,
    folder: RunFolder,
    train: &'a dyn Pieces<Item = I>,
    augment: &'a Augment<'a, I>,
    layout: Layout,
    program: Program,
    /// Windows that the program has ahead, 1 or more.
    ahead: usize,
    validator: Validator<'a, I>,
    metrics: Metrics<Validation>,
    counters: Counters,
    /// Of the last update's gradient.
    norm: f32,
    streams: Streams<'a, I>,
    window: Window<I>,
}

/// What an update tells.
struct Told {
    nats: f32,
    /// Of the gradient.
    norm: f32,
    /// Targets that count.
    counted: usize,
}

impl<'a, I: Item> Learner<'a, I> {
    /// Begins a run in a fresh folder, with weights that the seed decides.
    ///
    /// # Errors
    /// [`TrainError`]: bad settings or data, a library that is missing, a folder that cannot be
    /// written.
    pub fn begin<P: Pieces<Item = I>>(
        runtime: &Runtime,
        config: Config,
        folder: RunFolder,
        splits: &'a Sets<P>,
        augment: &'a Augment<'a, I>,
    ) -> Result<Self, TrainError> {
        let weights = config.model.layout().init(config.seed);
        Self::begin_with(runtime, config, folder, splits, augment, &weights)
    }

    /// Begins a run in a fresh folder, with these weights of the network's [layout](Layout).
    ///
    /// # Errors
    /// As [`begin`](Self::begin); also where these are not as many as the network has.
    pub fn begin_with<P: Pieces<Item = I>>(
        runtime: &Runtime,
        config: Config,
        folder: RunFolder,
        splits: &'a Sets<P>,
        augment: &'a Augment<'a, I>,
        weights: &[f32],
    ) -> Result<Self, TrainError> {
        let mut learner = Self::new(runtime, config, folder, splits, augment, Counters::default())?;
        learner.program.set("weights", weights)?;
        if learner.config.optimiser.average > 0.0 {
            learner.program.set("average", weights)?;
        }
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
    pub fn resume<P: Pieces<Item = I>>(
        runtime: &Runtime,
        config: Config,
        folder: RunFolder,
        splits: &'a Sets<P>,
        augment: &'a Augment<'a, I>,
    ) -> Result<Self, TrainError> {
        if !folder.last_path().exists() {
            return Self::begin(runtime, config, folder, splits, augment);
        }
        let checkpoint = Checkpoint::load(&folder.last_path(), &config.extent())?;
        let counters = checkpoint.counters;
        let mut learner = Self::new(runtime, config, folder, splits, augment, counters)?;
        let windows = learner.streams.windows();
        if counters.window >= windows {
            let (then, now) = (counters.window.to_string(), windows.to_string());
            return Err(TrainError::OtherData { what: "windows of an epoch", then, now });
        }
        learner.program.set("weights", &checkpoint.weights)?;
        learner.program.set("first", &checkpoint.first)?;
        learner.program.set("second", &checkpoint.second)?;
        if learner.config.optimiser.average > 0.0 {
            learner.program.set("average", &checkpoint.average)?;
        }
        for (name, state) in learner.states().iter().zip([&checkpoint.h, &checkpoint.c]) {
            learner.program.set(name, state)?;
        }
        Ok(learner)
    }

    fn new<P: Pieces<Item = I>>(
        runtime: &Runtime,
        config: Config,
        folder: RunFolder,
        splits: &'a Sets<P>,
        augment: &'a Augment<'a, I>,
        counters: Counters,
    ) -> Result<Self, TrainError> {
        config.check()?;
        splits.check(&config)?;
        let threads = Threads(config.machine.threads);
        let (batch, window) = (config.data.batch, config.data.window);
        let ahead = config.machine.loss_every.unwrap_or(match runtime.placement() {
            Placement::Cpu => 1,
            Placement::Cuda => Machine::LOSS_EVERY,
        });
        let shape = StepShape { ahead, ..config.step_shape() };
        let lowered = step_graph(&config.model, shape, &config.optimiser.adam());
        let program = Program::new(runtime, &lowered, &IN_PLACE, threads)?;
        let validator =
            Validator::new(runtime, &config.model, &splits.valid, batch, window, threads)?;
        let metrics = folder.metrics_from::<Progress, _>(counters.update, counters.seconds)?;
        let train: &dyn Pieces<Item = I> = &splits.train;
        let streams = Streams::epoch(train, batch, window, config.seed, counters.epoch, augment)?;
        let layout = config.model.layout();
        let window = Window::default();
        Ok(Self {
            config,
            folder,
            train,
            augment,
            layout,
            program,
            ahead,
            validator,
            metrics,
            counters,
            norm: 0.0,
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
        let mut rate = Rate(None);
        loop {
            if let Some(stop) = self.config.budget.stop(&self.counters, interrupt) {
                if self.validated_at() != Some(self.counters.update) && stop != Stop::Interrupted {
                    self.validate(observer)?;
                }
                self.save()?;
                return Ok(stop);
            }
            let begun = self.counters.seconds;
            let told = self.updates()?;
            let took = (before + start.elapsed().as_secs_f64() - begun) / told.len() as f64;
            for one in told {
                self.counters.seconds += took;
                let loss = self.count(&one)?;
                let progress = Progress {
                    update: self.counters.update,
                    epoch: self.counters.epoch,
                    loss,
                    norm: one.norm,
                    lr: self.learning_rate(self.counters.update),
                    tokens_per_second: rate.add(one.counted, took),
                    seconds: self.counters.seconds,
                };
                observer.update(&progress);
                self.metrics.update(&progress)?;
                self.advance()?;
            }
            let Due { validate, save } = self.config.budget.due(self.counters.update);
            if validate {
                self.validate(observer)?;
            }
            if save {
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

    /// How many updates follow each other before anything else is to be done, and the program has room for.
    fn together(&self) -> usize {
        let (done, budget) = (&self.counters, &self.config.budget);
        let room = self.ahead.min(self.streams.windows() - done.window) as u64;
        let left = budget.updates.saturating_sub(done.update).min(budget.until_due(done.update));
        room.min(left).max(1) as usize
    }

    /// One update, or as many as the program has windows ahead: nothing is read of the device before the last.
    fn updates(&mut self) -> Result<Vec<Told>, TrainError> {
        let (steps, rows) = (self.together(), self.ahead);
        let mut counted = Vec::with_capacity(steps);
        for row in 0..steps {
            self.feed(row, rows)?;
            counted.push(self.window.counted);
        }
        let p = &mut self.program;
        if rows > 1 {
            p.set("at", &[0_i64])?;
        }
        for _ in 0..steps {
            p.run()?;
            for state in self.config.model.kind.states() {
                p.carry(&format!("{state}_out"), state)?;
            }
            if rows > 1 {
                p.carry("at_out", "at")?;
            }
        }
        let pairs = match rows {
            1 => vec![[p.read("nats")?[0], p.read("norm")?[0]]],
            _ => p.read::<f32>("told")?.as_chunks().0[rows - steps..].to_vec(),
        };
        let told = pairs.into_iter().zip(counted);
        Ok(told.map(|([nats, norm], counted)| Told { nats, norm, counted }).collect())
    }

    /// Writes what the `row`-th update from here on needs.
    fn feed(&mut self, row: usize, rows: usize) -> Result<(), TrainError> {
        let update = self.counters.update + 1 + row as u64;
        self.streams.fill(self.counters.window + row, &mut self.window)?;
        let p = &mut self.program;
        self.window.write_row(p, row, rows)?;
        p.set_row("per_target", row, rows, &[1.0 / self.window.counted.max(1) as f32])?;
        let o = &self.config.optimiser;
        let lr = o.lr * o.schedule.factor(update, self.counters.halvings);
        p.set_row("rates", row, rows, &o.adam().rates(lr, update))?;
        if o.average > 0.0 {
            p.set_row("average_rate", row, rows, &[o.average_rate(update)])?;
        }
        draw_masks(p, &self.config, update, row, rows)
    }

    /// Counts an update; gives nats per token.
    fn count(&mut self, told: &Told) -> Result<f64, TrainError> {
        let &Told { nats, norm, counted } = told;
        let update = self.counters.update + 1;
        let loss = f64::from(nats) / counted.max(1) as f64;
        if !loss.is_finite() || !norm.is_finite() {
            return Err(self.diverged(update, loss, norm));
        }
        self.norm = norm;
        self.counters.update = update;
        self.counters.nats += f64::from(nats);
        self.counters.counted += counted as u64;
        Ok(loss)
    }

    /// Name of the weights that are judged: the moving average where there is one.
    fn judged(&self) -> &'static str {
        if self.config.optimiser.average > 0.0 { "average" } else { "weights" }
    }

    /// Names of the recurrent states.
    fn states(&self) -> &'static [&'static str] {
        self.config.model.kind.states()
    }

    fn diverged(&self, update: u64, loss: f64, norm: f32) -> TrainError {
        TrainError::Diverged { update, loss, norm, kept: self.folder.last_path() }
    }

    fn learning_rate(&self, update: u64) -> f64 {
        let o = &self.config.optimiser;
        o.lr * o.schedule.factor(update, self.counters.halvings)
    }

    /// Moves on to the next window, or to the first of the next epoch with states at zero where the
    /// streams begin (the piece may have begun before).
    fn advance(&mut self) -> Result<(), TrainError> {
        self.counters.window += 1;
        if self.counters.window < self.streams.windows() {
            return Ok(());
        }
        self.counters.window = 0;
        self.counters.epoch += 1;
        let data = &self.config.data;
        self.streams = Streams::epoch(
            self.train,
            data.batch,
            data.window,
            self.config.seed,
            self.counters.epoch,
            self.augment,
        )?;
        for name in self.states() {
            if let Ok(state) = self.program.write::<f32>(name) {
                state.fill(0.0);
            }
        }
        Ok(())
    }

    fn validate(&mut self, observer: &mut dyn Observer) -> Result<(), TrainError> {
        let loss = self.validator.loss(self.program.read(self.judged())?)?;
        if !loss.is_finite() {
            return Err(self.diverged(self.counters.update, loss, self.norm));
        }
        let c = &mut self.counters;
        let better = self.config.optimiser.schedule.judge(c, loss);
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
        observer.validation(&validation, self.program.read(self.judged())?);
        let checkpoint = self.checkpoint()?;
        self.folder.keep(&checkpoint, &self.layout, better, self.config.budget.keep)
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
            average: if self.config.optimiser.average > 0.0 {
                read("average")?
            } else {
                Vec::new()
            },
            h: read("h")?,
            c: if self.states().contains(&"c") { read("c")? } else { Vec::new() },
        })
    }

    /// Writes the newest checkpoint. Weights that the last update threw out of range are not
    /// written over good ones.
    fn save(&self) -> Result<(), TrainError> {
        let checkpoint = self.checkpoint()?;
        if !checkpoint.weights.iter().all(|w| w.is_finite()) {
            return Err(self.diverged(self.counters.update, f64::NAN, self.norm));
        }
        Ok(checkpoint.save(&self.folder.last_path(), &self.layout)?)
    }
}

/// Draws the dropout masks of an update.
fn draw_masks(
    p: &mut Program,
    config: &Config,
    update: u64,
    row: usize,
    rows: usize,
) -> Result<(), TrainError> {
    let (o, key) = (&config.optimiser, |purpose: u8, layer: usize| {
        Rng::keyed(&[config.seed, purpose.into(), update, layer as u64])
    });
    for layer in 0..config.model.layers {
        if o.dropout > 0.0 {
            let mask = p.write_row(&format!("mask{layer}"), row, rows)?;
            key(b'd', layer).dropout_mask(o.dropout, mask);
        }
        if o.recurrent_dropout > 0.0 {
            let mask = p.write_row(&format!("kernel_mask{layer}"), row, rows)?;
            key(b'r', layer).dropout_mask(o.recurrent_dropout, mask);
        }
    }
    if o.input_dropout > 0.0 {
        key(b'i', 0).dropout_mask(o.input_dropout, p.write_row("input_mask", row, rows)?);
    }
    Ok(())
}

/// Tokens per second, forgetting with a time constant of about 20 updates.
struct Rate(Option<f64>);

impl Rate {
    fn add(&mut self, tokens: usize, seconds: f64) -> f64 {
        let now = tokens as f64 / seconds.max(1e-9);
        let value = self.0.map_or(now, |old| old + 0.05 * (now - old));
        self.0 = Some(value);
        value
    }
}
