//! The percussion key map: one patch per key from 27 to 87.

use super::{Bars, Patch, Sound};
use crate::dsp::envelope::Adsr;
use crate::dsp::svf::Pass;
use crate::kernel::drum::{DrumSpec, Metal, Rattle, Skin};

/// The first percussion key of General MIDI 2.
pub const KIT_FIRST: u8 = 27;
/// The last one.
pub const KIT_LAST: u8 = 87;

/// The drum on `key`, or `None` where General MIDI knows none.
#[must_use]
pub fn percussion(key: u8) -> Option<&'static Patch> {
    KIT.get(usize::from(key.checked_sub(KIT_FIRST)?))
}

const OPEN: Adsr = Adsr { attack: 0.0, decay: 1.0, sustain: 1.0, release: 0.4 };

const fn skin(level: f32, hz: f32, drop: f32, drop_t60: f32, t60: f32) -> Skin {
    Skin { level, hz, drop, drop_t60, t60 }
}

const fn rattle(level: f32, pass: Pass, hz: f32, q: f32, t60: f32) -> Rattle {
    Rattle { level, t60, attack: 0.0, pass, hz, q }
}

const fn metal(level: f32, hz: f32, above: f32, t60: f32) -> Metal {
    Metal { level, t60, hz, above }
}

const NONE: DrumSpec = DrumSpec::NONE;
const NO_SKIN: Skin = NONE.skin[0];
const NO_RATTLE: Rattle = NONE.rattle[0];

const fn drum(name: &'static str, level: f32, pan: f32, spec: DrumSpec) -> Patch {
    Patch {
        envelope: OPEN,
        pan,
        width: 0.0,
        dynamics: 1.5,
        fixed_key: Some(60),
        ..Patch::new(name, level, Sound::Drum(spec))
    }
}

const fn bars(
    name: &'static str,
    level: f32,
    pan: f32,
    partials: &'static [(f32, f32, f32)],
) -> Patch {
    // Ratios are to the C of 32.7 Hz, whatever the key.
    let sound = Sound::Bars(Bars { partials, t60_octave: 1.0, touch: 1.0, twin: 0.0, body: &[] });
    Patch {
        envelope: OPEN,
        pan,
        width: 0.0,
        dynamics: 1.5,
        fixed_key: Some(24),
        ..Patch::new(name, level, sound)
    }
}

const fn kick(name: &'static str, hz: f32, t60: f32) -> Patch {
    drum(
        name,
        10.5,
        0.0,
        DrumSpec {
            skin: [skin(1.0, hz, 3.6, 0.11, t60), skin(0.25, 3.1 * hz, 1.6, 0.04, 0.09)],
            rattle: [
                rattle(0.35, Pass::Low, 2_600.0, 0.7, 0.022),
                rattle(0.10, Pass::Band, 420.0, 0.8, 0.08),
            ],
            ..NONE
        },
    )
}

const fn snare(name: &'static str, hz: f32, wires: f32, t60: f32) -> Patch {
    drum(
        name,
        11.0,
        0.05,
        DrumSpec {
            skin: [skin(0.75, hz, 1.5, 0.06, 0.18), skin(0.4, 1.68 * hz, 1.3, 0.05, 0.12)],
            rattle: [
                rattle(wires, Pass::High, 1_500.0, 0.6, t60),
                rattle(0.5 * wires, Pass::Band, 4_200.0, 0.6, 0.5 * t60),
            ],
            ..NONE
        },
    )
}

const fn tom(name: &'static str, hz: f32, pan: f32) -> Patch {
    drum(
        name,
        10.0,
        pan,
        DrumSpec {
            skin: [skin(0.9, hz, 1.55, 0.2, 0.62), skin(0.3, 1.59 * hz, 1.3, 0.1, 0.25)],
            rattle: [
                rattle(0.22, Pass::Low, 1_400.0, 0.7, 0.05),
                rattle(0.08, Pass::Band, 3.0 * hz, 1.0, 0.18),
            ],
            ..NONE
        },
    )
}

const fn hat(name: &'static str, t60: f32) -> Patch {
    drum(
        name,
        12.0,
        0.3,
        DrumSpec {
            metal: metal(0.55, 540.0, 7_200.0, t60),
            rattle: [rattle(0.22, Pass::High, 8_500.0, 0.7, 0.6 * t60), NO_RATTLE],
            ..NONE
        },
    )
}

const fn cymbal(name: &'static str, level: f32, pan: f32, hz: f32, above: f32, t60: f32) -> Patch {
    drum(
        name,
        level,
        pan,
        DrumSpec {
            metal: metal(0.4, hz, above, t60),
            rattle: [
                rattle(0.35, Pass::High, 2.0 * above, 0.6, 0.6 * t60),
                Rattle { attack: 0.012, ..rattle(0.3, Pass::Band, above, 0.5, 0.3 * t60) },
            ],
            ..NONE
        },
    )
}

