//! The idle loop: reads buttons and knobs, composes ahead, hands the music to the speaker.

use musigan_engine::Generator;
use musigan_engine::composer::{Composer, Opening, Settings};
use musigan_engine::performer::{Performer, SOUNDING};
use musigan_score::events::Event as Said;
use musigan_score::{Metre, Note, NoteEvent, PartId, Tick, Timed};
use musigan_synth::{Action, Channel, ChannelEvent, TimedAction};

use crate::board::{Board, Button, Knob};
use crate::dial::{Dial, Press, Turn};
use crate::pace::Pace;
use crate::profile::Profile;
use crate::trace::Event;
use crate::wire::BandEnd;

/// How far the band composes ahead: two bars of four quarters.
const AHEAD: u32 = 2 * 96;
/// The most actions that one token makes happen: every sounding key goes up, one goes down, and a
/// tempo.
const MOST: usize = SOUNDING + 2;

/// What a call of [`Band::work`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// A token was composed.
    Token {
        /// The note that it completed.
        note: Option<Note>,
        /// Whether it began a bar.
        bar: bool,
        /// Whether it is of the head of a piece, which names style, key, metre, tempo and instruments
        /// before the first bar.
        head: bool,
    },
    /// There is nothing to do: far enough ahead, or waiting for the speaker.
    Ahead,
}

/// Everything that may be slow: composing, buttons, knobs, trace.
pub struct Band<'m, 'w, G> {
    composer: Composer<'m, G>,
    performer: Performer,
    end: BandEnd<'w>,
    /// Where the present piece begins on the clock, in ticks.
    origin: u64,
    seed: u64,
    bars: u32,
    /// No bar of the present piece has begun.
    head: bool,
    begun: Option<u64>,
    pace: Pace,
    /// To how many percent of its tempo the piece was slowed, until it is told.
    slowed: Option<u32>,
    next: Press,
    play: Press,
    playing: bool,
    /// A flush was asked for, and a new piece is to begin when it is done.
    skipping: bool,
    tempo: Dial,
    temperature: Dial,
}

impl<'m, 'w, G: Generator> Band<'m, 'w, G> {
    /// A band on this board, about to compose the piece of `seed`. `state` and `logits` are as long as the model
    /// says.
    // Not inlined: what it takes of the stack while it builds is given back.
    #[inline(never)]
    pub fn new(
        profile: &Profile,
        model: &'m G,
        state: &'m mut [f32],
        logits: &'m mut [f32],
        end: BandEnd<'w>,
        seed: u64,
    ) -> Self {
        debug_assert_eq!(state.len(), model.state_len());
        let settings = Settings { max_bars: 64, ..Settings::default() };
        Self {
            composer: Composer::new(model, state, logits, settings, Opening::default(), seed),
            performer: Performer::new(),
            end,
            origin: 0,
            seed,
            bars: 0,
            head: true,
            begun: None,
            pace: Pace::new(profile.token),
            slowed: None,
            next: Press::default(),
            play: Press::default(),
            playing: true,
            skipping: false,
            tempo: Dial::new(Knob::MIDDLE),
            temperature: Dial::new(Knob::MIDDLE),
        }
    }

    /// Reads the board's buttons and knobs and tells its trace what happened.
    pub fn poll(&mut self, board: &mut impl Board) {
        if self.next.read(board.button(Button::Next)) {
            self.end.flush();
            self.skipping = true;
        }
        if self.play.read(board.button(Button::Play)) {
            self.playing = !self.playing;
            self.end.set_paused(!self.playing);
            board.trace(Event::Playing(self.playing));
        }
        for knob in [Knob::Tempo, Knob::Temperature] {
            let dial = match knob {
                Knob::Tempo => &mut self.tempo,
                Knob::Temperature => &mut self.temperature,
            };
            match dial.read(board.knob(knob)) {
                None => {}
                Some(Turn::Frozen) => board.trace(Event::Frozen(knob)),
                Some(Turn::Thawed(value)) => {
                    board.trace(Event::Thawed(knob));
                    self.follow(knob, value, board);
                }
                Some(Turn::To(value)) => self.follow(knob, value, board),
            }
        }
        while let Some(event) = self.end.event() {
            board.trace(event);
        }
        if let Some(seed) = self.begun.take() {
            board.trace(Event::Piece(seed));
        }
        if let Some(percent) = self.slowed.take() {
            board.trace(Event::Slowed(percent));
        }
    }

    fn follow(&mut self, knob: Knob, value: u16, board: &mut impl Board) {
        match knob {
            Knob::Tempo => {
                let percent = percent(value);
                self.end.set_tempo(percent);
                self.pace.turn(percent);
                board.trace(Event::Tempo(percent));
            }
            Knob::Temperature => {
                let hundredths = 50 + u32::from(value) * 100 / u32::from(Knob::FULL);
                self.composer.settings_mut().sampling.temperature = hundredths as f32 * 0.01;
                board.trace(Event::Temperature(hundredths));
            }
        }
    }

