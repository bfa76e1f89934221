//! NEON on aarch64, where it is part of the base architecture: a vector is four registers.

use core::arch::aarch64::{
    float32x4_t, vaddq_f32, vaddq_u32, vbslq_f32, vcgtq_f32, vcltq_f32, vdivq_f32, vdupq_n_f32,
    vdupq_n_u32, vld1q_f32, vmulq_f32, vreinterpretq_f32_u32, vreinterpretq_u32_f32, vshlq_n_u32,
    vst1q_f32, vsubq_f32,
};

use super::Operation;
use super::lanes::{Lanes, Line, Real};

/// Proof that the program was compiled for a target whose base includes NEON.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neon(());

impl Neon {
    pub(crate) fn detect() -> Option<Self> {
        cfg!(target_feature = "neon").then_some(Self(()))
    }

    #[inline]
    pub(crate) fn dispatch<O: Operation>(self, operation: O) {
        operation.run::<F32x4x4>();
    }
}

/// Private to [`Neon::dispatch`].
#[derive(Clone, Copy)]
struct F32x4x4([float32x4_t; 4]);

#[inline(always)]
fn zip(
    a: F32x4x4,
    b: F32x4x4,
    operation: impl Fn(float32x4_t, float32x4_t) -> float32x4_t,
) -> F32x4x4 {
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a.0, b.0);
    F32x4x4([operation(a0, b0), operation(a1, b1), operation(a2, b2), operation(a3, b3)])
}

macro_rules! lanewise {
    ($($name:ident => $operation:expr),*) => {$(
        #[inline(always)]
        fn $name(self, other: Self) -> Self {
            // SAFETY: the type is private to `dispatch`, whose witness needs NEON.
            zip(self, other, |a, b| unsafe { ($operation)(a, b) })
        }
    )*};
}

impl Real for F32x4x4 {
    #[inline(always)]
    fn splat(x: f32) -> Self {
        // SAFETY: the type is private to `dispatch`, whose witness needs NEON.
        Self([unsafe { vdupq_n_f32(x) }; 4])
    }
    // `fmin` would hand a NaN on; the compare-and-select keeps the specification's answer.
    lanewise!(
        add => vaddq_f32, sub => vsubq_f32, mul => vmulq_f32, div => vdivq_f32,
        min => |a, b| vbslq_f32(vcltq_f32(a, b), a, b),
        max => |a, b| vbslq_f32(vcgtq_f32(a, b), a, b)
    );
    #[inline(always)]
    fn power_of_two(self) -> Self {
        Self(self.0.map(|x| {
            // SAFETY: the type is private to `dispatch`, whose witness needs NEON.
            unsafe {
                let biased = vaddq_u32(vreinterpretq_u32_f32(x), vdupq_n_u32(127));
                vreinterpretq_f32_u32(vshlq_n_u32::<23>(biased))
            }
        }))
    }
}

impl Lanes for F32x4x4 {
    const ACCUMULATORS: usize = 4;
    #[inline(always)]
    fn load(from: &Line) -> Self {
        let from = from.as_ptr();
        // SAFETY: as above; the line's sixteen numbers are four registers of four.
        unsafe {
            Self([
                vld1q_f32(from),
                vld1q_f32(from.add(4)),
                vld1q_f32(from.add(8)),
                vld1q_f32(from.add(12)),
            ])
        }
    }
    #[inline(always)]
    fn store(self, to: &mut Line) {
        let to = to.as_mut_ptr();
        let [a, b, c, d] = self.0;
        // SAFETY: as above; the line holds the sixteen numbers written.
        unsafe {
            vst1q_f32(to, a);
            vst1q_f32(to.add(4), b);
            vst1q_f32(to.add(8), c);
            vst1q_f32(to.add(12), d);
        }
    }
}
