//! AVX2 with F16C: a vector is a pair of registers.

use core::arch::x86_64::{
    __m256, __m256i, _MM_HINT_T0, _mm_loadu_si128, _mm_prefetch, _mm256_abs_epi8, _mm256_add_epi32,
    _mm256_add_ps, _mm256_castps_si256, _mm256_castsi256_ps, _mm256_cvtepi32_ps, _mm256_cvtph_ps,
    _mm256_div_ps, _mm256_loadu_ps, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16,
    _mm256_max_ps, _mm256_min_ps, _mm256_mul_ps, _mm256_set1_epi16, _mm256_set1_epi32,
    _mm256_set1_ps, _mm256_setzero_si256, _mm256_sign_epi8, _mm256_slli_epi32, _mm256_storeu_ps,
    _mm256_sub_ps,
};
use core::marker::PhantomData;
use core::ptr;

use super::Operation;
use super::cpuid::has;
use super::lanes::{ByteLine, HalfLine, LANES, Lanes, Line, PAIR, PairLine, Real, Sums, TOGETHER};

cpufeatures::new!(cpu_avx2, "avx2");

/// Proof that this processor and its operating system have AVX2 and F16C.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(crate) fn detect() -> Option<Self> {
        (cpu_avx2::get() && has::f16c()).then_some(Self(()))
    }

    #[inline]
    pub(crate) fn dispatch<O: Operation>(self, operation: O) {
        #[target_feature(enable = "avx2,f16c")]
        fn inner<O: Operation>(operation: O) {
            operation.run::<F32x8x2<Madd>>();
        }
        // SAFETY: `self` exists only where `detect` found the features that `inner` enables.
        unsafe { inner(operation) }
    }
}

/// For [`Avx2::dispatch`] and its likes only, so its methods run only where AVX2 was detected.
/// `S` is how integers are summed.
#[derive(Clone, Copy)]
pub(super) struct F32x8x2<S>(__m256, __m256, PhantomData<S>);

macro_rules! lanewise {
    ($($name:ident => $intrinsic:ident),*) => {$(
        #[inline(always)]
        fn $name(self, other: Self) -> Self {
            // SAFETY: the type is made behind the detection of AVX2.
            unsafe { Self($intrinsic(self.0, other.0), $intrinsic(self.1, other.1), PhantomData) }
        }
    )*};
}

impl<S: Copy> Real for F32x8x2<S> {
    #[inline(always)]
    fn splat(x: f32) -> Self {
        // SAFETY: the type is made behind the detection of AVX2.
        let x = unsafe { _mm256_set1_ps(x) };
        Self(x, x, PhantomData)
    }
    lanewise!(
        add => _mm256_add_ps, sub => _mm256_sub_ps, mul => _mm256_mul_ps,
        div => _mm256_div_ps, min => _mm256_min_ps, max => _mm256_max_ps
    );
    #[inline(always)]
    fn power_of_two(self) -> Self {
        let half = |x| {
            // SAFETY: the type is made behind the detection of AVX2.
            unsafe {
                let biased = _mm256_add_epi32(_mm256_castps_si256(x), _mm256_set1_epi32(127));
                _mm256_castsi256_ps(_mm256_slli_epi32::<23>(biased))
            }
        };
        Self(half(self.0), half(self.1), PhantomData)
    }
}

impl<S: PairSums> Lanes for F32x8x2<S> {
    const ACCUMULATORS: usize = 4;
    const GATES_LATE: bool = true;
    type Sums = S;
    #[inline(always)]
    fn load(from: &Line) -> Self {
        let from = from.as_ptr();
        // SAFETY: as above; the line's sixteen numbers are two registers of eight, alignment free.
        unsafe { Self(_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8)), PhantomData) }
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
    #[inline(always)]
    fn load_half(from: &HalfLine) -> Self {
        let from = from.as_ptr().cast();
        // SAFETY: as above, and F16C; the line's sixteen numbers are two registers of eight.
        unsafe {
            let (low, high) = (_mm_loadu_si128(from), _mm_loadu_si128(from.add(1)));
            Self(_mm256_cvtph_ps(low), _mm256_cvtph_ps(high), PhantomData)
        }
    }
    #[inline(always)]
    fn fetch_ahead<L>(line: &L) {
        fetch_ahead(line);
    }
    #[inline(always)]
    fn load_pair<const G: usize>(row: &[PairLine; G], group: usize) -> [Self; PAIR] {
        if group >= G {
            return [Self::splat(0.0); PAIR];
        }
        // SAFETY: as above; the group is one of the row, so its 64 bytes are, two registers of 32, and the
        // two before them unless it is the first. Alignment is free.
        unsafe {
            let from = row.as_ptr().add(group).cast::<u16>();
            let at = |from: *const u16| _mm256_loadu_si256(from.cast());
            let second = [at(from), at(from.add(LANES))];
            let first = match group {
                0 => second.map(|pairs| _mm256_slli_epi32::<16>(pairs)),
                _ => [at(from.sub(1)), at(from.add(LANES - 1))],
            };
            [first, second].map(|[low, high]| {
                Self(_mm256_castsi256_ps(low), _mm256_castsi256_ps(high), PhantomData)
            })
        }
    }
    #[inline(always)]
    fn from_sums(sums: S) -> Self {
        let (low, high) = sums.halves();
        // SAFETY: as above.
        unsafe { Self(_mm256_cvtepi32_ps(low), _mm256_cvtepi32_ps(high), PhantomData) }
    }
}

/// How far ahead weights are fetched that the caches do not hold: a page, for what a processor fetches by
/// itself ends with the page.
const AHEAD: usize = 4096;

/// As [`Lanes::fetch_ahead`].
#[inline(always)]
pub(super) fn fetch_ahead<L>(line: &L) {
    let ahead = ptr::from_ref(line).cast::<i8>().wrapping_add(AHEAD);
    // SAFETY: a hint, which reads nothing and may point anywhere.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(ahead) }
}

/// [`Sums`] in a pair of registers.
pub(super) trait PairSums: Sums {
    fn halves(self) -> (__m256i, __m256i);
}

/// Sums by way of 16 bits. As [`F32x8x2`], only where AVX2 was detected.
#[derive(Clone, Copy)]
pub(super) struct Madd(__m256i, __m256i);

impl PairSums for Madd {
    #[inline(always)]
    fn halves(self) -> (__m256i, __m256i) {
        (self.0, self.1)
    }
}

impl Sums for Madd {
    #[inline(always)]
    fn none(_total: i32) -> Self {
        // SAFETY: the type is made behind the detection of AVX2.
        let zero = unsafe { _mm256_setzero_si256() };
        Self(zero, zero)
    }
    #[inline(always)]
    fn plus_products(self, weights: &ByteLine, inputs: [i8; TOGETHER]) -> Self {
        let weights = weights.as_ptr().cast();
        // SAFETY: as above; the line's 64 bytes are two registers of 32, alignment free.
        unsafe {
            let inputs = _mm256_set1_epi32(i32::from_ne_bytes(inputs.map(|x| x as u8)));
            // Unsigned times signed: the weights take the inputs' signs. Two products of at most
            // 127² fit 16 bits.
            let magnitudes = _mm256_abs_epi8(inputs);
            let half = |sums, weights| {
                let weights = _mm256_sign_epi8(_mm256_loadu_si256(weights), inputs);
                let pairs = _mm256_maddubs_epi16(magnitudes, weights);
                _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
            };
            Self(half(self.0, weights), half(self.1, weights.add(1)))
        }
    }
}
