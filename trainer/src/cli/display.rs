//! A run on the terminal, or as plain lines where there is none; and its log.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use crate::checkpoint::Counters;
use crate::cli::say::say;
use crate::train::{Budget, Log, Record, RunFolder, Stop, TrainError};

/// Seconds between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(30);

/// What the displays of all kinds of runs have.
pub struct Terminal {
    bar: Option<ProgressBar>,
    budget: Budget,
    /// Updates and seconds of the first update that was shown.
    first: Option<(u64, f64)>,
    line_at: Instant,
    smooth: Option<f64>,
    log: Log,
}

impl Terminal {
    /// A bar where standard error is a terminal, else plain lines of `name value` pairs.
    ///
    /// # Errors
    /// When the log cannot be opened.
    pub fn new(budget: &Budget, folder: &RunFolder) -> Result<Self, TrainError> {
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
        let (budget, line_at) = (budget.clone(), Instant::now());
        Ok(Self { bar, budget, first: None, line_at, smooth: None, log })
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

    /// A number that changes much from update to update, over the last twenty or so.
    pub fn smooth(&mut self, now: f64) -> f64 {
        let smooth = self.smooth.map_or(now, |old| old + 0.05 * (now - old));
        self.smooth = Some(smooth);
        smooth
    }

    /// Shows an update: in the bar, or every now and then as a line.
    pub fn update(&mut self, progress: &impl Record, bar_says: &str, line_says: &str) {
        let (share, left) = self.done(progress.update(), progress.seconds());
        match &self.bar {
            Some(bar) => {
                bar.set_position((1000.0 * share) as u64);
                bar.set_message(format!("{bar_says} left {}", HumanDuration(left)));
            }
            None if self.line_at.elapsed() >= LINE_EVERY => {
                say!("{line_says} seconds_left {:.0}", left.as_secs_f64());
                self.line_at = Instant::now();
            }
            None => {}
        }
    }

    /// Share of the budget that is used, and the time that the rest will take.
    fn done(&mut self, update: u64, seconds: f64) -> (f64, Duration) {
        let first = *self.first.get_or_insert((update, seconds));
        let (updates, took) = (update - first.0, seconds - first.1);
        let a_second = if took > 0.0 { updates as f64 / took } else { 0.0 };
        let left = self.budget.updates.saturating_sub(update) as f64;
        let by_updates = if a_second > 0.0 { left / a_second } else { f64::INFINITY };
        let limit = 60.0 * self.budget.minutes;
        let by_minutes = if limit > 0.0 { (limit - seconds).max(0.0) } else { f64::INFINITY };
        let left = by_updates.min(by_minutes);
        let share = if left.is_finite() { seconds / (seconds + left) } else { 0.0 };
        (share, Duration::try_from_secs_f64(left).unwrap_or_default())
    }

    /// Says a line that stays, and notes it down.
    pub fn say(&mut self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => say!("{line}"),
        }
        self.note(line);
    }

    /// A log that cannot be written is no reason to lose a run; checkpoints will tell.
    pub fn note(&mut self, line: &str) {
        if let Err(error) = self.log.line(line) {
            eprintln!("musigan-train: {error}");
        }
    }
}
