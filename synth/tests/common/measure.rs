//! Measurements that share nothing with the synth: spectra, pitch, clicks, loudness.

use super::RATE;
use std::f64::consts::TAU;

/// Frames over which a held pitch is measured: 2.7 s.
pub const WINDOW: usize = 1 << 17;

/// The power spectrum of a Hann-windowed stretch of sound.
pub struct Power {
    bins: Vec<f64>,
    hz: f64,
}

impl Power {
    /// The spectrum of `x`, whose length is a power of two.
    pub fn of(x: &[f32]) -> Self {
        let n = x.len();
        let window = |i: usize| 0.5 - 0.5 * (TAU * i as f64 / n as f64).cos();
        let mut re: Vec<f64> =
            x.iter().enumerate().map(|(i, v)| f64::from(*v) * window(i)).collect();
        let mut im = vec![0.0; n];
        fft(&mut re, &mut im);
        let bins = re.iter().zip(&im).take(n / 2).map(|(a, b)| a * a + b * b).collect();
        Self { bins, hz: f64::from(RATE) / n as f64 }
    }

    fn range(&self, from: f64, to: f64) -> impl Iterator<Item = (f64, f64)> {
        let first = (from / self.hz).ceil() as usize;
        let last = ((to / self.hz) as usize).min(self.bins.len() - 1);
        self.bins[first..=last].iter().enumerate().map(move |(i, p)| ((first + i) as f64, *p))
    }

    /// The power between two frequencies in Hz.
    pub fn between(&self, from: f64, to: f64) -> f64 {
        self.range(from, to).map(|(_, p)| p).sum()
    }

    /// The power-weighted mean frequency between two frequencies in Hz.
    pub fn centroid(&self, from: f64, to: f64) -> f64 {
        let (moment, sum) =
            self.range(from, to).fold((0.0, 1e-30), |(m, s), (i, p)| (m + i * p, s + p));
        moment / sum * self.hz
    }

    /// The mean frequency in Hz, weighted as the slope of the wave is: overtones count in full.
    pub fn brightness(&self) -> f64 {
        let (moment, sum) = self.range(20.0, 20_000.0).fold((0.0, 1e-30), |(m, s), (i, p)| {
            let weight = i * i * p;
            (m + i * weight, s + weight)
        });
        moment / sum * self.hz
    }

    /// dB of what lies above 100 Hz and further than `cents` from every harmonic of `f0`,
    /// against the whole.
    pub fn between_harmonics(&self, f0: f64, cents: f64) -> f64 {
        let (mut stray, mut whole) = (1e-30, 1e-30);
        for (i, p) in self.bins.iter().enumerate() {
            let hz = i as f64 * self.hz;
            let nearest = f0 * (hz / f0).round().max(1.0);
            whole += p;
            if hz > 100.0 && 1_200.0 * (hz / nearest).log2().abs() > cents {
                stray += p;
            }
        }
        10.0 * (stray / whole).log10()
    }
}

/// The discrete Fourier transform, in place; the length is a power of two.
fn fft(re: &mut [f64], im: &mut [f64]) {
    let n = re.len();
    let shift = usize::BITS - n.trailing_zeros();
    for i in 0..n {
        let j = i.reverse_bits() >> shift;
        if i < j {
            re.swap(i, j);
            im.swap(i, j);
        }
    }
    let mut span = 1;
    while span < n {
        for k in 0..span {
            let (s, c) = (-TAU * k as f64 / (2 * span) as f64).sin_cos();
            for i in (k..n).step_by(2 * span) {
                let j = i + span;
                let (x, y) = (re[j] * c - im[j] * s, re[j] * s + im[j] * c);
                (re[j], im[j]) = (re[i] - x, im[i] - y);
                (re[i], im[i]) = (re[i] + x, im[i] + y);
            }
        }
        span *= 2;
    }
}

/// The pitch of `x` near `hz`, in cents off: the phase advance of a narrow window's bin between
/// two halves. For sounds that die away.
pub fn cents_off(x: &[f32], hz: f64) -> f64 {
    let n = x.len() / 2;
    let phase = |from: usize, hz: f64| {
        let (mut re, mut im) = (0.0, 0.0);
        for i in 0..n {
            let w = 0.5 - 0.5 * (TAU * i as f64 / n as f64).cos();
            let a = TAU * hz * (from + i) as f64 / f64::from(RATE);
            re += w * f64::from(x[from + i]) * a.cos();
            im -= w * f64::from(x[from + i]) * a.sin();
        }
        im.atan2(re)
    };
    let mut estimate = hz;
    for _ in 0..4 {
        let mut d = phase(n, estimate) - phase(0, estimate);
        d -= TAU * (d / TAU).round();
        estimate += d / TAU * f64::from(RATE) / n as f64;
    }
    1_200.0 * (estimate / hz).log2()
}

/// The pitch of a held sound near `hz`, in cents off: the centre of its power within ±70 cents,
/// over which vibrato and the players of a section average out.
pub fn cents_off_held(x: &[f32], hz: f64) -> f64 {
    const DOWN: usize = 128;
    // Shifted to 0 Hz, windowed, thinned out: a spectrum of few points holds what matters.
    let (step_re, step_im) =
        ((TAU * hz / f64::from(RATE)).cos(), (TAU * hz / f64::from(RATE)).sin());
    let (mut re, mut im) = (1.0, 0.0);
    let n = x.len() / DOWN;
    let (mut a, mut b) = (vec![0.0; n], vec![0.0; n]);
    for (i, v) in x[..n * DOWN].iter().enumerate() {
        a[i / DOWN] += f64::from(*v) * re;
        b[i / DOWN] -= f64::from(*v) * im;
        (re, im) = (re * step_re - im * step_im, re * step_im + im * step_re);
    }
    for i in 0..n {
        let w = 0.5 - 0.5 * (TAU * i as f64 / n as f64).cos();
        a[i] *= w;
        b[i] *= w;
    }
    fft(&mut a, &mut b);
    let bin = f64::from(RATE) / (n * DOWN) as f64;
    let edge = ((hz * (70.0_f64 / 1_200.0).exp2() - hz) / bin) as i64;
    let (moment, sum) = (-edge..=edge).fold((0.0, 1e-30), |(m, s), k| {
        let j = k.rem_euclid(n as i64) as usize;
        let p = a[j] * a[j] + b[j] * b[j];
        (m + k as f64 * p, s + p)
    });
    1_200.0 * (1.0 + moment / sum * bin / hz).log2()
}

/// Equal temperament, A4 = 440 Hz.
pub fn key_hz(key: u8) -> f64 {
    440.0 * ((f64::from(key) - 69.0) / 12.0).exp2()
}

/// The largest second difference: what a click has and music at low keys has not.
pub fn roughness(x: &[f32]) -> f32 {
    x.windows(3).fold(0.0, |m, w| m.max((w[0] - 2.0 * w[1] + w[2]).abs()))
}

pub fn peak(x: &[f32]) -> f32 {
    x.iter().fold(0.0, |m, v| m.max(v.abs()))
}

pub fn rms_db(x: &[f32]) -> f64 {
    let power = x.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>() / x.len() as f64;
    10.0 * power.max(1e-20).log10()
}

/// The mean of `x` under a Hann window, in dB.
pub fn dc_db(x: &[f32]) -> f64 {
    let window = |i: usize| 1.0 - (TAU * i as f64 / x.len() as f64).cos();
    let sum = x.iter().enumerate().map(|(i, v)| window(i) * f64::from(*v)).sum::<f64>();
    20.0 * (sum / x.len() as f64).abs().max(1e-20).log10()
}
