//! The progress of a recurrent network's run, and its samples.

use super::display::Terminal;
use super::sampler::{self, Sampler};
use crate::checkpoint::Counters;
use crate::train::{Config, Observer, Progress, RunFolder, Stop, TrainError, Validation};

/// Shows a run.
pub struct Display {
    terminal: Terminal,
    unit: &'static str,
    sampler: Option<Sampler>,
    sample_every: u64,
    validations: u64,
}

impl Display {
    /// Shows a run of this configuration.
    ///
    /// # Errors
    /// When the log cannot be opened.
    pub fn new(config: &Config, folder: &RunFolder) -> Result<Self, TrainError> {
        // Other vocabularies are judged, not played.
        let composes = config.budget.sample_every > 0
            && config.data.frames.is_none()
            && config.data.role.is_none();
        let player = config.budget.sample_wav.then(sampler::player);
        let sampler = composes
            .then(|| Sampler::new(folder.samples_path(), config.model, config.seed, player));
        Ok(Self {
            terminal: Terminal::new(&config.budget, folder)?,
            unit: config.unit(),
            sampler,
            sample_every: config.budget.sample_every.max(1),
            validations: 0,
        })
    }

    /// Takes the bar away and notes down how it ended.
    pub fn finish(&mut self, stop: &Result<Stop, TrainError>, done: &Counters) {
        self.terminal.finish(stop, done);
    }
}

impl Observer for Display {
    fn update(&mut self, p: &Progress) {
        let smooth = self.terminal.smooth(p.loss);
        let told = format!("update {} epoch {} loss {smooth:.4}", p.update, p.epoch);
        let (rate, unit) = (p.tokens_per_second, self.unit);
        self.terminal.update(
            p,
            &format!("{told} {rate:.0} {unit}s/s"),
            &format!("{told} {unit}s_per_second {rate:.0}"),
        );
    }

    fn validation(&mut self, v: &Validation, weights: &[f32]) {
        let mark = if v.valid_loss <= v.best_loss { " (best)" } else { "" };
        self.terminal.say(&format!(
            "update {} epoch {} validation {:.4} nats per {}{mark}, training {:.4}, {:.0} s",
            v.update, v.epoch, v.valid_loss, self.unit, v.train_loss, v.seconds,
        ));
        self.validations += 1;
        let due = self.validations.is_multiple_of(self.sample_every);
        let Some(sampler) = self.sampler.as_ref().filter(|_| due) else { return };
        // A network that cannot be played yet goes on learning.
        match sampler.compose(v.update, weights) {
            Ok(path) => self.terminal.note(&format!("composed {}", path.display())),
            Err(error) => {
                self.terminal.say(&format!("no sample of update {}: {error:#}", v.update));
            }
        }
    }
}
