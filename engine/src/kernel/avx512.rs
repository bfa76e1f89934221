//! AVX-512: a vector is one register.

use core::arch::x86_64::{
    __m512, __m512i, _MM_FROUND_CUR_DIRECTION, _mm256_loadu_si256, _mm512_add_epi32, _mm512_add_ps,
    _mm512_castps_si512, _mm512_castsi256_si512, _mm512_castsi512_ps, _mm512_cvt_roundph_ps,
    _mm512_cvtepi32_ps, _mm512_div_ps, _mm512_inserti64x4, _mm512_loadu_ps, _mm512_loadu_si512,
    _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps, _mm512_set1_epi32, _mm512_set1_ps,
    _mm512_slli_epi32, _mm512_storeu_ps, _mm512_sub_ps,
};
use core::marker::PhantomData;

use super::Operation;
use super::avx2::{Avx2, Madd, PairSums, fetch_ahead};
use super::lanes::{HalfLine, Lanes, Line, PAIR, PairLine, Real, Sums};

cpufeatures::new!(cpu_avx512, "avx512f");

/// Proof that this processor and its operating system have AVX-512F, AVX2 and F16C.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512(());

impl Avx512 {
    pub(crate) fn detect() -> Option<Self> {
        (Avx2::detect().is_some() && cpu_avx512::get()).then_some(Self(()))
    }

    #[inline]
    pub(crate) fn dispatch<O: Operation>(self, operation: O) {
        #[target_feature(enable = "avx512f,avx2,f16c")]
        fn inner<O: Operation>(operation: O) {
            operation.run::<F32x16<Madd>>();
        }
        // SAFETY: `self` exists only where `detect` found the features that `inner` enables.
        unsafe { inner(operation) }
    }
}

/// For [`Avx512::dispatch`] and its likes only, so its methods run only where AVX-512F was detected.
/// `S` is how integers are summed.
#[derive(Clone, Copy)]
pub(super) struct F32x16<S>(__m512, PhantomData<S>);

macro_rules! lanewise {
    ($($name:ident => $intrinsic:ident),*) => {$(
        #[inline(always)]
        fn $name(self, other: Self) -> Self {
            // SAFETY: the type is made behind the detection of AVX-512F.
            Self(unsafe { $intrinsic(self.0, other.0) }, PhantomData)
        }
    )*};
}

impl<S: Copy> Real for F32x16<S> {
    #[inline(always)]
    fn splat(x: f32) -> Self {
        // SAFETY: the type is made behind the detection of AVX-512F.
        Self(unsafe { _mm512_set1_ps(x) }, PhantomData)
    }
    lanewise!(
        add => _mm512_add_ps, sub => _mm512_sub_ps, mul => _mm512_mul_ps,
        div => _mm512_div_ps, min => _mm512_min_ps, max => _mm512_max_ps
    );
    #[inline(always)]
    fn power_of_two(self) -> Self {
        // SAFETY: the type is made behind the detection of AVX-512F.
        unsafe {
            let biased = _mm512_add_epi32(_mm512_castps_si512(self.0), _mm512_set1_epi32(127));
            Self(_mm512_castsi512_ps(_mm512_slli_epi32::<23>(biased)), PhantomData)
        }
    }
}

impl<S: WideSums> Lanes for F32x16<S> {
    const ACCUMULATORS: usize = 8;
    const GATES_LATE: bool = true;
    type Sums = S;
    #[inline(always)]
    fn load(from: &Line) -> Self {
        // SAFETY: as above; the reference covers the sixteen numbers read, alignment is free.
        Self(unsafe { _mm512_loadu_ps(from.as_ptr()) }, PhantomData)
    }
    #[inline(always)]
    fn store(self, to: &mut Line) {
        // SAFETY: as above; the reference covers the sixteen numbers written.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), self.0) }
    }
    #[inline(always)]
    fn load_half(from: &HalfLine) -> Self {
        // SAFETY: as above; the reference covers the sixteen numbers read, alignment is free. Only
        // the form with a rounding mode, which means nothing here, converts from memory.
        Self(
            unsafe {
                let halves = _mm256_loadu_si256(from.as_ptr().cast());
                _mm512_cvt_roundph_ps::<_MM_FROUND_CUR_DIRECTION>(halves)
            },
            PhantomData,
        )
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
        // SAFETY: as above; the group is one of the row, so its 64 bytes are, and the two before them unless
        // it is the first. Alignment is free.
        unsafe {
            let from = row.as_ptr().add(group).cast::<u16>();
            let second = _mm512_loadu_si512(from.cast());
            let first = match group {
                0 => _mm512_slli_epi32::<16>(second),
                _ => _mm512_loadu_si512(from.sub(1).cast()),
            };
            [first, second].map(|number| Self(_mm512_castsi512_ps(number), PhantomData))
        }
    }
    #[inline(always)]
    fn from_sums(sums: S) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_cvtepi32_ps(sums.whole()) }, PhantomData)
    }
}

/// [`Sums`] that one register holds in the end.
pub(super) trait WideSums: Sums {
    fn whole(self) -> __m512i;
}

impl WideSums for Madd {
    #[inline(always)]
    fn whole(self) -> __m512i {
        let (low, high) = self.halves();
        // SAFETY: only vectors of this file ask, behind the detection of AVX-512F.
        unsafe { _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high) }
    }
}
