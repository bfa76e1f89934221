//! A bank of decaying partials: bars, bells, the piano's strings.
//!
//! Each partial is a two-pole resonance that rings by itself. Eight consecutive frames lie side
//! by side in a vector, and one recurrence, `y[n+8] = k1·y[n] − k2·y[n−8]`, moves all of them:
//! three operations for eight frames of a partial, whatever the number of partials.

use super::Eights;
use crate::dsp::math::decay;
use crate::lanes::{F8, GRID, LANES, splat};

/// Most partials of one voice.
pub(crate) const MAX_PARTIALS: usize = 64;

/// Below this amplitude (−94 dB under a strong partial) a partial is no longer computed.
const FLOOR: f32 = 2e-5;

/// Near a double pole the recurrence is ill-conditioned; partials (all above 2.9 kHz there) are
/// moved off by this much: 0.8 Hz at 48 kHz, less than half a cent.
const LEAST_SINE: f64 = 0.000_8;

/// One partial at its beginning.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Partial {
    /// Hz.
    pub(crate) hz: f32,
    /// Amplitude.
    pub(crate) level: f32,
    /// Seconds to −60 dB.
    pub(crate) t60: f32,
}

#[derive(Clone, Copy, Debug)]
struct Ring {
    now: F8,
    last: F8,
    k1: f32,
    k2: f32,
}

/// The partials of one voice.
#[derive(Clone, Debug)]
pub(crate) struct Modal {
    rings: [Ring; MAX_PARTIALS],
    /// Per ring: the frame of its end, Hz at the unbent pitch, decay of amplitude per frame.
    ends: [u64; MAX_PARTIALS],
    hz: [f32; MAX_PARTIALS],
    shrink: [f32; MAX_PARTIALS],
    count: usize,
    age: u64,
    bend: f32,
    sample_rate: f32,
    eights: Eights,
}

impl Modal {
    /// An empty bank.
    pub(crate) fn new(sample_rate: f32) -> Self {
        let ring = Ring { now: splat(0.0), last: splat(0.0), k1: 0.0, k2: 0.0 };
        Self {
            rings: [ring; MAX_PARTIALS],
            ends: [0; MAX_PARTIALS],
            hz: [0.0; MAX_PARTIALS],
            shrink: [0.0; MAX_PARTIALS],
            count: 0,
            age: 0,
            bend: 1.0,
            sample_rate,
            eights: Eights::new(),
        }
    }

    /// Strikes these partials, each from its zero crossing; those too high, too weak or beyond
    /// [`MAX_PARTIALS`] are left out. `bend` multiplies all frequencies.
    pub(crate) fn strike(&mut self, partials: impl Iterator<Item = Partial>, bend: f32) {
        self.count = 0;
        self.age = 0;
        self.bend = bend;
        self.eights = Eights::new();
        for p in partials {
            if self.count == MAX_PARTIALS {
                break;
            }
            let frames =
                p.t60 * self.sample_rate * libm::log10f((p.level.abs() / FLOOR).max(1.0)) / 3.0;
            if frames < 16.0 || p.hz * bend > 0.46 * self.sample_rate {
                continue;
            }
            let i = self.count;
            self.hz[i] = p.hz;
            self.shrink[i] = decay(1.0 / self.sample_rate, p.t60);
            self.ends[i] = frames as u64;
            self.rings[i] = ring(p.hz * bend / self.sample_rate, self.shrink[i], 0.0, p.level);
            self.count += 1;
        }
    }

    /// Whether every partial has died away.
    pub(crate) fn is_done(&self) -> bool {
        self.count == 0
    }

