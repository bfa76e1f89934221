//! Drums and unpitched effects: a skin with a falling pitch, noise, and metal.

use super::fall::Fall;
use super::{Eights, Ready};
use crate::dsp::band::Band;
use crate::dsp::math::{decay, phase_step};
use crate::dsp::noise::Noise;
use crate::dsp::svf::Pass;
use crate::lanes::LANES;
use crate::simd::{Simd, sine};

/// The skin: a sine whose pitch falls after the stroke.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Skin {
    /// Amplitude.
    pub level: f32,
    /// Hz in the end.
    pub hz: f32,
    /// Factor of the pitch at the stroke.
    pub drop: f32,
    /// Seconds in which the drop falls by 60 dB.
    pub drop_t60: f32,
    /// Seconds in which the amplitude falls by 60 dB.
    pub t60: f32,
}

/// A band of noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rattle {
    /// Amplitude.
    pub level: f32,
    /// Seconds in which it falls by 60 dB.
    pub t60: f32,
    /// Seconds until it is at its strongest.
    pub attack: f32,
    /// What of the noise is heard.
    pub pass: Pass,
    /// Centre or cutoff in Hz.
    pub hz: f32,
    /// Quality of the filter.
    pub q: f32,
}

/// Six squares out of tune with each other, high-passed: cymbals and hats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metal {
    /// Amplitude.
    pub level: f32,
    /// Seconds in which it falls by 60 dB.
    pub t60: f32,
    /// Hz of the lowest square.
    pub hz: f32,
    /// Cutoff of the high-pass in Hz.
    pub above: f32,
}

/// All of a drum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrumSpec {
    /// Two modes of the skin.
    pub skin: [Skin; 2],
    /// Two bands of noise.
    pub rattle: [Rattle; 2],
    /// Metal.
    pub metal: Metal,
}

const NO_SKIN: Skin = Skin { level: 0.0, hz: 100.0, drop: 1.0, drop_t60: 0.1, t60: 0.1 };
const NO_RATTLE: Rattle =
    Rattle { level: 0.0, t60: 0.1, attack: 0.0, pass: Pass::High, hz: 1_000.0, q: 0.7 };

impl DrumSpec {
    /// Silence, to build upon.
    pub const NONE: Self = Self {
        skin: [NO_SKIN; 2],
        rattle: [NO_RATTLE; 2],
        metal: Metal { level: 0.0, t60: 0.1, hz: 400.0, above: 5_000.0 },
    };
}

/// The squares of the metal, after the ratios measured on the TR-808's oscillators.
const METAL: [f32; 6] = [1.0, 1.304, 1.466, 1.787, 1.932, 2.536];

/// Frames of an eight, as numbers.
const ORDER: [f32; LANES] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];

#[derive(Clone, Copy, Debug)]
struct SkinState {
    /// In turns, within −½ and ½.
    phase: f32,
    /// Turns per frame in the end.
    step: f32,
    drop: Fall,
    /// The sums of the drop's factors over 0 to 7 frames, and over eight.
    dropped: [f32; LANES],
    dropped_eight: f32,
    level: Fall,
}

#[derive(Clone, Copy, Debug)]
struct RattleState {
    /// Each band has its own noise: a shared one would depend on how the time is cut.
    noise: Noise,
    filter: Band,
    rise: f32,
    risen: f32,
    level: Fall,
}

#[derive(Clone, Copy, Debug)]
struct MetalState {
    noise: Noise,
    phases: [u32; 6],
    steps: [u32; 6],
    filters: [Band; 2],
    level: Fall,
}

/// A drum being played.
#[derive(Clone, Debug)]
pub(crate) struct Drum {
    skins: [SkinState; 2],
    rattles: [RattleState; 2],
    metal: MetalState,
    sample_rate: f32,
    eights: Eights,
}

const FLOOR: f32 = 5e-6;

impl Drum {
    /// A silent drum.
    pub(crate) fn new(sample_rate: f32) -> Self {
        let still = Fall::new(0.0, 0.0);
        let skin = SkinState {
            phase: 0.0,
            step: 0.0,
            drop: still,
            dropped: [0.0; LANES],
            dropped_eight: 0.0,
            level: still,
        };
        let noise = Noise::new(0);
        let rattle = RattleState { noise, filter: Band::SHUT, rise: 1.0, risen: 1.0, level: still };
        let filters = [Band::SHUT; 2];
        Self {
            skins: [skin; 2],
            rattles: [rattle; 2],
            metal: MetalState { noise, phases: [0; 6], steps: [0; 6], filters, level: still },
            sample_rate,
            eights: Eights::new(),
        }
    }

