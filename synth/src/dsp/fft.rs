//! The inverse transform that makes wavetables out of harmonics.

use alloc::{vec, vec::Vec};

/// A radix-2 transform of one length, with its twiddle factors and its scratch.
pub(crate) struct Synthesis {
    twiddles: Vec<(f32, f32)>,
    re: Vec<f32>,
    im: Vec<f32>,
}

impl Synthesis {
    /// A transform of `length` points, a power of two.
    pub(crate) fn new(length: usize) -> Self {
        debug_assert!(length.is_power_of_two());
        let twiddle = |i: usize| {
            let (s, c) = libm::sincos(i as f64 / length as f64 * core::f64::consts::TAU);
            (c as f32, s as f32)
        };
        Self {
            twiddles: (0..length / 2).map(twiddle).collect(),
            re: vec![0.0; length],
            im: vec![0.0; length],
        }
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
            let stride = n / (2 * span);
            for start in (0..n).step_by(2 * span) {
                let (re, rest_re) = self.re[start..start + 2 * span].split_at_mut(span);
                let (im, rest_im) = self.im[start..start + 2 * span].split_at_mut(span);
                for k in 0..span {
                    let (c, s) = self.twiddles[k * stride];
                    let (x, y) = (rest_re[k] * c - rest_im[k] * s, rest_re[k] * s + rest_im[k] * c);
                    (rest_re[k], rest_im[k]) = (re[k] - x, im[k] - y);
                    re[k] += x;
                    im[k] += y;
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
