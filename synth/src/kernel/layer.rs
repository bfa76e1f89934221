//! A layer of filtered noise over a voice: hammer, pick, breath, bow, key click.

use crate::dsp::math::decay;
use crate::dsp::noise::{AHEAD, seeded};
use crate::dsp::svf::{Coefficients, Pass};
use crate::lanes::{F8, LANES};
use crate::simd::Simd;

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

    /// Whether it is heard for a good part of a note.
    pub(crate) fn lasts(&self) -> bool {
        self.rest > 0.0 || (self.level > 0.0 && self.t60 > 0.1)
    }
}

/// What one voice's layer begins with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Breath {
    pub(crate) layer: &'static NoiseLayer,
    /// Hz of the key.
    pub(crate) hz: f32,
    /// Factor on its level.
    pub(crate) strength: f32,
    pub(crate) seed: u32,
}

/// The layers of eight voices, one lane each.
#[derive(Clone, Debug)]
pub(crate) struct Layers {
    noise: [u32; LANES],
    level: F8,
    shrink: F8,
    rest: F8,
    /// The weight of the filter's present input, for noise that is as large as its 32-bit integers: `level`
    /// and `rest` hold it.
    scale: F8,
    /// What of the input the filter remembers, as parts of it, and what of its memory (transposed direct
    /// form II: the fewest operations).
    b: [F8; 2],
    d: [F8; 2],
    s: [F8; 2],
    /// Some lane may be heard.
    heard: bool,
}

/// What makes a signed 32-bit integer a number from −1 to 1.
const UNIT: f32 = 1.0 / 2_147_483_648.0;

impl Layers {
    /// Silent layers.
    pub(crate) fn new() -> Self {
        let zero = F8::default();
        Self {
            noise: [0; LANES],
            level: zero,
            shrink: zero,
            rest: zero,
            scale: zero,
            b: [zero; 2],
            d: [zero; 2],
            s: [zero; 2],
            heard: false,
        }
    }

    /// Starts the layer of a lane.
    pub(crate) fn start(&mut self, at: usize, breath: &Breath, sample_rate: f32) {
        let layer = breath.layer;
        let cutoff = layer.hz * libm::powf(breath.hz / 261.63, layer.track);
        let filter = Coefficients::new(layer.pass, cutoff / sample_rate, layer.q);
        let ([b0, b1, b2], d) = filter.difference();
        let scale = b0 * UNIT;
        self.noise[at] = seeded(breath.seed);
        self.scale.0[at] = scale;
        self.level.0[at] = (layer.level - layer.rest) * breath.strength * scale;
        self.rest.0[at] = layer.rest * breath.strength * scale;
        self.shrink.0[at] = decay(1.0 / sample_rate, layer.t60);
        for (i, b) in [b1, b2].into_iter().enumerate() {
            self.b[i].0[at] = b / b0 - d[i];
            self.d[i].0[at] = d[i];
        }
        self.s.iter_mut().for_each(|v| v.0[at] = 0.0);
        self.heard |= !self.is_done(at);
    }

    /// Silences a lane.
    pub(crate) fn stop(&mut self, at: usize) {
        self.level.0[at] = 0.0;
        self.rest.0[at] = 0.0;
        self.s.iter_mut().for_each(|v| v.0[at] = 0.0);
    }

    /// Whether a lane is heard no more.
    pub(crate) fn is_done(&self, at: usize) -> bool {
        self.rest.0[at] == 0.0 && self.level.0[at] == 0.0
    }

    /// Whether any lane may be heard.
    pub(crate) fn heard(&self) -> bool {
        self.heard
    }

    /// At a point of the grid: ends layers some 70 dB below their voice.
    pub(crate) fn flush(&mut self) {
        // Written in any case: the compiler makes vectors of it.
        for (level, scale) in self.level.0.iter_mut().zip(&self.scale.0) {
            *level = if level.abs() < 1e-4 * scale { 0.0 } else { *level };
        }
        let mut heard = 0.0;
        for at in 0..LANES {
            let level = self.level.0[at].abs() + self.rest.0[at].abs();
            for s in &mut self.s {
                s.0[at] = if level == 0.0 { 0.0 } else { s.0[at] };
            }
            heard += level;
        }
        self.heard = heard > 0.0;
    }

    /// Adds the next frames, lanes side by side, to `frames`.
    #[inline(always)]
    pub(crate) fn add<V: Simd>(&mut self, frames: &mut [F8]) {
        let noise = V::int_load(&self.noise);
        let mut hiss = Hiss {
            level: V::load(&self.level.0),
            shrink: V::load(&self.shrink.0),
            rest: V::load(&self.rest.0),
            b: [V::load(&self.b[0].0), V::load(&self.b[1].0)],
            d: [V::load(&self.d[0].0), V::load(&self.d[1].0)],
            s: [V::load(&self.s[0].0), V::load(&self.s[1].0)],
        };
        // Every second number by itself: half as long a way from one to the next.
        let (mut first, mut second) = (noise, ahead::<V>(noise, 1));
        let (eights, rest) = frames.as_chunks_mut::<LANES>();
        for eight in eights {
            for pair in eight.as_chunks_mut::<2>().0 {
                hiss.add(first, &mut pair[0]);
                hiss.add(second, &mut pair[1]);
                first = ahead::<V>(first, 2);
                second = ahead::<V>(second, 2);
            }
        }
        for frame in rest {
            hiss.add(first, frame);
            (first, second) = (second, ahead::<V>(first, 2));
        }
        V::int_store(first, &mut self.noise);
        hiss.level.store(&mut self.level.0);
        hiss.s[0].store(&mut self.s[0].0);
        hiss.s[1].store(&mut self.s[1].0);
    }
}

/// The noise so many frames on.
#[inline(always)]
fn ahead<V: Simd>(noise: V::Int, frames: usize) -> V::Int {
    let [factor, increment] = AHEAD.map(|ahead| ahead[frames - 1]);
    V::int_add(V::int_mul(noise, V::int(factor)), V::int(increment))
}

/// Layers on their way through a block.
struct Hiss<V> {
    level: V,
    shrink: V,
    rest: V,
    b: [V; 2],
    d: [V; 2],
    s: [V; 2],
}

impl<V: Simd> Hiss<V> {
    #[inline(always)]
    fn add(&mut self, noise: V::Int, frame: &mut F8) {
        let ([b1, b2], [d1, d2], [s1, s2]) = (self.b, self.d, self.s);
        let x = V::of_int(noise) * (self.level + self.rest);
        self.level = self.level * self.shrink;
        (V::load(&frame.0) + (x + s1)).store(&mut frame.0);
        self.s = [(b1 * x + s2) - d1 * s1, b2 * x - d2 * s1];
    }
}
