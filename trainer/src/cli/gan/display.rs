//! A GAN's progress on the terminal, or as plain lines where there is none; and the run's log.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use crate::checkpoint::Counters;
use crate::gan::{Config, Observer, Progress, Validation};
use crate::train::{Budget, Log, RunFolder, Stop, TrainError};

/// Seconds between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(30);

/// Shows a run.
pub struct Display {
    bar: Option<ProgressBar>,
    budget: Budget,
    first: Option<Progress>,
    line_at: Instant,
    smooth: Option<f64>,
    log: Log,
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
        let budget = config.budget.clone();
        Ok(Self { bar, budget, first: None, line_at: Instant::now(), smooth: None, log })
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

    /// Seconds that the rest of the budget will take.
    fn left(&self, p: &Progress) -> f64 {
        let first = self.first.unwrap_or(*p);
        let (updates, seconds) = (p.update - first.update, p.seconds - first.seconds);
        let an_update = if updates > 0 { seconds / updates as f64 } else { f64::INFINITY };
        let by_updates = an_update * self.budget.updates.saturating_sub(p.update) as f64;
        let limit = 60.0 * self.budget.minutes;
        let by_minutes = if limit > 0.0 { (limit - p.seconds).max(0.0) } else { f64::INFINITY };
        by_updates.min(by_minutes)
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
        let smooth = self.smooth.map_or(p.estimate, |old| old + 0.05 * (p.estimate - old));
        self.smooth = Some(smooth);
        let left = self.left(p);
        let told = format!(
            "update {} estimate {smooth:.3} penalty {:.3} score {:.3} apart {:.1}",
            p.update, p.penalty, p.score, p.apart
        );
        match &self.bar {
            Some(bar) => {
                let share = if left.is_finite() { p.seconds / (p.seconds + left) } else { 0.0 };
                bar.set_position((1000.0 * share) as u64);
                let left = Duration::try_from_secs_f64(left).unwrap_or_default();
                bar.set_message(format!("{told} left {}", HumanDuration(left)));
            }
            None if self.line_at.elapsed() >= LINE_EVERY => {
                println!("{told} seconds_left {left:.0}");
                self.line_at = Instant::now();
            }
            None => {}
        }
    }

    fn validation(&mut self, v: &Validation) {
        let mark = if v.overlap >= v.best_overlap { " (best)" } else { "" };
        self.say(&format!(
            "update {} overlap {:.4}{mark}, estimate {:.3}, distinct {:.3}, empty {:.3}, notes {:.1}, \
             {:.0} s",
            v.update, v.overlap, v.mean_estimate, v.distinct, v.empty, v.notes, v.seconds,
        ));
    }

    fn restart(&mut self, update: u64, why: &str) {
        self.say(&format!(
            "update {update}: the generator has collapsed ({why}); it goes back to its best and on by \
             other chances"
        ));
    }
}
