//! A stereo chorus: one mono send, three moving taps.

use crate::dsp::math::{phase_step, sin_turns};
use crate::lanes::{GRID, LANES};
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
    fn segment<V: Simd>(&mut self, gone: usize, x: &[f32], left: &mut [f32], right: &mut [f32]) {
        let mask = self.ring.len() - 1;
        if x.iter().all(|v| *v == 0.0) {
            self.silent = self.silent.saturating_add(x.len());
        } else {
            self.silent = 0;
        }
        for (i, v) in x.iter().enumerate() {
            self.ring[(self.at + i) & mask] = *v;
        }
        if self.silent > self.ring.len() {
            left.fill(0.0);
            right.fill(0.0);
        } else {
            let sides = left.chunks_mut(LANES).zip(right.chunks_mut(LANES));
            for (i, (left, right)) in sides.enumerate() {
                let (k, at) = (gone + i * LANES, self.at + i * LANES);
                let one = self.hear::<V>(0, k, at);
                let two = self.hear::<V>(1, k, at);
                let three = self.hear::<V>(2, k, at);
                let (side, middle) = (V::splat(0.75), V::splat(0.45) * two);
                let mut eight = [0.0; LANES];
                (side * one + middle).store(&mut eight);
                left.copy_from_slice(&eight[..left.len()]);
                (middle + side * three).store(&mut eight);
                right.copy_from_slice(&eight[..right.len()]);
            }
        }
        self.at = (self.at + x.len()) & mask;
    }

    /// What a tap hears at frames `k` to `k + 7` of its stretch, the first of them at `at` in the ring.
    #[inline(always)]
    fn hear<V: Simd>(&self, tap: usize, k: usize, at: usize) -> V {
        let tap = Tap { place: self.taps[tap], step: self.moves[tap] };
        let first = tap.whole(k);
        let from = oldest(at, first) & (self.ring.len() - 1);
        let near = self.ring[from..].first_chunk::<{ LANES + 3 }>();
        match near {
            Some(near) if tap.whole(k + LANES - 1) == first => {
                let mut around = [V::splat(0.0); 4];
                for (samples, window) in around.iter_mut().zip(near.array_windows()) {
                    *samples = V::load(window);
                }
                tap.cubic(k, V::splat(first as f32), around)
            }
            _ => self.hear_apart(tap, k, at),
        }
    }

    /// As [`Chorus::hear`], where the ring's end or a whole frame of delay parts the eight frames.
    #[inline(always)]
    fn hear_apart<V: Simd>(&self, tap: Tap, k: usize, at: usize) -> V {
        let (mut whole, mut samples) = ([0.0; LANES], [[0.0; LANES]; 4]);
        for i in 0..LANES {
            let delay = tap.whole(k + i);
            whole[i] = delay as f32;
            for (j, samples) in samples.iter_mut().enumerate() {
                let at = oldest(at + i, delay).wrapping_add(j);
                samples[i] = self.ring[at & (self.ring.len() - 1)];
            }
        }
        let [d, c, b, a] = &samples;
        tap.cubic(k, V::load(&whole), [V::load(d), V::load(c), V::load(b), V::load(a)])
    }
}

/// Where the first of the four samples around a delay lies, for frame `at`.
#[inline(always)]
fn oldest(at: usize, whole: i32) -> usize {
    at.wrapping_sub(whole as usize).wrapping_sub(2)
}

/// A tap that moves evenly: its delay at frame 0 of a stretch, and by how much it grows per frame.
#[derive(Clone, Copy)]
struct Tap {
    place: f32,
    step: f32,
}

impl Tap {
    /// Whole frames of its delay at frame `k`.
    #[inline(always)]
    fn whole(self, k: usize) -> i32 {
        (self.place + self.step * k as f32) as i32
    }

    /// Eight frames from frame `k` on, of the samples around their places, from old to new. Cubic
    /// between samples: a straight line would dull the highest partials in step with the movement,
    /// which is heard as noise around them.
    #[inline(always)]
    fn cubic<V: Simd>(self, k: usize, whole: V, [d, c, b, a]: [V; 4]) -> V {
        const ORDER: [f32; LANES] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        let frame = V::splat(k as f32) + V::load(&ORDER);
        let f = (V::splat(self.place) + V::splat(self.step) * frame) - whole;
        let (one, two, half) = (V::splat(1.0), V::splat(2.0), V::splat(0.5));
        let (e, g, h) = (f + one, f - one, f - two);
        let outer = f * g * (d * e - a * h);
        outer * V::splat(1.0 / 6.0) + half * e * (b * g * h - c * f * h)
    }
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
        self.chorus.segment::<V>(self.gone, self.x, self.left, self.right);
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
