//! A stereo chorus: one mono send, three moving taps.

use super::line::Line;
use crate::dsp::math::{phase_step, sin_turns};

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
    line: Line,
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
            line: Line::new(((CENTRE + SWING) * sample_rate) as usize + 4),
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
        self.line.reset();
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
        self.line.push(x);
        let [a, b, c] = self.taps.map(|t| self.line.tap(t));
        for (t, m) in self.taps.iter_mut().zip(self.moves) {
            *t += m;
        }
        [0.75 * a + 0.45 * b, 0.75 * c + 0.45 * b]
    }
}
