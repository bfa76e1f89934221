//! The end of the way: dry sound, chorus and hall become one, without DC, below the ceiling.

use super::Limiter;
use crate::lanes::GRID;
use crate::simd::{Kernels, Operation, Simd};

/// Hz of the corner of the DC blocker.
const DC_CORNER: f32 = 6.0;

/// Sum, DC blocker and limiter.
#[derive(Clone, Debug)]
pub(crate) struct Finish {
    keep: f32,
    /// Per side: the last sample in and the last one out.
    past: [[f32; 2]; 2],
    limiter: Limiter,
    kernels: Kernels,
}

impl Finish {
    /// At rest.
    pub(crate) fn new(sample_rate: f32, kernels: Kernels) -> Self {
        let keep = libm::expf(-core::f32::consts::TAU * DC_CORNER / sample_rate);
        Self { keep, past: [[0.0; 2]; 2], limiter: Limiter::new(sample_rate), kernels }
    }

    /// As new.
    pub(crate) fn reset(&mut self) {
        self.past = [[0.0; 2]; 2];
        self.limiter.reset();
    }

    /// The next frames, at most 64. The left inputs are the even ones of `x`, the right the odd.
    pub(crate) fn process(&mut self, x: [&[f32]; 6], left: &mut [f32], right: &mut [f32]) {
        self.kernels.dispatch(Together { finish: self, x, left, right });
    }

    #[inline(always)]
    fn together(&mut self, x: [&[f32]; 6], left: &mut [f32], right: &mut [f32]) {
        let n = left.len().min(right.len()).min(GRID);
        for (side, out) in [&mut *left, &mut *right].into_iter().enumerate() {
            let inputs = x[side].iter().zip(x[side + 2]).zip(x[side + 4]);
            for (y, ((a, b), c)) in out[..n].iter_mut().zip(inputs) {
                *y = a + b + c;
            }
            let [mut last, mut kept] = self.past[side];
            for y in &mut out[..n] {
                let x = *y;
                kept = x - last + self.keep * kept;
                last = x;
                *y = kept;
            }
            self.past[side] = [last, if kept.abs() < 1e-12 { 0.0 } else { kept }];
        }
        self.limiter.process(&mut left[..n], &mut right[..n]);
    }
}

/// The end of the way with what comes in and goes out.
struct Together<'a, 'x> {
    finish: &'a mut Finish,
    x: [&'x [f32]; 6],
    left: &'a mut [f32],
    right: &'a mut [f32],
}

impl Operation for Together<'_, '_> {
    #[inline(always)]
    fn run<V: Simd>(self) {
        self.finish.together(self.x, self.left, self.right);
    }
}
