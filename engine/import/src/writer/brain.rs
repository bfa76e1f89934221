//! Rows of bf16, each of which ends in the bits of the one before it.

use super::panels::LANES;

/// The least magnitude of a number behind one that is not 0: its products stay clear of subnormal ones,
/// which are slow.
const LEAST: u32 = (127 - 100) << 7;
/// The greatest finite upper half.
const GREATEST: u32 = 0x7f7f;

/// The upper half that makes an f32 whose lower half is `before` nearest to a number.
fn upper_half(number: f32, before: u16) -> u16 {
    if number == 0.0 && before == 0 {
        return 0;
    }
    let magnitude = number.abs().to_bits();
    let nearest = (magnitude.saturating_sub(u32::from(before)) + 0x8000) >> 16;
    let sign = number.to_bits() >> 16 & 0x8000;
    (sign | nearest.clamp(LEAST, GREATEST)) as u16
}

/// Numbers of the first group of a row, two for each of its lanes.
const FIRST_GROUP: usize = 2 * LANES;

/// Replaces the numbers of a row by those that its bits will stand for; gives the bits.
pub fn round_row(row: &mut [f32]) -> Vec<u16> {
    let mut last = 0;
    let mut round = |(at, number): (usize, &mut f32)| {
        // Before the first inputs of the first group stands nothing.
        let before = if at < FIRST_GROUP && at % 2 == 0 { 0 } else { last };
        last = upper_half(*number, before);
        *number = f32::from_bits(u32::from(last) << 16 | u32::from(before));
        last
    };
    row.iter_mut().enumerate().map(&mut round).collect()
}

#[cfg(test)]
mod tests {
    use super::round_row;

    #[test]
    fn all_are_as_near_as_a_bf16() {
        let mut noise = 1_u32;
        let mut number = || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Any sign and fraction, magnitudes from 2⁻³² to 2³².
            f32::from_bits(noise & 0x807f_ffff | (95 + (noise >> 8) % 64) << 23)
        };
        for _ in 0..1_000 {
            let row: Vec<f32> = (0..40).map(|_| number()).collect();
            let mut found = row.clone();
            round_row(&mut found);
            for (found, wanted) in found.iter().zip(row) {
                let apart = (found - wanted).abs();
                assert!(apart <= wanted.abs() / 256.0, "{found} for {wanted}");
            }
        }
    }

    #[test]
    fn zeros_stay_zeros_behind_zeros_and_none_is_subnormal() {
        let mut row = [0.0, 0.0, 0.5, -0.3, 0.0, 0.0, f32::MAX, 0.0];
        assert_eq!(round_row(&mut row)[..3], [0, 0, 0x3f00]);
        assert_eq!(row[..3], [0.0, 0.0, 0.5]);
        assert!((row[3] + 0.3).abs() < 2e-3);
        assert_eq!(row[4..6], [0.0, 0.0]);
        assert!(row[6].is_finite() && row[6] > 3.3e38);
        assert!(row[7].is_normal() && row[7] < 1e-29);
    }
}
