//! The inverse transform that makes wavetables out of harmonics.

use alloc::{vec, vec::Vec};

/// A radix-2 transform of one length, with its twiddle factors and its scratch.
pub(crate) struct Synthesis {
    /// Cosines and sines of each stage, one stage after the other: contiguous, so that the
    /// butterflies vectorise.
    cos: Vec<f32>,
    sin: Vec<f32>,
    re: Vec<f32>,
    im: Vec<f32>,
}

impl Synthesis {
    /// A transform of `length` points, a power of two.
    pub(crate) fn new(length: usize) -> Self {
        debug_assert!(length.is_power_of_two());
        let stages = (0..length.trailing_zeros()).map(|stage| 1_usize << stage);
        let turns = stages.flat_map(|span| (0..span).map(move |k| k as f64 / (2 * span) as f64));
        let (sin, cos) = turns
            .map(|t| libm::sincos(t * core::f64::consts::TAU))
            .map(|(s, c)| (s as f32, c as f32))
            .unzip();
        Self { cos, sin, re: vec![0.0; length], im: vec![0.0; length] }
    }

    /// Two cycles at once, one in each part of the complex transform: sums of sines whose
    /// amplitudes, from the first harmonic on, are `a` and `b` (fewer than half the length).
    pub(crate) fn sines(&mut self, a: &[f32], b: &[f32]) -> (&[f32], &[f32]) {
        let n = self.re.len();
        self.re.fill(0.0);
        self.im.fill(0.0);
        for h in 1..=a.len().max(b.len()).min(n / 2 - 1) {
            let a = 0.5 * a.get(h - 1).copied().unwrap_or(0.0);
            let b = 0.5 * b.get(h - 1).copied().unwrap_or(0.0);
            (self.re[h], self.im[h]) = (b, -a);
            (self.re[n - h], self.im[n - h]) = (-b, a);
        }
        self.inverse();
        (&self.re, &self.im)
    }

    /// The inverse transform in place, without a factor.
    fn inverse(&mut self) {
        let n = self.re.len();
        let bits = n.trailing_zeros();
        for i in 0..n {
            let j = i.reverse_bits() >> (usize::BITS - bits);
            if i < j {
                self.re.swap(i, j);
                self.im.swap(i, j);
            }
        }
        let mut span = 1;
        while span < n {
            let (cos, sin) = (&self.cos[span - 1..][..span], &self.sin[span - 1..][..span]);
            let blocks = self.re.chunks_exact_mut(2 * span).zip(self.im.chunks_exact_mut(2 * span));
            for (re, im) in blocks {
                let (re, rest_re) = re.split_at_mut(span);
                let (im, rest_im) = im.split_at_mut(span);
                let low = re.iter_mut().zip(im);
                let high = rest_re.iter_mut().zip(rest_im);
                for (((a, b), (x, y)), (c, s)) in low.zip(high).zip(cos.iter().zip(sin)) {
                    let (u, v) = (*x * c - *y * s, *x * s + *y * c);
                    (*x, *y) = (*a - u, *b - v);
                    *a += u;
                    *b += v;
                }
            }
            span *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sines_are_sines() {
        let mut synthesis = Synthesis::new(64);
        let (a, b) = synthesis.sines(&[1.0, 0.0, 0.5], &[0.0, 0.25]);
        for i in 0..64 {
            let t = i as f64 / 64.0 * core::f64::consts::TAU;
            let x = libm::sin(t) + 0.5 * libm::sin(3.0 * t);
            assert!((f64::from(a[i]) - x).abs() < 1e-6);
            assert!((f64::from(b[i]) - 0.25 * libm::sin(2.0 * t)).abs() < 1e-6);
        }
    }
}
