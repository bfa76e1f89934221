//! Drums on keys, and sounds.

use super::{ONE, hold, wave};
use crate::dsp::envelope::Adsr;
use crate::dsp::svf::Pass;
use crate::instrument::{Patch, Sound, Tremolo, Vibrato, Wave};
use crate::kernel::drum::{DrumSpec, Metal, Rattle, Skin};
use crate::kernel::layer::NoiseLayer;

pub(crate) const fn struck_drum(name: &'static str, level: f32, spec: DrumSpec) -> Patch {
    Patch {
        envelope: Adsr { release: 0.9, ..Patch::STRUCK },
        ..Patch::new(name, level, Sound::Drum(spec))
    }
}

pub(crate) const fn effect(name: &'static str, level: f32, spec: DrumSpec) -> Patch {
    Patch { fixed_key: Some(60), undamped_from: 0, ..struck_drum(name, level, spec) }
}

const NO_SKIN: Skin = DrumSpec::NONE.skin[0];
const NO_RATTLE: Rattle = DrumSpec::NONE.rattle[0];

/// Skins on keys give their frequencies for C4.
pub(crate) const TIMPANI: DrumSpec = DrumSpec {
    skin: [
        Skin { level: 0.8, hz: 261.63, drop: 1.03, drop_t60: 0.2, t60: 1.7 },
        Skin { level: 0.35, hz: 392.4, drop: 1.02, drop_t60: 0.2, t60: 1.1 },
    ],
    rattle: [
        Rattle { level: 0.25, t60: 0.08, attack: 0.0, pass: Pass::Low, hz: 900.0, q: 0.7 },
        NO_RATTLE,
    ],
    ..DrumSpec::NONE
};
pub(crate) const TAIKO: DrumSpec = DrumSpec {
    skin: [
        Skin { level: 0.9, hz: 130.81, drop: 1.5, drop_t60: 0.12, t60: 0.8 },
        Skin { level: 0.55, hz: 208.0, drop: 1.2, drop_t60: 0.1, t60: 0.35 },
    ],
    rattle: [
        Rattle { level: 0.4, t60: 0.09, attack: 0.0, pass: Pass::Low, hz: 1_200.0, q: 0.7 },
        NO_RATTLE,
    ],
    ..DrumSpec::NONE
};
pub(crate) const MELODIC_TOM: DrumSpec = DrumSpec {
    skin: [
        Skin { level: 0.9, hz: 261.63, drop: 1.35, drop_t60: 0.15, t60: 0.6 },
        Skin { level: 0.6, hz: 416.0, drop: 1.2, drop_t60: 0.1, t60: 0.32 },
    ],
    rattle: [
        Rattle { level: 0.35, t60: 0.06, attack: 0.0, pass: Pass::Low, hz: 1_800.0, q: 0.7 },
        NO_RATTLE,
    ],
    ..DrumSpec::NONE
};
pub(crate) const SYNTH_DRUM: DrumSpec = DrumSpec {
    skin: [Skin { level: 0.9, hz: 220.0, drop: 3.0, drop_t60: 0.35, t60: 0.6 }, NO_SKIN],
    rattle: [
        Rattle { level: 0.15, t60: 0.1, attack: 0.0, pass: Pass::Band, hz: 1_500.0, q: 0.7 },
        NO_RATTLE,
    ],
    ..DrumSpec::NONE
};
pub(crate) const REVERSE_CYMBAL: DrumSpec = DrumSpec {
    rattle: [
        Rattle { level: 0.5, t60: 0.12, attack: 1.6, pass: Pass::High, hz: 4_500.0, q: 0.7 },
        Rattle { level: 0.3, t60: 0.12, attack: 1.6, pass: Pass::Band, hz: 2_600.0, q: 0.6 },
    ],
    ..DrumSpec::NONE
};
pub(crate) const FRET_NOISE: DrumSpec = DrumSpec {
    rattle: [
        Rattle { level: 0.5, t60: 0.12, attack: 0.05, pass: Pass::Band, hz: 2_800.0, q: 3.0 },
        Rattle { level: 0.3, t60: 0.1, attack: 0.07, pass: Pass::Band, hz: 1_700.0, q: 3.0 },
    ],
    ..DrumSpec::NONE
};
pub(crate) const BREATH_NOISE: DrumSpec = DrumSpec {
    rattle: [
        Rattle { level: 0.5, t60: 0.6, attack: 0.06, pass: Pass::Band, hz: 1_600.0, q: 0.7 },
        Rattle { level: 0.2, t60: 0.5, attack: 0.08, pass: Pass::High, hz: 4_000.0, q: 0.7 },
    ],
    ..DrumSpec::NONE
};
pub(crate) const GUNSHOT: DrumSpec = DrumSpec {
    skin: [Skin { level: 0.7, hz: 60.0, drop: 4.0, drop_t60: 0.1, t60: 0.4 }, NO_SKIN],
    rattle: [
        Rattle { level: 1.0, t60: 0.12, attack: 0.0, pass: Pass::High, hz: 900.0, q: 0.7 },
        Rattle { level: 0.6, t60: 1.0, attack: 0.0, pass: Pass::Low, hz: 1_200.0, q: 0.7 },
    ],
    metal: Metal { level: 0.0, t60: 0.1, hz: 400.0, above: 5_000.0 },
};

pub(crate) const fn sustained_noise(
    name: &'static str,
    level: f32,
    hz: f32,
    q: f32,
    tremolo: Tremolo,
) -> Patch {
    Patch {
        envelope: hold(0.3, 0.8),
        tremolo,
        fixed_key: Some(60),
        noise: NoiseLayer { level: 0.6, t60: 1.0, rest: 0.6, pass: Pass::Band, hz, track: 0.0, q },
        ..wave(name, level, Wave::Sine, &[(0.0, 0.0)])
    }
}

/// A bird: a whistle that flutters by half an octave.
pub(crate) const fn chirp(name: &'static str, level: f32) -> Patch {
    Patch {
        envelope: hold(0.01, 0.08),
        transpose: 36.0,
        vibrato: Vibrato { rate: 7.0, cents: 320.0, delay: 0.0 },
        tremolo: Tremolo { rate: 7.0, depth: 0.9 },
        ..wave(name, level, Wave::Sine, ONE)
    }
}

pub(crate) const fn telephone(name: &'static str, level: f32) -> Patch {
    Patch {
        envelope: hold(0.004, 0.1),
        fixed_key: Some(91),
        ..wave(name, level, Wave::Glass, &[(0.0, 0.6), (3.9, 0.5)])
    }
}
