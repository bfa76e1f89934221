//! Features of x86-64 processors that the crate `cpufeatures` does not know.
//!
//! Whether the operating system keeps the registers is asked there, for AVX2 and AVX-512.

use core::arch::x86_64::{__cpuid, __cpuid_count};

pub(super) mod has {
    use super::extended;

    pub(in super::super) fn f16c() -> bool {
        super::__cpuid(1).ecx & (1 << 29) != 0
    }

    pub(in super::super) fn avx512_vnni() -> bool {
        extended(0).is_some_and(|found| found.ecx & (1 << 11) != 0)
    }

    pub(in super::super) fn avx_vnni() -> bool {
        // Part 0 says how many parts there are.
        let parts = extended(0).map_or(0, |found| found.eax);
        parts > 0 && extended(1).is_some_and(|found| found.eax & (1 << 4) != 0)
    }
}

/// Leaf 7, where there is one.
fn extended(part: u32) -> Option<core::arch::x86_64::CpuidResult> {
    (__cpuid(0).eax >= 7).then(|| __cpuid_count(7, part))
}
