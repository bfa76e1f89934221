//! The loop: some updates of the critic, one of the generator, and again.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::bars::Bar;
use super::batch::{Draw, Rows};
use super::config::Config;
use super::judge::{Judge, Verdict};
use super::network::bar_form;
use super::report::{Observer, Progress, Validation};
use super::rollout::{Plan, Rollout, plans};
use super::step::{IN_PLACE, critic_step, generator_step};
use super::thresholds;
use crate::checkpoint::{Checkpoint, Counters};
use crate::model::Layout;
use crate::session::{Program, Runtime, Threads};
use crate::train::{Due, Metrics, RunFolder, Stop, TrainError};

/// Chains of a validation, and bars of each: 1,024 bars.
const CHAINS: usize = 64;
const CHAIN: usize = 16;

/// Validations in a row that must find a generator collapsed: an untrained one is silent.
const SURE: u32 = 4;

/// How often a run goes back to its best before it gives up.
const RESTARTS: u32 = 3;

/// The bars of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Splits {
    /// Bars to learn from.
    pub train: Vec<Bar>,
    /// Held out; choose the best.
    pub valid: Vec<Bar>,
    /// Held out; judge it.
    pub test: Vec<Bar>,
}

/// A run in progress.
pub struct Learner<'a> {
    config: Config,
    folder: RunFolder,
    bars: &'a Splits,
    layout: Layout,
    critic: Program,
    generator: Program,
    rollout: Rollout,
    judge: Judge,
    plans: Vec<Plan>,
    metrics: Metrics<Validation>,
    counters: Counters,
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
        bars: &'a Splits,
    ) -> Result<Self, TrainError> {
        let mut learner = Self::new(runtime, config, folder, bars, Counters::default())?;
        let seed = learner.config.seed;
        let weights = learner.layout.init(seed);
        let zeros = vec![0.0; weights.len()];
        let average = weights[..learner.generator_len()].to_vec();
        learner.put(&weights, &zeros, &zeros, &average)?;
        learner.checkpoint()?.save(&learner.folder.last_path(), &learner.layout)?;
        Ok(learner)
    }

    /// Continues a run from its last checkpoint, to the same losses as if it had not stopped.
    ///
    /// # Errors
    /// [`TrainError`]; also [`TrainError::OtherData`] when the data is not the run's.
    pub fn resume(
        runtime: &Runtime,
        config: Config,
        folder: RunFolder,
        bars: &'a Splits,
    ) -> Result<Self, TrainError> {
        if !folder.last_path().exists() {
            return Self::begin(runtime, config, folder, bars);
        }
        let checkpoint = Checkpoint::load(&folder.last_path(), &config.extent())?;
        let mut learner = Self::new(runtime, config, folder, bars, checkpoint.counters)?;
        learner.restore(&checkpoint)?;
        Ok(learner)
    }

    fn new(
        runtime: &Runtime,
        config: Config,
        folder: RunFolder,
        bars: &'a Splits,
        counters: Counters,
    ) -> Result<Self, TrainError> {
        config.check()?;
        check_data(&config, bars)?;
        let (a, o, batch) = (&config.model, &config.optimiser, config.data.batch);
        let threads = Threads(config.machine.threads);
        let adam = o.adam();
        let compile = |lowered| Program::new(runtime, &lowered, &IN_PLACE, threads);
        let critic = compile(critic_step(a, batch, &o.losses, &adam))?;
        let generator = compile(generator_step(a, batch, &o.losses, &adam))?;
        let rollout = Rollout::new(runtime, a, CHAINS, threads)?;
        let judge = Judge::new(bar_form(a), &bars.valid);
        let plans = plans(&bars.valid, CHAINS, CHAIN, config.seed);
        if plans.is_empty() {
            return Err(TrainError::Data(format!(
                "no held-out piece has {CHAIN} bars in a row that have a roll"
            )));
        }
        let metrics = folder.metrics_from::<Progress, _>(counters.update, counters.seconds)?;
        let layout = a.both();
        Ok(Self {
            config,
            folder,
            bars,
            layout,
            critic,
            generator,
            rollout,
            judge,
            plans,
            metrics,
            counters,
        })
    }

    /// Counters of the run so far; the best loss is the least share that the best generator's measures
    /// do not overlap.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Trains until the budget is used up or `interrupt` is set; then the run is saved.
    ///
    /// # Errors
    /// [`TrainError::Diverged`] when a loss is not a number, [`TrainError::Collapsed`] when going back
    /// did not help, and errors of files and kernels. The last checkpoint stays as it was.
    pub fn run(
        &mut self,
        observer: &mut dyn Observer,
        interrupt: &AtomicBool,
    ) -> Result<Stop, TrainError> {
        let before = self.counters.seconds;
        let start = Instant::now();
        loop {
            if let Some(stop) = self.config.budget.stop(&self.counters, interrupt) {
                if self.counters.validated != self.counters.update && stop != Stop::Interrupted {
                    self.validate(observer)?;
                }
                self.save()?;
                return Ok(stop);
            }
            let mut progress = self.update()?;
            self.counters.seconds = before + start.elapsed().as_secs_f64();
            progress.seconds = self.counters.seconds;
            observer.update(&progress);
            self.metrics.update(&progress)?;
            let Due { validate, save } = self.config.budget.due(self.counters.update);
            if validate {
                self.validate(observer)?;
            }
            if save {
                self.save()?;
            }
        }
    }

    /// The generator's weights that are judged, once their [`thresholds`] are learnt: their moving average.
    ///
    /// # Errors
    /// [`TrainError::Session`].
    pub fn average(&self) -> Result<&[f32], TrainError> {
        Ok(self.generator.read("average")?)
    }

    /// The critic's updates and the generator's.
    fn update(&mut self) -> Result<Progress, TrainError> {
        let update = self.counters.update + 1;
        let o = &self.config.optimiser;
        let draw =
            Draw { bars: &self.bars.train, untold: o.untold, latent: self.config.model.latent() };
        let key = |place: u64| {
            [self.config.seed, u64::from(self.counters.restarts), b'b'.into(), update, place]
        };
        let factor = o.schedule.factor(update, self.counters.halvings);
        let count = o.critic_updates;
        let mut sums = [0.0; 3];
        self.critic.set_from("generator", &self.generator, "weights")?;
        for time in 0..count {
            draw.fill(&mut self.critic, Rows::Single, &key(1 + time as u64))?;
            let done = (update - 1) * count as u64 + time as u64 + 1;
            self.critic.set("rates", &o.adam().rates(o.critic_lr * factor, done))?;
            self.critic.run()?;
            for (sum, name) in sums.iter_mut().zip(["estimate", "penalty", "norm"]) {
                *sum += f64::from(self.critic.read::<f32>(name)?[0]) / count as f64;
            }
        }
        draw.fill(&mut self.generator, Rows::Pairs, &key(0))?;
        self.generator.set_from("critic", &self.critic, "weights")?;
        self.generator.set("rates", &o.adam().rates(o.lr * factor, update))?;
        self.generator.set("average_rate", &[o.average_rate(update)])?;
        self.generator.run()?;
        let told = |name| self.generator.read::<f32>(name).map(|x| f64::from(x[0]));
        let progress = Progress {
            update,
            estimate: sums[0],
            penalty: sums[1],
            critic_norm: sums[2],
            score: told("score")?,
            apart: told("apart")?,
            norm: told("norm")?,
            lr: o.lr * factor,
            seconds: self.counters.seconds,
        };
        let all = [sums[0], sums[1], sums[2], progress.score, progress.norm];
        if !all.iter().all(|x| x.is_finite()) {
            return Err(self.diverged(update, progress.estimate, progress.norm));
        }
        self.counters.update = update;
        self.counters.nats += progress.estimate;
        self.counters.counted += 1;
        Ok(progress)
    }

    fn diverged(&self, update: u64, loss: f64, norm: f64) -> TrainError {
        TrainError::Diverged { update, loss, norm: norm as f32, kept: self.folder.last_path() }
    }

    fn validate(&mut self, observer: &mut dyn Observer) -> Result<(), TrainError> {
        let seed = self.config.seed;
        let average = self.generator.read::<f32>("average")?;
        // Whether it has collapsed is seen without the help of thresholds.
        let chains = self.rollout.compose(average, &self.plans, seed)?;
        let collapse = self.judge.verdict(&chains).collapse();
        let weights = thresholds::learn(&mut self.rollout, average, &self.bars.train, seed)?;
        let chains = self.rollout.compose(&weights, &self.plans, seed)?;
        let Verdict { overlap, distinct, empty, notes } = self.judge.verdict(&chains);
        let c = &mut self.counters;
        let loss = 1.0 - overlap;
        let better = self.config.optimiser.schedule.judge(c, loss);
        let validation = Validation {
            update: c.update,
            overlap,
            best_overlap: 1.0 - c.best_loss.unwrap_or(loss),
            mean_estimate: c.nats / c.counted.max(1) as f64,
            distinct,
            empty,
            notes,
            seconds: c.seconds,
        };
        (c.nats, c.counted, c.validated) = (0.0, 0, c.update);
        self.metrics.validation(&validation)?;
        observer.validation(&validation);
        match collapse {
            None => self.counters.collapsed = 0,
            Some(why) => {
                self.counters.collapsed += 1;
                if self.counters.collapsed >= SURE {
                    return self.go_back(observer, &why);
                }
            }
        }
        let checkpoint = self.checkpoint()?;
        self.folder.keep(&checkpoint, &self.layout, better, self.config.budget.keep)
    }

    /// Goes back to the best weights, to go on by other chances; the updates go on counting.
    fn go_back(&mut self, observer: &mut dyn Observer, why: &str) -> Result<(), TrainError> {
        let update = self.counters.update;
        let restarts = self.counters.restarts + 1;
        if restarts > RESTARTS {
            let kept = self.folder.best_path();
            return Err(TrainError::Collapsed { update, why: why.to_owned(), kept });
        }
        let best = Checkpoint::load(&self.folder.best_path(), &self.config.extent())?;
        self.restore(&best)?;
        self.counters.restarts = restarts;
        self.counters.collapsed = 0;
        observer.restart(update, why);
        Ok(())
    }

    fn generator_len(&self) -> usize {
        self.config.model.generator().len()
    }

    /// Gives both networks their shares of what lies back to back.
    fn put(
        &mut self,
        weights: &[f32],
        first: &[f32],
        second: &[f32],
        average: &[f32],
    ) -> Result<(), TrainError> {
        let len = self.generator_len();
        for (name, all) in [("weights", weights), ("first", first), ("second", second)] {
            self.generator.set(name, &all[..len])?;
            self.critic.set(name, &all[len..])?;
        }
        Ok(self.generator.set("average", average)?)
    }

    fn restore(&mut self, from: &Checkpoint) -> Result<(), TrainError> {
        self.put(&from.weights, &from.first, &from.second, &from.average)
    }

    fn checkpoint(&self) -> Result<Checkpoint, TrainError> {
        let both = |name: &str| -> Result<Vec<f32>, TrainError> {
            let (generator, critic) = (self.generator.read(name)?, self.critic.read(name)?);
            Ok([generator, critic].concat())
        };
        Ok(Checkpoint {
            counters: self.counters,
            weights: both("weights")?,
            first: both("first")?,
            second: both("second")?,
            average: self.generator.read("average")?.to_vec(),
            h: Vec::new(),
            c: Vec::new(),
        })
    }

    /// Writes the newest checkpoint; weights that are no numbers are not written over good ones.
    fn save(&self) -> Result<(), TrainError> {
        let checkpoint = self.checkpoint()?;
        if !checkpoint.weights.iter().all(|w| w.is_finite()) {
            return Err(self.diverged(self.counters.update, f64::NAN, f64::NAN));
        }
        Ok(checkpoint.save(&self.folder.last_path(), &self.layout)?)
    }
}

fn check_data(config: &Config, bars: &Splits) -> Result<(), TrainError> {
    if bars.train.is_empty() || bars.valid.is_empty() {
        return Err(TrainError::Data("there are no bars to learn from or to judge by".to_owned()));
    }
    let data = &config.data;
    for (what, then, now) in [
        ("training bars", data.train_bars, bars.train.len()),
        ("validation bars", data.valid_bars, bars.valid.len()),
    ] {
        if then != now {
            let (then, now) = (then.to_string(), now.to_string());
            return Err(TrainError::OtherData { what, then, now });
        }
    }
    Ok(())
}
