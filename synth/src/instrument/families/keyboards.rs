//! Pianos, their electric cousins, organs, and reeds blown by bellows or mouth.

use super::{ONE, burst, hold, wave};
use crate::dsp::envelope::Adsr;
use crate::dsp::svf::Pass;
use crate::instrument::{Filter, Patch, Piano, Sound, Tremolo, Vibrato, Wave};
use crate::kernel::fm::Pair;
use crate::kernel::layer::NoiseLayer;

const HAMMER: NoiseLayer = burst(0.10, 0.05, Pass::Low, 1_400.0, 0.2);

pub(crate) const GRAND: Piano =
    Piano { hammer: 1_000.0, touch: 2.4, unison: 0.55, bloom: -13.0, sustain: 1.0, knock: -26.0 };

pub(crate) const fn piano(name: &'static str, level: f32, sound: Piano) -> Patch {
    Patch {
        envelope: Adsr { release: 0.22, ..Patch::STRUCK },
        noise: HAMMER,
        undamped_from: 90,
        width: 0.5,
        ..Patch::new(name, level, Sound::Piano(sound))
    }
}

pub(crate) const fn fm(name: &'static str, level: f32, pairs: [Pair; 2]) -> Patch {
    Patch {
        envelope: Adsr { release: 0.28, ..Patch::STRUCK },
        ..Patch::new(name, level, Sound::Fm(pairs))
    }
}

/// A tine with a short bright partial over a bar that growls when struck hard.
pub(crate) const RHODES: [Pair; 2] = [
    Pair {
        carrier: 1.0,
        modulator: 1.0,
        level: 0.75,
        t60: 7.0,
        index: 0.20,
        index_t60: 2.2,
        index_floor: 0.25,
    },
    Pair {
        carrier: 1.0,
        modulator: 14.0,
        level: 0.30,
        t60: 5.0,
        index: 0.10,
        index_t60: 0.5,
        index_floor: 0.0,
    },
];
pub(crate) const DX_PIANO: [Pair; 2] = [
    Pair {
        carrier: 1.0,
        modulator: 1.0,
        level: 0.70,
        t60: 6.0,
        index: 0.14,
        index_t60: 3.0,
        index_floor: 0.3,
    },
    Pair {
        carrier: 1.001,
        modulator: 14.0,
        level: 0.45,
        t60: 4.5,
        index: 0.16,
        index_t60: 1.1,
        index_floor: 0.05,
    },
];

pub(crate) const KEY_CLICK: NoiseLayer = burst(0.30, 0.05, Pass::Band, 2_400.0, 0.2);
/// The percussion of an organ: the upper drawbars sound at the beginning only.
pub(crate) const PERCUSSION: Filter =
    Filter { sweep: 2.6, sweep_t60: 0.5, track: 0.8, ..Filter::low(700.0, 0.8) };

/// A tone-wheel organ through a slowly turning horn; its waves are read an octave low.
pub(crate) const fn organ(name: &'static str, level: f32, spectrum: Wave) -> Patch {
    Patch {
        envelope: hold(0.006, 0.06),
        dynamics: 1.2,
        transpose: -12.0,
        vibrato: Vibrato { rate: 6.1, cents: 4.0, delay: 0.01 },
        tremolo: Tremolo { rate: 6.1, depth: 0.10 },
        filter: Filter::low(2_400.0, 1.5),
        noise: NoiseLayer { level: 0.10, ..KEY_CLICK },
        chorus: 0.2,
        ..wave(name, level, spectrum, ONE)
    }
}

pub(crate) const fn reed(
    name: &'static str,
    level: f32,
    spectrum: Wave,
    oscillators: &'static [(f32, f32)],
) -> Patch {
    Patch {
        envelope: hold(0.045, 0.12),
        dynamics: 1.4,
        filter: Filter::low(4_500.0, 0.7),
        ..wave(name, level, spectrum, oscillators)
    }
}
