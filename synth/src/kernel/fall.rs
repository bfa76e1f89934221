//! A value that dies away, eight frames at a time.

use crate::lanes::LANES;
use crate::simd::Simd;

/// A value that falls by the same factor from frame to frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fall {
    /// The next eight values.
    lanes: [f32; LANES],
    /// The factors over one frame and over eight.
    one: f32,
    eight: f32,
}

impl Fall {
    pub(super) fn new(now: f32, shrink: f32) -> Self {
        let mut factors = [1.0; LANES];
        for i in 1..LANES {
            factors[i] = factors[i - 1] * shrink;
        }
        Self {
            lanes: factors.map(|factor| now * factor),
            one: shrink,
            eight: factors[LANES - 1] * shrink,
        }
    }

    #[inline(always)]
    pub(super) fn now(&self) -> f32 {
        self.lanes[0]
    }

    /// The next eight values.
    #[inline(always)]
    pub(super) fn next<V: Simd>(&mut self) -> V {
        let mut falling = self.falling::<V>();
        let now = falling.next();
        self.keep(falling);
        now
    }

    /// The value on its way through a block.
    #[inline(always)]
    pub(super) fn falling<V: Simd>(&self) -> Falling<V> {
        Falling { now: V::load(&self.lanes), eight: V::splat(self.eight) }
    }

    /// Keeps how far it is.
    #[inline(always)]
    pub(super) fn keep<V: Simd>(&mut self, falling: Falling<V>) {
        falling.now.store(&mut self.lanes);
    }

    /// Moves on by one frame.
    pub(super) fn step(&mut self) {
        self.lanes.iter_mut().for_each(|y| *y *= self.one);
    }

    /// What is smaller than `floor` is over, before it becomes denormal and slow.
    #[inline(always)]
    pub(super) fn flush(&mut self, floor: f32) {
        if self.now().abs() < floor {
            self.lanes = [0.0; LANES];
        }
    }

    #[inline(always)]
    pub(super) fn is_over(&self) -> bool {
        self.now() == 0.0
    }
}

/// A falling value in registers.
pub(super) struct Falling<V> {
    now: V,
    eight: V,
}

impl<V: Simd> Falling<V> {
    /// The next eight values.
    #[inline(always)]
    pub(super) fn next(&mut self) -> V {
        let now = self.now;
        self.now = now * self.eight;
        now
    }
}
