//! The specification: plain arrays that any target can run, and what the compiler makes of them.

use super::lanes::{LANES, Lanes, Line, Real};

/// [`LANES`] numbers in an array.
#[derive(Clone, Copy)]
pub(crate) struct Scalar(Line);

#[inline(always)]
fn zip(a: Scalar, b: Scalar, operation: impl Fn(f32, f32) -> f32) -> Scalar {
    Scalar(core::array::from_fn(|lane| operation(a.0[lane], b.0[lane])))
}

impl Real for Scalar {
    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self([x; LANES])
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        zip(self, other, Real::add)
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        zip(self, other, Real::sub)
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        zip(self, other, Real::mul)
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        zip(self, other, Real::div)
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        zip(self, other, Real::min)
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        zip(self, other, Real::max)
    }
    #[inline(always)]
    fn power_of_two(self) -> Self {
        Self(self.0.map(Real::power_of_two))
    }
}

impl Lanes for Scalar {
    // One vector of sums is sixteen scalar registers (Cortex-M has 32) or four of SSE2's sixteen.
    const ACCUMULATORS: usize = 1;
    #[inline(always)]
    fn load(from: &Line) -> Self {
        Self(*from)
    }
    #[inline(always)]
    fn store(self, to: &mut Line) {
        *to = self.0;
    }
}
