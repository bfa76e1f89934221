//! What the page says: judged by ear and eye, and by the tests' measures.

/// A family of instruments made by one technique.
pub struct Family {
    pub file: &'static str,
    pub title: &'static str,
    /// Its programs, counted from 0.
    pub range: &'static str,
    pub how: &'static str,
    /// The two in the picture.
    pub programs: [u8; 2],
    /// The key around which they play.
    pub centre: u8,
    pub text: &'static str,
}

pub const INTRODUCTION: &str = "\
# How it sounds

Each picture shows two programs of a family, four seconds each: a broken major triad from soft (velocity 40) to
hard (125), then the chord. Time runs to the right, pitch upwards from 50 Hz to 18 kHz, an octave as high as
any other; the colours span 75 dB. Programs are counted from 0. Loudness is that of one second of one
key at velocity 80 (tests hold all programs to one loudness over their usual keys); brightness is the mean
frequency, weighted as the slope of the wave is, of a soft and of a hard stroke.

`cargo run --release -p musigan-synth --example listen -- docs` makes the pictures and this page;
`--example audition` writes every program to a WAV file.

";

const fn family(
    [file, title, range, how]: [&'static str; 4],
    programs: [u8; 2],
    centre: u8,
    text: &'static str,
) -> Family {
    Family { file, title, range, how, programs, centre, text }
}

pub static FAMILIES: [Family; 16] = [
    family(
        ["music-box", "Music box and bells", "8–10, 14, 96, 98, 108, 112", "Decaying partials"],
        [10, 14],
        72,
        "The modes of a bar that is clamped at one end (1 : 6.27 : 17.55) with the click of the pin; bells have \
         inharmonic partials and twins that beat. Listen for the high partials that are gone after a tenth of a second. \
         Weakness: every tooth of the comb is as perfect as its neighbour.",
    ),
    family(
        ["mallets", "Mallets", "11–13, 113–115", "Decaying partials"],
        [11, 12],
        60,
        "Bars tuned 1 : 4 : 10 (marimba, vibraphone) or 1 : 3 : 6 (xylophone), struck harder = brighter, with a \
         noise for the mallet; the vibraphone's motor is a tremolo. Weakness: no resonator tubes of their own.",
    ),
    family(
        ["piano", "Pianos", "0–3", "Decaying partials, up to 64 a note"],
        [0, 3],
        60,
        "Stiff strings (partials stretched after measured inharmonicity) in pairs that beat, a decay in two stages, \
         a hammer that is harder with velocity, and five resonances of the board. Listen for the aftersound of the \
         chord and the sourness of the honky-tonk's pairs. Weakness: strings that are not struck do not answer \
         when the pedal is down, and the top octave is a little thin.",
    ),
    family(
        ["electric-piano", "Electric pianos", "4–5", "Frequency modulation, two pairs"],
        [4, 5],
        60,
        "The tine is a high pair that dies at once, the tone a pair whose index follows the touch. Weakness: no \
         amplifier that growls at fortissimo.",
    ),
    family(
        ["quills", "Harpsichord, clavinet, dulcimer", "6–7, 15", "A string loop"],
        [6, 7],
        60,
        "A string plucked close to its end by something hard. The harpsichord's loudness hardly follows the \
         touch, as in life. Weakness: one choir of strings, and no click when the jack falls back.",
    ),
    family(
        ["organ", "Organs", "16–19", "Wavetables of drawbars and pipes"],
        [16, 19],
        60,
        "Sums of drawbars with a slow rotor in pitch and loudness; the church organ stands still. Weakness: the \
         rotor does not speed up, and the pipes speak without chiff.",
    ),
    family(
        ["reeds", "Free reeds", "20–23, 109", "Two wavetables out of tune, low-passed"],
        [21, 22],
        60,
        "Accordion, harmonica, bagpipe. Listen for the beating of the pairs. Weakness: the bagpipe has no drones.",
    ),
    family(
        [
            "guitars",
            "Guitars, harp and lutes",
            "24–31, 45–46, 104–107",
            "A string loop, clipped for 29 to 31",
        ],
        [24, 30],
        55,
        "A delay line that loses its treble round by round, plucked at a point that leaves gaps in the spectrum. \
         Softer is duller. The distorted guitar clips its own string and is low-passed as by a cabinet. Weakness: \
         each string is clipped by itself, so that a distorted chord does not growl between its notes.",
    ),
    family(
        ["basses", "Basses", "32–39", "A string loop; wavetables for 38 and 39"],
        [33, 38],
        36,
        "As the guitars, with wound strings: round and long. The synth basses open a filter at the attack. \
         Weakness: the slap is bright but has no second hit on the fingerboard.",
    ),
    family(
        ["bowed", "Solo strings", "40–43, 110", "A wavetable with formants, noise of the bow"],
        [40, 42],
        64,
        "The body's resonances stay where they are whatever the key; the vibrato sets in late. Weakness: one wave \
         per half octave and no change of bow: long notes give themselves away.",
    ),
    family(
        ["sections", "Ensembles", "44, 48–51", "Three wavetables that sway, chorus"],
        [48, 50],
        60,
        "Three players, each with a sway of their own. Listen for the spread of the upper partials, the smear in \
         the picture. Weakness: soft attacks are all alike.",
    ),
    family(
        ["choir", "Choir", "52–54", "Two wavetables with the formants of a vowel"],
        [52, 53],
        60,
        "The horizontal bands are the formants of \u{201C}ah\u{201D} and \u{201C}ooh\u{201D}. Weakness: the vowel \
         never moves, and nobody has consonants.",
    ),
    family(
        ["brass", "Brass", "55–63", "A wavetable behind a filter that follows the loudness"],
        [56, 60],
        58,
        "Louder is brighter within each note, from the attack on. Weakness: no lip noise, and the mute is only a \
         spectrum.",
    ),
    family(
        ["woodwind", "Reeds", "64–71, 111", "A wavetable (odd harmonics for the clarinet), breath"],
        [65, 71],
        62,
        "The gaps between the clarinet's first harmonics are its even ones. Weakness: all registers of an \
         instrument are one wave.",
    ),
    family(
        ["pipes", "Flutes", "72–79", "A wavetable near a sine, breath, vibrato"],
        [73, 75],
        72,
        "The haze around the harmonics is breath: it is in the pan flute's and the shakuhachi's attack. Weakness: \
         overblowing does not jump.",
    ),
    family(
        ["synths", "Leads, pads, effects", "80–95, 97, 99–103", "Wavetables behind a filter"],
        [81, 95],
        60,
        "Saws and squares without aliasing (below −60 dB at C7), filters that sweep. Weakness: the sound effects \
         of 120 to 127 are filtered noise and sines, honest but no recordings.",
    ),
];

/// Keys of the kit in the picture, and what there is to say.
pub const KIT: ([u8; 16], &str) = (
    [36, 38, 40, 42, 46, 49, 51, 41, 45, 48, 39, 56, 54, 63, 76, 81],
    "A skin whose pitch falls after the stroke, two bands of noise, and for metal six squares out of tune with \
     each other behind high-passes; cow bells, blocks and triangles are decaying partials. Hats, whistles, guiros, \
     cuicas and triangles silence each other. Weakness: one kit only; cymbals are those of a drum machine.",
);
