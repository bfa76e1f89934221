//! A patch: everything that makes one program sound as it does.

use super::{Bars, Piano, Wave};
use crate::dsp::envelope::Adsr;
use crate::dsp::svf::Pass;
use crate::kernel::drum::DrumSpec;
use crate::kernel::fm::Pair;
use crate::kernel::layer::NoiseLayer;
use crate::kernel::string::Pluck;

/// How the raw sound is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sound {
    /// Struck strings with hammer and soundboard.
    Piano(Piano),
    /// Struck bars, bells and plates: a list of partials.
    Bars(Bars),
    /// A plucked string.
    Pluck(Pluck),
    /// Oscillators over a wave.
    Wave(Stack),
    /// Frequency modulation, two pairs.
    Fm([Pair; 2]),
    /// Skin, noise and metal.
    Drum(DrumSpec),
}

/// Up to three oscillators over one wave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stack {
    /// The wave.
    pub wave: Wave,
    /// Each oscillator: pitch in semitones from the key's, level.
    pub oscillators: &'static [(f32, f32)],
    /// Cents by which each oscillator sways by itself, as the players of a section do.
    pub sway: f32,
}

/// The filter of a voice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filter {
    /// What it lets through.
    pub pass: Pass,
    /// Cutoff in Hz for C4 at velocity 64, envelope at rest.
    pub hz: f32,
    /// How far the cutoff follows the key: 0 not at all, 1 wholly.
    pub track: f32,
    /// Octaves by which full velocity opens it.
    pub velocity: f32,
    /// Octaves by which it is open at the attack.
    pub sweep: f32,
    /// Seconds in which the sweep falls by 60 dB; negative: it opens from `-sweep` instead.
    pub sweep_t60: f32,
    /// Octaves by which it follows the loudness envelope: as brass does.
    pub follow: f32,
    /// Quality; 0.7 is flat.
    pub q: f32,
}

impl Filter {
    /// No filter.
    pub const NONE: Self = Self {
        pass: Pass::All,
        hz: 20_000.0,
        track: 0.0,
        velocity: 0.0,
        sweep: 0.0,
        sweep_t60: 0.3,
        follow: 0.0,
        q: 0.7,
    };

    /// A low-pass at `hz` that follows the key half-way and opens with velocity by `velocity`
    /// octaves.
    pub const fn low(hz: f32, velocity: f32) -> Self {
        Self { pass: Pass::Low, hz, track: 0.5, velocity, ..Self::NONE }
    }
}

/// Vibrato that sets in after a while, as a player's hand does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vibrato {
    /// Hz.
    pub rate: f32,
    /// Cents to either side.
    pub cents: f32,
    /// Seconds until it begins; it takes as long again to grow.
    pub delay: f32,
}

/// Periodic change of loudness.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tremolo {
    /// Hz.
    pub rate: f32,
    /// Depth, 0 to 1.
    pub depth: f32,
}

/// A pitch that begins off the note and slides onto it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scoop {
    /// Cents off at the beginning.
    pub cents: f32,
    /// Seconds in which the distance falls by 60 dB.
    pub t60: f32,
}

/// One instrument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patch {
    /// The name in General MIDI.
    pub name: &'static str,
    /// How the raw sound is made.
    pub sound: Sound,
    /// Trim in dB that gives all programs one loudness.
    pub level: f32,
    /// Exponent of the velocity curve: 2 spans 32 dB from velocity 20 to 127.
    pub dynamics: f32,
    /// Loudness over time; plucked and struck sounds decay by themselves and use its release.
    pub envelope: Adsr,
    /// Filter.
    pub filter: Filter,
    /// Vibrato.
    pub vibrato: Vibrato,
    /// Tremolo.
    pub tremolo: Tremolo,
    /// Slide onto the note.
    pub scoop: Scoop,
    /// Hammer, pick, breath, bow.
    pub noise: NoiseLayer,
    /// Semitones from the key to the pitch of the raw sound.
    pub transpose: f32,
    /// The key at which it sounds whatever is played, for what has no pitch.
    pub fixed_key: Option<u8>,
    /// Chorus that belongs to the sound, 0 to 1, beside the channel's send.
    pub chorus: f32,
    /// Keys from here up have no damper and ring on after the key comes up.
    pub undamped_from: u8,
    /// Where it sits between the speakers, −1 to 1, before the channel's pan.
    pub pan: f32,
    /// How far the keyboard spreads from left to right, 0 to 1.
    pub width: f32,
}

impl Patch {
    /// What a sound that decays by itself does around it: begins at once, is damped at the end.
    pub const STRUCK: Adsr = Adsr { attack: 0.0, decay: 1.0, sustain: 1.0, release: 0.3 };

    /// A patch to build upon.
    pub const fn new(name: &'static str, level: f32, sound: Sound) -> Self {
        Self {
            name,
            sound,
            level,
            dynamics: 2.0,
            envelope: Self::STRUCK,
            filter: Filter::NONE,
            vibrato: Vibrato { rate: 5.3, cents: 0.0, delay: 0.3 },
            tremolo: Tremolo { rate: 5.0, depth: 0.0 },
            scoop: Scoop { cents: 0.0, t60: 0.1 },
            noise: NoiseLayer::NONE,
            transpose: 0.0,
            fixed_key: None,
            chorus: 0.0,
            undamped_from: 128,
            pan: 0.0,
            width: 0.2,
        }
    }
}
