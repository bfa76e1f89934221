//! One sounding note.

use super::channel::Channel;
use super::group::BUSES;
use crate::dsp::envelope::{Envelope, SLOW};
use crate::dsp::lfo::Lfo;
use crate::dsp::math::{decay, exp2, gain, key_hz, sin_turns};
use crate::dsp::svf::{Coefficients, Pass};
use crate::dsp::wavetable::Wavetable;
use crate::instrument::{PROGRAMS, Patch, Sound, bar_partials, piano_partials};
use crate::kernel::{Ready, drum::Drum, fm::Fm, layer::Breath};
use crate::kernel::{modal::Modal, string::PluckedString, wave::Wave};
use crate::simd::Simd;
use crate::size::{Size, Sounds};
use alloc::boxed::Box;

/// What a lane of a group works towards until the next point of the grid.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Aim {
    pub(crate) amp: f32,
    /// What of it is heard left, right, in the chorus and in the reverb.
    pub(crate) sends: [f32; BUSES],
    pub(crate) filter: Coefficients,
}

/// A note to be played.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note {
    pub(crate) channel: u8,
    pub(crate) key: u8,
    pub(crate) velocity: u8,
    /// Counts the notes of the bank: age, and the seed of noise.
    pub(crate) serial: u64,
}

/// What makes the raw sound of the present note. Partials and strings, whose memory is on the heap, stay
/// with the voice.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a voice may become a drum, and allocates nothing then"
)]
enum Kernel {
    Modal,
    String,
    Wave(Wave),
    Fm(Fm),
    Drum(Drum),
}

/// A voice and its kernels; all memory is there from the beginning.
#[derive(Clone, Debug)]
pub(crate) struct Voice {
    pub(crate) note: Note,
    /// The sostenuto pedal caught it.
    pub(crate) caught: bool,
    patch: &'static Patch,
    kernel: Kernel,
    modal: Modal,
    string: Option<Box<PluckedString>>,
    envelope: Envelope,
    /// Envelope at the beginning of the present ramp, and the ramp's length in frames.
    ramp: (f32, usize),
    seconds: f32,
    vibrato: Lfo,
    tremolo: Lfo,
    scoop: f32,
    sweep: f32,
    velocity: f32,
    strength: f32,
    /// Volume and expression, which a step of a controller moves softly.
    volume: f32,
    /// The channel's pan at which `sides` were computed, and the gains of the two sides.
    placed: f32,
    sides: [f32; 2],
    /// The pitch it was struck at, as a key.
    struck: f32,
    /// The pitch that its kernel was last told, as a key.
    tuned: f32,
    /// The octaves by which its filter was last opened, and the filter.
    opened: f32,
    filter: Coefficients,
    /// Nothing of it moves fast: from its next turn on, straight lines may be long.
    settled: bool,
    /// The present one is.
    calm: bool,
    sample_rate: f32,
}

/// Octaves by which a filter may be off; computing it is what a voice does most between two blocks.
const STILL: f32 = 1e-4;
/// What is left of a sweep when it is over.
const SWEPT: f32 = 1e-3;
/// A filter that lets all through.
const UNFILTERED: Coefficients = Coefficients { a: [0.0; 3], m: [1.0, 0.0, 0.0] };
/// Gain of a voice whose patch has level 0 dB.
const MASTER: f32 = 0.35;
/// How fast the volume follows its controllers: the share of the way per second.
const EASE: f32 = 180.0;
/// Cents of vibrato at full modulation wheel or pressure.
const WHEEL_CENTS: f32 = 45.0;

