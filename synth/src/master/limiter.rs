//! A limiter without latency: a key sounds in the frame in which it is struck.
//!
//! The gain falls at once to what the present frame allows and rises again slowly, so a peak is
//! rounded once, on its way up, and not distorted further. Peaks between the samples are
//! estimated half-way between neighbours, and the ceiling leaves room for what is missed.

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

    /// Limits one frame.
    #[inline]
    pub(crate) fn next(&mut self, frame: [f32; 2]) -> [f32; 2] {
        let mut peak = 0.0_f32;
        for (p, &x) in self.past.iter_mut().zip(&frame) {
            let between = 0.5625 * (p[1] + p[2]) - 0.0625 * (p[0] + x);
            peak = peak.max(x.abs()).max(between.abs());
            *p = [p[1], p[2], x];
        }
        let target = if peak <= KNEE { 1.0 } else { curve(peak) / peak };
        if target < self.gain {
            self.gain = target;
        } else {
            self.gain += self.recover * (target - self.gain);
        }
        frame.map(|x| (x * self.gain).clamp(-CEILING, CEILING))
    }
}

/// Where a peak above the knee ends up: smooth at the knee, never above the ceiling.
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
        assert_eq!(limiter.next([0.3, -0.5]), [0.3, -0.5]);
        for i in 0..48_000 {
            let x = 4.0 * libm::sinf(i as f32 * 0.05);
            let [l, r] = limiter.next([x, -x]);
            assert!(l.abs() <= CEILING && r == -l);
        }
        for _ in 0..48_000 {
            limiter.next([0.0, 0.0]);
        }
        let [l, _] = limiter.next([0.5, 0.0]);
        assert!((l - 0.5).abs() < 1e-3, "the gain comes back");
    }
}