    /// Multiplies all frequencies by `bend` from here on.
    pub(crate) fn tune(&mut self, bend: f32) {
        if (bend - self.bend).abs() < 1e-5 {
            return;
        }
        for i in 0..self.count {
            let r = &self.rings[i];
            let before = turns(self.hz[i] * self.bend / self.sample_rate);
            // Amplitude and phase from two points eight frames apart.
            let (s, c) = libm::sincos(before * 8.0 * core::f64::consts::TAU);
            let shrink8 = f64::from(libm::powf(self.shrink[i], 8.0));
            let y = f64::from(r.now.as_array()[0]);
            let x = (y * c - f64::from(r.last.as_array()[0]) * shrink8) / s;
            let level = libm::sqrt(x * x + y * y) as f32;
            let phase = libm::atan2(y, x) / core::f64::consts::TAU;
            self.rings[i] =
                ring(self.hz[i] * bend / self.sample_rate, self.shrink[i], phase, level);
        }
        self.bend = bend;
    }

    /// Renders the next frames.
    pub(crate) fn render(&mut self, out: &mut [f32]) {
        debug_assert!(out.len() <= GRID);
        let done = self.eights.drain(out);
        let out = &mut out[done..];
        let steps = out.len().div_ceil(LANES);
        if steps == 0 {
            return;
        }
        let mut sum = [splat(0.0); GRID / LANES];
        let sum = &mut sum[..steps];
        let (pairs, odd) = self.rings[..self.count].as_chunks_mut::<2>();
        for pair in pairs {
            advance(pair, sum);
        }
        if let [r] = odd {
            advance(core::array::from_mut(r), sum);
        }
        let mut frames = out.chunks_exact_mut(LANES);
        let mut sums = sum.iter();
        for (frame, s) in frames.by_ref().zip(sums.by_ref()) {
            frame.copy_from_slice(s.as_array());
        }
        let rest = frames.into_remainder();
        if let (false, Some(s)) = (rest.is_empty(), sums.next()) {
            self.eights.split(*s.as_array(), rest);
        }
        self.age += (steps * LANES) as u64;
        self.cull();
    }

    fn cull(&mut self) {
        let mut i = 0;
        while i < self.count {
            if self.ends[i] <= self.age {
                self.count -= 1;
                let j = self.count;
                self.rings[i] = self.rings[j];
                self.ends[i] = self.ends[j];
                self.hz[i] = self.hz[j];
                self.shrink[i] = self.shrink[j];
            } else {
                i += 1;
            }
        }
    }
}

/// Moves `N` rings on, side by side: one pass over the sums for all of them.
#[inline(always)]
fn advance<const N: usize>(rings: &mut [Ring; N], sum: &mut [F8]) {
    let mut r = *rings;
    let k1 = r.map(|r| splat(r.k1));
    let k2 = r.map(|r| splat(r.k2));
    let mut steps = sum.chunks_exact_mut(2);
    for two in steps.by_ref() {
        // Two steps at once: `now` and `last` change places instead of moving.
        let mut first = two[0];
        let mut second = two[1];
        for i in 0..N {
            first += r[i].now;
            r[i].last = k1[i] * r[i].now - k2[i] * r[i].last;
            second += r[i].last;
            r[i].now = k1[i] * r[i].last - k2[i] * r[i].now;
        }
        two[0] = first;
        two[1] = second;
    }
    if let [s] = steps.into_remainder() {
        for i in 0..N {
            *s += r[i].now;
            let next = k1[i] * r[i].now - k2[i] * r[i].last;
            r[i].last = r[i].now;
            r[i].now = next;
        }
    }
    *rings = r;
}

/// A frequency in cycles per frame, moved off the double poles of the recurrence.
fn turns(f: f32) -> f64 {
    let f = f64::from(f);
    let half_cycles = f * 16.0;
    let nearest = libm::round(half_cycles);
    let off = half_cycles - nearest;
    if nearest >= 1.0 && libm::fabs(off) < LEAST_SINE {
        return (nearest + if off < 0.0 { -LEAST_SINE } else { LEAST_SINE }) / 16.0;
    }
    f
}