    /// Strikes the drum. `pitch` multiplies its frequencies, `hardness` (1 at full velocity) its
    /// noise, its upper mode and its drop.
    pub(crate) fn strike(&mut self, spec: &DrumSpec, pitch: f32, hardness: f32, seed: u32) {
        let rate = self.sample_rate;
        let dt = 1.0 / rate;
        self.eights = Eights::new();
        // A harder stroke brings out the upper mode.
        let shares = [1.0, 0.1 + 0.9 * hardness];
        for ((s, p), share) in self.skins.iter_mut().zip(&spec.skin).zip(shares) {
            *s = SkinState::new(p, p.hz * pitch / rate, share * p.level, hardness, dt);
        }
        let seeds = [seed, seed ^ 0x0F0F_0F0F];
        for ((s, p), seed) in self.rattles.iter_mut().zip(&spec.rattle).zip(seeds) {
            let level = p.level * (0.25 + 0.75 * hardness);
            s.level = Fall::new(level, decay(dt, p.t60));
            if level != 0.0 {
                s.noise = Noise::new(seed);
                s.filter = Band::new(p.pass, p.hz * pitch / rate, p.q);
                (s.rise, s.risen) = (if p.attack > 0.0 { dt / p.attack } else { 1.0 }, 0.0);
            }
        }
        let metal = &spec.metal;
        let above = metal.above * pitch / rate;
        let m = &mut self.metal;
        m.level = Fall::new(metal.level * (0.5 + 0.5 * hardness), decay(dt, metal.t60));
        if metal.level != 0.0 {
            m.noise = Noise::new(seed ^ 0x3C3C_3C3C);
            m.phases = [0; 6];
            m.steps = METAL.map(|r| phase_step(r * metal.hz * pitch, rate));
            m.filters =
                [Band::new(Pass::High, above, 0.9), Band::new(Pass::High, above * 0.7, 0.7)];
        }
    }

    /// Whether everything has died away.
    pub(crate) fn is_done(&self) -> bool {
        self.skins.iter().all(|s| s.level.is_over())
            && self.rattles.iter().all(|s| s.level.is_over())
            && self.metal.level.is_over()
    }

    /// Renders the next frames.
    #[inline(always)]
    pub(crate) fn render<V: Simd>(&mut self, ready: &mut Ready, out: &mut [f32]) {
        let eights = self.eights.place(out, ready);
        eights.fill([0.0; LANES]);
        for s in &mut self.skins {
            for eight in eights.iter_mut() {
                if s.level.is_over() {
                    break;
                }
                (V::load(eight) + s.next::<V>()).store(eight);
                s.level.flush(FLOOR);
            }
        }
        for s in &mut self.rattles {
            for eight in eights.iter_mut() {
                if s.level.is_over() {
                    break;
                }
                (V::load(eight) + s.next::<V>()).store(eight);
                s.level.flush(FLOOR);
            }
        }
        let m = &mut self.metal;
        for eight in eights.iter_mut() {
            if m.level.is_over() {
                break;
            }
            (V::load(eight) + m.next::<V>()).store(eight);
            m.level.flush(FLOOR);
        }
        self.eights.hand_out(ready, out);
    }
}

impl SkinState {
    /// A skin of `step` turns per frame, struck.
    fn new(p: &Skin, step: f32, level: f32, hardness: f32, dt: f32) -> Self {
        let shrink = decay(dt, p.drop_t60);
        let mut dropped = [0.0; LANES];
        let (mut sum, mut factor) = (0.0, 1.0);
        for d in &mut dropped {
            *d = sum;
            sum += factor;
            factor *= shrink;
        }
        Self {
            phase: 0.0,
            step,
            drop: Fall::new((p.drop - 1.0) * (0.5 + 0.5 * hardness), shrink),
            dropped,
            dropped_eight: sum,
            level: Fall::new(level, decay(dt, p.t60)),
        }
    }

    #[inline(always)]
    fn next<V: Simd>(&mut self) -> V {
        let drop = self.drop.now();
        let frames = V::load(&ORDER) + V::splat(drop) * V::load(&self.dropped);
        let turns = V::splat(self.phase) + V::splat(self.step) * frames;
        let turns = turns - V::of_int(turns.to_int());
        let phase = self.phase + self.step * (LANES as f32 + drop * self.dropped_eight);
        self.phase = phase - crate::dsp::math::nearest(phase);
        self.drop.next::<V>();
        self.drop.flush(FLOOR);
        self.level.next::<V>() * sine(turns)
    }
}

impl RattleState {
    #[inline(always)]
    fn next<V: Simd>(&mut self) -> V {
        let level = if self.risen < 1.0 { V::load(&self.rising()) } else { self.level.next::<V>() };
        let noise = self.noise.eight::<V>();
        self.filter.eight(noise * level)
    }

    /// The next eight levels while it is not at its strongest.
    fn rising(&mut self) -> [f32; LANES] {
        [(); LANES].map(|()| {
            if self.risen < 1.0 {
                self.risen = (self.risen + self.rise).min(1.0);
            } else {
                self.level.step();
            }
            self.level.now() * self.risen
        })
    }
}

impl MetalState {
    #[inline(always)]
    fn next<V: Simd>(&mut self) -> V {
        let order = V::int_load(&[0, 1, 2, 3, 4, 5, 6, 7]);
        let (mut sum, one) = (V::splat(0.0), V::splat(1.0));
        for (phase, step) in self.phases.iter_mut().zip(self.steps) {
            let phases = V::int_add(V::int(*phase), V::int_mul(order, V::int(step)));
            sum = sum + one.copysign(V::of_int(phases));
            *phase = phase.wrapping_add(step.wrapping_mul(LANES as u32));
        }
        // Some noise between the lines keeps the cymbal from ringing like a bell.
        let raw = V::splat(0.12) * sum + V::splat(0.5) * self.noise.eight::<V>();
        let level = self.level.next::<V>();
        let once = self.filters[0].eight(raw * level);
        self.filters[1].eight(once)
    }
}
