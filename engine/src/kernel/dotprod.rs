//! NEON with the dot product extension (ARMv8.2, `sdot`): floats as NEON.

use core::arch::aarch64::{int8x16_t, int32x4_t, vdupq_n_s32, vld1q_s8};
use core::arch::asm;

use super::Operation;
use super::lanes::{ByteLine, Sums, TOGETHER};
use super::neon::{F32x4x4, FourSums, Neon, quarters, repeated};

/// Proof that this processor has NEON and its dot product extension.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DotProduct(());

impl DotProduct {
    pub(crate) fn detect() -> Option<Self> {
        let present = cfg!(target_feature = "dotprod") || told_by_the_system();
        (present && Neon::detect().is_some()).then_some(Self(()))
    }

    #[inline]
    pub(crate) fn dispatch<O: Operation>(self, operation: O) {
        #[target_feature(enable = "neon,dotprod")]
        fn inner<O: Operation>(operation: O) {
            operation.run::<F32x4x4<Dot>>();
        }
        // SAFETY: `self` exists only where `detect` found the features that `inner` enables.
        unsafe { inner(operation) }
    }
}

#[cfg(target_os = "linux")]
fn told_by_the_system() -> bool {
    use core::ffi::c_ulong;

    unsafe extern "C" {
        safe fn getauxval(kind: c_ulong) -> c_ulong;
    }
    const AT_HWCAP: c_ulong = 16;
    const HWCAP_ASIMDDP: c_ulong = 1 << 20;
    getauxval(AT_HWCAP) & HWCAP_ASIMDDP != 0
}

#[cfg(not(target_os = "linux"))]
fn told_by_the_system() -> bool {
    false
}

/// Private to [`DotProduct::dispatch`], so its methods run only where `sdot` was detected.
#[derive(Clone, Copy)]
struct Dot([int32x4_t; 4]);

impl FourSums for Dot {
    #[inline(always)]
    fn parts(self) -> [int32x4_t; 4] {
        self.0
    }
}

impl Sums for Dot {
    #[inline(always)]
    fn none(_total: i32) -> Self {
        // SAFETY: the type is private to `dispatch`, behind the detection of `sdot`.
        Self([unsafe { vdupq_n_s32(0) }; 4])
    }
    #[inline(always)]
    fn plus_products(self, weights: &ByteLine, inputs: [i8; TOGETHER]) -> Self {
        let inputs = repeated(inputs);
        let mut sums = self.0;
        for (sum, weights) in sums.iter_mut().zip(quarters(weights)) {
            // SAFETY: as above; the reference covers the sixteen bytes read.
            *sum = unsafe { dot(*sum, vld1q_s8(weights.as_ptr().cast()), inputs) };
        }
        Self(sums)
    }
}

/// `vdotq_s32`, which stable Rust does not have yet (1.95).
///
/// # Safety
/// The processor has `sdot`.
#[inline]
#[target_feature(enable = "neon,dotprod")]
unsafe fn dot(mut sums: int32x4_t, weights: int8x16_t, inputs: int8x16_t) -> int32x4_t {
    // SAFETY: the caller has the instruction; it touches its registers only.
    unsafe {
        asm!(
            "sdot {sums:v}.4s, {weights:v}.16b, {inputs:v}.16b",
            sums = inout(vreg) sums,
            weights = in(vreg) weights,
            inputs = in(vreg) inputs,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    sums
}