/// A ring of frequency `f` (cycles per frame) at `phase` turns past its zero crossing.
fn ring(f: f32, shrink: f32, phase: f64, level: f32) -> Ring {
    let f = turns(f);
    let shrink = f64::from(shrink);
    let (s, c) = libm::sincos(f * core::f64::consts::TAU);
    let (ps, pc) = libm::sincos(phase * core::f64::consts::TAU);
    let level = f64::from(level);
    let (mut re, mut im) = (level * pc, level * ps);
    let mut now = [0.0; LANES];
    let mut last = [0.0; LANES];
    for y in &mut now {
        *y = im as f32;
        (re, im) = (shrink * (re * c - im * s), shrink * (im * c + re * s));
    }
    (re, im) = (level * pc, level * ps);
    let grow = 1.0 / shrink;
    for y in last.iter_mut().rev() {
        (re, im) = (grow * (re * c + im * s), grow * (im * c - re * s));
        *y = im as f32;
    }
    let square = |x: f64| x * x;
    let shrink8 = square(square(square(shrink)));
    let cos8 = {
        let (mut x, mut y) = (c, s);
        for _ in 0..3 {
            (x, y) = (x * x - y * y, 2.0 * x * y);
        }
        x
    };
    Ring {
        now: F8::new(now),
        last: F8::new(last),
        k1: (2.0 * shrink8 * cos8) as f32,
        k2: (shrink8 * shrink8) as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f32 = 48_000.0;

    fn render(bank: &mut Modal, frames: usize, block: usize) -> alloc::vec::Vec<f32> {
        let mut out = alloc::vec![0.0; frames];
        out.chunks_mut(block).for_each(|b| bank.render(b));
        out
    }

    #[test]
    fn a_partial_is_a_decaying_sine() {
        for hz in [27.5_f32, 440.0, 2_999.99, 3_000.4, 5_999.0, 11_000.0] {
            let mut bank = Modal::new(RATE);
            bank.strike([Partial { hz, level: 0.5, t60: 2.0 }].into_iter(), 1.0);
            let out = render(&mut bank, 48_000, 64);
            let w = turns(hz / RATE) * core::f64::consts::TAU;
            for (n, y) in out.iter().enumerate().step_by(97) {
                let e = 0.5 * libm::pow(10.0, -1.5 * n as f64 / 48_000.0);
                let e = e * libm::sin(w * n as f64);
                // Next to a double pole the rounding of k1 moves the pitch by 0.01 Hz.
                let near = f64::from(hz % 3_000.0 - 1_500.0).abs() > 1_490.0;
                let most = if near { 0.012 } else { 2e-3 };
                assert!((f64::from(*y) - e).abs() < most, "{hz} Hz, frame {n}: {y} for {e}");
            }
        }
    }

    #[test]
    fn slices_do_not_matter() {
        let partials =
            (1..40).map(|n| Partial { hz: n as f32 * 111.3, level: 0.1, t60: 1.0 / n as f32 });
        let mut whole = Modal::new(RATE);
        whole.strike(partials.clone(), 1.0);
        let whole = render(&mut whole, 9_600, 64);
        for block in [1, 3, 17, 40] {
            let mut bank = Modal::new(RATE);
            bank.strike(partials.clone(), 1.0);
            let parts = render(&mut bank, 9_600, block);
            // A partial below the floor ends up to a block earlier or later.
            assert!(whole.iter().zip(&parts).all(|(a, b)| (a - b).abs() < 3.0 * FLOOR), "{block}");
        }
    }

    #[test]
    fn a_bend_does_not_click() {
        let mut bank = Modal::new(RATE);
        bank.strike([Partial { hz: 440.0, level: 0.5, t60: 20.0 }].into_iter(), 1.0);
        let mut out = render(&mut bank, 960, 64);
        for i in 0..40 {
            bank.tune(1.0 + i as f32 * 1e-3);
            out.extend(render(&mut bank, 64, 64));
        }
        let step = 0.5 * core::f32::consts::TAU * 440.0 * 1.04 / RATE;
        assert!(out.windows(2).all(|w| (w[1] - w[0]).abs() < step * 1.02));
    }
}
