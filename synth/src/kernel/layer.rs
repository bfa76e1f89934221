//! A layer of filtered noise over a voice: hammer, pick, breath, bow, key click.

use crate::dsp::math::decay;
use crate::dsp::noise::Noise;
use crate::dsp::svf::{Pass, Svf};

/// How the noise of a voice sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoiseLayer {
    /// Amplitude at the beginning.
    pub level: f32,
    /// Seconds in which it falls by 60 dB towards `rest`.
    pub t60: f32,
    /// Amplitude that stays while the key is held.
    pub rest: f32,
    /// What of the noise is heard.
    pub pass: Pass,
    /// Centre or cutoff in Hz, at C4.
    pub hz: f32,
    /// How far it follows the key: 0 not at all, 1 wholly.
    pub track: f32,
    /// Quality of the filter.
    pub q: f32,
}

impl NoiseLayer {
    /// No noise.
    pub const NONE: Self =
        Self { level: 0.0, t60: 0.1, rest: 0.0, pass: Pass::Low, hz: 1_000.0, track: 0.0, q: 0.7 };
}

/// The layer of one voice.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    noise: Noise,
    filter: Svf,
    level: f32,
    shrink: f32,
    rest: f32,
}

impl Layer {
    /// A silent layer.
    pub(crate) fn new() -> Self {
        Self { noise: Noise::new(0), filter: Svf::default(), level: 0.0, shrink: 0.0, rest: 0.0 }
    }

    /// Starts the layer for a key of `hz`, with its level multiplied by `strength`.
    pub(crate) fn start(
        &mut self,
        layer: &NoiseLayer,
        hz: f32,
        strength: f32,
        sample_rate: f32,
        seed: u32,
    ) {
        let cutoff = layer.hz * libm::powf(hz / 261.63, layer.track);
        self.noise = Noise::new(seed);
        self.filter = Svf::new(layer.pass, cutoff / sample_rate, layer.q);
        self.level = (layer.level - layer.rest) * strength;
        self.rest = layer.rest * strength;
        self.shrink = decay(1.0 / sample_rate, layer.t60);
    }

    /// Whether it is heard no more.
    pub(crate) fn is_done(&self) -> bool {
        self.rest == 0.0 && self.level == 0.0
    }

    /// Adds the next frames to `out`.
    pub(crate) fn add(&mut self, out: &mut [f32]) {
        for y in out {
            *y += self.filter.next(self.noise.next() * (self.level + self.rest));
            self.level *= self.shrink;
        }
        // Some 70 dB below the voice.
        if self.level.abs() < 1e-4 {
            self.level = 0.0;
        }
    }
}
