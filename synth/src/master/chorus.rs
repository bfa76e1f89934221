//! A stereo chorus: one mono send, three moving taps.

use crate::dsp::math::{phase_step, sin_turns};
use crate::lanes::GRID;
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
}

impl Chorus {
    /// A silent chorus.
    pub(crate) fn new(sample_rate: f32) -> Self {
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
            self.count -= end - at;
            self.segment(&x[at..end], &mut left[at..end], &mut right[at..end]);
            at = end;
        }
    }

    /// Gives the taps their next places.
    fn turn(&mut self) {
        self.count = STEP;
        self.phase = self.phase.wrapping_add(self.step.wrapping_mul(STEP as u32));
        for i in 0..3 {
            self.moves[i] = (self.place(i as u32) - self.taps[i]) / STEP as f32;
        }
    }

    fn segment(&mut self, x: &[f32], left: &mut [f32], right: &mut [f32]) {
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
        for (i, (tap, step)) in self.taps.iter_mut().zip(self.moves).enumerate() {
            if self.silent > self.ring.len() {
                *tap += step * x.len() as f32;
                continue;
            }
            let (l, r) = [(0.75, 0.0), (0.45, 0.45), (0.0, 0.75)][i];
            for (k, (left, right)) in left.iter_mut().zip(right.iter_mut()).enumerate() {
                let y = cubic(&self.ring, mask, self.at + k, *tap);
                *left += l * y;
                *right += r * y;
                *tap += step;
            }
        }
        self.at = (self.at + x.len()) & mask;
    }
}

/// The sample `delay` frames before `at`. Cubic between samples: a straight line would dull the
/// highest partials in step with the movement, which is heard as noise around them.
#[inline(always)]
fn cubic(ring: &[f32], mask: usize, at: usize, delay: f32) -> f32 {
    let whole = delay as i32;
    let f = delay - whole as f32;
    let from = at.wrapping_sub(whole as usize);
    let a = ring[from.wrapping_add(1) & mask];
    let b = ring[from & mask];
    let c = ring[from.wrapping_sub(1) & mask];
    let d = ring[from.wrapping_sub(2) & mask];
    let (g, h) = (f - 1.0, f - 2.0);
    let outer = f * g * (d * (f + 1.0) - a * h);
    outer * (1.0 / 6.0) + 0.5 * (f + 1.0) * (b * g * h - c * f * h)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(block: usize) -> [Vec<f32>; 2] {
        let mut chorus = Chorus::new(48_000.0);
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
                assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4), "{block}");
            }
        }
    }
}
