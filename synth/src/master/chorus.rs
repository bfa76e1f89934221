//! A stereo chorus: one mono send, three moving taps.

use crate::dsp::math::{phase_step, sin_turns};
use crate::lanes::GRID;
use crate::simd::{Kernels, Operation, Simd};
use alloc::{vec, vec::Vec};

/// Delay of the taps in seconds, and how far they move to either side.
const CENTRE: f32 = 0.013;
const SWING: f32 = 0.0028;
/// Hz of the movement.
const RATE: f32 = 0.41;
/// Frames between two computed places of a tap; ramped between.
const STEP: usize = 32;

/// The chorus.
#[derive(Clone, Debug)]
pub(crate) struct Chorus {
    /// The past, a power of two long.
    ring: Vec<f32>,
    at: usize,
    phase: u32,
    step: u32,
    taps: [f32; 3],
    moves: [f32; 3],
    count: usize,
    /// Frames of silence that came in; a whole ring of it comes out as silence.
    silent: usize,
    sample_rate: f32,
    kernels: Kernels,
}

impl Chorus {
    /// A silent chorus.
    pub(crate) fn new(sample_rate: f32, kernels: Kernels) -> Self {
        let longest = ((CENTRE + SWING) * sample_rate) as usize + GRID + 4;
        let mut chorus = Self {
            ring: vec![0.0; longest.next_power_of_two()],
            at: 0,
            phase: 0,
            step: phase_step(RATE, sample_rate),
            taps: [0.0; 3],
            moves: [0.0; 3],
            count: 0,
            silent: 0,
            sample_rate,
            kernels,
        };
        chorus.reset();
        chorus
    }

    /// As new.
    pub(crate) fn reset(&mut self) {
        self.ring.fill(0.0);
        self.at = 0;
        self.phase = 0;
        self.count = 0;
        self.silent = self.ring.len();
        self.taps = [0, 1, 2].map(|i| self.place(i));
        self.moves = [0.0; 3];
    }

    fn place(&self, tap: u32) -> f32 {
        let turns = self.phase as f32 * (1.0 / 4_294_967_296.0) + tap as f32 / 3.0;
        (CENTRE + SWING * sin_turns(turns)) * self.sample_rate
    }

    /// The next frames, at most 64: from `x` to `left` and `right`.
    pub(crate) fn process(&mut self, x: &[f32], left: &mut [f32], right: &mut [f32]) {
        let n = x.len().min(GRID).min(left.len()).min(right.len());
        let mut at = 0;
        while at < n {
            if self.count == 0 {
                self.turn();
            }
            let end = n.min(at + self.count);
            let gone = STEP - self.count;
            self.count -= end - at;
            self.kernels.dispatch(Segment {
                chorus: self,
                gone,
                x: &x[at..end],
                left: &mut left[at..end],
                right: &mut right[at..end],
            });
            at = end;
        }
    }

    /// Gives the taps their next places.
    fn turn(&mut self) {
        self.count = STEP;
        self.taps = [0, 1, 2].map(|i| self.place(i));
        self.phase = self.phase.wrapping_add(self.step.wrapping_mul(STEP as u32));
        for i in 0..3 {
            self.moves[i] = (self.place(i as u32) - self.taps[i]) / STEP as f32;
        }
    }

    /// Frames of a stretch of which `gone` have passed.
    #[inline(always)]
    fn segment(&mut self, gone: usize, x: &[f32], left: &mut [f32], right: &mut [f32]) {
        let mask = self.ring.len() - 1;
        if x.iter().all(|v| *v == 0.0) {
            self.silent = self.silent.saturating_add(x.len());
        } else {
            self.silent = 0;
        }
        for (i, v) in x.iter().enumerate() {
            self.ring[(self.at + i) & mask] = *v;
        }
        left.fill(0.0);
        right.fill(0.0);
        let heard = self.silent <= self.ring.len();
        for i in (0..3).filter(|_| heard) {
            let tap = Tap { place: self.taps[i], step: self.moves[i] };
            let gains = [(0.75, 0.0), (0.45, 0.45), (0.0, 0.75)][i];
            let mut k = 0;
            while k < x.len() {
                let n = tap.steady(gone + k, x.len() - k);
                let from = (self.at + k).wrapping_sub(tap.whole(gone + k)).wrapping_sub(2);
                let mut window = [0.0; STEP + 3];
                let window = &mut window[..n + 3];
                copy(&self.ring, from & mask, window);
                let sides = (&mut left[k..k + n], &mut right[k..k + n]);
                tap.add(gone + k, window, gains, sides);
                k += n;
            }
        }
        self.at = (self.at + x.len()) & mask;
    }
}