const fn ride(name: &'static str, hz: f32, ping: f32) -> Patch {
    drum(
        name,
        5.0,
        -0.35,
        DrumSpec {
            skin: [skin(ping, 2_930.0, 1.0, 0.1, 0.7), skin(0.6 * ping, 4_470.0, 1.0, 0.1, 0.5)],
            metal: metal(0.30, hz, 5_200.0, 2.4),
            rattle: [rattle(0.3, Pass::High, 6_000.0, 0.7, 0.06), NO_RATTLE],
        },
    )
}

const fn shake(name: &'static str, level: f32, pan: f32, hz: f32, attack: f32, t60: f32) -> Patch {
    drum(
        name,
        level,
        pan,
        DrumSpec {
            rattle: [
                Rattle { attack, ..rattle(0.6, Pass::Band, hz, 0.9, t60) },
                Rattle { attack, ..rattle(0.3, Pass::High, 1.3 * hz, 0.7, 0.8 * t60) },
            ],
            ..NONE
        },
    )
}

const fn hand(name: &'static str, hz: f32, slap: f32, t60: f32, pan: f32) -> Patch {
    drum(
        name,
        9.0,
        pan,
        DrumSpec {
            skin: [skin(0.8, hz, 1.18, 0.05, t60), skin(0.25, 2.3 * hz, 1.0, 0.05, 0.4 * t60)],
            rattle: [rattle(slap, Pass::Band, 5.2 * hz, 0.9, 0.045), NO_RATTLE],
            ..NONE
        },
    )
}

/// Two modes of a metal shell, `hz` and `t60` each, under a stick that is loudest at `stick_hz`.
const fn timbale(name: &'static str, hz: [f32; 2], t60: [f32; 2], stick_hz: f32) -> Patch {
    drum(
        name,
        9.0,
        0.3,
        DrumSpec {
            skin: [skin(0.7, hz[0], 1.1, 0.05, t60[0]), skin(0.5, hz[1], 1.0, 0.05, t60[1])],
            rattle: [rattle(0.3, Pass::Band, stick_hz, 0.8, 0.08), NO_RATTLE],
            ..NONE
        },
    )
}

const fn surdo(name: &'static str, skin: Skin, beater: Rattle) -> Patch {
    let spec = DrumSpec { skin: [skin, NO_SKIN], rattle: [beater, NO_RATTLE], ..NONE };
    drum(name, 9.0, -0.2, spec)
}

