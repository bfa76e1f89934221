//! The smallest vocabulary of arithmetic in which every kernel is written.

/// Lanes in one vector: one cache line of f32, one AVX-512 register.
pub(crate) const LANES: usize = 16;

/// One vector's worth of f32 as it lies in the image.
pub(crate) type Line = [f32; LANES];

/// One vector's worth of f16, their bits.
pub(crate) type HalfLine = [u16; LANES];

/// Inputs whose bf16 weights lie together in a lane.
pub(crate) const PAIR: usize = 2;

/// The bf16 weights of [`PAIR`] inputs, lane after lane.
pub(crate) type PairLine = [[u16; PAIR]; LANES];

/// Inputs whose int8 weights lie together in a lane.
pub(crate) const TOGETHER: usize = 4;

/// The int8 weights of [`TOGETHER`] inputs, lane after lane.
pub(crate) type ByteLine = [[i8; TOGETHER]; LANES];

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

/// A function of `I` numbers that gives `O`, the same in every lane.
pub(crate) trait Pointwise<const I: usize, const O: usize> {
    fn at<R: Real>(inputs: [R; I]) -> [R; O];
}

/// [`Real`] numbers in [`LANES`] independent lanes.
pub(crate) trait Lanes: Real {
    /// How many vectors of running sums the register file holds besides the operands.
    const ACCUMULATORS: usize;
    /// Whether a panel's gates are computed beside the next one's products, so that neither waits for
    /// the other.
    const GATES_LATE: bool;
    /// Running sums of integers in as many lanes.
    type Sums: Sums;
    fn load(from: &Line) -> Self;
    fn store(self, to: &mut Line);
    /// The numbers that finite f16 stand for, subnormal ones included.
    fn load_half(from: &HalfLine) -> Self;
    /// The numbers of a group of a row: those of the first input and those of the second.
    ///
    /// Each is the f32 whose upper half are its own bits and whose lower half are the bits before them in
    /// the row; 0 for the first inputs of the first group. So most of them are where they lie, two bytes
    /// apart; whoever writes a row chooses each number's bits such that the whole is nearest.
    fn load_pair<const G: usize>(row: &[PairLine; G], group: usize) -> [Self; PAIR];
    /// Rounded to the nearest f32, ties to even.
    fn from_sums(sums: Self::Sums) -> Self;
    /// Hints that what lies a page behind this line will be read soon, where there is such a hint.
    #[inline(always)]
    fn fetch_ahead<L>(_line: &L) {}
    /// The function in every lane.
    #[inline(always)]
    fn map<F: Pointwise<I, O>, const I: usize, const O: usize>(inputs: [Self; I]) -> [Self; O] {
        F::at(inputs)
    }
}

/// [`LANES`] running sums of products of 8-bit integers, exact below 2³¹: so no order is needed.
pub(crate) trait Sums: Copy {
    /// Sums of no products yet, where all inputs to come add up to `total`.
    ///
    /// (Instructions that multiply unsigned by signed numbers take the weights as weight + 128 and
    /// begin with what that adds.)
    fn none(total: i32) -> Self;
    /// Adds to each lane its weights times `inputs`; no weight and no input is −128.
    fn plus_products(self, weights: &ByteLine, inputs: [i8; TOGETHER]) -> Self;
    /// Adds to each wanted group its part of the rows times `inputs`; bit `g` of `groups` stands for group
    /// `g`.
    #[inline(always)]
    fn add_rows<const G: usize>(
        all: &mut [Self; G],
        rows: &[[ByteLine; G]],
        inputs: &[[i8; TOGETHER]],
        groups: u32,
    ) {
        for (group, sums) in all.iter_mut().enumerate() {
            if groups >> group & 1 == 0 {
                continue;
            }
            let mut own = *sums;
            for (row, &inputs) in rows.iter().zip(inputs) {
                let Some(line) = row.get(group) else { break };
                own = own.plus_products(line, inputs);
            }
            *sums = own;
        }
    }
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
