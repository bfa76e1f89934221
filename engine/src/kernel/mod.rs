//! Arithmetic per instruction set, one specification for all.
//!
//! A kernel is written once, generic over vectors of sixteen lanes, and instantiated by one file per
//! instruction set. Lanes are *outputs*: each is one running sum over its inputs in ascending order,
//! multiply then add, so the sum does not depend on the width of the machine and every instruction
//! set gives the same bits; no horizontal sum is left.
//!
//! A fused multiply-add would give other bits than older processors and wasm have without it. Doing
//! without cost 2 % at 64 units and 5 to 8 % at 128 in hand-written AVX-512 loops over the weights of
//! two LSTM layers and a head, timed one after the other on a busy Sapphire Rapids machine; from 256
//! units on, where memory is the limit, the difference was lost in that noise.

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod avx2;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod avx512;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod avx512vnni;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod avxvnni;
#[cfg(target_arch = "x86_64")]
mod cpuid;
#[cfg(target_arch = "aarch64")]
#[allow(unsafe_code)]
mod dotprod;
#[cfg(arm_dsp)]
#[allow(unsafe_code)]
mod dsp;
mod half;
pub(crate) mod lanes;
#[cfg(target_arch = "aarch64")]
#[allow(unsafe_code)]
mod neon;
pub(crate) mod panel;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
pub(crate) mod pclmul;
#[cfg(not(arm_dsp))]
mod products;
mod scalar;
pub(crate) mod storage;

use lanes::Lanes;

/// Work that can be run with any vector type.
///
/// `run` and all it calls must be `#[inline(always)]`, so that the code lands inside the function
/// that enables the instruction set.
pub(crate) trait Operation {
    fn run<V: Lanes>(self);
}

/// The instruction set that a model's kernels use.
///
/// The choice changes the speed only: all of them give the same bits.
#[derive(Clone, Copy, Debug)]
pub struct Kernels(Isa);

#[derive(Clone, Copy, Debug)]
enum Isa {
    #[cfg(not(arm_dsp))]
    Scalar,
    #[cfg(arm_dsp)]
    Dsp(dsp::Dsp),
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Avx2),
    #[cfg(target_arch = "x86_64")]
    AvxVnni(avxvnni::AvxVnni),
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni(avx512vnni::Avx512Vnni),
    #[cfg(target_arch = "aarch64")]
    Neon(neon::Neon),
    #[cfg(target_arch = "aarch64")]
    DotProduct(dotprod::DotProduct),
}

impl Kernels {
    /// The kernels that every processor of the target can run: the portable ones, which are the
    /// specification.
    #[cfg(not(arm_dsp))]
    pub const PORTABLE: Self = Self(Isa::Scalar);
    /// The kernels that every processor of the target can run: those with DSP instructions, for flash
    /// has no room for the portable ones beside them.
    #[cfg(arm_dsp)]
    pub const PORTABLE: Self = Self(Isa::Dsp(dsp::Dsp::CERTAIN));

    /// The fastest kernels of this processor.
    pub fn detect() -> Self {
        Self::available().last().unwrap_or(Self::PORTABLE)
    }

    /// Every instruction set that this processor can run, slowest first.
    pub fn available() -> impl Iterator<Item = Self> {
        let portable = core::iter::once(Some(Self::PORTABLE.0));
        #[cfg(target_arch = "x86_64")]
        let more = [
            avx2::Avx2::detect().map(Isa::Avx2),
            avxvnni::AvxVnni::detect().map(Isa::AvxVnni),
            avx512::Avx512::detect().map(Isa::Avx512),
            avx512vnni::Avx512Vnni::detect().map(Isa::Avx512Vnni),
        ];
        #[cfg(target_arch = "aarch64")]
        let more = [
            neon::Neon::detect().map(Isa::Neon),
            dotprod::DotProduct::detect().map(Isa::DotProduct),
        ];
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let more = [];
        portable.chain(more).flatten().map(Self)
    }

    /// The name of the instruction set, for reports.
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(not(arm_dsp))]
            Isa::Scalar => "scalar",
            #[cfg(arm_dsp)]
            Isa::Dsp(_) => "Cortex-M DSP",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Isa::AvxVnni(_) => "AVX-VNNI",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(_) => "AVX-512",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Vnni(_) => "AVX-512 VNNI",
            #[cfg(target_arch = "aarch64")]
            Isa::Neon(_) => "NEON",
            #[cfg(target_arch = "aarch64")]
            Isa::DotProduct(_) => "NEON dot product",
        }
    }

    #[inline]
    pub(crate) fn dispatch<O: Operation>(self, operation: O) {
        match self.0 {
            #[cfg(not(arm_dsp))]
            Isa::Scalar => operation.run::<scalar::Scalar<products::Products>>(),
            #[cfg(arm_dsp)]
            Isa::Dsp(isa) => isa.dispatch(operation),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(isa) => isa.dispatch(operation),
            #[cfg(target_arch = "x86_64")]
            Isa::AvxVnni(isa) => isa.dispatch(operation),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(isa) => isa.dispatch(operation),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Vnni(isa) => isa.dispatch(operation),
            #[cfg(target_arch = "aarch64")]
            Isa::Neon(isa) => isa.dispatch(operation),
            #[cfg(target_arch = "aarch64")]
            Isa::DotProduct(isa) => isa.dispatch(operation),
        }
    }
}
