//! Two bf16 in the bits of one lane.

use half::bf16;

/// The least magnitude of a second number: its products stay clear of subnormal ones, which are slow.
const LEAST: u32 = (127 - 100) << 7;
/// The greatest finite upper half.
const GREATEST: u32 = 0x7f7f;

/// The bits of the bf16 nearest to the first number in the lower half and, in the upper, those that make
/// the whole the f32 nearest to the second.
pub(super) fn pair_bits([first, second]: [f32; 2]) -> u32 {
    let low = u32::from(bf16::from_f32(first).to_bits());
    if low == 0 && second == 0.0 {
        return 0;
    }
    let magnitude = second.abs().to_bits();
    let high = (magnitude.saturating_sub(low) + 0x8000) >> 16;
    let sign = second.to_bits() & 1 << 31;
    sign | high.clamp(LEAST, GREATEST) << 16 | low
}

/// The two numbers that the bits stand for.
pub fn pair([first, second]: [f32; 2]) -> [f32; 2] {
    let bits = pair_bits([first, second]);
    [f32::from_bits(bits << 16), f32::from_bits(bits)]
}

#[cfg(test)]
mod tests {
    use super::pair;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_are_as_near_as_a_bf16(first in -1e3_f32..1e3, second in -1e3_f32..1e3) {
            let near = |found: f32, wanted: f32| {
                (found - wanted).abs() <= wanted.abs() / 256.0 + 1e-30
            };
            let [one, other] = pair([first, second]);
            prop_assert!(near(one, first) && near(other, second), "{one} {other}");
        }
    }

    #[test]
    fn zeros_stay_zeros_and_none_is_subnormal() {
        assert_eq!(pair([0.0, 0.0]), [0.0, 0.0]);
        assert_eq!(pair([0.0, 0.5]), [0.0, 0.5]);
        let [first, second] = pair([-0.3, 0.0]);
        assert!((first + 0.3).abs() < 2e-3 && second.abs() < 1e-29 && second.is_normal());
        assert!(pair([1.0, f32::MAX]).iter().all(|number| number.is_finite()));
    }
}
