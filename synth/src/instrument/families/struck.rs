//! Bars, bells, plates.

use super::burst;
use crate::dsp::envelope::Adsr;
use crate::dsp::svf::Pass;
use crate::instrument::{Bars, Patch, Sound};
use crate::kernel::layer::NoiseLayer;

/// The pin that leaves the tooth of the comb.
pub(crate) const PIN: NoiseLayer = burst(0.10, 0.03, Pass::Band, 3_800.0, 0.2);
pub(crate) const MALLET: NoiseLayer = burst(0.25, 0.045, Pass::Low, 1_500.0, 0.3);

pub(crate) const fn bars(name: &'static str, level: f32, bars: Bars) -> Patch {
    Patch {
        envelope: Adsr { release: 1.1, ..Patch::STRUCK },
        ..Patch::new(name, level, Sound::Bars(bars))
    }
}

/// A tooth of a steel comb is a bar clamped at one end: 1 : 6.27 : 17.5; its lead weight lowers
/// the upper modes a little, and the next teeth answer at the octave.
pub(crate) const MUSIC_BOX: Bars = Bars {
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
pub(crate) const CELESTA: Bars = Bars {
    partials: &[(1.0, 0.0, 2.2), (2.0, -26.0, 1.2), (4.0, -17.0, 0.5), (10.1, -34.0, 0.12)],
    t60_octave: 0.7,
    touch: 4.0,
    twin: 0.0,
    body: &[(210.0, -26.0, 0.10), (540.0, -28.0, 0.07)],
};
pub(crate) const GLOCKENSPIEL: Bars = Bars {
    partials: &[(1.0, 0.0, 3.6), (2.756, -11.0, 1.5), (5.404, -17.0, 0.7), (8.933, -23.0, 0.3)],
    t60_octave: 0.75,
    touch: 3.0,
    twin: 0.8,
    body: &[],
};
pub(crate) const VIBRAPHONE: Bars = Bars {
    partials: &[(1.0, 0.0, 5.5), (3.98, -19.0, 1.6), (9.9, -30.0, 0.35)],
    t60_octave: 0.72,
    touch: 5.0,
    twin: 0.0,
    body: &[(190.0, -30.0, 0.08)],
};
pub(crate) const MARIMBA: Bars = Bars {
    partials: &[(1.0, 0.0, 0.95), (3.93, -13.0, 0.26), (9.6, -27.0, 0.09)],
    t60_octave: 0.6,
    touch: 7.0,
    twin: 0.0,
    body: &[(160.0, -20.0, 0.07), (420.0, -24.0, 0.05)],
};
pub(crate) const XYLOPHONE: Bars = Bars {
    partials: &[(1.0, 0.0, 0.6), (3.0, -8.0, 0.3), (6.1, -15.0, 0.15), (10.4, -22.0, 0.08)],
    t60_octave: 0.7,
    touch: 3.0,
    twin: 0.0,
    body: &[(300.0, -20.0, 0.05)],
};
/// The strike note of a tube is an octave below its fourth mode.
pub(crate) const TUBULAR: Bars = Bars {
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
pub(crate) const RAIN: Bars = Bars {
    partials: &[
        (1.0, 0.0, 1.4),
        (2.0, -12.0, 0.9),
        (3.01, -9.0, 0.6),
        (6.8, -16.0, 0.3),
        (9.1, -20.0, 0.2),
    ],
    t60_octave: 0.8,
    touch: 3.0,
    twin: 4.0,
    body: &[],
};
pub(crate) const CRYSTAL: Bars = Bars {
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
pub(crate) const KALIMBA: Bars = Bars {
    partials: &[(1.0, 0.0, 1.6), (5.6, -19.0, 0.25), (6.3, -22.0, 0.2), (2.0, -26.0, 0.8)],
    t60_octave: 0.65,
    touch: 4.0,
    twin: 0.0,
    body: &[(180.0, -20.0, 0.10), (360.0, -23.0, 0.08)],
};
pub(crate) const TINKLE: Bars = Bars {
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
pub(crate) const AGOGO: Bars = Bars {
    partials: &[(1.0, 0.0, 0.7), (2.42, -7.0, 0.5), (3.55, -12.0, 0.35), (5.1, -18.0, 0.2)],
    t60_octave: 0.8,
    touch: 2.0,
    twin: 0.0,
    body: &[],
};
pub(crate) const STEEL_PAN: Bars = Bars {
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
pub(crate) const WOOD: Bars = Bars {
    partials: &[(1.0, 0.0, 0.16), (1.78, -9.0, 0.1), (3.2, -14.0, 0.06)],
    t60_octave: 0.8,
    touch: 8.0,
    twin: 0.0,
    body: &[],
};
