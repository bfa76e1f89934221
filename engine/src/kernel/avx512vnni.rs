//! AVX-512 with VNNI: floats as AVX-512, sums of integers in one instruction.

use core::arch::x86_64::{
    __m512i, _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi8, _mm512_set1_epi32,
    _mm512_xor_si512,
};

use super::Operation;
use super::avx512::{Avx512, F32x16, WideSums};
use super::cpuid::has;
use super::lanes::{ByteLine, Sums, TOGETHER};

/// Proof that this processor and its operating system have AVX-512F and AVX-512 VNNI.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512Vnni(());

impl Avx512Vnni {
    pub(crate) fn detect() -> Option<Self> {
        (Avx512::detect().is_some() && has::avx512_vnni()).then_some(Self(()))
    }

    #[inline]
    pub(crate) fn dispatch<O: Operation>(self, operation: O) {
        #[target_feature(enable = "avx512f,avx512vnni,avx2,f16c")]
        fn inner<O: Operation>(operation: O) {
            operation.run::<F32x16<Vnni>>();
        }
        // SAFETY: `self` exists only where `detect` found the features that `inner` enables.
        unsafe { inner(operation) }
    }
}

/// Private to [`Avx512Vnni::dispatch`], so its methods run only where VNNI was detected.
#[derive(Clone, Copy)]
struct Vnni(__m512i);

impl WideSums for Vnni {
    #[inline(always)]
    fn whole(self) -> __m512i {
        self.0
    }
}

impl Sums for Vnni {
    #[inline(always)]
    fn none(total: i32) -> Self {
        // SAFETY: the type is private to `dispatch`, behind the detection of VNNI.
        Self(unsafe { _mm512_set1_epi32(total.wrapping_mul(-128)) })
    }
    #[inline(always)]
    fn plus_products(self, weights: &ByteLine, inputs: [i8; TOGETHER]) -> Self {
        // SAFETY: as above; the reference covers the 64 bytes read, alignment is free.
        Self(unsafe {
            let inputs = _mm512_set1_epi32(i32::from_ne_bytes(inputs.map(|x| x as u8)));
            // Unsigned times signed: the weights plus 128.
            let weights = _mm512_loadu_si512(weights.as_ptr().cast());
            let weights = _mm512_xor_si512(weights, _mm512_set1_epi8(-128));
            _mm512_dpbusd_epi32(self.0, weights, inputs)
        })
    }
}
