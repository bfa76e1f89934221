//! A limiter without latency: a key sounds in the frame in which it is struck.
//!
//! The gain falls at once to what the present frame allows and rises again slowly, so a peak is
//! rounded once, on its way up, and not distorted further. Peaks between the samples are
//! estimated half-way between neighbours, and the ceiling leaves room for what is missed.

use crate::lanes::GRID;

/// Ceiling for samples: −2.9 dBFS.
const CEILING: f32 = 0.72;
/// From here on the gain is reduced, gently at first.
const KNEE: f32 = 0.57;
/// Seconds in which the gain recovers by 63 %.
const RELEASE: f32 = 0.12;

/// The limiter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limiter {
    gain: f32,
    recover: f32,
    /// The last three frames of each channel.
    past: [[f32; 3]; 2],
}

impl Limiter {
    /// A limiter at rest.
    pub(crate) fn new(sample_rate: f32) -> Self {
        let recover = 1.0 - libm::expf(-1.0 / (RELEASE * sample_rate));
        Self { gain: 1.0, recover, past: [[0.0; 3]; 2] }
    }

    /// As new.
    pub(crate) fn reset(&mut self) {
        self.gain = 1.0;
        self.past = [[0.0; 3]; 2];
    }

    /// Limits the next frames in place, at most 64.
    #[inline(always)]
    pub(crate) fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let mut peaks = [0.0_f32; GRID];
        let n = left.len().min(right.len()).min(GRID);
        let peaks = &mut peaks[..n];
        for (past, side) in self.past.iter_mut().zip([&*left, &*right]) {
            // The past, then the present: windows of four end at each frame.
            let mut line = [0.0; GRID + 3];
            line[..3].copy_from_slice(past);
            line[3..n + 3].copy_from_slice(&side[..n]);
            for (peak, w) in peaks.iter_mut().zip(line.array_windows::<4>()) {
                let between = 0.5625 * (w[1] + w[2]) - 0.0625 * (w[0] + w[3]);
                *peak = peak.max(w[3].abs()).max(between.abs());
            }
            past.copy_from_slice(&line[n..n + 3]);
        }
        if self.gain == 1.0 && peaks.iter().all(|p| *p <= KNEE) {
            return;
        }
        // What each frame allows, then the gain's way, then its work: only the way is a chain.
        for peak in &mut *peaks {
            *peak = if *peak <= KNEE { 1.0 } else { curve(*peak) / *peak };
        }
        for target in &mut *peaks {
            let risen = self.gain + self.recover * (*target - self.gain);
            self.gain = if *target < self.gain { *target } else { risen };
            *target = self.gain;
        }
        for side in [left, right] {
            for (y, gain) in side.iter_mut().zip(&*peaks) {
                *y = (*y * gain).clamp(-CEILING, CEILING);
            }
        }
        if self.gain > 0.999_999 {
            self.gain = 1.0;
        }
    }
}

/// Where a peak above the knee ends up: smooth at the knee, never above the ceiling.
#[inline(always)]
fn curve(peak: f32) -> f32 {
    let room = CEILING - KNEE;
    let over = (peak - KNEE) / room;
    KNEE + room * over / (1.0 + over)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_leaves_the_quiet_alone_and_holds_the_loud() {
        let mut limiter = Limiter::new(48_000.0);
        let one = |limiter: &mut Limiter, l: f32, r: f32| {
            let (mut l, mut r) = ([l], [r]);
            limiter.process(&mut l, &mut r);
            [l[0], r[0]]
        };
        assert_eq!(one(&mut limiter, 0.3, -0.5), [0.3, -0.5]);
        for i in 0..48_000 {
            let x = 4.0 * libm::sinf(i as f32 * 0.05);
            let [l, r] = one(&mut limiter, x, -x);
            assert!(l.abs() <= CEILING && r == -l);
        }
        for _ in 0..48_000 {
            one(&mut limiter, 0.0, 0.0);
        }
        let [l, _] = one(&mut limiter, 0.5, 0.0);
        assert!((l - 0.5).abs() < 1e-3, "the gain comes back");
    }
}