impl Voice {
    /// A free voice.
    pub(crate) fn new(sample_rate: f32, size: Size) -> Self {
        let patch = &PROGRAMS[0];
        Self {
            note: Note { channel: 0, key: 0, velocity: 0, serial: 0 },
            caught: false,
            patch,
            kernel: Kernel::Modal,
            modal: Modal::new(sample_rate, size.partials.max(1), size.precision()),
            string: (size.sounds == Sounds::All).then(|| Box::new(PluckedString::new(sample_rate))),
            envelope: Envelope::new(patch.envelope),
            ramp: (0.0, 1),
            seconds: 0.0,
            vibrato: Lfo::default(),
            tremolo: Lfo::default(),
            scoop: 0.0,
            sweep: 0.0,
            velocity: 0.0,
            strength: 0.0,
            volume: 0.0,
            placed: 0.0,
            sides: [0.0; 2],
            struck: 60.0,
            tuned: 60.0,
            opened: 0.0,
            filter: UNFILTERED,
            settled: false,
            calm: false,
            sample_rate,
        }
    }

    /// Begins a note; returns the gains and the filter of its first frame, and its noise.
    pub(crate) fn start(
        &mut self,
        patch: &'static Patch,
        note: Note,
        channel: &Channel,
    ) -> (Aim, Breath) {
        let velocity = f32::from(note.velocity) / 127.0;
        let soft = if channel.soft { 0.8 } else { 1.0 };
        self.note = note;
        self.caught = false;
        self.patch = patch;
        self.envelope = Envelope::new(patch.envelope);
        self.ramp = (self.envelope.level(), 1);
        self.seconds = 0.0;
        // Every voice has its own place in the cycle, so that a section does not sway as one.
        self.vibrato = Lfo::new((note.serial % 97) as f32 / 97.0);
        self.tremolo = Lfo::default();
        self.scoop = patch.scoop.cents;
        self.sweep = 1.0;
        self.velocity = velocity * soft;
        self.strength = MASTER * gain(patch.level) * libm::powf(velocity * soft, patch.dynamics);
        self.volume = channel.gain();
        let base = self.base();
        self.struck = base + channel.bend();
        self.tuned = f32::NAN;
        self.opened = f32::NAN;
        self.filter = UNFILTERED;
        let hz = key_hz(self.struck + 0.01 * self.scoop);
        self.strike(key_hz(base), hz);
        let breath = Breath {
            layer: &patch.noise,
            hz,
            strength: 0.4 + 0.6 * self.velocity,
            seed: note.serial as u32 ^ 0xA5A5,
        };
        self.place(channel);
        (self.aim(channel, 0.0), breath)
    }

    /// The key as the raw sound has it.
    fn base(&self) -> f32 {
        f32::from(self.patch.fixed_key.unwrap_or(self.note.key)) + self.patch.transpose
    }

    fn strike(&mut self, unbent: f32, hz: f32) {
        let v = self.velocity;
        let seed = self.note.serial as u32;
        self.kernel = match &self.patch.sound {
            Sound::Piano(piano) => {
                self.modal.strike(piano_partials(piano, self.struck, v), 1.0);
                Kernel::Modal
            }
            Sound::Bars(bars) => {
                self.modal.strike(bar_partials(bars, hz, v), 1.0);
                Kernel::Modal
            }
            Sound::Pluck(pluck) => {
                if let Some(string) = &mut self.string {
                    string.pluck(pluck, hz, v, seed);
                }
                Kernel::String
            }
            Sound::Wave(stack) => {
                let spread = |i: usize| {
                    // The first oscillator begins at zero, the others anywhere.
                    (i as f32) * (0.29 + (self.note.serial % 13) as f32 * 0.05) % 1.0
                };
                let oscillators = stack
                    .oscillators
                    .iter()
                    .enumerate()
                    .map(|(i, &(semis, level))| (exp2(semis / 12.0), level, spread(i)));
                let mut wave = Wave::new(self.sample_rate);
                wave.start(stack.wave as usize, hz, stack.sway, oscillators);
                Kernel::Wave(wave)
            }
            Sound::Fm(pairs) => {
                let octaves = libm::log2f(unbent / 261.63);
                let mut fm = Fm::new(self.sample_rate);
                fm.strike(pairs, hz, v, exp2(-0.5 * octaves));
                Kernel::Fm(fm)
            }
            Sound::Drum(spec) => {
                // Drums name their frequencies for C4.
                let mut drum = Drum::new(self.sample_rate);
                drum.strike(spec, hz / 261.625_58, v, seed);
                Kernel::Drum(drum)
            }
        };
    }

