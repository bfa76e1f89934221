//! AVX2 with AVX-VNNI: floats as AVX2, sums of integers in one instruction.

use core::arch::x86_64::{
    __m256i, _mm256_dpbusd_avx_epi32, _mm256_loadu_si256, _mm256_set1_epi8, _mm256_set1_epi32,
    _mm256_xor_si256,
};

use super::Operation;
use super::avx2::{Avx2, F32x8x2, PairSums};
use super::cpuid::has;
use super::lanes::{ByteLine, Sums, TOGETHER};

/// Proof that this processor and its operating system have AVX2, F16C and AVX-VNNI.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AvxVnni(());

impl AvxVnni {
    pub(crate) fn detect() -> Option<Self> {
        (Avx2::detect().is_some() && has::avx_vnni()).then_some(Self(()))
    }

    #[inline]
    pub(crate) fn dispatch<O: Operation>(self, operation: O) {
        #[target_feature(enable = "avx2,f16c,avxvnni")]
        fn inner<O: Operation>(operation: O) {
            operation.run::<F32x8x2<Vnni>>();
        }
        // SAFETY: `self` exists only where `detect` found the features that `inner` enables.
        unsafe { inner(operation) }
    }
}

/// Private to [`AvxVnni::dispatch`], so its methods run only where AVX-VNNI was detected.
#[derive(Clone, Copy)]
struct Vnni(__m256i, __m256i);

impl PairSums for Vnni {
    #[inline(always)]
    fn halves(self) -> (__m256i, __m256i) {
        (self.0, self.1)
    }
}

impl Sums for Vnni {
    #[inline(always)]
    fn none(total: i32) -> Self {
        // SAFETY: the type is private to `dispatch`, behind the detection of AVX-VNNI.
        let start = unsafe { _mm256_set1_epi32(total.wrapping_mul(-128)) };
        Self(start, start)
    }
    #[inline(always)]
    fn plus_products(self, weights: &ByteLine, inputs: [i8; TOGETHER]) -> Self {
        let weights = weights.as_ptr().cast();
        // SAFETY: as above; the line's 64 bytes are two registers of 32, alignment free.
        unsafe {
            let inputs = _mm256_set1_epi32(i32::from_ne_bytes(inputs.map(|x| x as u8)));
            // Unsigned times signed: the weights plus 128.
            let half = |sums, weights| {
                let weights = _mm256_xor_si256(_mm256_loadu_si256(weights), _mm256_set1_epi8(-128));
                _mm256_dpbusd_avx_epi32(sums, weights, inputs)
            };
            Self(half(self.0, weights), half(self.1, weights.add(1)))
        }
    }
}
