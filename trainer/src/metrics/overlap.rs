//! How much two sets of numbers overlap: the areas of MGEval (Yang and Lerch, 2018).

/// Points at which densities are compared.
const GRID: usize = 1024;

/// The area under both of two densities, 0 to 1: Gaussian kernel density estimates with Scott's
/// bandwidth. Not a number where one of the sets has less than two numbers.
pub fn overlap(a: &[f64], b: &[f64]) -> f64 {
    densities(a, b).map_or(f64::NAN, |[p, q]| p.iter().zip(&q).map(|(p, q)| p.min(*q)).sum())
}

/// The Kullback–Leibler divergence of the density of `a` from that of `b`, in nats: ∑ p ln (p / q).
/// Where `b` has next to nothing, its density counts as 10⁻¹² of the whole, so that the sum is finite.
pub fn divergence(a: &[f64], b: &[f64]) -> f64 {
    let term = |p: f64, q: f64| if p > 0.0 { p * (p / q.max(1e-12)).ln() } else { 0.0 };
    densities(a, b).map_or(f64::NAN, |[p, q]| p.iter().zip(&q).map(|(&p, &q)| term(p, q)).sum())
}

/// Both densities on one grid, the points of each adding up to 1; `None` where one of the sets has less
/// than two numbers.
fn densities(a: &[f64], b: &[f64]) -> Option<[Vec<f64>; 2]> {
    if a.len() < 2 || b.len() < 2 {
        return None;
    }
    let widths = [bandwidth(a), bandwidth(b)];
    let all = || a.iter().chain(b).copied();
    let margin = 4.0 * widths[0].max(widths[1]);
    let low = all().fold(f64::INFINITY, f64::min) - margin;
    let high = all().fold(f64::NEG_INFINITY, f64::max) + margin;
    let step = (high - low) / (GRID - 1) as f64;
    Some([density(a, widths[0], low, step), density(b, widths[1], low, step)])
}

/// MGEval's overlap: of the distances within `own` with those from `own` to `other`, both absolute
/// differences of numbers.
pub fn distance_overlap(own: &[f64], other: &[f64]) -> f64 {
    // As many as two thousand on each side: four million distances.
    let own = thinned(own);
    let other = thinned(other);
    let mut within = Vec::with_capacity(own.len() * own.len() / 2);
    for (at, a) in own.iter().enumerate() {
        within.extend(own[at + 1..].iter().map(|b| (a - b).abs()));
    }
    let between: Vec<f64> =
        own.iter().flat_map(|a| other.iter().map(move |b| (a - b).abs())).collect();
    overlap(&within, &between)
}

fn thinned(numbers: &[f64]) -> Vec<f64> {
    let every = numbers.len().div_ceil(2000).max(1);
    numbers.iter().step_by(every).copied().collect()
}

/// Scott's rule, as in SciPy; of numbers that are all the same a little.
fn bandwidth(numbers: &[f64]) -> f64 {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let variance = numbers.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (count - 1.0);
    (variance.sqrt() * count.powf(-0.2)).max(1e-6 * (1.0 + mean.abs()))
}

/// Probabilities of the grid's points, which add up to 1.
fn density(numbers: &[f64], width: f64, low: f64, step: f64) -> Vec<f64> {
    // Numbers are dealt out to the two points beside them, then each point to its neighbours.
    let mut dealt = vec![0.0; GRID];
    for x in numbers {
        let place = ((x - low) / step).clamp(0.0, (GRID - 1) as f64);
        let at = (place as usize).min(GRID - 2);
        dealt[at] += 1.0 - (place - at as f64);
        dealt[at + 1] += place - at as f64;
    }
    let reach = ((4.0 * width / step).ceil() as usize).min(GRID);
    let kernel: Vec<f64> =
        (0..=reach).map(|i| (-0.5 * (i as f64 * step / width).powi(2)).exp()).collect();
    let mut smooth = vec![0.0; GRID];
    for (at, &weight) in dealt.iter().enumerate().filter(|(_, w)| **w > 0.0) {
        for (point, value) in
            smooth.iter_mut().enumerate().take(at + reach + 1).skip(at.saturating_sub(reach))
        {
            *value += weight * kernel[point.abs_diff(at)];
        }
    }
    let sum: f64 = smooth.iter().sum();
    smooth.iter().map(|p| p / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Rng;

    /// About normal: the sum of twelve.
    fn normal(seed: u64, mean: f64, deviation: f64) -> Vec<f64> {
        let rng = &mut Rng::keyed(&[seed]);
        (0..4000)
            .map(|_| {
                let sum: f64 = (0..12).map(|_| f64::from(rng.unit())).sum();
                mean + deviation * (sum - 6.0)
            })
            .collect()
    }

    #[test]
    fn the_overlap_of_two_normals_is_that_of_the_table() {
        let still = normal(1, 0.0, 1.0);
        assert!(overlap(&still, &normal(2, 0.0, 1.0)) > 0.96);
        // Two deviations apart: 2 Φ(−1) = 0.317, a little more where estimates are blurred.
        let apart = overlap(&still, &normal(3, 2.0, 1.0));
        assert!((apart - 0.317).abs() < 0.04, "{apart}");
        assert!(overlap(&still, &normal(4, 100.0, 1.0)) < 1e-6);
        assert!(overlap(&[1.0], &still).is_nan());
    }

    #[test]
    fn the_divergence_of_two_normals_is_half_the_square_of_their_distance() {
        let (still, moved) = (normal(1, 0.0, 1.0), normal(2, 1.0, 1.0));
        let found = divergence(&still, &moved);
        assert!((found - 0.5).abs() < 0.1, "{found}");
        assert!(divergence(&still, &normal(3, 0.0, 1.0)) < 0.02);
    }

    #[test]
    fn distances_overlap_like_their_sets() {
        let still = normal(1, 0.0, 1.0);
        assert!(distance_overlap(&still, &normal(2, 0.0, 1.0)) > 0.96);
        assert!(distance_overlap(&still, &normal(3, 5.0, 1.0)) < 0.2);
    }
}