    /// Whether it is heard no more, given whether its noise is.
    pub(crate) fn is_done(&self, calm: bool) -> bool {
        let silent = match &self.kernel {
            Kernel::Modal => self.modal.is_done(),
            Kernel::String => {
                self.string.as_ref().is_none_or(|string| string.is_done(self.strength))
            }
            Kernel::Wave(_) => false,
            Kernel::Fm(fm) => fm.is_done(),
            Kernel::Drum(drum) => drum.is_done(),
        };
        self.envelope.is_done() || (silent && calm)
    }

    /// Whether it leaves out every second of its turns until the end of the present span.
    pub(crate) fn is_calm(&self) -> bool {
        self.calm
    }

    /// A span begins, from this turn to the next.
    pub(crate) fn begin_span(&mut self) {
        self.calm = self.settled;
    }

    /// How loud it is now, for the choice of a victim.
    pub(crate) fn loudness(&self) -> f32 {
        self.envelope.level() * self.strength
    }

    /// The key comes up, `left` frames before the end of the ramp.
    pub(crate) fn release(&mut self, left: usize) {
        if self.note.key < self.patch.undamped_from {
            let level = self.level(left);
            self.envelope.release(level);
            self.settled = false;
        }
    }

    /// Damps it within `seconds`.
    pub(crate) fn damp(&mut self, seconds: f32, left: usize) {
        let level = self.level(left);
        self.envelope.damp(level, seconds);
        self.settled = false;
    }

    /// Fades it to nothing within `seconds`.
    pub(crate) fn fade(&mut self, seconds: f32, left: usize) {
        let level = self.level(left);
        self.envelope.fade(level, seconds);
        self.settled = false;
    }

    /// The envelope `left` frames before the end of the ramp.
    fn level(&self, left: usize) -> f32 {
        let (from, length) = self.ramp;
        let to = self.envelope.level();
        to + (from - to) * left as f32 / length as f32
    }

    /// Moves on by `frames`: what gains and filter should be then.
    pub(crate) fn advance(&mut self, channel: &Channel, frames: usize) -> Aim {
        let seconds = frames as f32 / self.sample_rate;
        self.ramp = (self.envelope.level(), frames.max(1));
        self.envelope.advance(seconds);
        self.aim(channel, seconds)
    }

    fn aim(&mut self, channel: &Channel, seconds: f32) -> Aim {
        let p = self.patch;
        self.seconds = (self.seconds + seconds).min(100.0);
        let steady = self.tune(channel, seconds);
        let level = self.envelope.level();
        self.volume += (seconds * EASE).min(1.0) * (channel.gain() - self.volume);
        let mut amp = level * self.strength * self.volume;
        if p.tremolo.depth > 0.0 {
            let wave = self.tremolo.advance(p.tremolo.rate, seconds);
            amp *= 1.0 - p.tremolo.depth * (0.5 + 0.5 * wave);
        }
        if channel.pan != self.placed {
            self.place(channel);
        }
        if p.filter.pass != Pass::All {
            self.open(channel, seconds);
        }
        self.settled = steady
            && p.tremolo.depth == 0.0
            && (p.filter.sweep == 0.0 || p.filter.sweep_t60.abs() >= SLOW || self.sweep <= SWEPT)
            && self.envelope.is_slow();
        Aim {
            amp,
            sends: [self.sides[0], self.sides[1], channel.chorus.max(p.chorus), channel.reverb],
            filter: self.filter,
        }
    }

    /// Between the speakers, at constant power.
    fn place(&mut self, channel: &Channel) {
        let p = self.patch;
        let key = f32::from(self.note.key);
        let pan = (channel.pan + p.pan + p.width * (key - 64.0) / 64.0).clamp(-1.0, 1.0);
        let turns = (pan + 1.0) * 0.125;
        self.placed = channel.pan;
        self.sides = [sin_turns(0.25 - turns), sin_turns(turns)];
    }

