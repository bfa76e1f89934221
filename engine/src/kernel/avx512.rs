//! AVX-512: a vector is one register.

use core::arch::x86_64::{
    __m512, _mm512_add_epi32, _mm512_add_ps, _mm512_castps_si512, _mm512_castsi512_ps,
    _mm512_div_ps, _mm512_loadu_ps, _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps, _mm512_set1_epi32,
    _mm512_set1_ps, _mm512_slli_epi32, _mm512_storeu_ps, _mm512_sub_ps,
};

use super::Operation;
use super::lanes::{Lanes, Line, Real};

cpufeatures::new!(cpu_avx512, "avx512f");

/// Proof that this processor and its operating system have AVX-512F.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512(());

impl Avx512 {
    pub(crate) fn detect() -> Option<Self> {
        cpu_avx512::get().then_some(Self(()))
    }

    #[inline]
    pub(crate) fn dispatch<O: Operation>(self, operation: O) {
        #[target_feature(enable = "avx512f")]
        fn inner<O: Operation>(operation: O) {
            operation.run::<F32x16>();
        }
        // SAFETY: `self` exists only where `detect` found the feature that `inner` enables.
        unsafe { inner(operation) }
    }
}

/// Private to [`Avx512::dispatch`], so its methods run only where AVX-512F was detected.
#[derive(Clone, Copy)]
struct F32x16(__m512);

macro_rules! lanewise {
    ($($name:ident => $intrinsic:ident),*) => {$(
        #[inline(always)]
        fn $name(self, other: Self) -> Self {
            // SAFETY: the type is private to `dispatch`, behind the detection of AVX-512F.
            Self(unsafe { $intrinsic(self.0, other.0) })
        }
    )*};
}

impl Real for F32x16 {
    #[inline(always)]
    fn splat(x: f32) -> Self {
        // SAFETY: the type is private to `dispatch`, behind the detection of AVX-512F.
        Self(unsafe { _mm512_set1_ps(x) })
    }
    lanewise!(
        add => _mm512_add_ps, sub => _mm512_sub_ps, mul => _mm512_mul_ps,
        div => _mm512_div_ps, min => _mm512_min_ps, max => _mm512_max_ps
    );
    #[inline(always)]
    fn power_of_two(self) -> Self {
        // SAFETY: the type is private to `dispatch`, behind the detection of AVX-512F.
        unsafe {
            let biased = _mm512_add_epi32(_mm512_castps_si512(self.0), _mm512_set1_epi32(127));
            Self(_mm512_castsi512_ps(_mm512_slli_epi32::<23>(biased)))
        }
    }
}

impl Lanes for F32x16 {
    const ACCUMULATORS: usize = 8;
    #[inline(always)]
    fn load(from: &Line) -> Self {
        // SAFETY: as above; the reference covers the sixteen numbers read, alignment is free.
        Self(unsafe { _mm512_loadu_ps(from.as_ptr()) })
    }
    #[inline(always)]
    fn store(self, to: &mut Line) {
        // SAFETY: as above; the reference covers the sixteen numbers written.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), self.0) }
    }
}
