//! The waves: how strong each harmonic of an instrument is.

use crate::dsp::wavetable::Spectrum;

/// A wave; its number is its place in [`SPECTRA`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wave {
    /// A sine; the FM operators and the skins of drums read it too.
    Sine,
    /// All harmonics, 6 dB per octave.
    Saw,
    /// Odd harmonics, 6 dB per octave.
    Square,
    /// Odd harmonics, 12 dB per octave.
    Triangle,
    /// A narrow pulse.
    Pulse,
    /// Drawbars 88 8000 000, read an octave low.
    Drawbar,
    /// Drawbars 80 0000 008 with percussion in between.
    RockOrgan,
    /// Principals 8′ 4′ 2⅔′ 2′, read an octave low.
    Pipes,
    /// Free reeds: harmonium, accordion.
    Reed,
    /// Mouth harmonica.
    Harmonica,
    /// Violin.
    Violin,
    /// Viola and cello.
    Cello,
    /// Strings together.
    Section,
    /// A choir on "ah".
    Ah,
    /// A choir on "ooh".
    Ooh,
    /// Trumpet.
    Trumpet,
    /// Trombone and tuba.
    Trombone,
    /// French horn.
    Horn,
    /// Saxophones.
    Sax,
    /// Oboe and its kin.
    Oboe,
    /// Bassoon.
    Bassoon,
    /// Clarinet.
    Clarinet,
    /// Flute.
    Flute,
    /// Recorder, whistle, ocarina.
    Pipe,
    /// Pan flute, blown bottle: odd harmonics of a stopped pipe.
    Stopped,
    /// Glassy, for pads and bells.
    Glass,
    /// Bagpipe.
    Bagpipe,
}

const BASE: Spectrum =
    Spectrum { drawbars: &[], slope: -6.0, even: 1.0, formants: &[], ceiling: 40_000.0 };

