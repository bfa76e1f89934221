//! A board for tests: everything is heard and written down.
#![allow(dead_code, reason = "each test reads what it is about")]

use firmware_sim::{
    Band, Board, Button, Event, Frame, Hash, Knob, Output, Profile, Script, Stage, Tally, Wire,
    rehearse,
};
use musigan_engine::{Generator, Model};
use musigan_score::events::FINGERPRINT;

pub struct Desk<'w> {
    pub script: Script,
    pub half: u32,
    pub output: Output<'w>,
    pub buffer: Vec<Frame>,
    pub audio: Hash,
    /// The peak of each half-buffer.
    pub peaks: Vec<u16>,
    /// What was said, and during which half-buffer.
    pub trace: Vec<(u32, Event)>,
    pub pace: Pace,
    /// Tokens since the buttons were looked at, and the most that ever were.
    pub unseen: u32,
    pub deaf: u32,
}

/// When the audio interrupt comes.
#[derive(Clone, Copy)]
pub enum Pace {
    /// When all that there is to do is done.
    Idle,
    /// Of itself, once it has begun: in the midst of the idle loop's work after so many tokens.
    Tokens { every: u32, said: u32, begun: bool, taken: bool },
}

impl Pace {
    /// Of itself, after every so many tokens.
    pub fn tokens(every: u32) -> Self {
        Self::Tokens { every, said: 0, begun: false, taken: false }
    }
}

impl Board for Desk<'_> {
    fn button(&mut self, button: Button) -> bool {
        self.unseen = 0;
        self.script.button(self.half, button)
    }

    fn knob(&mut self, knob: Knob) -> u16 {
        self.script.knob(self.half, knob)
    }

    fn trace(&mut self, event: Event) {
        assert!(self.trace.len() < self.trace.capacity());
        self.trace.push((self.half, event));
    }
}

impl Stage for Desk<'_> {
    fn begin(&mut self, half: u32) {
        self.half = half;
        if let Pace::Tokens { taken, .. } = &mut self.pace {
            *taken = false;
        }
    }

    fn interrupt(&mut self) {
        if let Pace::Tokens { begun, taken, .. } = &mut self.pace {
            *begun = true;
            if *taken {
                return;
            }
        }
        self.fill();
    }

    fn is_due(&self) -> bool {
        matches!(self.pace, Pace::Tokens { taken: true, .. })
    }

    fn step<T>(&mut self, step: impl FnOnce() -> T) -> (T, u64) {
        let stepped = step();
        self.unseen += 1;
        if let Pace::Tokens { every, said, begun: true, taken } = &mut self.pace {
            *said += 1;
            self.deaf = self.deaf.max(self.unseen);
            if said.is_multiple_of(*every) {
                *taken = true;
                self.fill();
            }
        }
        (stepped, 1)
    }
}

impl Desk<'_> {
    fn fill(&mut self) {
        self.output.fill(&mut self.buffer, |_| {});
        self.audio.add_frames(&self.buffer);
        let peak = self.buffer.as_flattened().iter().map(|x| x.unsigned_abs()).max();
        self.peaks.push(peak.unwrap_or(0));
    }
}

/// What a rehearsal left behind.
pub struct Played {
    pub tally: Tally,
    pub audio: Hash,
    pub peaks: Vec<u16>,
    pub trace: Vec<(u32, Event)>,
    /// The most tokens between two looks at the buttons, once the interrupt comes by itself.
    pub deaf: u32,
}

impl Played {
    /// When something was said first.
    pub fn when(&self, said: Event) -> Option<u32> {
        self.trace.iter().find(|(_, event)| *event == said).map(|(half, _)| *half)
    }
}

/// Plays on a board; `watch` sees to the rehearsal itself.
pub fn play(
    board: &str,
    script: Script,
    bars: u32,
    watch: impl FnOnce(&mut dyn FnMut()),
) -> Played {
    play_at(Pace::Idle, board, script, bars, watch)
}

/// The same, the audio interrupt coming at this pace.
pub fn play_at(
    pace: Pace,
    board: &str,
    script: Script,
    bars: u32,
    watch: impl FnOnce(&mut dyn FnMut()),
) -> Played {
    let profile = Profile::named(board).unwrap();
    let model = Model::open(firmware_sim::image(), FINGERPRINT).unwrap();
    let mut wire = Wire::default();
    let (band_end, speaker_end) = wire.split();
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
    let mut desk = Desk {
        script,
        half: 0,
        output: Output::new(profile, speaker_end),
        buffer: vec![[0; 2]; profile.frames()],
        audio: Hash::default(),
        peaks: Vec::with_capacity(100_000),
        trace: Vec::with_capacity(10_000),
        pace,
        unseen: 0,
        deaf: 0,
    };
    let mut band = Band::new(profile, &model, &mut state, &mut logits, band_end, 1);
    let mut tally = Tally::default();
    watch(&mut || tally = rehearse(&mut desk, &mut band, script, bars));
    Played { tally, audio: desk.audio, peaks: desk.peaks, trace: desk.trace, deaf: desk.deaf }
}
