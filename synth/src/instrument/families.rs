//! The families from which the rows of the program table are made, and the materials they name.

pub(super) use super::Piano;
use super::{Bars, Filter, Patch, Scoop, Sound, Stack, Tremolo, Vibrato, Wave};
use crate::dsp::envelope::Adsr;
use crate::dsp::svf::Pass;
use crate::kernel::drum::{DrumSpec, Metal, Rattle, Skin};
use crate::kernel::fm::Pair;
use crate::kernel::layer::NoiseLayer;
use crate::kernel::string::Pluck;

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

/// The pin that leaves the tooth of the comb.
pub(super) const PIN: NoiseLayer = burst(0.10, 0.03, Pass::Band, 3_800.0, 0.2);
pub(super) const MALLET: NoiseLayer = burst(0.25, 0.045, Pass::Low, 1_500.0, 0.3);
pub(super) const KEY_CLICK: NoiseLayer = burst(0.30, 0.05, Pass::Band, 2_400.0, 0.2);
pub(super) const THUMP: NoiseLayer = burst(0.25, 0.06, Pass::Low, 500.0, 0.0);
pub(super) const BOW_TICK: NoiseLayer = burst(0.12, 0.04, Pass::Band, 900.0, 0.3);
pub(super) const CHIFF: NoiseLayer = burst(0.7, 0.16, Pass::Band, 1_800.0, 0.6);
const HAMMER: NoiseLayer = burst(0.10, 0.05, Pass::Low, 1_400.0, 0.2);

/// The percussion of an organ: the upper drawbars sound at the beginning only.
pub(super) const PERCUSSION: Filter =
    Filter { pass: Pass::Low, hz: 700.0, track: 0.8, sweep: 2.6, sweep_t60: 0.5, ..Filter::NONE };

/// The loudspeaker of a guitar amplifier.
pub(super) const CABINET: Filter =
    Filter { pass: Pass::Low, hz: 3_600.0, track: 0.0, q: 1.0, ..Filter::NONE };

// Pianos and their electric cousins.

pub(super) const GRAND: Piano =
    Piano { hammer: 1_000.0, touch: 2.4, unison: 0.55, bloom: -13.0, sustain: 1.0, knock: -26.0 };

pub(super) const fn piano(name: &'static str, level: f32, sound: Piano) -> Patch {
    Patch {
        envelope: Adsr { release: 0.22, ..Patch::STRUCK },
        noise: HAMMER,
        undamped_from: 90,
        width: 0.5,
        ..Patch::new(name, level, Sound::Piano(sound))
    }
}

pub(super) const fn fm(name: &'static str, level: f32, pairs: [Pair; 2]) -> Patch {
    Patch {
        envelope: Adsr { release: 0.28, ..Patch::STRUCK },
        ..Patch::new(name, level, Sound::Fm(pairs))
    }
}

/// A tine with a short bright partial over a bar that growls when struck hard.
pub(super) const RHODES: [Pair; 2] = [
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
pub(super) const DX_PIANO: [Pair; 2] = [
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
        carrier: 1.003,
        modulator: 14.0,
        level: 0.45,
        t60: 4.5,
        index: 0.16,
        index_t60: 1.1,
        index_floor: 0.05,
    },
];

// Plucked strings.

pub(super) const fn pluck(name: &'static str, level: f32, string: Pluck) -> Patch {
    Patch {
        envelope: Adsr { release: 0.2, ..Patch::STRUCK },
        ..Patch::new(name, level, Sound::Pluck(string))
    }
}

