//! `exp`, `ln`, `tanh`, the logistic function and 1/√, the same bits on every machine.
//!
//! A platform's libm differs from another's in the last bit, and one bit decides a sampled token
//! sooner or later. These are branch-free chains of single-rounded operations instead. Errors are
//! the greatest found against f64 over every 512th f32 of the range (`tests/math.rs` repeats it).

use crate::kernel::lanes::{ROUND, Real};

/// Beyond this argument `tanh` is constant: 1 − tanh(7.95) = 2.5e-7.
const TANH_LIMIT: f32 = 7.95;
/// tanh(x) ≈ x·P(x²) / Q(x²), fitted for least relative error by `tests/reference/fit_tanh.py`.
const TANH_P: [f32; 5] = [1.0, 0.134_475_7, 0.003_575_305_5, 2.195_905e-5, 1.532_909_4e-8];
const TANH_Q: [f32; 5] = [1.0, 0.467_808_96, 0.026_178_384, 0.000_341_748_56, 8.560_628e-7];

#[inline(always)]
fn horner<R: Real, const N: usize>(x: R, coefficients: &[f32; N]) -> R {
    let mut sum = R::splat(0.0);
    for (index, &coefficient) in coefficients.iter().rev().enumerate() {
        let coefficient = R::splat(coefficient);
        sum = if index == 0 { coefficient } else { sum.mul(x).add(coefficient) };
    }
    sum
}

#[inline(always)]
pub(crate) fn tanh_lanes<R: Real>(x: R) -> R {
    let x = x.min(R::splat(TANH_LIMIT)).max(R::splat(-TANH_LIMIT));
    let square = x.mul(x);
    x.mul(horner(square, &TANH_P)).div(horner(square, &TANH_Q))
}

/// By way of `exp`, not of `tanh`: near 1 the error must be that of the distance *to* 1, because a
/// forget gate multiplies it up over hundreds of steps (on a trained network of 2 × 256 the logits'
/// error against f64 fell from 6.8e-5 to 1.5e-5 over 3,000 steps).
#[inline(always)]
pub(crate) fn sigmoid_lanes<R: Real>(x: R) -> R {
    let one = R::splat(1.0);
    // Within these limits the result is a normal number.
    let x = x.min(R::splat(87.0)).max(R::splat(-87.0));
    one.div(one.add(exp_within(R::splat(0.0).sub(x))))
}

#[inline(always)]
pub(crate) fn exp_lanes<R: Real>(x: R) -> R {
    exp_within(x.min(R::splat(88.0)).max(R::splat(-87.0)))
}

/// eˣ for −87 ≤ x ≤ 88.
#[inline(always)]
fn exp_within<R: Real>(x: R) -> R {
    let rounded = x.mul(R::splat(core::f32::consts::LOG2_E)).add(R::splat(ROUND));
    let exponent = rounded.sub(R::splat(ROUND));
    let rest = x.sub(exponent.mul(R::splat(LN_2_HIGH))).sub(exponent.mul(R::splat(LN_2_LOW)));
    horner(rest, &EXP).mul(rounded.power_of_two())
}

/// Hyperbolic tangent, relative error at most 3.5e-7; a NaN is taken as +∞.
///
/// ```
/// assert!((musigan_engine::math::tanh(0.5) - 0.46211717).abs() < 2e-7);
/// ```
pub fn tanh(x: f32) -> f32 {
    tanh_lanes(x)
}

/// Logistic function 1/(1 + e⁻ˣ), absolute error at most 1.1e-7; a NaN is taken as +∞.
///
/// ```
/// assert_eq!(musigan_engine::math::sigmoid(0.0), 0.5);
/// ```
pub fn sigmoid(x: f32) -> f32 {
    sigmoid_lanes(x)
}

/// ln 2 in two parts; the first has 15 bits, so its product with an exponent is exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// eʳ for |r| ≤ ln 2 / 2: the Taylor series, whose first missing term is below 1.2e-7 / 11.
const EXP: [f32; 7] = [1.0, 1.0, 0.5, 0.166_666_67, 0.041_666_668, 0.008_333_334, 0.001_388_888_9];

/// eˣ, relative error at most 2.6e-7 for −87 ≤ x ≤ 88; x is clamped to that range and a NaN is
/// taken as its upper end.
///
/// So the result is always a positive, normal number: a sum of such terms may be divided by.
///
/// ```
/// assert_eq!(musigan_engine::math::exp(0.0), 1.0);
/// assert!(musigan_engine::math::exp(f32::NEG_INFINITY) < 1.7e-38);
/// ```
pub fn exp(x: f32) -> f32 {
    exp_lanes(x)
}

/// ln 2, to single precision.
const LN_2: f32 = core::f32::consts::LN_2;
/// artanh(s) / s in s²: the series, whose first missing term is below 2e-9 for |s| ≤ 0.172.
const ARTANH: [f32; 5] = [1.0, 0.333_333_34, 0.2, 0.142_857_15, 0.111_111_11];

/// Natural logarithm of a positive, normal number, absolute error at most 1e-6 or relative error at most
/// 2e-7, whichever is more; of other numbers something finite.
///
/// ```
/// assert_eq!(musigan_engine::math::ln(1.0), 0.0);
/// assert!((musigan_engine::math::ln(10.0) - 2.302585).abs() < 1e-6);
/// ```
pub fn ln(x: f32) -> f32 {
    // From √½ to √2, so that the logarithm of what is left is small.
    let bits = x.to_bits().wrapping_sub(HALF_ROOT);
    let exponent = (bits as i32 >> 23) as f32;
    let rest = f32::from_bits((bits & 0x007f_ffff).wrapping_add(HALF_ROOT));
    let s = (rest - 1.0) / (rest + 1.0);
    exponent * LN_2 + 2.0 * s * horner(s * s, &ARTANH)
}

/// The bits of √½.
const HALF_ROOT: u32 = 0x3f35_04f3;

/// 1/√x of a positive, normal number, relative error at most 3e-7; of other numbers anything.
///
/// ```
/// assert!((musigan_engine::math::inverse_root(4.0) - 0.5).abs() < 2e-7);
/// ```
pub fn inverse_root(x: f32) -> f32 {
    // Half the exponent with its sign turned, then Newton's method: 3.4 %, 0.18 %, 5e-6 and what rounding
    // leaves.
    let guess = f32::from_bits(0x5f37_59df_u32.wrapping_sub(x.to_bits() >> 1));
    (0..3).fold(guess, |root, _| root * (1.5 - 0.5 * x * root * root))
}
