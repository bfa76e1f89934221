//! A stereo chorus: one mono send, three moving taps.

use crate::dsp::math::{phase_step, sin_turns};
use alloc::{vec, vec::Vec};

/// Delay of the taps in seconds, and how far they move to either side.
const CENTRE: f32 = 0.013;
const SWING: f32 = 0.0028;
/// Hz of the movement.
const RATE: f32 = 0.41;
/// Frames between two computed places of a tap; ramped between.
const STEP: u32 = 32;

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
    count: u32,
    sample_rate: f32,
}

impl Chorus {
    /// A silent chorus.
    pub(crate) fn new(sample_rate: f32) -> Self {
        let mut chorus = Self {
            ring: vec![0.0; (((CENTRE + SWING) * sample_rate) as usize + 4).next_power_of_two()],
            at: 0,
            phase: 0,
            step: phase_step(RATE, sample_rate),
            taps: [0.0; 3],
            moves: [0.0; 3],
            count: 0,
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
        self.taps = [0, 1, 2].map(|i| self.place(i));
        self.moves = [0.0; 3];
    }

    fn place(&self, tap: u32) -> f32 {
        let turns = self.phase as f32 * (1.0 / 4_294_967_296.0) + tap as f32 / 3.0;
        (CENTRE + SWING * sin_turns(turns)) * self.sample_rate
    }

    /// The next frame: left and right.
    #[inline]
    pub(crate) fn next(&mut self, x: f32) -> [f32; 2] {
        if self.count == 0 {
            self.count = STEP;
            self.phase = self.phase.wrapping_add(self.step.wrapping_mul(STEP));
            for i in 0..3 {
                self.moves[i] = (self.place(i as u32) - self.taps[i]) / STEP as f32;
            }
        }
        self.count -= 1;
        self.ring[self.at] = x;
        let [a, b, c] = self.taps.map(|t| self.tap(t));
        self.at = (self.at + 1) & (self.ring.len() - 1);
        for (t, m) in self.taps.iter_mut().zip(self.moves) {
            *t += m;
        }
        [0.75 * a + 0.45 * b, 0.75 * c + 0.45 * b]
    }

    /// The sample `delay` frames ago. Cubic between samples: a straight line would dull the
    /// highest partials in step with the movement, which is heard as noise around them.
    #[inline]
    fn tap(&self, delay: f32) -> f32 {
        let mask = self.ring.len() - 1;
        let whole = delay as usize;
        let f = delay - whole as f32;
        let from = self.at.wrapping_sub(whole);
        let [a, b, c, d] = [1, 0, usize::MAX, usize::MAX - 1]
            .map(|step: usize| self.ring[from.wrapping_add(step) & mask]);
        let (g, h) = (f - 1.0, f - 2.0);
        let outer = f * g * (d * (f + 1.0) - a * h);
        outer / 6.0 + 0.5 * (f + 1.0) * (b * g * h - c * f * h)
    }
}
