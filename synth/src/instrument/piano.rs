//! The piano: stiff strings in pairs, hammer, soundboard.

use crate::dsp::math::{exp2, gain, sin_turns};
use crate::kernel::modal::Partial;

/// The character of a piano.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piano {
    /// Hz up to which a mezzo-forte hammer excites the strings of C4.
    pub hammer: f32,
    /// Octaves by which the hammer gets harder from the softest to the hardest touch.
    pub touch: f32,
    /// Cents between the strings of one key: beating, and the chorus of a honky-tonk.
    pub unison: f32,
    /// Level in dB of the second, slower decay.
    pub bloom: f32,
    /// Factor on all decay times.
    pub sustain: f32,
    /// dB of the knock of the key against the bed.
    pub knock: f32,
}

/// Resonances of the soundboard: Hz, dB, seconds to −60 dB.
const BOARD: [(f32, f32, f32); 5] = [
    (71.0, -4.0, 0.22),
    (118.0, 0.0, 0.20),
    (187.0, -2.0, 0.16),
    (293.0, -6.0, 0.13),
    (466.0, -9.0, 0.10),
];

/// Most partials with a string of their own; the slow ones and the board come on top.
const STRINGS: usize = 36;
/// Partials that have the second, slower decay.
const SLOW: usize = 10;
/// dB by which the power of the stroke falls per octave.
const SLOPE: f32 = 0.6;
/// How much longer the second decay takes.
const SLOWNESS: f32 = 2.8;
/// Partials above this frequency add nothing that is heard.
const CEILING: f32 = 10_000.0;
/// Partials that begin below this amplitude (−56 dB) are masked by the others.
const MASKED: f32 = 1.6e-3;

/// The partials of key `key` struck with velocity 0 to 1.
pub(crate) fn piano_partials(p: &Piano, key: f32, velocity: f32) -> impl Iterator<Item = Partial> {
    let piano = *p;
    let hz = crate::dsp::math::key_hz(key);
    // Inharmonicity of the bass and treble bridges (Rauhala, Lehtonen & Välimäki 2007).
    let b = libm::expf(0.092_6 * key - 13.64) + libm::expf(-0.084_7 * key - 5.82);
    let root = libm::sqrtf(1.0 + b);
    // Seconds to −60 dB of the prompt sound; the aftersound takes three times as long.
    let t60 = 4.2 * piano.sustain * exp2((60.0 - key) / 20.0);
    let octaves = (key - 60.0) / 12.0;
    let hammer = piano.hammer * exp2(piano.touch * (velocity - 0.6) + 0.28 * octaves);
    // The two strings lie to either side of the key, at the distances of their energies.
    let slow = SLOWNESS * gain(2.0 * piano.bloom);
    let slow_share = slow / (1.0 + slow);
    let count = ((CEILING / hz) as usize).clamp(1, STRINGS);
    let place = move |n: usize| n as f32 * hz * libm::sqrtf(1.0 + b * (n * n) as f32) / root;
    // Every key strikes with one power, but for a slope that leaves the bass its weight.
    let power: f32 = (1..=count).map(|n| shape(place(n), hz, hammer, n)).map(|x| x * x).sum();
    let scale = 0.5 * gain(-SLOPE * octaves) / libm::sqrtf(power.max(1e-6));
    let strings = (1..=count).flat_map(move |n| {
        let f = place(n);
        // The soundboard drains the upper partials faster.
        let loss = 1.0 + (f - hz) / 1_900.0 + (f / 5_500.0) * (f / 5_500.0);
        let t = t60 / loss;
        let level = scale * shape(f, hz, hammer, n);
        // A spread of beats that differs from partial to partial but not from stroke to stroke.
        let wobble = sin_turns((key * 7.31 + n as f32 * 3.17) * 0.137);
        let cents = piano.unison * (1.0 + 0.6 * wobble);
        let f = f * exp2(-cents * slow_share / 1_200.0);
        let sign = sign(n);
        let prompt = Partial { hz: f, level: sign * level, t60: t };
        let slow = Partial {
            hz: f * exp2(cents / 1_200.0),
            level: sign * level * gain(piano.bloom + 3.0 * wobble),
            t60: SLOWNESS * t,
        };
        let heard = level > MASKED;
        [heard.then_some(prompt), (heard && n <= SLOW).then_some(slow)].into_iter().flatten()
    });
    let knock = gain(piano.knock) * (0.25 + 0.75 * velocity);
    // The knock of a heavy bass hammer is lower and stronger than that of a treble one.
    let board = BOARD.iter().map(move |&(f, db, t60)| Partial {
        hz: f * exp2(octaves * 0.15),
        level: gain(db - 2.0 * octaves.max(-2.0)) * knock,
        t60,
    });
    board.chain(strings)
}

/// The sense in which partial `n` begins: the signs of Rudin and Shapiro, whose sums stay small. If
/// all partials rose at once, their sum would begin with a jump, which is heard as a click.
fn sign(n: usize) -> f32 {
    if (n & n >> 1).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 }
}

/// Strength of partial `n` at `f` Hz: point of the stroke, hardness of the hammer, soundboard.
fn shape(f: f32, hz: f32, hammer: f32, n: usize) -> f32 {
    // The hammer strikes at about an eighth, higher up nearer the end; it is wide, so no partial
    // is missing altogether.
    let point = 0.118 - 0.02 * libm::log2f(hz / 261.63).clamp(0.0, 3.0);
    let place = 0.25
        + 0.75 * sin_turns(0.5 * n as f32 * point).abs() / sin_turns(0.5 * point).clamp(0.1, 0.5);
    let x = f / hammer;
    let felt = 1.0 / (1.0 + x * x * (0.6 + 0.4 * x));
    let board = f * f / (f * f + 90.0 * 90.0);
    place.min(2.2) * felt * board
}
