//! When a run ends, and what is due after an update.

use std::sync::atomic::{AtomicBool, Ordering};

use super::Budget;
use crate::checkpoint::Counters;

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

/// What is due after an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// A validation.
    pub validate: bool,
    /// A checkpoint: also after every validation.
    pub save: bool,
}

impl Budget {
    /// Why a run that has done so much ends, if it does; `interrupt` is somebody's wish.
    pub(crate) fn stop(&self, done: &Counters, interrupt: &AtomicBool) -> Option<Stop> {
        if interrupt.load(Ordering::Relaxed) {
            Some(Stop::Interrupted)
        } else if done.update >= self.updates {
            Some(Stop::Updates)
        } else if self.minutes > 0.0 && done.seconds >= 60.0 * self.minutes {
            Some(Stop::Minutes)
        } else if self.patience > 0 && done.stale >= self.patience {
            Some(Stop::Patience)
        } else {
            None
        }
    }

    /// Updates from here to the next after which something is due.
    pub(crate) fn until_due(&self, update: u64) -> u64 {
        let left = |every: u64| update.checked_rem(every).map_or(u64::MAX, |rest| every - rest);
        left(self.validate_every).min(left(self.save_every))
    }

    /// What is due after so many updates.
    pub(crate) fn due(&self, update: u64) -> Due {
        let due = |every: u64| every > 0 && update.is_multiple_of(every);
        let validate = due(self.validate_every);
        Due { validate, save: validate || due(self.save_every) }
    }
}
