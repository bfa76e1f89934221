//! What bows, sings and blows: strings, choirs, brass, reeds, pipes.

use super::{ONE, burst, hold, swaying, wave};
use crate::dsp::envelope::Adsr;
use crate::dsp::svf::Pass;
use crate::instrument::{Filter, Patch, Scoop, Sound, Stack, Tremolo, Vibrato, Wave};
use crate::kernel::layer::NoiseLayer;

/// A solo string: late vibrato, some noise of the bow, a bow that takes time to speak.
pub(crate) const fn bowed(name: &'static str, level: f32, spectrum: Wave, attack: f32) -> Patch {
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

pub(crate) const fn section(name: &'static str, level: f32, attack: f32) -> Patch {
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
            wave(name, level, Wave::Section, &[(-0.10, 0.55), (0.02, 0.65), (0.087, 0.5)]),
        )
    }
}

pub(crate) const fn choir(name: &'static str, level: f32, spectrum: Wave) -> Patch {
    Patch {
        envelope: hold(0.09, 0.4),
        vibrato: Vibrato { rate: 4.9, cents: 11.0, delay: 0.25 },
        filter: Filter { follow: 0.5, ..Filter::low(2_600.0, 1.6) },
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
pub(crate) const fn brass_filter(hz: f32) -> Filter {
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

pub(crate) const fn brass(name: &'static str, level: f32, spectrum: Wave, hz: f32) -> Patch {
    Patch {
        envelope: Adsr { attack: 0.035, decay: 0.5, sustain: 0.85, release: 0.16 },
        vibrato: Vibrato { rate: 5.2, cents: 7.0, delay: 0.45 },
        filter: brass_filter(hz),
        scoop: Scoop { cents: -35.0, t60: 0.12 },
        noise: burst(0.05, 0.08, Pass::Band, 1_600.0, 0.4),
        ..wave(name, level, spectrum, ONE)
    }
}

pub(crate) const fn brass_section(
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

pub(crate) const fn wind(name: &'static str, level: f32, spectrum: Wave, hz: f32) -> Patch {
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

pub(crate) const fn pipe(name: &'static str, level: f32, spectrum: Wave, breath: f32) -> Patch {
    Patch {
        envelope: hold(0.05, 0.14),
        vibrato: Vibrato { rate: 4.8, cents: 8.0, delay: 0.3 },
        tremolo: Tremolo { rate: 4.8, depth: 0.12 },
        filter: Filter { track: 0.9, follow: 0.5, ..Filter::low(1_100.0, 1.6) },
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

pub(crate) const fn orchestra_hit(name: &'static str, level: f32) -> Patch {
    Patch {
        envelope: Adsr { attack: 0.004, decay: 0.9, sustain: 0.0, release: 0.3 },
        filter: Filter { sweep: 1.5, sweep_t60: 0.5, ..Filter::low(2_200.0, 1.0) },
        noise: burst(0.5, 0.2, Pass::Low, 1_800.0, 0.0),
        chorus: 0.4,
        ..wave(name, level, Wave::Saw, &[(0.0, 0.6), (-12.0, 0.6), (12.05, 0.4)])
    }
}
