//! A value that dies away, eight frames at a time.

use crate::lanes::LANES;
use crate::simd::Simd;

/// A value that falls by the same factor from frame to frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fall {
    now: f32,
    /// The factors over 0 to 7 frames, and over eight.
    lanes: [f32; LANES],
    eight: f32,
}

impl Fall {
    pub(super) fn new(now: f32, shrink: f32) -> Self {
        let mut lanes = [1.0; LANES];
        for i in 1..LANES {
            lanes[i] = lanes[i - 1] * shrink;
        }
        Self { now, lanes, eight: lanes[LANES - 1] * shrink }
    }

    #[inline(always)]
    pub(super) fn now(&self) -> f32 {
        self.now
    }

    /// The next eight values.
    #[inline(always)]
    pub(super) fn next<V: Simd>(&mut self) -> V {
        let now = V::splat(self.now);
        self.skip();
        now * V::load(&self.lanes)
    }

    /// Moves on by eight frames.
    #[inline(always)]
    pub(super) fn skip(&mut self) {
        self.now *= self.eight;
    }

    /// Moves on by one frame.
    pub(super) fn step(&mut self) {
        self.now *= self.lanes[1];
    }

    /// What is smaller than `floor` is over, before it becomes denormal and slow.
    #[inline(always)]
    pub(super) fn flush(&mut self, floor: f32) {
        if self.now.abs() < floor {
            self.now = 0.0;
        }
    }

    #[inline(always)]
    pub(super) fn is_over(&self) -> bool {
        self.now == 0.0
    }
}
