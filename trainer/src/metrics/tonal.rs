//! Tonal space: where pitch classes lie on the circles of fifths and thirds.
//!
//! Harte, Sandler and Gasser, *Detecting Harmonic Change in Musical Audio* (2006), as MuseGAN (Dong et
//! al., 2018) uses it.

use std::f64::consts::PI;

/// A place in tonal space.
pub type Centroid = [f64; 6];

/// Semitones around each circle, as a share of π, and its radius: fifths, minor and major thirds.
const CIRCLES: [(f64, f64); 3] = [(7.0 / 6.0, 1.0), (3.0 / 2.0, 1.0), (2.0 / 3.0, 0.5)];

/// The tonal centroid of pitch classes by their weights; `None` where nothing has any.
pub fn centroid(weights: &[f64; 12]) -> Option<Centroid> {
    let sum: f64 = weights.iter().sum();
    let mut centroid = [0.0; 6];
    for (class, weight) in weights.iter().enumerate() {
        for (circle, (steps, radius)) in CIRCLES.into_iter().enumerate() {
            let angle = class as f64 * steps * PI;
            centroid[2 * circle] += weight / sum * radius * angle.sin();
            centroid[2 * circle + 1] += weight / sum * radius * angle.cos();
        }
    }
    (sum > 0.0).then_some(centroid)
}

/// How far two places are apart.
pub fn distance(a: Centroid, b: Centroid) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_circles() {
        let place = |class: usize| {
            let mut weights = [0.0; 12];
            weights[class] = 3.0;
            centroid(&weights).unwrap()
        };
        // A fifth: 30 degrees on the first circle, 90 on the second, 120 on the third.
        let side = |radius: f64, degrees: f64| 2.0 * radius * (degrees.to_radians() / 2.0).sin();
        let fifth = side(1.0, 30.0).hypot(side(1.0, 90.0)).hypot(side(0.5, 120.0));
        assert!((distance(place(0), place(7)) - fifth).abs() < 1e-12);
        assert_eq!(centroid(&[0.0; 12]), None);
    }
}
