//! Drums and unpitched effects: a skin with a falling pitch, noise, and metal.

use crate::dsp::math::{decay, phase_step, sin_turns};
use crate::dsp::noise::Noise;
use crate::dsp::svf::{Pass, Svf};

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

#[derive(Clone, Copy, Debug, Default)]
struct SkinState {
    phase: u32,
    hz: f32,
    drop: f32,
    drop_shrink: f32,
    level: f32,
    shrink: f32,
}

#[derive(Clone, Copy, Debug, Default)]
struct RattleState {
    /// Each band has its own noise: a shared one would depend on how the time is cut.
    noise: Noise,
    filter: Svf,
    rise: f32,
    risen: f32,
    level: f32,
    shrink: f32,
}

#[derive(Clone, Copy, Debug, Default)]
struct MetalState {
    noise: Noise,
    phases: [u32; 6],
    steps: [u32; 6],
    filters: [Svf; 2],
    level: f32,
    shrink: f32,
}

/// A drum being played.
#[derive(Clone, Debug)]
pub(crate) struct Drum {
    skins: [SkinState; 2],
    rattles: [RattleState; 2],
    metal: MetalState,
    sample_rate: f32,
}

const FLOOR: f32 = 5e-6;

impl Drum {
    /// A silent drum.
    pub(crate) fn new(sample_rate: f32) -> Self {
        Self {
            skins: Default::default(),
            rattles: Default::default(),
            metal: MetalState::default(),
            sample_rate,
        }
    }

    /// Strikes the drum. `pitch` multiplies its frequencies, `hardness` (1 at full velocity) its
    /// noise, its upper mode and its drop.
    pub(crate) fn strike(&mut self, spec: &DrumSpec, pitch: f32, hardness: f32, seed: u32) {
        let rate = self.sample_rate;
        let dt = 1.0 / rate;
        // A harder stroke brings out the upper mode.
        let shares = [1.0, 0.1 + 0.9 * hardness];
        for ((s, p), share) in self.skins.iter_mut().zip(&spec.skin).zip(shares) {
            *s = SkinState {
                phase: 0,
                hz: p.hz * pitch,
                drop: (p.drop - 1.0) * (0.5 + 0.5 * hardness),
                drop_shrink: decay(dt, p.drop_t60),
                level: share * p.level,
                shrink: decay(dt, p.t60),
            };
        }
        let seeds = [seed, seed ^ 0x0F0F_0F0F];
        for ((s, p), seed) in self.rattles.iter_mut().zip(&spec.rattle).zip(seeds) {
            *s = RattleState {
                noise: Noise::new(seed),
                filter: Svf::new(p.pass, p.hz * pitch / rate, p.q),
                rise: if p.attack > 0.0 { dt / p.attack } else { 1.0 },
                risen: 0.0,
                level: p.level * (0.25 + 0.75 * hardness),
                shrink: decay(dt, p.t60),
            };
        }
        let metal = &spec.metal;
        let above = metal.above * pitch / rate;
        self.metal = MetalState {
            noise: Noise::new(seed ^ 0x3C3C_3C3C),
            phases: [0; 6],
            steps: METAL.map(|r| phase_step(r * metal.hz * pitch, rate)),
            filters: [Svf::new(Pass::High, above, 0.9), Svf::new(Pass::High, above * 0.7, 0.7)],
            level: metal.level * (0.5 + 0.5 * hardness),
            shrink: decay(dt, metal.t60),
        };
    }

    /// Whether everything has died away.
    pub(crate) fn is_done(&self) -> bool {
        self.skins.iter().all(|s| s.level == 0.0)
            && self.rattles.iter().all(|s| s.level == 0.0)
            && self.metal.level == 0.0
    }

    /// Renders the next frames.
    pub(crate) fn render(&mut self, out: &mut [f32]) {
        out.fill(0.0);
        let per_hz = 4_294_967_296.0 / self.sample_rate;
        for s in self.skins.iter_mut().filter(|s| s.level != 0.0) {
            for y in out.iter_mut() {
                let turns = s.phase as i32 as f32 * (1.0 / 4_294_967_296.0);
                *y += s.level * sin_turns(turns);
                let step = (s.hz * (1.0 + s.drop) * per_hz) as u32;
                s.phase = s.phase.wrapping_add(step);
                s.drop *= s.drop_shrink;
                s.level *= s.shrink;
            }
            s.drop = flush(s.drop);
            s.level = flush(s.level);
        }
        for s in self.rattles.iter_mut().filter(|s| s.level != 0.0) {
            for y in out.iter_mut() {
                if s.risen < 1.0 {
                    s.risen = (s.risen + s.rise).min(1.0);
                } else {
                    s.level *= s.shrink;
                }
                *y += s.filter.next(s.noise.next() * s.level * s.risen);
            }
            s.level = flush(s.level);
        }
        let m = &mut self.metal;
        if m.level != 0.0 {
            for y in out.iter_mut() {
                let mut sum = 0.0;
                for (phase, step) in m.phases.iter_mut().zip(m.steps) {
                    sum += if *phase & 0x8000_0000 == 0 { 1.0 } else { -1.0 };
                    *phase = phase.wrapping_add(step);
                }
                // Some noise between the lines keeps the cymbal from ringing like a bell.
                let raw = 0.12 * sum + 0.5 * m.noise.next();
                let once = m.filters[0].next(raw * m.level);
                *y += m.filters[1].next(once);
                m.level *= m.shrink;
            }
            m.level = flush(m.level);
        }
    }
}

fn flush(x: f32) -> f32 {
    if x.abs() < FLOOR { 0.0 } else { x }
}
