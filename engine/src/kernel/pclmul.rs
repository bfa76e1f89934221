//! Carry-less multiplication: sixteen bytes that have the CRC-32 of many.

use core::arch::x86_64::{
    __m128i, _mm_clmulepi64_si128, _mm_cvtsi32_si128, _mm_extract_epi64, _mm_set_epi64x,
    _mm_xor_si128,
};

cpufeatures::new!(cpu_pclmul, "pclmulqdq", "sse4.1");

/// Bytes folded at once.
pub(crate) const BLOCK: usize = 64;

/// x⁵⁴⁴ and x⁴⁸⁰ modulo the polynomial, bits reversed: they move 128 bits over 512.
const OVER_512: (i64, i64) = (0x1_5444_2bd4, 0x1_c6e4_1596);
/// x¹⁶⁰ and x⁹⁶ likewise: they move 128 bits over 128.
const OVER_128: (i64, i64) = (0x1_7519_97d0, 0x0_ccaa_009e);

/// Bytes that, begun with a register of 0, leave the CRC-32 register that `blocks`, begun with
/// `register`, leave: the method of Gopal and others, "Fast CRC computation for generic polynomials
/// using PCLMULQDQ" (Intel, 2009), without its last reduction.
///
/// None where the processor cannot, or there is nothing to fold.
pub(crate) fn fold(register: u32, blocks: &[[u8; BLOCK]]) -> Option<[u8; 16]> {
    let (first, rest) = blocks.split_first()?;
    if !cpu_pclmul::get() {
        return None;
    }
    // SAFETY: the features that `fold_blocks` enables were just detected.
    Some(unsafe { fold_blocks(register, first, rest) })
}

#[target_feature(enable = "pclmulqdq,sse4.1")]
fn fold_blocks(register: u32, first: &[u8; BLOCK], rest: &[[u8; BLOCK]]) -> [u8; 16] {
    let mut sums = load(first);
    sums[0] = _mm_xor_si128(sums[0], _mm_cvtsi32_si128(register as i32));
    for block in rest {
        let next = load(block);
        for (sum, next) in sums.iter_mut().zip(next) {
            *sum = moved(*sum, OVER_512, next);
        }
    }
    let [a, b, c, d] = sums;
    let folded = moved(moved(moved(a, OVER_128, b), OVER_128, c), OVER_128, d);
    let (low, high) = (_mm_extract_epi64::<0>(folded), _mm_extract_epi64::<1>(folded));
    ((u128::from(high as u64) << 64) | u128::from(low as u64)).to_le_bytes()
}

/// `sum` moved over the distance of `constants`, plus `next`.
#[target_feature(enable = "pclmulqdq,sse4.1")]
fn moved(sum: __m128i, constants: (i64, i64), next: __m128i) -> __m128i {
    let constants = _mm_set_epi64x(constants.1, constants.0);
    let low = _mm_clmulepi64_si128::<0x00>(sum, constants);
    let high = _mm_clmulepi64_si128::<0x11>(sum, constants);
    _mm_xor_si128(_mm_xor_si128(low, high), next)
}

#[target_feature(enable = "pclmulqdq,sse4.1")]
fn load(block: &[u8; BLOCK]) -> [__m128i; 4] {
    let mut out = [_mm_set_epi64x(0, 0); 4];
    for (out, bytes) in out.iter_mut().zip(block.as_chunks::<16>().0) {
        let number = u128::from_le_bytes(*bytes);
        *out = _mm_set_epi64x((number >> 64) as i64, number as i64);
    }
    out
}
