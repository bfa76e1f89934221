//! Synthesizers: leads, pads, basses.

use super::{burst, hold, swaying, wave};
use crate::dsp::envelope::Adsr;
use crate::dsp::svf::Pass;
use crate::instrument::{Filter, Patch, Vibrato, Wave};
use crate::kernel::layer::NoiseLayer;

pub(crate) const CHIFF: NoiseLayer = burst(0.7, 0.16, Pass::Band, 1_800.0, 0.6);

pub(crate) const fn lead(
    name: &'static str,
    level: f32,
    spectrum: Wave,
    oscillators: &'static [(f32, f32)],
) -> Patch {
    Patch {
        envelope: hold(0.006, 0.12),
        vibrato: Vibrato { rate: 5.4, cents: 7.0, delay: 0.3 },
        filter: Filter { sweep: 0.6, sweep_t60: 0.5, q: 0.9, ..Filter::low(3_400.0, 1.0) },
        ..wave(name, level, spectrum, oscillators)
    }
}

pub(crate) const fn pad(name: &'static str, level: f32, spectrum: Wave, attack: f32) -> Patch {
    Patch {
        envelope: hold(attack, 0.9),
        vibrato: Vibrato { rate: 4.4, cents: 3.0, delay: 0.4 },
        filter: Filter::low(2_000.0, 0.6),
        chorus: 0.5,
        ..swaying(2.5, wave(name, level, spectrum, &[(-0.08, 0.6), (0.012, 0.5), (0.09, 0.6)]))
    }
}

pub(crate) const fn synth_bass(
    name: &'static str,
    level: f32,
    spectrum: Wave,
    hz: f32,
    sweep: f32,
) -> Patch {
    Patch {
        envelope: Adsr { attack: 0.003, decay: 1.4, sustain: 0.7, release: 0.1 },
        filter: Filter {
            pass: Pass::Low,
            hz,
            track: 0.4,
            velocity: 0.9,
            sweep,
            sweep_t60: 0.45,
            follow: 0.0,
            q: 1.6,
        },
        ..wave(name, level, spectrum, &[(-0.014, 0.8), (0.056, 0.4)])
    }
}
