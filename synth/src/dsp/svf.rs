//! The state-variable filter (trapezoidal, after Simper), as coefficients.

/// What a voice's filter lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Everything: no filter.
    All,
    /// What is below the cutoff.
    Low,
    /// What is near the cutoff; unity gain at the peak.
    Band,
    /// What is above the cutoff.
    High,
}

/// Coefficients of one filter: `a` move the states, `m` mix the output from input, band and low.
/// The band's output is kept doubled, which saves a quarter of the work of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Coefficients {
    pub(crate) a: [f32; 3],
    pub(crate) m: [f32; 3],
}

impl Coefficients {
    /// A filter at `cutoff` in cycles per frame (held within 0.0002 and 0.45) of quality `q`.
    pub(crate) fn new(pass: Pass, cutoff: f32, q: f32) -> Self {
        let g = tan_turns(cutoff.clamp(0.000_2, 0.45) * 0.5);
        let k = 1.0 / q;
        let a1 = 1.0 / (1.0 + g * (g + k));
        let a2 = g * a1;
        let m = match pass {
            Pass::All => [1.0, 0.0, 0.0],
            Pass::Low => [0.0, 0.0, 1.0],
            Pass::Band => [0.0, 0.5 * k, 0.0],
            Pass::High => [1.0, -0.5 * k, -1.0],
        };
        Self { a: [2.0 * a1, 2.0 * a2, 0.5 * g], m }
    }

    /// The same filter as a difference equation, for coefficients that stay: the weights of this input
    /// and the two before it, and those by which the two outputs before are taken off.
    pub(crate) fn difference(&self) -> ([f32; 3], [f32; 2]) {
        let Self { a: [a1, a2, a3], m: [m0, m1, m2] } = self;
        let both = a2 * a3;
        let (d1, d2) = (2.0 * both - a1, 2.0 * both + a1 - 1.0);
        let (band, low) = (m1 * a2, m2 * both);
        let b = [m0 + band + low, m0 * d1 + 2.0 * low, m0 * d2 - band + low];
        (b, [d1, d2])
    }
}

/// tan(2π·t) for 0 ≤ t ≤ 0.23, by sine over cosine.
fn tan_turns(t: f32) -> f32 {
    use super::math::sin_turns;
    sin_turns(t) / sin_turns(t + 0.25)
}

/// One filter for one signal, frame by frame: what the others are compared with.
#[cfg(test)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Svf {
    c: Coefficients,
    s: [f32; 2],
}

#[cfg(test)]
impl Svf {
    /// A filter at rest; see [`Coefficients::new`].
    pub(crate) fn new(pass: Pass, cutoff: f32, q: f32) -> Self {
        Self { c: Coefficients::new(pass, cutoff, q), s: [0.0; 2] }
    }

    /// Filters one sample.
    #[inline(always)]
    pub(crate) fn next(&mut self, x: f32) -> f32 {
        let [a1, a2, a3] = self.c.a;
        let band = a1 * self.s[0] + a2 * (x - self.s[1]);
        let way = a3 * band;
        let low = self.s[1] + way;
        self.s = [band - self.s[0], low + way];
        self.c.m[0] * x + self.c.m[1] * band + self.c.m[2] * low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gain_at(pass: Pass, cutoff: f32, hz: f32) -> f32 {
        let mut f = Svf::new(pass, cutoff / 48_000.0, core::f32::consts::FRAC_1_SQRT_2);
        let mut peak = 0.0_f32;
        for i in 0..48_000 {
            let x = libm::sin(f64::from(hz) * f64::from(i) / 48_000.0 * core::f64::consts::TAU);
            let y = f.next(x as f32);
            if i > 24_000 {
                peak = peak.max(y.abs());
            }
        }
        20.0 * libm::log10f(peak)
    }

    #[test]
    fn a_butterworth_lowpass_has_its_known_response() {
        assert!(gain_at(Pass::Low, 1_000.0, 50.0).abs() < 0.1);
        assert!((gain_at(Pass::Low, 1_000.0, 1_000.0) + 3.01).abs() < 0.1);
        assert!((gain_at(Pass::Low, 1_000.0, 4_000.0) + 24.0).abs() < 1.0);
        assert!((gain_at(Pass::High, 1_000.0, 1_000.0) + 3.01).abs() < 0.1);
        assert!(gain_at(Pass::Band, 1_000.0, 1_000.0).abs() < 0.1);
    }
}
