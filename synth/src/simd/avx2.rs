//! AVX2: a vector is a register.

use super::{CYCLE, LANES, Operation, SHIFT, Simd};
use core::arch::x86_64::{
    __m256, __m256i, _mm256_add_epi32, _mm256_add_ps, _mm256_and_ps, _mm256_and_si256,
    _mm256_andnot_ps, _mm256_castpd_ps, _mm256_castsi256_si128, _mm256_cvtepi32_ps,
    _mm256_cvtps_epi32, _mm256_extracti128_si256, _mm256_i32gather_pd, _mm256_loadu_ps,
    _mm256_loadu_si256, _mm256_mul_ps, _mm256_mullo_epi32, _mm256_or_ps, _mm256_permute2f128_ps,
    _mm256_permute4x64_epi64, _mm256_set1_epi32, _mm256_set1_ps, _mm256_shuffle_ps,
    _mm256_slli_epi32, _mm256_srli_epi32, _mm256_storeu_ps, _mm256_storeu_si256, _mm256_sub_ps,
    _mm256_unpackhi_ps, _mm256_unpacklo_ps,
};
use core::ops::{Add, Mul, Sub};

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
            operation.run::<F32x8>();
        }
        // SAFETY: `self` exists only where `detect` found the feature that `inner` enables.
        unsafe { inner(operation) }
    }
}

/// Private to [`Avx2::dispatch`], so its methods run only where AVX2 was detected.
#[derive(Clone, Copy)]
struct F32x8(__m256);

/// The integers beside [`F32x8`], as private.
#[derive(Clone, Copy)]
struct I32x8(__m256i);

macro_rules! shuffles {
    ($($name:ident $intrinsic:ident $how:literal),*) => {$(
        /// # Safety
        /// The processor has AVX2.
        #[inline(always)]
        unsafe fn $name(a: __m256, b: __m256) -> __m256 {
            // SAFETY: the caller's promise.
            unsafe { $intrinsic::<$how>(a, b) }
        }
    )*};
}

shuffles!(
    quad_low _mm256_shuffle_ps 0x44, quad_high _mm256_shuffle_ps 0xEE,
    half_low _mm256_permute2f128_ps 0x20, half_high _mm256_permute2f128_ps 0x31
);

macro_rules! operator {
    ($($trait:ident $name:ident $intrinsic:ident),*) => {$(
        impl $trait for F32x8 {
            type Output = Self;
            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                // SAFETY: the type is private to `dispatch`, behind the detection of AVX2.
                unsafe { Self($intrinsic(self.0, other.0)) }
            }
        }
    )*};
}

operator!(Add add _mm256_add_ps, Sub sub _mm256_sub_ps, Mul mul _mm256_mul_ps);

macro_rules! integers {
    ($($name:ident $intrinsic:ident),*) => {$(
        #[inline(always)]
        fn $name(a: I32x8, b: I32x8) -> I32x8 {
            // SAFETY: the type is private to `dispatch`, behind the detection of AVX2.
            unsafe { I32x8($intrinsic(a.0, b.0)) }
        }
    )*};
}

impl Simd for F32x8 {
    type Int = I32x8;
    const WIDE: bool = true;

    integers!(int_add _mm256_add_epi32, int_mul _mm256_mullo_epi32, int_and _mm256_and_si256);

