//! The specification: plain arrays that any target can run, and what the compiler makes of them.

use core::marker::PhantomData;

use super::half::widened;
use super::lanes::{HalfLine, LANES, Lanes, Line, PAIR, PairLine, Pointwise, Real, Sums};

/// [`LANES`] numbers in an array. `S` is how integers are summed.
#[derive(Clone, Copy)]
pub(crate) struct Scalar<S>(Line, PhantomData<S>);

#[inline(always)]
fn array<S>(lanes: Line) -> Scalar<S> {
    Scalar(lanes, PhantomData)
}

#[inline(always)]
fn zip<S>(a: Scalar<S>, b: Scalar<S>, operation: impl Fn(f32, f32) -> f32) -> Scalar<S> {
    array(core::array::from_fn(|lane| operation(a.0[lane], b.0[lane])))
}

impl<S: Copy> Real for Scalar<S> {
    #[inline(always)]
    fn splat(x: f32) -> Self {
        array([x; LANES])
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
        array(self.0.map(Real::power_of_two))
    }
}

impl<S: ArraySums> Lanes for Scalar<S> {
    // One vector of sums is sixteen scalar registers (Cortex-M has 32) or four of SSE2's sixteen.
    const ACCUMULATORS: usize = 1;
    const GATES_LATE: bool = false;
    type Sums = S;
    #[inline(always)]
    fn load(from: &Line) -> Self {
        array(*from)
    }
    #[inline(always)]
    fn store(self, to: &mut Line) {
        *to = self.0;
    }
    #[inline(always)]
    fn load_half(from: &HalfLine) -> Self {
        array(from.map(widened))
    }
    #[inline(always)]
    fn load_pair<const G: usize>(row: &[PairLine; G], group: usize) -> [Self; PAIR] {
        let number =
            |own: u16, before: u16| f32::from_bits(u32::from(own) << 16 | u32::from(before));
        let line = &row[group];
        let second = line.map(|[first, second]| number(second, first));
        let mut first = line.map(|[first, _]| number(first, 0));
        if group > 0 {
            first[0] = number(line[0][0], row[group - 1][LANES - 1][1]);
            for (first, [before, own]) in first[1..].iter_mut().zip(line.array_windows()) {
                *first = number(own[0], before[1]);
            }
        }
        [array(first), array(second)]
    }
    #[inline(always)]
    fn from_sums(sums: S) -> Self {
        array(sums.lanes().map(|sum| sum as f32))
    }
    #[inline(always)]
    fn map<F: Pointwise<I, O>, const I: usize, const O: usize>(inputs: [Self; I]) -> [Self; O] {
        if !LANE_BY_LANE {
            return F::at(inputs);
        }
        let mut outputs = [[0.0; LANES]; O];
        for lane in 0..LANES {
            let numbers = F::at(inputs.each_ref().map(|line| line.0[lane]));
            for (line, number) in outputs.iter_mut().zip(numbers) {
                line[lane] = number;
            }
        }
        outputs.map(array)
    }
}

/// Without vector registers sixteen numbers abreast would live on the stack: there one lane is done
/// with before the next begins, by code that is there once.
const LANE_BY_LANE: bool = cfg!(target_arch = "arm");

/// [`Sums`] in an array.
pub(super) trait ArraySums: Sums {
    fn lanes(self) -> [i32; LANES];
}
