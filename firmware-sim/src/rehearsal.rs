//! A rehearsal: the firmware, half-buffer by half-buffer, under a script; the same on a host and on
//! an emulated core, and counted.

use musigan_engine::Generator;
use musigan_score::Note;

use crate::band::{Band, Work};
use crate::board::{Board, Button, Knob};
use crate::speaker::Frame;

/// What happens during a rehearsal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Script {
    /// Nobody touches anything.
    #[default]
    Plain,
    /// Both buttons are pressed and both knobs turned.
    Hands,
    /// For some seconds the composer gets almost no time.
    Slow,
    /// The temperature knob is broken.
    Jitter,
}

impl Script {
    /// The script of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "plain" => Self::Plain,
            "hands" => Self::Hands,
            "slow" => Self::Slow,
            "jitter" => Self::Jitter,
            _ => return None,
        })
    }

    /// Whether a button is down while half-buffer `half` is played. It bounces.
    #[must_use]
    pub fn button(self, half: u32, button: Button) -> bool {
        let down = |from: u32| (from..from + 12).contains(&half) && half != from + 1;
        match (self, button) {
            (Self::Hands, Button::Next) => down(600),
            (Self::Hands, Button::Play) => down(300) || down(360),
            _ => false,
        }
    }

    /// Where a knob stands while half-buffer `half` is played. It is never quite at rest.
    #[must_use]
    pub fn knob(self, half: u32, knob: Knob) -> u16 {
        let noise = (half.wrapping_mul(2_654_435_761) >> 28) as u16;
        let to = match (self, knob) {
            (Self::Hands, Knob::Temperature) if half >= 120 => 1_500,
            (Self::Hands, Knob::Tempo) => 2_048 + (half.clamp(400, 450) - 400) as u16 * 16,
            (Self::Jitter, Knob::Temperature) if (100..300).contains(&half) => {
                if half.is_multiple_of(2) { 300 } else { 3_900 }
            }
            _ => Knob::MIDDLE,
        };
        to + noise
    }

    /// The most tokens that the composer may say while half-buffer `half` is played.
    fn tokens(self, half: u32) -> u32 {
        match self {
            Self::Slow if (20..2_500).contains(&half) => u32::from(half.is_multiple_of(40)),
            _ => u32::MAX,
        }
    }
}

/// Where a rehearsal takes place: a board whose audio interrupt comes when it is told to, or of
/// itself.
pub trait Stage: Board {
    /// Half-buffer number `half` begins to play: buttons and knobs are those of that moment.
    fn begin(&mut self, half: u32);

    /// Takes the audio interrupt: the next half-buffer is rendered. Where interrupts come by
    /// themselves, waits for the next if none has come since [`begin`](Self::begin).
    fn interrupt(&mut self);

    /// Whether that interrupt has come already: then buttons and knobs are looked at before more is
    /// composed.
    fn is_due(&self) -> bool {
        false
    }

    /// Does a step of the idle loop and counts its instructions; 1 where nobody counts.
    fn step<T>(&mut self, step: impl FnOnce() -> T) -> (T, u64);
}

/// What something costs, in instructions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// How often it was counted.
    pub count: u32,
    /// All together.
    pub sum: u64,
    /// The dearest.
    pub most: u64,
}

impl Cost {
    /// Counts one more.
    pub fn add(&mut self, instructions: u64) {
        self.count += 1;
        self.sum += instructions;
        self.most = self.most.max(instructions);
    }

    /// The mean; 0 where nothing was counted.
    #[must_use]
    pub fn mean(&self) -> u64 {
        self.sum / u64::from(self.count.max(1))
    }
}

/// A running hash (FNV-1a, 64 bits) by which two rehearsals are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash(pub u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    /// Takes in more bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Takes in frames, as they lie in a sound file.
    pub fn add_frames(&mut self, frames: &[Frame]) {
        for sample in frames.as_flattened() {
            self.add(&sample.to_le_bytes());
        }
    }
}

/// What a rehearsal came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Notes composed: the tokens since the note before. Those of the head of a piece and of bars without a
    /// note, which are rests, are left out.
    pub notes: Cost,
    /// Tokens composed.
    pub tokens: Cost,
    /// Heads of pieces composed.
    pub heads: Cost,
    /// Their hash.
    pub score: Hash,
    /// Half-buffers played.
    pub halves: u32,
}

impl Tally {
    fn note(&mut self, note: &Note, instructions: u64) {
        self.notes.add(instructions);
        self.score.add(&note.onset.0.to_le_bytes());
        self.score.add(&note.duration.to_le_bytes());
        self.score.add(&[note.pitch.key(), note.velocity.value(), note.part.index() as u8]);
    }
}

/// So far past its end a rehearsal is composed, in ticks: half of what the band composes ahead, so that
/// all of it is composed long before the end is played.
const BEYOND: u32 = 96;

/// Plays until `bars` bars are over.
///
/// The end is a tick of the music, and nothing is composed while it is played: wherever interrupts come,
/// as many half-buffers are rendered.
pub fn rehearse<G: Generator>(
    stage: &mut impl Stage,
    band: &mut Band<'_, '_, G>,
    script: Script,
    bars: u32,
) -> Tally {
    let mut tally = Tally::default();
    let (mut since_note, mut since_begin, mut silent) = (0, 0, true);
    let mut over: Option<u32> = None;
    // A bar is at most some seconds long; whatever happens, the rehearsal ends.
    let most = bars.saturating_add(4).saturating_mul(2_000);
    while tally.halves < most {
        stage.begin(tally.halves);
        band.poll(stage);
        for _ in 0..script.tokens(tally.halves) {
            let beyond = over.map_or(0, |over| (band.composed() as u32).wrapping_sub(over) as i32);
            if beyond >= BEYOND as i32 || stage.is_due() {
                break;
            }
            let (work, spent) = stage.step(|| band.work());
            let Work::Token { note, bar, head } = work else { break };
            // What is composed ahead of the end depends on how fast.
            let counts = band.bars() <= bars;
            if !counts && over.is_none() {
                over = Some(band.composed() as u32);
            }
            if counts {
                tally.tokens.add(spent);
            }
            if head {
                since_begin += spent;
                (since_note, silent) = (0, true);
                continue;
            }
            if since_begin > 0 {
                tally.heads.add(since_begin);
                since_begin = 0;
            }
            if bar {
                since_note = if silent { 0 } else { since_note };
                silent = true;
            }
            since_note += spent;
            if let Some(note) = note {
                if counts {
                    tally.note(&note, since_note);
                }
                (since_note, silent) = (0, false);
            }
        }
        if over.is_some_and(|over| band.now().wrapping_sub(over) as i32 >= 0) {
            break;
        }
        stage.interrupt();
        tally.halves += 1;
    }
    tally
}