/// A tap on its way through a stretch: from `place` on, evenly.
#[derive(Clone, Copy)]
struct Tap {
    place: f32,
    step: f32,
}

impl Tap {
    /// Whole frames of its delay at frame `k`.
    #[inline(always)]
    fn whole(self, k: usize) -> usize {
        (self.place + self.step * k as f32) as i32 as usize
    }

    /// The frames from `k` on, at most `most` and at least one, over which it stays between the same
    /// samples.
    #[inline(always)]
    fn steady(self, k: usize, most: usize) -> usize {
        let whole = self.whole(k);
        if self.whole(k + most - 1) == whole {
            return most;
        }
        (1..most).take_while(|&i| self.whole(k + i) == whole).count() + 1
    }

    /// Adds what it hears in `window` from frame `k` on. Cubic between samples: a straight line would
    /// dull the highest partials in step with the movement, which is heard as noise around them.
    #[inline(always)]
    fn add(self, k: usize, window: &[f32], gains: (f32, f32), sides: (&mut [f32], &mut [f32])) {
        let n = sides.0.len();
        let whole = self.whole(k) as f32;
        let [d, c, b, a] = [0, 1, 2, 3].map(|i| &window[i..i + n]);
        let (left, right) = (&mut sides.0[..n], &mut sides.1[..n]);
        for i in 0..n {
            let f = (self.place + self.step * (k + i) as f32) - whole;
            let (g, h) = (f - 1.0, f - 2.0);
            let outer = f * g * (d[i] * (f + 1.0) - a[i] * h);
            let y = outer * (1.0 / 6.0) + 0.5 * (f + 1.0) * (b[i] * g * h - c[i] * f * h);
            left[i] += gains.0 * y;
            right[i] += gains.1 * y;
        }
    }
}

/// Copies `out.len()` samples of the ring from `from` on.
#[inline(always)]
fn copy(ring: &[f32], from: usize, out: &mut [f32]) {
    let first = out.len().min(ring.len() - from);
    let (head, tail) = out.split_at_mut(first);
    head.copy_from_slice(&ring[from..from + first]);
    tail.copy_from_slice(&ring[..tail.len()]);
}

/// A stretch in which the taps move evenly.
struct Segment<'a> {
    chorus: &'a mut Chorus,
    gone: usize,
    x: &'a [f32],
    left: &'a mut [f32],
    right: &'a mut [f32],
}

impl Operation for Segment<'_> {
    #[inline(always)]
    fn run<V: Simd>(self) {
        self.chorus.segment(self.gone, self.x, self.left, self.right);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(block: usize) -> [Vec<f32>; 2] {
        let mut chorus = Chorus::new(48_000.0, Kernels::detect());
        let x: Vec<f32> =
            (0..9_600).map(|i| libm::sinf(i as f32 * 0.3) * f32::from(i < 4_800)).collect();
        let (mut left, mut right) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        let outs = left.chunks_mut(block).zip(right.chunks_mut(block));
        x.chunks(block).zip(outs).for_each(|(x, (l, r))| chorus.process(x, l, r));
        [left, right]
    }

    #[test]
    fn blocks_do_not_matter() {
        let whole = play(64);
        assert!(whole[0][2_000] != whole[1][2_000]);
        assert!(whole[0][6_000..].iter().all(|y| *y == 0.0), "silence comes out as silence");
        for block in [1, 17, 40] {
            let parts = play(block);
            for (a, b) in whole.iter().zip(&parts) {
                assert!(a == b, "{block}");
            }
        }
    }
}