static KIT: [Patch; 61] = [
    shake("High Q", 18.0, 0.0, 2_200.0, 0.0, 0.05),
    drum(
        "Slap",
        20.0,
        0.0,
        DrumSpec { rattle: [rattle(0.8, Pass::Band, 1_400.0, 1.2, 0.06), NO_RATTLE], ..NONE },
    ),
    shake("Scratch Push", 16.0, 0.1, 1_800.0, 0.03, 0.06),
    shake("Scratch Pull", 18.0, -0.1, 1_200.0, 0.04, 0.06),
    bars("Sticks", 9.0, 0.1, &[(8.0, -4.0, 0.06), (12.7, -8.0, 0.04), (19.1, -12.0, 0.03)]),
    shake("Square Click", 20.0, 0.0, 3_000.0, 0.0, 0.02),
    bars("Metronome Click", 10.0, 0.0, &[(17.0, -4.0, 0.05), (29.0, -8.0, 0.03)]),
    bars("Metronome Bell", 6.0, 0.0, &[(32.0, -6.0, 0.5), (57.0, -12.0, 0.3)]),
    kick("Acoustic Bass Drum", 48.0, 0.42),
    kick("Bass Drum 1", 54.0, 0.34),
    drum(
        "Side Stick",
        13.0,
        0.05,
        DrumSpec {
            skin: [skin(0.5, 485.0, 1.1, 0.02, 0.055), skin(0.5, 1_710.0, 1.0, 0.02, 0.04)],
            rattle: [rattle(0.35, Pass::Band, 2_900.0, 1.2, 0.03), NO_RATTLE],
            ..NONE
        },
    ),
    snare("Acoustic Snare", 182.0, 0.50, 0.26),
    drum(
        "Hand Clap",
        18.0,
        -0.1,
        DrumSpec {
            rattle: [
                Rattle { attack: 0.016, ..rattle(1.1, Pass::Band, 1_150.0, 1.4, 0.22) },
                rattle(0.7, Pass::Band, 1_500.0, 1.6, 0.035),
            ],
            ..NONE
        },
    ),
    snare("Electric Snare", 215.0, 0.58, 0.20),
    tom("Low Floor Tom", 74.0, -0.45),
    hat("Closed Hi-Hat", 0.085),
    tom("High Floor Tom", 90.0, -0.3),
    hat("Pedal Hi-Hat", 0.07),
    tom("Low Tom", 108.0, -0.15),
    hat("Open Hi-Hat", 0.75),
    tom("Low-Mid Tom", 128.0, 0.05),
    tom("Hi-Mid Tom", 150.0, 0.2),
    cymbal("Crash Cymbal 1", 9.0, 0.4, 310.0, 1_700.0, 2.2),
    tom("High Tom", 178.0, 0.35),
    ride("Ride Cymbal 1", 470.0, 0.10),
    cymbal("Chinese Cymbal", 10.0, -0.4, 240.0, 1_100.0, 1.3),
    bars(
        "Ride Bell",
        -1.0,
        -0.35,
        &[
            (44.0, -10.0, 1.6),
            (61.3, -10.0, 1.3),
            (83.0, -13.0, 1.0),
            (118.0, -16.0, 0.7),
            (149.0, -18.0, 0.5),
            (31.0, -16.0, 1.0),
        ],
    ),
    shake("Tambourine", 15.0, 0.25, 6_800.0, 0.004, 0.22),
    cymbal("Splash Cymbal", 10.0, 0.3, 420.0, 2_600.0, 0.7),
    bars(
        "Cowbell",
        8.0,
        0.2,
        &[(17.2, -5.0, 0.28), (25.8, -4.0, 0.22), (52.0, -14.0, 0.12), (78.0, -18.0, 0.08)],
    ),
    cymbal("Crash Cymbal 2", 9.0, -0.4, 350.0, 2_000.0, 1.9),
    shake("Vibraslap", 9.0, 0.3, 2_700.0, 0.002, 0.9),
    ride("Ride Cymbal 2", 440.0, 0.06),
    hand("High Bongo", 395.0, 0.3, 0.20, 0.3),
    hand("Low Bongo", 290.0, 0.3, 0.24, 0.3),
    hand("Mute High Conga", 260.0, 0.5, 0.09, -0.3),
    hand("Open High Conga", 245.0, 0.25, 0.40, -0.3),
    hand("Low Conga", 180.0, 0.25, 0.46, -0.3),
    timbale("High Timbale", [370.0, 850.0], [0.4, 0.3], 3_400.0),
    timbale("Low Timbale", [255.0, 590.0], [0.5, 0.35], 2_600.0),
    bars("High Agogo", 8.0, -0.4, &[(27.8, -6.0, 0.5), (67.0, -12.0, 0.3), (98.0, -16.0, 0.2)]),
    bars("Low Agogo", 8.0, -0.4, &[(19.9, -6.0, 0.5), (48.5, -12.0, 0.3), (71.0, -16.0, 0.2)]),
    shake("Cabasa", 15.0, -0.3, 7_500.0, 0.012, 0.07),
    shake("Maracas", 12.0, -0.3, 6_200.0, 0.006, 0.06),
    bars("Short Whistle", 12.0, 0.2, &[(66.0, -8.0, 0.35), (66.6, -10.0, 0.35)]),
    bars("Long Whistle", 12.0, 0.2, &[(64.0, -8.0, 1.0), (64.6, -10.0, 1.0)]),
    shake("Short Guiro", 14.0, 0.3, 3_600.0, 0.03, 0.07),
    shake("Long Guiro", 10.0, 0.3, 3_200.0, 0.16, 0.12),
    bars("Claves", 12.0, 0.2, &[(76.5, -4.0, 0.11), (143.0, -18.0, 0.04)]),
    bars("High Wood Block", 13.0, 0.3, &[(32.0, -3.0, 0.09), (57.0, -12.0, 0.05)]),
    bars("Low Wood Block", 13.0, 0.3, &[(23.0, -3.0, 0.11), (41.0, -12.0, 0.06)]),
    hand("Mute Cuica", 620.0, 0.1, 0.14, -0.2),
    hand("Open Cuica", 440.0, 0.1, 0.35, -0.2),
    bars(
        "Mute Triangle",
        0.0,
        -0.3,
        &[(95.0, -8.0, 0.13), (154.0, -10.0, 0.1), (230.0, -12.0, 0.08)],
    ),
    bars(
        "Open Triangle",
        -1.0,
        -0.3,
        &[(95.0, -8.0, 2.2), (154.0, -10.0, 1.9), (230.0, -12.0, 1.4), (311.0, -15.0, 1.0)],
    ),
    shake("Shaker", 12.0, -0.2, 7_000.0, 0.02, 0.08),
    shake("Jingle Bell", 14.0, 0.2, 8_200.0, 0.004, 0.35),
    bars(
        "Belltree",
        2.0,
        0.3,
        &[
            (90.0, -8.0, 1.6),
            (113.0, -9.0, 1.5),
            (141.0, -10.0, 1.4),
            (176.0, -11.0, 1.3),
            (209.0, -12.0, 1.2),
            (247.0, -13.0, 1.1),
        ],
    ),
    bars("Castanets", 7.0, 0.2, &[(48.0, -4.0, 0.045), (81.0, -7.0, 0.03), (120.0, -10.0, 0.02)]),
    surdo("Mute Surdo", skin(0.9, 82.0, 1.3, 0.1, 0.16), rattle(0.2, Pass::Low, 900.0, 0.7, 0.05)),
    surdo("Open Surdo", skin(0.9, 78.0, 1.3, 0.15, 0.9), rattle(0.15, Pass::Low, 900.0, 0.7, 0.06)),
];