    /// Opens the filter as far as key, touch, envelope and controller want it now.
    fn open(&mut self, channel: &Channel, seconds: f32) {
        let f = &self.patch.filter;
        let sweep = if f.sweep_t60 < 0.0 { -f.sweep } else { f.sweep };
        if f.sweep != 0.0 && self.sweep > SWEPT {
            self.sweep *= decay(seconds, f.sweep_t60.abs());
        }
        let octaves = f.track * (f32::from(self.note.key) - 60.0) / 12.0
            + f.velocity * 2.0 * (self.velocity - 0.5)
            + sweep * self.sweep
            + f.follow * (self.envelope.level() - 1.0)
            + channel.brightness;
        let moved = (octaves - self.opened).abs();
        if moved < STILL {
            return;
        }
        self.opened = octaves;
        self.filter = Coefficients::new(f.pass, f.hz * exp2(octaves) / self.sample_rate, f.q);
    }

    /// Tunes it to where key, wheel, vibrato and scoop want it now; whether it can be left so, or on its
    /// way, for long.
    fn tune(&mut self, channel: &Channel, seconds: f32) -> bool {
        let p = self.patch;
        let v = &p.vibrato;
        let mut depth = (channel.modulation + channel.pressure).min(1.0) * WHEEL_CENTS;
        if v.cents > 0.0 {
            let grown = ((self.seconds - v.delay) / v.delay.max(0.05)).clamp(0.0, 1.0);
            depth += v.cents * grown;
        }
        let swing = if depth > 0.0 { depth * self.vibrato.advance(v.rate, seconds) } else { 0.0 };
        if self.scoop != 0.0 {
            self.scoop *= decay(seconds, p.scoop.t60);
            if self.scoop.abs() < 0.02 {
                self.scoop = 0.0;
            }
        }
        let cents = swing + self.scoop;
        let key = self.base() + channel.bend() + 0.01 * cents;
        match &mut self.kernel {
            Kernel::Fm(fm) => fm.flush(),
            Kernel::String => {
                if let Some(string) = &mut self.string {
                    string.flush();
                }
            }
            Kernel::Wave(wave) if wave.is_moving() => self.tuned = f32::NAN,
            _ => {}
        }
        if key == self.tuned {
            return true;
        }
        self.tuned = key;
        match &mut self.kernel {
            Kernel::Modal => self.modal.tune(exp2((key - self.struck) / 12.0)),
            Kernel::String => {
                if let Some(string) = &mut self.string {
                    string.tune(key_hz(key));
                }
            }
            Kernel::Wave(wave) => wave.tune(key_hz(key), seconds),
            Kernel::Fm(fm) => fm.tune(key_hz(key)),
            Kernel::Drum(_) => {}
        }
        // The others step from pitch to pitch.
        self.scoop == 0.0 && matches!(self.kernel, Kernel::Wave(_))
    }

    /// Renders the next frames, before noise, filter and gain.
    #[inline(always)]
    pub(crate) fn render<V: Simd>(
        &mut self,
        tables: &[Wavetable],
        ready: &mut Ready,
        out: &mut [f32],
    ) {
        match &mut self.kernel {
            Kernel::Modal => self.modal.render::<V>(ready, out),
            Kernel::String => match &mut self.string {
                Some(string) => string.render::<V>(ready, out),
                None => out.fill(0.0),
            },
            Kernel::Wave(wave) => wave.render::<V>(tables, ready, out),
            Kernel::Fm(fm) => fm.render::<V>(ready, out),
            Kernel::Drum(drum) => drum.render::<V>(ready, out),
        }
    }
}

/// Whether the filter of a patch does anything.
pub(crate) fn is_filtered(patch: &Patch) -> bool {
    patch.filter.pass != Pass::All
}
