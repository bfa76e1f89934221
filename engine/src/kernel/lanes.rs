//! The smallest vocabulary of arithmetic in which every kernel is written.

/// Lanes in one vector: one cache line of f32, one AVX-512 register.
pub(crate) const LANES: usize = 16;

/// One vector's worth of weights as it lies in the image.
pub(crate) type Line = [f32; LANES];

/// IEEE-754 single-precision arithmetic, one rounding per operation, on one or more numbers.
///
/// There is deliberately no fused multiply-add: every implementation rounds after the product and
/// after the sum, so all of them give the same bits.
pub(crate) trait Real: Copy {
    fn splat(x: f32) -> Self;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    /// `if self < other { self } else { other }`: a NaN in `self` gives `other`.
    fn min(self, other: Self) -> Self;
    /// `if self > other { self } else { other }`: a NaN in `self` gives `other`.
    fn max(self, other: Self) -> Self;
    /// 2ⁿ, where `self` is [`ROUND`]` + n` with −127 < n < 128: n sits in the low bits.
    fn power_of_two(self) -> Self;
}

/// 1.5 · 2²³: adding it rounds a small number to an integer that sits in the low bits of the sum.
pub(crate) const ROUND: f32 = 12_582_912.0;

/// [`Real`] numbers in [`LANES`] independent lanes.
pub(crate) trait Lanes: Real {
    /// How many vectors of running sums the register file holds besides the operands.
    const ACCUMULATORS: usize;
    fn load(from: &Line) -> Self;
    fn store(self, to: &mut Line);
}

impl Real for f32 {
    #[inline(always)]
    fn splat(x: f32) -> Self {
        x
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self + other
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self - other
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self * other
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self / other
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        if self < other { self } else { other }
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self > other { self } else { other }
    }
    #[inline(always)]
    fn power_of_two(self) -> Self {
        // The exponent's bias, then the exponent's place; the bits of `ROUND` fall off the top.
        Self::from_bits(self.to_bits().wrapping_add(127) << 23)
    }
}
