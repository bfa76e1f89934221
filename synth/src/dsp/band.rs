//! A filter whose coefficients stay: eight frames at a time, for noise and metal.
//!
//! What eight frames become is a sum over what went in and over the two frames before them, so that
//! a recursion from frame to frame is twelve products side by side.

use super::svf::{Coefficients, Pass};
use crate::lanes::LANES;
use crate::simd::Simd;

/// A second-order filter for one signal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Band {
    /// The response to a single one, after seven zeros: a window of it is what a frame adds.
    response: [f32; 2 * LANES - 1],
    /// The response of its poles, after a zero: windows of it are what the frames before add.
    poles: [f32; LANES + 2],
    /// The weights of the last two inputs, and of the output before the last.
    weights: [f32; 3],
    /// Those inputs and outputs, the newer first.
    x: [f32; 2],
    y: [f32; 2],
}

impl Band {
    /// A filter that lets nothing through.
    pub(crate) const SHUT: Self = Self {
        response: [0.0; 2 * LANES - 1],
        poles: [0.0; LANES + 2],
        weights: [0.0; 3],
        x: [0.0; 2],
        y: [0.0; 2],
    };

    /// A filter at rest; see [`Coefficients::new`].
    pub(crate) fn new(pass: Pass, cutoff: f32, q: f32) -> Self {
        let (b, [d1, d2]) = Coefficients::new(pass, cutoff, q).difference();
        let mut band = Self { weights: [b[1], b[2], -d2], ..Self::SHUT };
        let mut last = [1.0, 0.0];
        for g in &mut band.poles[1..] {
            *g = last[0];
            last = [-d1 * last[0] - d2 * last[1], last[0]];
        }
        for i in 0..LANES {
            let g = |back: usize| if back <= i { band.poles[1 + i - back] } else { 0.0 };
            band.response[LANES - 1 + i] = b[0] * g(0) + b[1] * g(1) + b[2] * g(2);
        }
        band
    }

    /// Filters the next eight frames.
    #[inline(always)]
    pub(crate) fn eight<V: Simd>(&mut self, x: V) -> V {
        let mut input = [0.0; LANES];
        x.store(&mut input);
        let ([x, older_x], [y, older_y], [b1, b2, d2]) = (self.x, self.y, self.weights);
        // The poles' response from the frame before, from this one and from the next.
        let at = |from: usize| V::load(self.poles[from..].first_chunk().unwrap_or(&[0.0; LANES]));
        let mut even = V::splat(b1 * x + b2 * older_x + d2 * older_y) * at(1) + V::splat(y) * at(2);
        let mut odd = V::splat(b2 * x) * at(0);
        // Two sums, so that neither waits for the other. Frame `i` is heard from the `i`-th on.
        let windows = self.response.array_windows::<LANES>().rev();
        for (i, (x, window)) in input.iter().zip(windows).enumerate() {
            let heard = V::splat(*x) * V::load(window);
            if i % 2 == 0 {
                even = even + heard;
            } else {
                odd = odd + heard;
            }
        }
        let sum = even + odd;
        let mut output = [0.0; LANES];
        sum.store(&mut output);
        self.x = [input[LANES - 1], input[LANES - 2]];
        self.y = [output[LANES - 1], output[LANES - 2]];
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::noise::Noise;
    use crate::dsp::svf::Svf;
    use crate::simd::Portable;

    #[test]
    fn it_is_the_state_variable_filter() {
        for pass in [Pass::All, Pass::Low, Pass::Band, Pass::High] {
            for (hz, q) in [(150.0, 0.7), (420.0, 1.5), (7_200.0, 0.9), (19_000.0, 3.0)] {
                let mut frames = Svf::new(pass, hz / 48_000.0, q);
                let mut eights = Band::new(pass, hz / 48_000.0, q);
                let mut noise = Noise::new(7);
                for _ in 0..2_000 {
                    let x = [(); LANES].map(|()| noise.next());
                    let mut y = [0.0; LANES];
                    eights.eight(Portable::load(&x)).store(&mut y);
                    for (x, y) in x.iter().zip(y) {
                        let e = frames.next(*x);
                        assert!((y - e).abs() < 1e-3, "{pass:?} {hz} {q}: {y} for {e}");
                    }
                }
            }
        }
    }
}
