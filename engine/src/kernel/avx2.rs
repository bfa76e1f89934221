//! AVX2: a vector is a pair of registers.

use core::arch::x86_64::{
    __m256, _mm256_add_epi32, _mm256_add_ps, _mm256_castps_si256, _mm256_castsi256_ps,
    _mm256_div_ps, _mm256_loadu_ps, _mm256_max_ps, _mm256_min_ps, _mm256_mul_ps, _mm256_set1_epi32,
    _mm256_set1_ps, _mm256_slli_epi32, _mm256_storeu_ps, _mm256_sub_ps,
};

use super::Operation;
use super::lanes::{Lanes, Line, Real};

cpufeatures::new!(cpu_avx2, "avx2");

/// Proof that this processor and its operating system have AVX2.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(crate) fn detect() -> Option<Self> {
        cpu_avx2::get().then_some(Self(()))
    }

    #[inline]
    pub(crate) fn dispatch<O: Operation>(self, operation: O) {
        #[target_feature(enable = "avx2")]
        fn inner<O: Operation>(operation: O) {
            operation.run::<F32x8x2>();
        }
        // SAFETY: `self` exists only where `detect` found the feature that `inner` enables.
        unsafe { inner(operation) }
    }
}

/// Private to [`Avx2::dispatch`], so its methods run only where AVX2 was detected.
#[derive(Clone, Copy)]
struct F32x8x2(__m256, __m256);

macro_rules! lanewise {
    ($($name:ident => $intrinsic:ident),*) => {$(
        #[inline(always)]
        fn $name(self, other: Self) -> Self {
            // SAFETY: the type is private to `dispatch`, behind the detection of AVX2.
            unsafe { Self($intrinsic(self.0, other.0), $intrinsic(self.1, other.1)) }
        }
    )*};
}

impl Real for F32x8x2 {
    #[inline(always)]
    fn splat(x: f32) -> Self {
        // SAFETY: the type is private to `dispatch`, behind the detection of AVX2.
        let x = unsafe { _mm256_set1_ps(x) };
        Self(x, x)
    }
    lanewise!(
        add => _mm256_add_ps, sub => _mm256_sub_ps, mul => _mm256_mul_ps,
        div => _mm256_div_ps, min => _mm256_min_ps, max => _mm256_max_ps
    );
    #[inline(always)]
    fn power_of_two(self) -> Self {
        let half = |x| {
            // SAFETY: the type is private to `dispatch`, behind the detection of AVX2.
            unsafe {
                let biased = _mm256_add_epi32(_mm256_castps_si256(x), _mm256_set1_epi32(127));
                _mm256_castsi256_ps(_mm256_slli_epi32::<23>(biased))
            }
        };
        Self(half(self.0), half(self.1))
    }
}

impl Lanes for F32x8x2 {
    const ACCUMULATORS: usize = 4;
    #[inline(always)]
    fn load(from: &Line) -> Self {
        let from = from.as_ptr();
        // SAFETY: as above; the line's sixteen numbers are two registers of eight, alignment free.
        unsafe { Self(_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))) }
    }
    #[inline(always)]
    fn store(self, to: &mut Line) {
        let to = to.as_mut_ptr();
        // SAFETY: as above; the line holds the sixteen numbers written.
        unsafe {
            _mm256_storeu_ps(to, self.0);
            _mm256_storeu_ps(to.add(8), self.1);
        }
    }
}
