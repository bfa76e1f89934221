//! The families from which the rows of the program table are made, and the materials they name.

mod keyboards;
mod orchestra;
mod plucked;
mod sounds;
mod struck;
mod synths;

pub(super) use keyboards::*;
pub(super) use orchestra::*;
pub(super) use plucked::*;
pub(super) use sounds::*;
pub(super) use struck::*;
pub(super) use synths::*;

use super::{Patch, Sound, Stack, Tremolo, Vibrato, Wave};
use crate::dsp::envelope::Adsr;
use crate::dsp::svf::Pass;
use crate::kernel::layer::NoiseLayer;

/// A held sound: attack and release in seconds.
pub(super) const fn hold(attack: f32, release: f32) -> Adsr {
    Adsr { attack, decay: 1.0, sustain: 1.0, release }
}

/// One oscillator.
pub(super) const ONE: &[(f32, f32)] = &[(0.0, 1.0)];
pub(super) const STILL: Vibrato = Vibrato { rate: 5.0, cents: 0.0, delay: 0.5 };
pub(super) const NO_TREMOLO: Tremolo = Tremolo { rate: 5.0, depth: 0.0 };
pub(super) const NO_BREATH: NoiseLayer = NoiseLayer::NONE;

const fn burst(level: f32, t60: f32, pass: Pass, hz: f32, track: f32) -> NoiseLayer {
    NoiseLayer { level, t60, rest: 0.0, pass, hz, track, q: 0.8 }
}

const fn wave(
    name: &'static str,
    level: f32,
    wave: Wave,
    oscillators: &'static [(f32, f32)],
) -> Patch {
    Patch {
        envelope: hold(0.02, 0.15),
        ..Patch::new(name, level, Sound::Wave(Stack { wave, oscillators, sway: 0.0 }))
    }
}

/// Each oscillator by itself, by `cents`.
const fn swaying(cents: f32, mut patch: Patch) -> Patch {
    if let Sound::Wave(stack) = &mut patch.sound {
        stack.sway = cents;
    }
    patch
}
