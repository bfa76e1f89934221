//! The specification: plain arrays that any target can run, and what the compiler makes of them.

use super::half::widened;
use super::lanes::{ByteLine, HalfLine, LANES, Lanes, Line, Real, Sums, TOGETHER};

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
    type Sums = ScalarSums;
    #[inline(always)]
    fn load(from: &Line) -> Self {
        Self(*from)
    }
    #[inline(always)]
    fn store(self, to: &mut Line) {
        *to = self.0;
    }
    #[inline(always)]
    fn load_half(from: &HalfLine) -> Self {
        Self(from.map(widened))
    }
    #[inline(always)]
    fn from_sums(sums: ScalarSums) -> Self {
        Self(sums.0.map(|sum| sum as f32))
    }
}

/// [`LANES`] sums in an array.
#[derive(Clone, Copy)]
pub(crate) struct ScalarSums([i32; LANES]);

impl Sums for ScalarSums {
    #[inline(always)]
    fn none(_total: i32) -> Self {
        Self([0; LANES])
    }
    #[inline(always)]
    fn plus_products(mut self, weights: &ByteLine, inputs: [i8; TOGETHER]) -> Self {
        for (sum, weights) in self.0.iter_mut().zip(weights) {
            let products = weights.iter().zip(inputs).map(|(&w, x)| i32::from(w) * i32::from(x));
            *sum = sum.wrapping_add(products.sum());
        }
        self
    }
}
