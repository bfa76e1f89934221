//! NEON on aarch64, where it is part of the base architecture: a vector is four registers.

use core::arch::aarch64::{
    float32x4_t, int8x16_t, int32x4_t, vaddq_f32, vaddq_u32, vbslq_f32, vcgtq_f32, vcltq_f32,
    vcvt_f32_f16, vcvtq_f32_s32, vdivq_f32, vdupq_n_f32, vdupq_n_s32, vdupq_n_u32, vget_low_s8,
    vld1_u16, vld1q_f32, vld1q_s8, vld1q_u16, vmull_high_s8, vmull_s8, vmulq_f32, vpadalq_s16,
    vpaddq_s16, vreinterpret_f16_u16, vreinterpretq_f32_u32, vreinterpretq_s8_s32,
    vreinterpretq_u32_f32, vreinterpretq_u32_u16, vshlq_n_u32, vst1q_f32, vsubq_f32,
};
use core::marker::PhantomData;

use super::Operation;
use super::lanes::{ByteLine, HalfLine, Lanes, Line, PAIR, PairLine, Real, Sums, TOGETHER};

/// Proof that the program was compiled for a target whose base includes NEON.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neon(());

impl Neon {
    pub(crate) fn detect() -> Option<Self> {
        cfg!(target_feature = "neon").then_some(Self(()))
    }

    #[inline]
    pub(crate) fn dispatch<O: Operation>(self, operation: O) {
        operation.run::<F32x4x4<Multiply>>();
    }
}

/// For [`Neon::dispatch`] and its likes only. `S` is how integers are summed.
#[derive(Clone, Copy)]
pub(super) struct F32x4x4<S>([float32x4_t; 4], PhantomData<S>);

impl<S> F32x4x4<S> {
    #[inline(always)]
    fn zip(self, other: Self, operation: impl Fn(float32x4_t, float32x4_t) -> float32x4_t) -> Self {
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (self.0, other.0);
        let all = [operation(a0, b0), operation(a1, b1), operation(a2, b2), operation(a3, b3)];
        Self(all, PhantomData)
    }
}

macro_rules! lanewise {
    ($($name:ident => $operation:expr),*) => {$(
        #[inline(always)]
        fn $name(self, other: Self) -> Self {
            // SAFETY: the type is made behind the detection of NEON.
            self.zip(other, |a, b| unsafe { ($operation)(a, b) })
        }
    )*};
}

impl<S: Copy> Real for F32x4x4<S> {
    #[inline(always)]
    fn splat(x: f32) -> Self {
        // SAFETY: the type is made behind the detection of NEON.
        Self([unsafe { vdupq_n_f32(x) }; 4], PhantomData)
    }
    // `fmin` would hand a NaN on; the compare-and-select keeps the specification's answer.
    lanewise!(
        add => vaddq_f32, sub => vsubq_f32, mul => vmulq_f32, div => vdivq_f32,
        min => |a, b| vbslq_f32(vcltq_f32(a, b), a, b),
        max => |a, b| vbslq_f32(vcgtq_f32(a, b), a, b)
    );
    #[inline(always)]
    fn power_of_two(self) -> Self {
        let all = self.0.map(|x| {
            // SAFETY: the type is made behind the detection of NEON.
            unsafe {
                let biased = vaddq_u32(vreinterpretq_u32_f32(x), vdupq_n_u32(127));
                vreinterpretq_f32_u32(vshlq_n_u32::<23>(biased))
            }
        });
        Self(all, PhantomData)
    }
}