/// The recipe of each [`Wave`], in order.
pub const SPECTRA: [Spectrum; 27] = [
    Spectrum { drawbars: &[1.0], slope: -200.0, ..BASE },
    BASE,
    Spectrum { even: 0.0, ..BASE },
    Spectrum { even: 0.0, slope: -12.0, ..BASE },
    Spectrum { drawbars: &[1.0, 0.92, 0.8, 0.65, 0.5, 0.36, 0.25], slope: -5.0, ..BASE },
    // 16′, (none), 5⅓′ … as harmonics of the note an octave below.
    Spectrum { drawbars: &[0.75, 1.0, 0.75, 0.45, 0.0, 0.2, 0.0, 0.22], slope: -60.0, ..BASE },
    Spectrum {
        drawbars: &[
            0.8, 1.0, 0.8, 0.55, 0.0, 0.35, 0.0, 0.4, 0.0, 0.2, 0.0, 0.2, 0.0, 0.0, 0.0, 0.25,
        ],
        slope: -60.0,
        ..BASE
    },
    Spectrum {
        drawbars: &[
            0.25, 1.0, 0.0, 0.8, 0.0, 0.35, 0.0, 0.45, 0.0, 0.08, 0.0, 0.25, 0.0, 0.05, 0.0, 0.3,
        ],
        slope: -30.0,
        ..BASE
    },
    Spectrum {
        drawbars: &[1.0, 0.75, 0.6, 0.5, 0.45, 0.3],
        slope: -9.0,
        formants: &[(1_400.0, 0.7, 5.0)],
        ceiling: 6_000.0,
        ..BASE
    },
    Spectrum {
        drawbars: &[0.7, 1.0, 0.5, 0.6, 0.3, 0.25],
        slope: -9.0,
        formants: &[(1_900.0, 0.5, 8.0)],
        ceiling: 6_500.0,
        ..BASE
    },
    // Bowed: a saw through the body's air, wood and bridge resonances.
    Spectrum {
        formants: &[(280.0, 0.25, 5.0), (480.0, 0.25, 5.0), (2_500.0, 0.8, 7.0)],
        slope: -7.5,
        ceiling: 5_500.0,
        ..BASE
    },
    Spectrum {
        formants: &[(110.0, 0.3, 5.0), (220.0, 0.3, 5.0), (1_300.0, 0.9, 6.0)],
        slope: -7.5,
        ceiling: 4_000.0,
        ..BASE
    },
    Spectrum {
        formants: &[(350.0, 0.8, 4.0), (1_600.0, 1.0, 4.0)],
        slope: -7.5,
        ceiling: 5_000.0,
        ..BASE
    },
    Spectrum {
        slope: -9.0,
        formants: &[(730.0, 0.22, 20.0), (1_150.0, 0.2, 18.0), (2_700.0, 0.2, 14.0)],
        ceiling: 5_000.0,
        ..BASE
    },
    Spectrum {
        slope: -12.0,
        formants: &[(370.0, 0.25, 16.0), (900.0, 0.2, 10.0), (2_500.0, 0.2, 8.0)],
        ceiling: 4_000.0,
        ..BASE
    },
    Spectrum {
        drawbars: &[0.8, 0.95, 1.0, 0.9, 0.75, 0.6],
        slope: -10.0,
        formants: &[(1_300.0, 0.9, 6.0)],
        ceiling: 7_000.0,
        ..BASE
    },
    Spectrum {
        drawbars: &[0.9, 1.0, 0.9, 0.7, 0.5],
        slope: -10.0,
        formants: &[(550.0, 0.9, 6.0)],
        ceiling: 4_500.0,
        ..BASE
    },
    Spectrum {
        drawbars: &[1.0, 0.8, 0.5, 0.3, 0.18],
        slope: -12.0,
        formants: &[(400.0, 0.8, 6.0)],
        ceiling: 3_000.0,
        ..BASE
    },
    Spectrum {
        drawbars: &[1.0, 0.8, 0.75, 0.5, 0.45, 0.4],
        slope: -8.0,
        formants: &[(800.0, 0.5, 6.0), (1_800.0, 0.5, 4.0)],
        ceiling: 6_000.0,
        ..BASE
    },
    Spectrum {
        drawbars: &[0.45, 0.6, 0.8, 1.0, 0.8, 0.4],
        slope: -9.0,
        formants: &[(1_150.0, 0.4, 9.0), (2_900.0, 0.3, 6.0)],
        ceiling: 7_000.0,
        ..BASE
    },
    Spectrum {
        drawbars: &[0.6, 0.8, 1.0, 0.7, 0.4],
        slope: -10.0,
        formants: &[(480.0, 0.4, 10.0), (1_150.0, 0.4, 5.0)],
        ceiling: 4_000.0,
        ..BASE
    },
    Spectrum {
        drawbars: &[1.0, 0.04, 0.7, 0.08, 0.4, 0.12, 0.22],
        slope: -10.0,
        even: 0.5,
        formants: &[(1_500.0, 0.8, 3.0)],
        ceiling: 6_000.0,
    },
    Spectrum { drawbars: &[1.0, 0.55, 0.3, 0.1, 0.06], slope: -18.0, ..BASE },
    Spectrum { drawbars: &[1.0, 0.08, 0.14, 0.03, 0.04], slope: -18.0, ..BASE },
    Spectrum { drawbars: &[1.0, 0.03, 0.25, 0.02, 0.08], slope: -18.0, even: 0.3, ..BASE },
    Spectrum { drawbars: &[1.0, 0.15, 0.4, 0.1, 0.3, 0.08, 0.2, 0.05, 0.15], slope: -12.0, ..BASE },
    Spectrum {
        drawbars: &[0.5, 0.8, 1.0, 0.9, 0.8, 0.9, 0.7],
        slope: -7.0,
        formants: &[(1_100.0, 0.7, 6.0)],
        ceiling: 6_000.0,
        ..BASE
    },
];
