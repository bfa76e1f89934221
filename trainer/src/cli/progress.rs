//! Progress on the terminal, or as plain lines where there is none; and the run's log and samples.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use super::sampler::Sampler;
use crate::checkpoint::Counters;
use crate::train::{
    Budget, Config, Log, Observer, Progress, RunFolder, Stop, TrainError, Validation,
};

/// Seconds between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(30);

/// Shows a run.
pub struct Display {
    bar: Option<ProgressBar>,
    budget: Budget,
    unit: &'static str,
    first: Option<Progress>,
    line_at: Instant,
    smooth: Option<f64>,
    log: Log,
    sampler: Option<Sampler>,
    validations: u64,
}

impl Display {
    /// A bar where standard error is a terminal, else plain lines of `name value` pairs.
    ///
    /// # Errors
    /// When the log cannot be opened.
    pub fn new(config: &Config, folder: &RunFolder) -> Result<Self, TrainError> {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(1000);
            let style = ProgressStyle::with_template("{wide_bar} {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        let mut log = folder.log()?;
        log.line(&format!(
            "musigan-train {} {}",
            env!("CARGO_PKG_VERSION"),
            std::env::args().skip(1).collect::<Vec<_>>().join(" ")
        ))?;
        // Other vocabularies are judged, not played.
        let composes = config.budget.sample_every > 0
            && config.data.frames.is_none()
            && config.data.role.is_none();
        let sampler =
            composes.then(|| Sampler::new(folder.samples_path(), config.model, config.seed));
        Ok(Self {
            bar,
            budget: config.budget.clone(),
            unit: config.unit(),
            first: None,
            line_at: Instant::now(),
            smooth: None,
            log,
            sampler,
            validations: 0,
        })
    }

    /// Takes the bar away and notes down how it ended.
    pub fn finish(&mut self, stop: &Result<Stop, TrainError>, done: &Counters) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let end = match stop {
            Ok(stop) => format!("ended after update {}: {stop:?}", done.update),
            Err(error) => format!("failed after update {}: {error}", done.update),
        };
        self.note(&end);
    }

    /// Share of the budget that is used, and the time that the rest will take.
    fn done(&self, p: &Progress) -> (f64, Duration) {
        let first = self.first.unwrap_or(*p);
        let (updates, seconds) = (p.update - first.update, p.seconds - first.seconds);
        let a_second = if seconds > 0.0 { updates as f64 / seconds } else { 0.0 };
        let left = self.budget.updates.saturating_sub(p.update) as f64;
        let by_updates = if a_second > 0.0 { left / a_second } else { f64::INFINITY };
        let limit = 60.0 * self.budget.minutes;
        let by_minutes = if limit > 0.0 { (limit - p.seconds).max(0.0) } else { f64::INFINITY };
        let left = by_updates.min(by_minutes);
        let share = if left.is_finite() { p.seconds / (p.seconds + left) } else { 0.0 };
        (share, Duration::try_from_secs_f64(left).unwrap_or_default())
    }

    fn say(&mut self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => println!("{line}"),
        }
        self.note(line);
    }

    /// A log that cannot be written is no reason to lose a run; checkpoints will tell.
    fn note(&mut self, line: &str) {
        if let Err(error) = self.log.line(line) {
            eprintln!("musigan-train: {error}");
        }
    }
}

impl Observer for Display {
    fn update(&mut self, p: &Progress) {
        self.first.get_or_insert(*p);
        let smooth = self.smooth.map_or(p.loss, |old| old + 0.05 * (p.loss - old));
        self.smooth = Some(smooth);
        let (share, left) = self.done(p);
        let rate = p.tokens_per_second;
        match &self.bar {
            Some(bar) => {
                bar.set_position((1000.0 * share) as u64);
                bar.set_message(format!(
                    "update {} epoch {} loss {smooth:.4} {rate:.0} {}s/s left {}",
                    p.update,
                    p.epoch,
                    self.unit,
                    HumanDuration(left),
                ));
            }
            None if self.line_at.elapsed() >= LINE_EVERY => {
                println!(
                    "update {} epoch {} loss {smooth:.4} {}s_per_second {rate:.0} seconds_left {:.0}",
                    p.update,
                    p.epoch,
                    self.unit,
                    left.as_secs_f64(),
                );
                self.line_at = Instant::now();
            }
            None => {}
        }
    }

    fn validation(&mut self, v: &Validation, weights: &[f32]) {
        let mark = if v.valid_loss <= v.best_loss { " (best)" } else { "" };
        self.say(&format!(
            "update {} epoch {} validation {:.4} nats per {}{mark}, training {:.4}, {:.0} s",
            v.update, v.epoch, v.valid_loss, self.unit, v.train_loss, v.seconds,
        ));
        self.validations += 1;
        let due = self.validations.is_multiple_of(self.budget.sample_every.max(1));
        let Some(sampler) = self.sampler.as_ref().filter(|_| due) else { return };
        // A network that cannot be played yet goes on learning.
        match sampler.compose(v.update, weights) {
            Ok(path) => self.note(&format!("composed {}", path.display())),
            Err(error) => self.say(&format!("no sample of update {}: {error:#}", v.update)),
        }
    }
}
