//! Progress on the terminal, or as plain lines where there is none.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use crate::train::{Budget, Observer, Progress, Validation};

/// Seconds between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(30);

/// Shows a run.
pub struct Display {
    bar: Option<ProgressBar>,
    budget: Budget,
    first: Option<Progress>,
    line_at: Instant,
    smooth: Option<f64>,
}

impl Display {
    /// A bar where standard error is a terminal, else plain lines.
    pub fn new(budget: &Budget) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(1000);
            let style = ProgressStyle::with_template("{wide_bar} {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        let line_at = Instant::now();
        Self { bar, budget: budget.clone(), first: None, line_at, smooth: None }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
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

    fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => println!("{line}"),
        }
    }
}

impl Observer for Display {
    fn update(&mut self, p: &Progress) {
        self.first.get_or_insert(*p);
        let smooth = self.smooth.map_or(p.loss, |old| old + 0.05 * (p.loss - old));
        self.smooth = Some(smooth);
        let (share, left) = self.done(p);
        let line = format!(
            "update {} epoch {} loss {smooth:.4} {:.0} tokens/s left {}",
            p.update,
            p.epoch,
            p.tokens_per_second,
            HumanDuration(left),
        );
        match &self.bar {
            Some(bar) => {
                bar.set_position((1000.0 * share) as u64);
                bar.set_message(line);
            }
            None if self.line_at.elapsed() >= LINE_EVERY => {
                println!("{line}");
                self.line_at = Instant::now();
            }
            None => {}
        }
    }

    fn validation(&mut self, v: &Validation) {
        let mark = if v.valid_loss <= v.best_loss { " (best)" } else { "" };
        self.say(&format!(
            "update {} epoch {} validation {:.4} nats per token{mark}, training {:.4}, {:.0} s",
            v.update, v.epoch, v.valid_loss, v.train_loss, v.seconds,
        ));
    }
}
