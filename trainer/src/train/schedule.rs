//! The learning rate over the updates.

use serde::{Deserialize, Serialize};

use super::TrainError;
use super::config::setting;
use crate::checkpoint::Counters;

/// A factor on the highest learning rate that depends on nothing but the number of the update and,
/// on a plateau, on counters of the checkpoint, so that a resumed run continues on the same curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Updates over which the rate rises linearly from 0.
    pub warmup: u64,
    /// Update at which the cosine arrives at `floor`; 0 = the rate stays high after the warm-up.
    pub cosine_until: u64,
    /// Share of the highest rate that is left in the end.
    pub floor: f64,
    /// Validations without a new best after which the rate is halved, each time; 0 = never.
    #[serde(default)]
    pub plateau: u64,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { warmup: 100, cosine_until: 0, floor: 0.02, plateau: 0 }
    }
}

impl Schedule {
    /// Checks that the end is lower than the height.
    pub(crate) fn check(&self) -> Result<(), TrainError> {
        match (0.0..=1.0).contains(&self.floor) {
            true => Ok(()),
            false => Err(setting("floor", self.floor, "0 to 1")),
        }
    }

    /// Counts a validation that found this loss: whether it is the lowest yet, for how long none was,
    /// and whether the rate is halved.
    pub(crate) fn judge(&self, counters: &mut Counters, loss: f64) -> bool {
        let better = counters.best_loss.is_none_or(|best| loss < best);
        if better {
            counters.best_loss = Some(loss);
        }
        counters.stale = if better { 0 } else { counters.stale + 1 };
        counters.halvings += u32::from(self.halves(counters.stale));
        better
    }

    /// Whether the rate is halved after so many validations without a new best.
    pub fn halves(&self, stale: u64) -> bool {
        self.plateau > 0 && stale > 0 && stale.is_multiple_of(self.plateau)
    }

    /// The factor for update `t`, counted from 1, after so many halvings; in (0, 1].
    pub fn factor(&self, t: u64, halvings: u32) -> f64 {
        (self.curve(t) * 0.5f64.powi(halvings.min(100) as i32)).max(f64::MIN_POSITIVE)
    }

    fn curve(&self, t: u64) -> f64 {
        if t < self.warmup {
            return t as f64 / self.warmup as f64;
        }
        if self.cosine_until <= self.warmup {
            return 1.0;
        }
        let done = (t - self.warmup) as f64 / (self.cosine_until - self.warmup) as f64;
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * done.min(1.0)).cos());
        self.floor + (1.0 - self.floor) * cosine
    }
}

#[cfg(test)]
mod tests {
    use super::{Counters, Schedule};

    #[test]
    fn rises_then_falls_to_the_floor_and_stays() {
        let s = Schedule { warmup: 10, cosine_until: 110, floor: 0.1, plateau: 0 };
        assert_eq!(s.factor(5, 0), 0.5);
        assert_eq!(s.factor(10, 0), 1.0);
        assert!((s.factor(60, 0) - 0.55).abs() < 1e-12);
        assert!((s.factor(110, 0) - 0.1).abs() < 1e-12);
        assert!((s.factor(1000, 0) - 0.1).abs() < 1e-12);
        assert_eq!(Schedule { cosine_until: 0, ..s }.factor(1000, 0), 1.0);
    }

    #[test]
    fn a_plateau_halves_the_rate_each_time() {
        let s = Schedule { warmup: 0, plateau: 3, ..Schedule::default() };
        let halved: Vec<u64> = (0..10).filter(|&stale| s.halves(stale)).collect();
        assert_eq!(halved, [3, 6, 9]);
        assert_eq!(s.factor(50, 2), 0.25);
        assert!(s.factor(50, u32::MAX) > 0.0);
        assert!(!Schedule::default().halves(3));
        let mut counters = Counters::default();
        let judged = [3.0, 2.0, 2.5, 2.0, 2.1, 1.0].map(|loss| s.judge(&mut counters, loss));
        assert_eq!(judged, [true, true, false, false, false, true]);
        assert_eq!((counters.best_loss, counters.stale, counters.halvings), (Some(1.0), 0, 1));
    }
}