impl<S: FourSums> Lanes for F32x4x4<S> {
    const ACCUMULATORS: usize = 4;
    const GATES_LATE: bool = true;
    type Sums = S;
    #[inline(always)]
    fn load(from: &Line) -> Self {
        // SAFETY: as above; each reference covers the four numbers read.
        let all = quarters(from).map(|part| unsafe { vld1q_f32(part.as_ptr()) });
        Self(all, PhantomData)
    }
    #[inline(always)]
    fn store(self, to: &mut Line) {
        for (part, to) in self.0.into_iter().zip(to.as_chunks_mut::<4>().0) {
            // SAFETY: as above; the reference covers the four numbers written.
            unsafe { vst1q_f32(to.as_mut_ptr(), part) }
        }
    }
    #[inline(always)]
    fn load_half(from: &HalfLine) -> Self {
        // SAFETY: as above; each reference covers the four numbers read.
        let widened = |part: &[u16; 4]| unsafe {
            vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(part.as_ptr())))
        };
        Self(quarters(from).map(widened), PhantomData)
    }
    #[inline(always)]
    fn load_pair<const G: usize>(row: &[PairLine; G], group: usize) -> [Self; PAIR] {
        if group >= G {
            return [Self::splat(0.0); PAIR];
        }
        let from = row.as_ptr().wrapping_add(group).cast::<u16>();
        // SAFETY: as above; the group is one of the row, so its four registers of sixteen bytes are, and the
        // two bytes before them unless it is the first.
        let at = |from: *const u16| unsafe { vreinterpretq_u32_u16(vld1q_u16(from)) };
        let second = [0, 1, 2, 3].map(|part| at(from.wrapping_add(8 * part)));
        let first = match group {
            // SAFETY: as above.
            0 => second.map(|pairs| unsafe { vshlq_n_u32::<16>(pairs) }),
            _ => [0, 1, 2, 3].map(|part| at(from.wrapping_add(8 * part).wrapping_sub(1))),
        };
        // SAFETY: as above.
        [first, second].map(|parts| {
            Self(parts.map(|part| unsafe { vreinterpretq_f32_u32(part) }), PhantomData)
        })
    }
    #[inline(always)]
    fn from_sums(sums: S) -> Self {
        // SAFETY: as above.
        Self(sums.parts().map(|part| unsafe { vcvtq_f32_s32(part) }), PhantomData)
    }
}

/// The four registers' worth of a line.
#[inline(always)]
pub(super) fn quarters<T>(line: &[T; 16]) -> [&[T; 4]; 4] {
    let (parts, _) = line.as_chunks();
    core::array::from_fn(|part| &parts[part])
}

/// [`Sums`] in four registers.
pub(super) trait FourSums: Sums {
    fn parts(self) -> [int32x4_t; 4];
}

/// Sums by way of 16 bits. As [`F32x4x4`], only where NEON was detected.
#[derive(Clone, Copy)]
pub(super) struct Multiply([int32x4_t; 4]);

impl FourSums for Multiply {
    #[inline(always)]
    fn parts(self) -> [int32x4_t; 4] {
        self.0
    }
}

impl Sums for Multiply {
    #[inline(always)]
    fn none(_total: i32) -> Self {
        // SAFETY: the type is made behind the detection of NEON.
        Self([unsafe { vdupq_n_s32(0) }; 4])
    }
    #[inline(always)]
    fn plus_products(self, weights: &ByteLine, inputs: [i8; TOGETHER]) -> Self {
        let inputs = repeated(inputs);
        let mut sums = self.0;
        for (sum, weights) in sums.iter_mut().zip(quarters(weights)) {
            // SAFETY: as above; the reference covers the sixteen bytes read. Two products of at
            // most 127² fit 16 bits.
            *sum = unsafe {
                let weights = vld1q_s8(weights.as_ptr().cast());
                let low = vmull_s8(vget_low_s8(weights), vget_low_s8(inputs));
                vpadalq_s16(*sum, vpaddq_s16(low, vmull_high_s8(weights, inputs)))
            };
        }
        Self(sums)
    }
}

/// The four inputs, four times.
#[inline(always)]
pub(super) fn repeated(inputs: [i8; TOGETHER]) -> int8x16_t {
    // SAFETY: only sums of this folder ask, behind the detection of NEON.
    unsafe { vreinterpretq_s8_s32(vdupq_n_s32(i32::from_ne_bytes(inputs.map(|x| x as u8)))) }
}
