use std::f64::consts::{SQRT_2, TAU};
use std::time::{Duration, Instant};

use musigan_score::TICKS_PER_QUARTER;

use crate::audio::Stats;

/// How fast the first callbacks are believed, and the later ones, in Hz.
const BANDWIDTHS: [f64; 2] = [2.0, 0.2];

/// For how long the first ones are the first, in seconds.
const SETTLING: f64 = 2.0;

/// Further off than this, in seconds, is no jitter but another place.
const JUMP: f64 = 0.04;

/// Where something is at any instant that moves on steadily, out of callbacks that begin a little
/// early or late: a delay-locked loop of the second order (F. Adriaensen, *Using a DLL to filter
/// time*, Linux Audio Conference 2005). The music moves in ticks, JACK in frames.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeline {
    /// The callback that was seen last.
    turn: u64,
    since: Option<Instant>,
    when: Instant,
    position: f64,
    /// Ticks or frames a second as the tempo or the sample rate says.
    nominal: f64,
    /// A second of that, in seconds of this computer's clock: near 1.
    drift: f64,
}

impl Timeline {
    pub(super) fn new() -> Self {
        let when = Instant::now();
        Self { turn: 0, since: None, when, position: 0.0, nominal: 1.0, drift: 1.0 }
    }

    /// Takes note of the last callback, if it is a new one.
    pub(super) fn look(&mut self, stats: &Stats) {
        let tempo = stats.tempo.load(std::sync::atomic::Ordering::Relaxed);
        if let Some(passing) = stats.passing().filter(|passing| passing.turn != self.turn) {
            self.turn = passing.turn;
            let ticks = f64::from(TICKS_PER_QUARTER) * 1e6 / f64::from(tempo.max(1));
            self.observe(passing.when, passing.position, ticks);
        }
    }

    /// It was at `position`, and moves on by `nominal` a second from here on.
    pub(super) fn observe(&mut self, when: Instant, position: f64, nominal: f64) {
        let error = position - self.position(when);
        let passed = (when - self.when).as_secs_f64();
        (self.when, self.nominal) = (when, nominal);
        let Some(since) = self.since.filter(|_| error.abs() < JUMP * nominal) else {
            (self.since, self.position) = (Some(when), position);
            return;
        };
        let settling = (when - since).as_secs_f64() < SETTLING;
        let bandwidth = BANDWIDTHS[usize::from(!settling)];
        let omega = (TAU * bandwidth * passed).min(0.5);
        self.position = position - error + SQRT_2 * omega * error;
        if passed > 0.0 {
            self.drift += omega * omega * error / (nominal * passed);
            self.drift = self.drift.clamp(0.99, 1.01);
        }
    }

    /// Whether a callback has been seen.
    pub(super) fn is_known(&self) -> bool {
        self.since.is_some()
    }

    /// Where it is, in ticks or frames.
    pub(super) fn position(&self, when: Instant) -> f64 {
        self.position + seconds(self.when, when) * self.nominal * self.drift
    }

    /// When it is at `position`.
    pub(super) fn when(&self, position: f64) -> Instant {
        let seconds = (position - self.position) / (self.nominal * self.drift);
        // Beyond a day it does not matter when.
        let away = Duration::from_secs_f64(seconds.abs().min(86_400.0));
        if seconds < 0.0 {
            self.when.checked_sub(away).unwrap_or(self.when)
        } else {
            self.when + away
        }
    }
}

/// Seconds from one instant to another, which may be the earlier.
pub(super) fn seconds(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64()
        - from.saturating_duration_since(to).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use musigan_engine::rng::Rng;

    #[test]
    fn jitter_is_smoothed_and_a_fast_sound_card_followed() {
        let (start, mut rng) = (Instant::now(), Rng::new(1));
        let mut timeline = Timeline::new();
        let mut worst: f64 = 0.0;
        // 256 frames at 48 kHz, a sound card that is 80 millionths fast, up to 2 ms late.
        for callback in 0..20_000_u32 {
            let due = f64::from(callback) * 256.0 / 48_000.0 / 1.000_08;
            let late = 0.002 * f64::from(rng.unit());
            let position = f64::from(callback) * 256.0 / 48_000.0 * 48.0;
            timeline.observe(start + Duration::from_secs_f64(due + late), position, 48.0);
            if callback > 4000 {
                let when = timeline.when(position + 1.0);
                let true_when = due + 1.0 / 48.0 / 1.000_08;
                worst = worst.max((seconds(start, when) - true_when - 0.001).abs());
            }
        }
        assert!(worst < 0.000_3, "{worst} s");
    }
}
