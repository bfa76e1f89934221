//! Plucked strings.

use super::burst;
use crate::dsp::envelope::Adsr;
use crate::dsp::svf::Pass;
use crate::instrument::{Filter, Patch, Sound};
use crate::kernel::layer::NoiseLayer;
use crate::kernel::string::Pluck;

pub(crate) const THUMP: NoiseLayer = burst(0.25, 0.06, Pass::Low, 500.0, 0.0);
pub(crate) const BOW_TICK: NoiseLayer = burst(0.12, 0.04, Pass::Band, 900.0, 0.3);
/// The loudspeaker of a guitar amplifier.
pub(crate) const CABINET: Filter = Filter { track: 0.0, q: 1.0, ..Filter::low(3_600.0, 0.7) };

pub(crate) const fn pluck(name: &'static str, level: f32, string: Pluck) -> Patch {
    Patch {
        envelope: Adsr { release: 0.2, ..Patch::STRUCK },
        ..Patch::new(name, level, Sound::Pluck(string))
    }
}

pub(crate) const NYLON: Pluck = Pluck {
    t60: 4.6,
    t60_octave: 0.72,
    bright_t60: 0.7,
    position: 0.16,
    hardness: 3_000.0,
    warmth: 300.0,
    touch: 1.6,
    roughness: 0.12,
    drive: 0.0,
};
pub(crate) const STEEL: Pluck = Pluck {
    t60: 6.0,
    t60_octave: 0.75,
    bright_t60: 1.6,
    position: 0.12,
    hardness: 6_500.0,
    warmth: 350.0,
    touch: 1.6,
    roughness: 0.18,
    drive: 0.0,
};
pub(crate) const ELECTRIC: Pluck = Pluck {
    t60: 7.5,
    t60_octave: 0.75,
    bright_t60: 1.3,
    position: 0.2,
    hardness: 4_500.0,
    warmth: 400.0,
    touch: 1.4,
    roughness: 0.06,
    drive: 0.0,
};
pub(crate) const LEAD_GUITAR: Pluck = Pluck {
    t60: 11.0,
    t60_octave: 0.85,
    bright_t60: 2.0,
    position: 0.2,
    hardness: 3_500.0,
    warmth: 500.0,
    touch: 0.6,
    roughness: 0.05,
    drive: 3.0,
};
pub(crate) const HARPSICHORD: Pluck = Pluck {
    t60: 7.0,
    t60_octave: 0.85,
    bright_t60: 2.6,
    position: 0.09,
    hardness: 13_000.0,
    warmth: 1_800.0,
    touch: 0.9,
    roughness: 0.22,
    drive: 0.0,
};
pub(crate) const CLAVINET: Pluck = Pluck {
    t60: 5.0,
    t60_octave: 0.75,
    bright_t60: 1.8,
    position: 0.07,
    hardness: 9_000.0,
    warmth: 1_400.0,
    touch: 0.9,
    roughness: 0.1,
    drive: 0.0,
};
pub(crate) const DULCIMER: Pluck = Pluck {
    t60: 4.5,
    t60_octave: 0.75,
    bright_t60: 1.2,
    position: 0.11,
    hardness: 8_000.0,
    warmth: 900.0,
    touch: 1.2,
    roughness: 0.25,
    drive: 0.0,
};
pub(crate) const UPRIGHT: Pluck = Pluck {
    t60: 2.6,
    t60_octave: 0.8,
    bright_t60: 0.5,
    position: 0.22,
    hardness: 1_300.0,
    warmth: 120.0,
    touch: 1.2,
    roughness: 0.08,
    drive: 0.0,
};
pub(crate) const BASS: Pluck = Pluck {
    t60: 4.5,
    t60_octave: 0.8,
    bright_t60: 1.0,
    position: 0.2,
    hardness: 2_200.0,
    warmth: 130.0,
    touch: 1.3,
    roughness: 0.05,
    drive: 0.0,
};
pub(crate) const PIZZICATO: Pluck = Pluck {
    t60: 0.6,
    t60_octave: 0.7,
    bright_t60: 0.13,
    position: 0.25,
    hardness: 2_400.0,
    warmth: 250.0,
    touch: 1.3,
    roughness: 0.12,
    drive: 0.0,
};
pub(crate) const HARP: Pluck = Pluck {
    t60: 4.2,
    t60_octave: 0.68,
    bright_t60: 0.6,
    position: 0.35,
    hardness: 2_800.0,
    warmth: 260.0,
    touch: 1.6,
    roughness: 0.08,
    drive: 0.0,
};
pub(crate) const SITAR: Pluck = Pluck {
    t60: 4.5,
    t60_octave: 0.8,
    bright_t60: 2.6,
    position: 0.06,
    hardness: 11_000.0,
    warmth: 2_500.0,
    touch: 0.8,
    roughness: 0.3,
    drive: 1.3,
};
pub(crate) const BANJO: Pluck = Pluck {
    t60: 1.9,
    t60_octave: 0.75,
    bright_t60: 0.9,
    position: 0.09,
    hardness: 9_000.0,
    warmth: 900.0,
    touch: 1.1,
    roughness: 0.25,
    drive: 0.0,
};
pub(crate) const SHAMISEN: Pluck = Pluck {
    t60: 1.7,
    t60_octave: 0.75,
    bright_t60: 0.7,
    position: 0.11,
    hardness: 7_000.0,
    warmth: 800.0,
    touch: 1.0,
    roughness: 0.4,
    drive: 0.0,
};
pub(crate) const KOTO: Pluck = Pluck {
    t60: 4.2,
    t60_octave: 0.72,
    bright_t60: 1.5,
    position: 0.08,
    hardness: 7_500.0,
    warmth: 600.0,
    touch: 1.4,
    roughness: 0.15,
    drive: 0.0,
};
