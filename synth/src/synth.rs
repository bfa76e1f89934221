//! The synth: events in, stereo out.

use crate::ChannelEvent;
#[cfg(not(feature = "graph"))]
use crate::chain::Chain;
#[cfg(feature = "graph")]
use crate::graph::Chain;
use crate::lanes::GRID;
use crate::simd::Kernels;
use crate::size::Size;
use crate::voice::Bank;
use musigan_score::Program;

/// What a synth is built from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Frames per second, held within 8,000 and 192,000.
    pub sample_rate: u32,
    /// Notes that may sound at once, held within 1 and 512; more steal the place of others.
    pub voices: usize,
    /// The program of every channel until it is told another.
    pub default_program: Program,
    /// Factor on the output before the limiter; 1.0 suits music.
    pub gain: f32,
    /// How much memory it takes, and which sounds it has for it.
    pub size: Size,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sample_rate: 48_000,
            voices: 128,
            default_program: Program::MUSIC_BOX,
            gain: 1.0,
            size: Size::FULL,
        }
    }
}

/// Below this level (−100 dB) the output counts as silent …
const SILENCE: f32 = 1e-5;
/// … and after this many seconds of it, longer than any delay inside, the synth sleeps.
const SETTLE: f32 = 0.25;

/// A General MIDI synthesizer with sixteen channels.
///
/// ```
/// use musigan_score::{Pitch, Velocity};
/// use musigan_synth::{Channel, ChannelEvent, Config, Synth};
///
/// let mut synth = Synth::new(Config::default());
/// synth.send(ChannelEvent::NoteOn {
///     channel: Channel::new(0),
///     key: Pitch::from_data(72),
///     velocity: Velocity::MEZZO_FORTE,
/// });
/// let (mut left, mut right) = ([0.0; 480], [0.0; 480]);
/// synth.render(&mut left, &mut right);
/// assert!(left.iter().any(|x| x.abs() > 0.001));
/// ```
pub struct Synth {
    chain: Chain,
    /// Frames of silence so far, counted from grid point to grid point; at `settle` of them the
    /// synth sleeps.
    quiet: u32,
    settle: u32,
    /// Something was heard since the last grid point.
    heard: bool,
}

impl Synth {
    /// A silent synth. Everything it will ever need is allocated here.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let sample_rate = config.sample_rate.clamp(8_000, 192_000) as f32;
        let config = Config { voices: config.voices.clamp(1, 512), ..config };
        let settle = (SETTLE * sample_rate) as u32;
        Self {
            chain: Chain::new(Bank::new(sample_rate, &config), sample_rate),
            quiet: settle,
            settle,
            heard: false,
        }
    }

    /// The same synth with other kernels than the fastest; the samples stay the same.
    #[must_use]
    pub fn with_kernels(self, kernels: Kernels) -> Self {
        Self { chain: self.chain.with_kernels(kernels), ..self }
    }

    /// The kernels in use.
    #[must_use]
    pub fn kernels(&self) -> Kernels {
        self.chain.bank().kernels
    }

    /// Plays an event: it is heard from the next rendered frame on.
    ///
    /// # Real-time
    /// Allocates nothing. At most one pass over the voices, and for a note-on the computation of
    /// its partials (some microseconds).
    pub fn send(&mut self, event: ChannelEvent) {
        self.chain.bank_mut().send(event);
        if !self.chain.bank().is_idle() {
            self.quiet = 0;
        }
    }

    /// Renders the next frames: as many as the shorter of the two slices has; the samples are
    /// the same however the time is cut into calls.
    ///
    /// # Real-time
    /// Allocates nothing. The work is bounded by frames and voices.
    pub fn render(&mut self, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len().min(right.len());
        let mut at = 0;
        while at < frames {
            // Pieces end on the control grid, so that sleep does not depend on the calls.
            let n = (frames - at).min(self.chain.bank().to_grid());
            self.render_piece(&mut left[at..at + n], &mut right[at..at + n]);
            at += n;
        }
    }

    fn render_piece(&mut self, left: &mut [f32], right: &mut [f32]) {
        self.chain.sing(left.len());
        if self.quiet >= self.settle {
            left.fill(0.0);
            right.fill(0.0);
            return;
        }
        self.chain.finish(left, right);
        self.heard |= left.iter().chain(right.iter()).any(|x| x.abs() > SILENCE);
        if self.chain.bank().to_grid() == GRID {
            let quiet = !self.heard && self.chain.bank().is_idle();
            self.quiet = if quiet { self.quiet + GRID as u32 } else { 0 };
            self.heard = false;
            if self.is_silent() {
                self.chain.reset_master();
            }
        }
    }

    /// As new: silence, every channel in its power-on state.
    ///
    /// # Real-time
    /// Allocates nothing, but clears the delay lines: tens of microseconds.
    pub fn reset(&mut self) {
        self.chain.reset();
        self.quiet = self.settle;
        self.heard = false;
    }

    /// Releases every key and pedal; what sounds dies away.
    ///
    /// # Real-time
    /// As [`Synth::send`].
    pub fn all_notes_off(&mut self) {
        self.chain.bank_mut().all_notes_off();
    }

    /// How many voices sound.
    #[must_use]
    pub fn active_voices(&self) -> usize {
        self.chain.bank().active()
    }

    /// Whether the last note and its reverb have died away; the output is then exactly zero.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.quiet >= self.settle
    }
}