    #[inline(always)]
    fn splat(x: f32) -> Self {
        // SAFETY: the type is private to `dispatch`, behind the detection of AVX2.
        unsafe { Self(_mm256_set1_ps(x)) }
    }

    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        // SAFETY: as above; the array is as long as the register, alignment is free.
        unsafe { Self(_mm256_loadu_ps(from.as_ptr())) }
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        // SAFETY: as above; the array is as long as the register, alignment is free.
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), self.0) }
    }

    #[inline(always)]
    fn abs(self) -> Self {
        // SAFETY: the type is private to `dispatch`, behind the detection of AVX2.
        unsafe { Self(_mm256_andnot_ps(_mm256_set1_ps(-0.0), self.0)) }
    }

    #[inline(always)]
    fn copysign(self, sign: Self) -> Self {
        // SAFETY: the type is private to `dispatch`, behind the detection of AVX2.
        unsafe {
            let bit = _mm256_set1_ps(-0.0);
            Self(_mm256_or_ps(_mm256_and_ps(bit, sign.0), _mm256_andnot_ps(bit, self.0)))
        }
    }

    #[inline(always)]
    fn transpose(rows: [Self; LANES]) -> [Self; LANES] {
        // Closures would not carry the instruction set.
        macro_rules! pairs {
            ($low:ident, $high:ident, $(($a:expr, $b:expr)),*) => {
                // SAFETY: the type is private to `dispatch`, behind the detection of AVX2.
                unsafe { [$(Self($low($a.0, $b.0)), Self($high($a.0, $b.0))),*] }
            };
        }
        use {quad_high as qh, quad_low as ql};
        let [a, b, c, d, e, f, g, h] = rows;
        let [a, b, c, d, e, f, g, h] =
            pairs!(_mm256_unpacklo_ps, _mm256_unpackhi_ps, (a, b), (c, d), (e, f), (g, h));
        let [a, b, c, d, e, f, g, h] = pairs!(ql, qh, (a, c), (b, d), (e, g), (f, h));
        let [a, e, b, f, c, g, d, h] = pairs!(half_low, half_high, (a, e), (b, f), (c, g), (d, h));
        [a, b, c, d, e, f, g, h]
    }

    #[inline(always)]
    fn interleave(self, other: Self) -> (Self, Self) {
        // SAFETY: the type is private to `dispatch`, behind the detection of AVX2.
        unsafe {
            let low = _mm256_unpacklo_ps(self.0, other.0);
            let high = _mm256_unpackhi_ps(self.0, other.0);
            (Self(half_low(low, high)), Self(half_high(low, high)))
        }
    }

    #[inline(always)]
    fn sums([a, b, c, d, e, f, g, h]: [Self; LANES]) -> Self {
        macro_rules! sum {
            ($low:ident, $high:ident, $a:expr, $b:expr) => {
                // SAFETY: the type is private to `dispatch`, behind the detection of AVX2.
                unsafe { Self($low($a.0, $b.0)) + Self($high($a.0, $b.0)) }
            };
        }
        use {_mm256_unpackhi_ps as high, _mm256_unpacklo_ps as low};
        // Of each row a, then of four rows: the left half's sums in the left half, the right's in the right.
        let [ab, cd] = [sum!(low, high, a, b), sum!(low, high, c, d)];
        let [ef, gh] = [sum!(low, high, e, f), sum!(low, high, g, h)];
        let [ad, eh] = [sum!(quad_low, quad_high, ab, cd), sum!(quad_low, quad_high, ef, gh)];
        sum!(half_low, half_high, ad, eh)
    }

    #[inline(always)]
    fn int(x: u32) -> I32x8 {
        // SAFETY: the type is private to `dispatch`, behind the detection of AVX2.
        unsafe { I32x8(_mm256_set1_epi32(x as i32)) }
    }

    #[inline(always)]
    fn int_load(from: &[u32; LANES]) -> I32x8 {
        // SAFETY: as above; the array is as long as the register, alignment is free.
        unsafe { I32x8(_mm256_loadu_si256(from.as_ptr().cast())) }
    }

    #[inline(always)]
    fn int_store(v: I32x8, to: &mut [u32; LANES]) {
        // SAFETY: as above; the array is as long as the register, alignment is free.
        unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), v.0) }
    }

    #[inline(always)]
    fn int_high(v: I32x8) -> I32x8 {
        // SAFETY: the type is private to `dispatch`, behind the detection of AVX2.
        unsafe { I32x8(_mm256_slli_epi32::<16>(v.0)) }
    }

    #[inline(always)]
    fn of_int(v: I32x8) -> Self {
        // SAFETY: the type is private to `dispatch`, behind the detection of AVX2.
        unsafe { Self(_mm256_cvtepi32_ps(v.0)) }
    }

    #[inline(always)]
    fn to_int(self) -> I32x8 {
        // SAFETY: the type is private to `dispatch`, behind the detection of AVX2.
        unsafe { I32x8(_mm256_cvtps_epi32(self.0)) }
    }

    #[inline(always)]
    fn pick(cycle: &[f32; CYCLE + 1], phase: I32x8) -> (Self, Self) {
        const BITS: i32 = SHIFT as i32;
        let from = cycle.as_ptr();
        // Each pair of neighbours is gathered as one double: half as many loads as numbers.
        // SAFETY: the type is private to `dispatch`, behind the detection of AVX2. The shift leaves an
        // index below `CYCLE`, and the cycle has one sample more than that: eight bytes from there are
        // in it.
        unsafe {
            let at = _mm256_permute4x64_epi64::<0xD8>(_mm256_srli_epi32::<BITS>(phase.0));
            let low = _mm256_i32gather_pd::<4>(from.cast(), _mm256_castsi256_si128(at));
            let high = _mm256_i32gather_pd::<4>(from.cast(), _mm256_extracti128_si256::<1>(at));
            let (low, high) = (_mm256_castpd_ps(low), _mm256_castpd_ps(high));
            (Self(_mm256_shuffle_ps::<0x88>(low, high)), Self(_mm256_shuffle_ps::<0xDD>(low, high)))
        }
    }
}