    /// Composes a token if the music is not far enough ahead.
    ///
    /// # Real-time
    /// One step of the model; never allocates, blocks or panics.
    pub fn work(&mut self) -> Work {
        if !self.end.is_flushed() {
            return Work::Ahead;
        }
        if self.skipping {
            self.skip();
        }
        let ahead = (self.composed() as u32).wrapping_sub(self.end.now());
        if ahead as i32 >= AHEAD as i32 || self.end.room() < MOST {
            return Work::Ahead;
        }
        let bars = self.bars;
        let note = self.compose();
        Work::Token { note, bar: self.bars != bars, head: self.head }
    }

    /// Bars begun since the start.
    #[must_use]
    pub fn bars(&self) -> u32 {
        self.bars
    }

    /// Up to which tick of the clock the music is complete.
    #[must_use]
    pub fn composed(&self) -> u64 {
        self.origin + u64::from(self.composer.decoder().now().0)
    }

    /// The tick of the clock that passes now; it wraps.
    #[must_use]
    pub fn now(&self) -> u32 {
        self.end.now()
    }

    /// Begins the next piece now, after the speaker has fallen silent.
    fn skip(&mut self) {
        self.skipping = false;
        self.performer = Performer::new();
        // The speaker's clock stands still until something is composed again.
        let behind = (self.composed() as u32).wrapping_sub(self.end.now());
        self.origin = self.composed() - u64::from(behind);
        self.seed = self.seed.wrapping_add(1);
        self.composer.begin(Opening::default(), self.seed);
        self.end.set_composed(self.origin);
    }

    fn compose(&mut self) -> Option<Note> {
        let said = self.composer.step();
        let now = self.composer.decoder().now();
        let origin = self.origin;
        let end = &mut self.end;
        let mut told = None;
        self.pace.token();
        match said {
            Some(Said::Begin) => {
                (self.begun, self.head) = (Some(self.seed), true);
                self.pace.begin();
            }
            Some(Said::Tempo(said)) => {
                self.pace.tempo(said.microseconds());
                end.send(tempo(origin, now, said.microseconds()));
            }
            Some(Said::Bar(_)) => {
                (self.bars, self.head) = (self.bars.wrapping_add(1), false);
                self.performer.advance(now, |event| end.send(action(origin, event)));
                if let Some(other) = self.pace.bar(now.0) {
                    self.slowed = Some(self.pace.percent());
                    end.send(tempo(origin, now, other));
                }
            }
            Some(Said::Note(note)) => {
                self.performer.play(&note, |event| end.send(action(origin, event)));
                told = Some(note);
            }
            Some(Said::End(at)) => {
                self.finish(at);
                return None;
            }
            _ => {}
        }
        let composed = self.composed();
        self.end.set_composed(composed);
        told
    }

    /// The last notes sound to their ends, a bar of breath follows, then the next piece begins.
    fn finish(&mut self, at: Tick) {
        let (origin, end) = (self.origin, &mut self.end);
        let last = self.performer.until().unwrap_or(at).max(at);
        self.performer.advance(last, |event| end.send(action(origin, event)));
        self.origin += u64::from(last.0) + u64::from(Metre::COMMON.bar_ticks());
        self.seed = self.seed.wrapping_add(1);
        self.composer.begin(Opening::default(), self.seed);
        self.end.set_composed(self.origin);
    }
}

/// The tempo that the knob asks for, in percent: 50 at the left, 100 in the middle, 200 at the
/// right.
fn percent(value: u16) -> u32 {
    let (value, middle) = (u32::from(value), u32::from(Knob::MIDDLE));
    let over = value.saturating_sub(middle);
    50 + 50 * value.min(middle) / middle + 100 * over / (u32::from(Knob::FULL) - middle)
}

/// Parts have channels of their own; all of them are music boxes.
fn channel(part: PartId) -> Channel {
    let index = part.index() as u8;
    Channel::new(if index < 9 { index } else { (index + 1).min(15) })
}

fn tempo(origin: u64, now: Tick, microseconds: u32) -> TimedAction {
    TimedAction { tick: origin + u64::from(now.0), action: Action::Tempo(microseconds) }
}

fn action(origin: u64, event: Timed<NoteEvent>) -> TimedAction {
    let tick = origin + u64::from(event.at.0);
    let event = match event.event {
        NoteEvent::On { part, pitch, velocity } => {
            ChannelEvent::NoteOn { channel: channel(part), key: pitch, velocity }
        }
        NoteEvent::Off { part, pitch } => {
            ChannelEvent::NoteOff { channel: channel(part), key: pitch }
        }
    };
    TimedAction { tick, action: Action::Channel(event) }
}