pub(super) const NYLON: Pluck = Pluck {
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
pub(super) const STEEL: Pluck = Pluck {
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
pub(super) const ELECTRIC: Pluck = Pluck {
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
pub(super) const LEAD_GUITAR: Pluck = Pluck {
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
pub(super) const HARPSICHORD: Pluck = Pluck {
    t60: 7.0,
    t60_octave: 0.85,
    bright_t60: 2.6,
    position: 0.09,
    hardness: 13_000.0,
    warmth: 1_800.0,
    touch: 0.3,
    roughness: 0.22,
    drive: 0.0,
};
pub(super) const CLAVINET: Pluck = Pluck {
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
pub(super) const DULCIMER: Pluck = Pluck {
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
pub(super) const UPRIGHT: Pluck = Pluck {
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
pub(super) const BASS: Pluck = Pluck {
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
pub(super) const PIZZICATO: Pluck = Pluck {
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
pub(super) const HARP: Pluck = Pluck {
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
pub(super) const SITAR: Pluck = Pluck {
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
pub(super) const BANJO: Pluck = Pluck {
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
pub(super) const SHAMISEN: Pluck = Pluck {
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
pub(super) const KOTO: Pluck = Pluck {
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

// Bars, bells, plates.

pub(super) const fn bars(name: &'static str, level: f32, bars: Bars) -> Patch {
    Patch {
        envelope: Adsr { release: 1.1, ..Patch::STRUCK },
        ..Patch::new(name, level, Sound::Bars(bars))
    }
}

/// A tooth of a steel comb is a bar clamped at one end: 1 : 6.27 : 17.5; its lead weight lowers
/// the upper modes a little, and the next teeth answer at the octave.
pub(super) const MUSIC_BOX: Bars = Bars {
    partials: &[
        (1.0, 0.0, 3.2),
        (2.0, -17.0, 1.8),
        (3.0, -33.0, 0.9),
        (5.93, -12.0, 0.8),
        (6.27, -21.0, 0.5),
        (16.9, -23.0, 0.22),
    ],
    t60_octave: 0.62,
    touch: 3.0,
    twin: 1.6,
    body: &[(330.0, -27.0, 0.09), (780.0, -25.0, 0.07), (1_450.0, -29.0, 0.05)],
};
pub(super) const CELESTA: Bars = Bars {
    partials: &[(1.0, 0.0, 2.2), (2.0, -26.0, 1.2), (4.0, -17.0, 0.5), (10.1, -34.0, 0.12)],
    t60_octave: 0.7,
    touch: 4.0,
    twin: 0.0,
    body: &[(210.0, -26.0, 0.10), (540.0, -28.0, 0.07)],
};
pub(super) const GLOCKENSPIEL: Bars = Bars {
    partials: &[(1.0, 0.0, 3.6), (2.756, -11.0, 1.5), (5.404, -17.0, 0.7), (8.933, -23.0, 0.3)],
    t60_octave: 0.75,
    touch: 3.0,
    twin: 0.8,
    body: &[],
};
pub(super) const VIBRAPHONE: Bars = Bars {
    partials: &[(1.0, 0.0, 5.5), (3.98, -19.0, 1.6), (9.9, -30.0, 0.35)],
    t60_octave: 0.72,
    touch: 5.0,
    twin: 0.0,
    body: &[(190.0, -30.0, 0.08)],
};
pub(super) const MARIMBA: Bars = Bars {
    partials: &[(1.0, 0.0, 0.95), (3.93, -17.0, 0.22), (9.6, -27.0, 0.09)],
    t60_octave: 0.6,
    touch: 5.0,
    twin: 0.0,
    body: &[(160.0, -20.0, 0.07), (420.0, -24.0, 0.05)],
};
pub(super) const XYLOPHONE: Bars = Bars {
    partials: &[(1.0, 0.0, 0.6), (3.0, -8.0, 0.3), (6.1, -15.0, 0.15), (10.4, -22.0, 0.08)],
    t60_octave: 0.7,
    touch: 3.0,
    twin: 0.0,
    body: &[(300.0, -20.0, 0.05)],
};
/// The strike note of a tube is an octave below its fourth mode.
pub(super) const TUBULAR: Bars = Bars {
    partials: &[
        (0.617, -16.0, 5.0),
        (1.215, -11.0, 5.5),
        (2.0, 0.0, 5.5),
        (2.988, -3.0, 4.5),
        (4.173, -8.0, 3.2),
        (5.556, -14.0, 2.2),
        (7.135, -20.0, 1.4),
        (1.0, -14.0, 3.0),
    ],
    t60_octave: 0.8,
    touch: 3.0,
    twin: 0.7,
    body: &[],
};
pub(super) const RAIN: Bars = Bars {
    partials: &[
        (1.0, 0.0, 1.4),
        (2.0, -12.0, 0.9),
        (3.01, -9.0, 0.6),
        (6.8, -16.0, 0.3),
        (9.1, -20.0, 0.2),
    ],
    t60_octave: 0.8,
    touch: 3.0,
    twin: 6.0,
    body: &[],
};
pub(super) const CRYSTAL: Bars = Bars {
    partials: &[
        (1.0, 0.0, 3.0),
        (2.0, -10.0, 2.4),
        (4.07, -9.0, 1.8),
        (6.3, -14.0, 1.0),
        (9.2, -20.0, 0.6),
    ],
    t60_octave: 0.75,
    touch: 3.0,
    twin: 3.0,
    body: &[],
};
pub(super) const KALIMBA: Bars = Bars {
    partials: &[(1.0, 0.0, 1.6), (5.6, -19.0, 0.25), (6.3, -22.0, 0.2), (2.0, -26.0, 0.8)],
    t60_octave: 0.65,
    touch: 4.0,
    twin: 0.0,
    body: &[(180.0, -20.0, 0.10), (360.0, -23.0, 0.08)],
};
pub(super) const TINKLE: Bars = Bars {
    partials: &[
        (2.0, 0.0, 2.0),
        (3.76, -6.0, 1.4),
        (5.9, -10.0, 1.0),
        (8.1, -15.0, 0.7),
        (1.0, -12.0, 1.5),
    ],
    t60_octave: 0.75,
    touch: 2.0,
    twin: 2.0,
    body: &[],
};
pub(super) const AGOGO: Bars = Bars {
    partials: &[(1.0, 0.0, 0.7), (2.42, -7.0, 0.5), (3.55, -12.0, 0.35), (5.1, -18.0, 0.2)],
    t60_octave: 0.8,
    touch: 2.0,
    twin: 0.0,
    body: &[],
};
pub(super) const STEEL_PAN: Bars = Bars {
    partials: &[
        (1.0, 0.0, 1.5),
        (2.0, -5.0, 1.1),
        (3.0, -14.0, 0.7),
        (4.02, -15.0, 0.5),
        (5.3, -22.0, 0.3),
    ],
    t60_octave: 0.75,
    touch: 5.0,
    twin: 2.5,
    body: &[],
};
pub(super) const WOOD: Bars = Bars {
    partials: &[(1.0, 0.0, 0.16), (1.78, -9.0, 0.1), (3.2, -14.0, 0.06)],
    t60_octave: 0.8,
    touch: 2.0,
    twin: 0.0,
    body: &[],
};

// Oscillators.

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

/// A tone-wheel organ through a slowly turning horn; its waves are read an octave low.
pub(super) const fn organ(name: &'static str, level: f32, spectrum: Wave) -> Patch {
    Patch {
        envelope: hold(0.006, 0.06),
        dynamics: 1.2,
        transpose: -12.0,
        vibrato: Vibrato { rate: 6.1, cents: 4.0, delay: 0.01 },
        tremolo: Tremolo { rate: 6.1, depth: 0.10 },
        noise: NoiseLayer { level: 0.10, ..KEY_CLICK },
        chorus: 0.2,
        ..wave(name, level, spectrum, ONE)
    }
}

pub(super) const fn reed(
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

/// A solo string: late vibrato, some noise of the bow, a bow that takes time to speak.
pub(super) const fn bowed(name: &'static str, level: f32, spectrum: Wave, attack: f32) -> Patch {
    Patch {
        envelope: hold(attack, 0.22),
        vibrato: Vibrato { rate: 5.6, cents: 14.0, delay: 0.28 },
        filter: Filter { follow: 0.8, ..Filter::low(5_200.0, 1.0) },
        scoop: Scoop { cents: -14.0, t60: 0.16 },
        noise: NoiseLayer {
            level: 0.11,
            t60: 0.25,
            rest: 0.012,
            pass: Pass::Band,
            hz: 2_600.0,
            track: 0.3,
            q: 0.6,
        },
        ..wave(name, level, spectrum, ONE)
    }
}

pub(super) const fn section(name: &'static str, level: f32, attack: f32) -> Patch {
    Patch {
        envelope: hold(attack, 0.45),
        vibrato: Vibrato { rate: 5.1, cents: 7.0, delay: 0.3 },
        filter: Filter { follow: 0.6, ..Filter::low(3_600.0, 1.0) },
        noise: NoiseLayer {
            level: 0.05,
            t60: 0.3,
            rest: 0.0,
            pass: Pass::Band,
            hz: 2_800.0,
            track: 0.2,
            q: 0.5,
        },
        chorus: 0.55,
        ..swaying(
            5.5,
            wave(name, level, Wave::Section, &[(-0.10, 0.55), (0.015, 0.65), (0.085, 0.5)]),
        )
    }
}

pub(super) const fn choir(name: &'static str, level: f32, spectrum: Wave) -> Patch {
    Patch {
        envelope: hold(0.09, 0.4),
        vibrato: Vibrato { rate: 4.9, cents: 11.0, delay: 0.25 },
        noise: NoiseLayer {
            level: 0.02,
            t60: 0.3,
            rest: 0.0,
            pass: Pass::Band,
            hz: 2_400.0,
            track: 0.0,
            q: 0.7,
        },
        chorus: 0.6,
        ..swaying(6.0, wave(name, level, spectrum, &[(-0.08, 0.55), (0.02, 0.65), (0.07, 0.5)]))
    }
}

/// The filter of brass: it opens with the loudness and with the force of the blow.
pub(super) const fn brass_filter(hz: f32) -> Filter {
    Filter {
        pass: Pass::Low,
        hz,
        track: 0.6,
        velocity: 1.3,
        sweep: 0.5,
        sweep_t60: 0.35,
        follow: 2.2,
        q: 0.8,
    }
}

pub(super) const fn brass(name: &'static str, level: f32, spectrum: Wave, hz: f32) -> Patch {
    Patch {
        envelope: Adsr { attack: 0.035, decay: 0.5, sustain: 0.85, release: 0.16 },
        vibrato: Vibrato { rate: 5.2, cents: 7.0, delay: 0.45 },
        filter: brass_filter(hz),
        scoop: Scoop { cents: -35.0, t60: 0.12 },
        noise: burst(0.05, 0.08, Pass::Band, 1_600.0, 0.4),
        ..wave(name, level, spectrum, ONE)
    }
}

pub(super) const fn brass_section(
    name: &'static str,
    level: f32,
    spectrum: Wave,
    hz: f32,
) -> Patch {
    let mut patch = brass(name, level, spectrum, hz);
    patch.sound = Sound::Wave(Stack {
        sway: 3.0,
        wave: spectrum,
        oscillators: &[(-0.07, 0.6), (0.0, 0.6), (0.08, 0.6)],
    });
    patch
}

pub(super) const fn wind(name: &'static str, level: f32, spectrum: Wave, hz: f32) -> Patch {
    Patch {
        envelope: hold(0.035, 0.13),
        vibrato: Vibrato { rate: 5.0, cents: 9.0, delay: 0.35 },
        filter: Filter { follow: 1.2, ..Filter::low(hz, 1.1) },
        scoop: Scoop { cents: -25.0, t60: 0.1 },
        noise: NoiseLayer {
            level: 0.09,
            t60: 0.1,
            rest: 0.02,
            pass: Pass::Band,
            hz: 2_200.0,
            track: 0.3,
            q: 0.6,
        },
        ..wave(name, level, spectrum, ONE)
    }
}

pub(super) const fn pipe(name: &'static str, level: f32, spectrum: Wave, breath: f32) -> Patch {
    Patch {
        envelope: hold(0.05, 0.14),
        vibrato: Vibrato { rate: 4.8, cents: 8.0, delay: 0.3 },
        tremolo: Tremolo { rate: 4.8, depth: 0.12 },
        filter: Filter::low(5_000.0, 1.0),
        noise: NoiseLayer {
            level: 1.8 * breath,
            t60: 0.14,
            rest: 0.45 * breath,
            pass: Pass::Band,
            hz: 560.0,
            track: 0.9,
            q: 1.6,
        },
        ..wave(name, level, spectrum, ONE)
    }
}

pub(super) const fn lead(
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

pub(super) const fn pad(name: &'static str, level: f32, spectrum: Wave, attack: f32) -> Patch {
    Patch {
        envelope: hold(attack, 0.9),
        vibrato: Vibrato { rate: 4.4, cents: 3.0, delay: 0.4 },
        filter: Filter::low(2_000.0, 0.6),
        chorus: 0.5,
        ..swaying(2.5, wave(name, level, spectrum, &[(-0.08, 0.6), (0.012, 0.5), (0.09, 0.6)]))
    }
}

pub(super) const fn synth_bass(
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
        ..wave(name, level, spectrum, &[(0.0, 0.8), (0.07, 0.4)])
    }
}

pub(super) const fn orchestra_hit(name: &'static str, level: f32) -> Patch {
    Patch {
        envelope: Adsr { attack: 0.004, decay: 0.9, sustain: 0.0, release: 0.3 },
        filter: Filter { sweep: 1.5, sweep_t60: 0.5, ..Filter::low(2_200.0, 1.0) },
        noise: burst(0.5, 0.2, Pass::Low, 1_800.0, 0.0),
        chorus: 0.4,
        ..wave(name, level, Wave::Saw, &[(0.0, 0.6), (-12.0, 0.6), (12.05, 0.4)])
    }
}

// Drums on keys, and sounds.

pub(super) const fn struck_drum(name: &'static str, level: f32, spec: DrumSpec) -> Patch {
    Patch {
        envelope: Adsr { release: 0.9, ..Patch::STRUCK },
        ..Patch::new(name, level, Sound::Drum(spec))
    }
}

pub(super) const fn effect(name: &'static str, level: f32, spec: DrumSpec) -> Patch {
    Patch { fixed_key: Some(60), undamped_from: 0, ..struck_drum(name, level, spec) }
}

const NO_SKIN: Skin = DrumSpec::NONE.skin[0];
const NO_RATTLE: Rattle = DrumSpec::NONE.rattle[0];

/// Skins on keys give their frequencies for C4.
pub(super) const TIMPANI: DrumSpec = DrumSpec {
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
pub(super) const TAIKO: DrumSpec = DrumSpec {
    skin: [
        Skin { level: 0.9, hz: 130.81, drop: 1.5, drop_t60: 0.12, t60: 0.8 },
        Skin { level: 0.3, hz: 208.0, drop: 1.2, drop_t60: 0.1, t60: 0.35 },
    ],
    rattle: [
        Rattle { level: 0.4, t60: 0.09, attack: 0.0, pass: Pass::Low, hz: 1_200.0, q: 0.7 },
        NO_RATTLE,
    ],
    ..DrumSpec::NONE
};
pub(super) const MELODIC_TOM: DrumSpec = DrumSpec {
    skin: [
        Skin { level: 0.9, hz: 261.63, drop: 1.35, drop_t60: 0.15, t60: 0.6 },
        Skin { level: 0.25, hz: 416.0, drop: 1.2, drop_t60: 0.1, t60: 0.25 },
    ],
    rattle: [
        Rattle { level: 0.2, t60: 0.05, attack: 0.0, pass: Pass::Low, hz: 1_800.0, q: 0.7 },
        NO_RATTLE,
    ],
    ..DrumSpec::NONE
};
pub(super) const SYNTH_DRUM: DrumSpec = DrumSpec {
    skin: [Skin { level: 0.9, hz: 220.0, drop: 3.0, drop_t60: 0.35, t60: 0.6 }, NO_SKIN],
    rattle: [
        Rattle { level: 0.15, t60: 0.1, attack: 0.0, pass: Pass::Band, hz: 1_500.0, q: 0.7 },
        NO_RATTLE,
    ],
    ..DrumSpec::NONE
};
pub(super) const REVERSE_CYMBAL: DrumSpec = DrumSpec {
    rattle: [
        Rattle { level: 0.5, t60: 0.12, attack: 1.6, pass: Pass::High, hz: 4_500.0, q: 0.7 },
        Rattle { level: 0.3, t60: 0.12, attack: 1.6, pass: Pass::Band, hz: 2_600.0, q: 0.6 },
    ],
    ..DrumSpec::NONE
};
pub(super) const FRET_NOISE: DrumSpec = DrumSpec {
    rattle: [
        Rattle { level: 0.5, t60: 0.12, attack: 0.05, pass: Pass::Band, hz: 2_800.0, q: 3.0 },
        Rattle { level: 0.3, t60: 0.1, attack: 0.07, pass: Pass::Band, hz: 1_700.0, q: 3.0 },
    ],
    ..DrumSpec::NONE
};
pub(super) const BREATH_NOISE: DrumSpec = DrumSpec {
    rattle: [
        Rattle { level: 0.5, t60: 0.6, attack: 0.06, pass: Pass::Band, hz: 1_600.0, q: 0.7 },
        Rattle { level: 0.2, t60: 0.5, attack: 0.08, pass: Pass::High, hz: 4_000.0, q: 0.7 },
    ],
    ..DrumSpec::NONE
};
pub(super) const GUNSHOT: DrumSpec = DrumSpec {
    skin: [Skin { level: 0.7, hz: 60.0, drop: 4.0, drop_t60: 0.1, t60: 0.4 }, NO_SKIN],
    rattle: [
        Rattle { level: 1.0, t60: 0.12, attack: 0.0, pass: Pass::High, hz: 900.0, q: 0.7 },
        Rattle { level: 0.6, t60: 1.0, attack: 0.0, pass: Pass::Low, hz: 1_200.0, q: 0.7 },
    ],
    metal: Metal { level: 0.0, t60: 0.1, hz: 400.0, above: 5_000.0 },
};

pub(super) const fn sustained_noise(
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
pub(super) const fn chirp(name: &'static str, level: f32) -> Patch {
    Patch {
        envelope: hold(0.01, 0.08),
        transpose: 36.0,
        vibrato: Vibrato { rate: 7.0, cents: 320.0, delay: 0.0 },
        tremolo: Tremolo { rate: 7.0, depth: 0.9 },
        ..wave(name, level, Wave::Sine, ONE)
    }
}

pub(super) const fn telephone(name: &'static str, level: f32) -> Patch {
    Patch {
        envelope: hold(0.004, 0.1),
        fixed_key: Some(91),
        ..wave(name, level, Wave::Glass, &[(0.0, 0.6), (3.9, 0.5)])
    }
}
