//! The accuracy that `math` documents, against f64.

use musigan_engine::math::{exp, inverse_root, sigmoid, tanh};

/// Every 512th f32 of ±`limit` and both ends.
fn arguments(limit: f32) -> impl Iterator<Item = f32> {
    (0..=limit.to_bits()).step_by(512).map(f32::from_bits).flat_map(|x| [x, -x])
}

fn worst(limit: f32, error: impl Fn(f32) -> f64) -> (f64, f32) {
    let errors = arguments(limit).map(|x| (error(x), x));
    errors.fold((0.0, 0.0), |worst, next| if next.0 > worst.0 { next } else { worst })
}

fn relative(found: f32, expected: f64) -> f64 {
    (f64::from(found) / expected - 1.0).abs()
}

#[test]
fn tanh_keeps_its_promise() {
    let smallest = f32::MIN_POSITIVE;
    let error =
        |x: f32| if x.abs() < smallest { 0.0 } else { relative(tanh(x), f64::from(x).tanh()) };
    let (worst, at) = worst(100.0, error);
    println!("tanh: {worst:e} at {at}");
    assert!(worst <= 3.5e-7, "{worst:e} at {at}");
    assert!(arguments(f32::INFINITY).all(|x| tanh(x).abs() <= 1.0));
    assert_eq!(tanh(f32::NAN), tanh(f32::INFINITY));
}

#[test]
fn sigmoid_keeps_its_promise() {
    let (worst, at) =
        worst(100.0, |x| (f64::from(sigmoid(x)) - 1.0 / (1.0 + (-f64::from(x)).exp())).abs());
    println!("sigmoid: {worst:e} at {at}");
    assert!(worst <= 1.1e-7, "{worst:e} at {at}");
    assert!(arguments(f32::INFINITY).all(|x| (0.0..=1.0).contains(&sigmoid(x))));
}

#[test]
fn exp_keeps_its_promise() {
    let (worst, at) = worst(87.0, |x| relative(exp(x), f64::from(x).exp()));
    println!("exp: {worst:e} at {at}");
    assert!(worst <= 2.6e-7, "{worst:e} at {at}");
    assert!(arguments(f32::INFINITY).all(|x| exp(x).is_normal() && exp(x) > 0.0));
    assert_eq!(exp(f32::NAN), exp(88.0));
    assert_eq!(exp(f32::INFINITY), exp(88.0));
}

#[test]
fn inverse_root_keeps_its_promise() {
    let error = |x: f32| match x >= f32::MIN_POSITIVE {
        true => relative(inverse_root(x), 1.0 / f64::from(x).sqrt()),
        false => 0.0,
    };
    let (worst, at) = worst(f32::MAX, error);
    println!("inverse_root: {worst:e} at {at}");
    assert!(worst <= 3e-7, "{worst:e} at {at}");
}
