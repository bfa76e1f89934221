//! f16 in software.

/// The number that a finite f16 stands for.
///
/// Without a subnormal f32 on the way, so that a mode that flushes them changes nothing.
#[inline(always)]
pub(crate) fn widened(half: u16) -> f32 {
    /// 2⁻¹⁴: the least normal f16 and the scale of all subnormal ones.
    const LEAST: u32 = (127 - 14) << 23;
    let (sign, rest) = (u32::from(half & 0x8000) << 16, u32::from(half & 0x7fff) << 13);
    let normal = rest.wrapping_add((127 - 15) << 23);
    let subnormal = (f32::from_bits(LEAST | rest) - f32::from_bits(LEAST)).to_bits();
    f32::from_bits(sign | if rest < 1 << 23 { subnormal } else { normal })
}

#[cfg(test)]
mod tests {
    use super::widened;

    #[test]
    fn every_finite_half_is_what_another_implementation_says() {
        for bits in 0..=u16::MAX {
            let expected = half::f16::from_bits(bits);
            if expected.is_finite() {
                assert_eq!(widened(bits).to_bits(), expected.to_f32().to_bits(), "{bits:04x}");
            }
        }
    }
}
