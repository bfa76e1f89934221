//! The progress of a GAN's run.

use crate::checkpoint::Counters;
use crate::cli::display::Terminal;
use crate::gan::{Config, Observer, Progress, Validation};
use crate::train::{RunFolder, Stop, TrainError};

/// Shows a run.
pub struct Display(Terminal);

impl Display {
    /// Shows a run of this configuration.
    ///
    /// # Errors
    /// When the log cannot be opened.
    pub fn new(config: &Config, folder: &RunFolder) -> Result<Self, TrainError> {
        Terminal::new(&config.budget, folder).map(Self)
    }

    /// Takes the bar away and notes down how it ended.
    pub fn finish(&mut self, stop: &Result<Stop, TrainError>, done: &Counters) {
        self.0.finish(stop, done);
    }
}

impl Observer for Display {
    fn update(&mut self, p: &Progress) {
        let smooth = self.0.smooth(p.estimate);
        let told = format!(
            "update {} estimate {smooth:.3} penalty {:.3} score {:.3} apart {:.1}",
            p.update, p.penalty, p.score, p.apart
        );
        self.0.update(p, &told, &told);
    }

    fn validation(&mut self, v: &Validation) {
        let mark = if v.overlap >= v.best_overlap { " (best)" } else { "" };
        self.0.say(&format!(
            "update {} overlap {:.4}{mark}, estimate {:.3}, distinct {:.3}, empty {:.3}, notes {:.1}, \
             {:.0} s",
            v.update, v.overlap, v.mean_estimate, v.distinct, v.empty, v.notes, v.seconds,
        ));
    }

    fn restart(&mut self, update: u64, why: &str) {
        self.0.say(&format!(
            "update {update}: the generator has collapsed ({why}); it goes back to its best and on by \
             other chances"
        ));
    }
}
