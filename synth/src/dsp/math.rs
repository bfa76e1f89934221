//! Conversions between the units of music and of signals, by polynomials that need no `std`.

/// The nearest whole number, for numbers below 2^22: adding 1.5·2^23 leaves no bits for a fraction.
#[inline(always)]
pub(crate) fn nearest(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0;
    (x + MAGIC) - MAGIC
}

/// 2^x for −126 ≤ x ≤ 126 (held there outside); relative error below 3e-7 before rounding.
#[inline]
pub(crate) fn exp2(x: f32) -> f32 {
    let x = x.clamp(-126.0, 126.0);
    let whole = nearest(x);
    let f = x - whole;
    // Taylor of 2^f on −½..½; the sixth-order term is below 1e-6 relative and kept.
    let p = 1.0
        + f * (core::f32::consts::LN_2
            + f * (0.240_226_5
                + f * (0.055_504_11
                    + f * (0.009_618_129 + f * (0.001_333_356 + f * 0.000_154_035_3)))));
    p * f32::from_bits(((whole as i32 + 127) as u32) << 23)
}

/// Decibels to a factor of amplitude.
#[inline]
pub(crate) fn gain(db: f32) -> f32 {
    exp2(db * 0.166_096_4)
}

/// The frequency of a key (69.0 = A4 = 440 Hz) in Hz; fractions are fractions of a semitone.
#[inline]
pub(crate) fn key_hz(key: f32) -> f32 {
    440.0 * exp2((key - 69.0) / 12.0)
}

/// The factor by which an exponential decay with this time to −60 dB shrinks over `seconds`.
#[inline]
pub(crate) fn decay(seconds: f32, t60: f32) -> f32 {
    exp2(-9.965_784 * seconds / t60.max(1e-4))
}

/// sin(2π·turns) for up to four million turns; absolute error below 3e-6, exact zeros at 0 and ½.
#[inline]
pub(crate) fn sin_turns(turns: f32) -> f32 {
    let t = turns - nearest(turns);
    // Fold onto −¼..¼, where an odd polynomial of degree nine suffices.
    let t = if t > 0.25 {
        0.5 - t
    } else if t < -0.25 {
        -0.5 - t
    } else {
        t
    };
    let x = t * core::f32::consts::TAU;
    let q = x * x;
    x * (1.0 + q * (-1.0 / 6.0 + q * (1.0 / 120.0 + q * (-1.0 / 5_040.0 + q / 362_880.0))))
}

/// A frequency as a step of a 32-bit phase.
#[inline]
pub(crate) fn phase_step(hz: f32, sample_rate: f32) -> u32 {
    // Through f64: f32 would round a step to 2^-24 of its size, audible nowhere, but free here.
    (f64::from(hz) / f64::from(sample_rate) * 4_294_967_296.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_polynomials_agree_with_libm() {
        for i in -20_000..20_000 {
            let x = i as f32 * 1e-3;
            let e = libm::exp2(f64::from(x));
            assert!((f64::from(exp2(x)) / e - 1.0).abs() < 1e-6, "{x}");
            let s = libm::sin(f64::from(x) * core::f64::consts::TAU);
            assert!((f64::from(sin_turns(x)) - s).abs() < 2e-5, "{x}");
        }
    }

    #[test]
    fn a4_is_440_hz() {
        assert!((key_hz(69.0) - 440.0).abs() < 1e-3);
        assert!((key_hz(60.0) - 261.625_58).abs() < 1e-3);
    }
}
