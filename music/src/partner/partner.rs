use alloc::vec;
use alloc::vec::Vec;

use musigan_engine::composer::{Bookmark, Composer, Form, Opening, Settings};
use musigan_engine::generator::Generator;
use musigan_score::events::{Event, Header, Position, Symbol, Tags, kind};
use musigan_score::link::MAX_LINKED;
use musigan_score::{Note, PartId, Tick, Timed, Token};
use musigan_synth::{Channel, ChannelEvent, controller};

use super::ear::Ear;
use super::notebook::{Extract, Notebook};
use super::plan::{Entry, Mode, Plan, Situation};
use super::stage::Stage;
use crate::arranger::{Arranger, Heard};
use crate::{Arrangement, Listener, Marker};

/// Tokens heard or said in one turn: some milliseconds on a small computer.
const TURN: usize = 16;

/// The model hears at most this many bars; then only half of them.
const MEMORY: u32 = 16;

/// By so many bars the player's key is told.
const KEY_MEMORY: u32 = 8;

/// The memory that a partner's composer needs, four slices that belong to the caller.
#[derive(Debug)]
pub struct Memory {
    state: Vec<f32>,
    logits: Vec<f32>,
    marked_state: Vec<f32>,
    marked_logits: Vec<f32>,
}

impl Memory {
    /// Memory for this generator.
    pub fn of<G: Generator>(generator: &G) -> Self {
        let (state, logits) = (vec![0.0; generator.state_len()], vec![0.0; generator.vocab_len()]);
        Self { marked_state: state.clone(), marked_logits: logits.clone(), state, logits }
    }
}

/// What a partner is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It waits for a clock that stands still.
    Waiting,
    /// It listens.
    Listening,
    /// It plays, or is about to.
    Playing,
}

/// One who plays with the player. It knows no ports, no threads and no time but the ticks that it is
/// told, so that the same keys at the same ticks give the same music.
#[derive(Debug)]
pub struct Partner<'a, G> {
    composer: Composer<'a, G>,
    ear: Ear<'a>,
    notebook: Notebook,
    arranger: Arranger,
    stage: Stage,
    plan: Plan<'a>,
    /// The tick of the clock at the first bar line.
    origin: i64,
    /// The bar line at which the sentence begins that the composer hears.
    from: Tick,
    playing: Option<Entry>,
    situation: Situation,
    running: bool,
    /// The next bar line to be announced.
    line: Tick,
    sentence: Vec<Token>,
}

impl<'a, G: Generator> Partner<'a, G> {
    /// A partner who listens from the bar line at tick 0 on.
    pub fn new(
        generator: &'a G,
        memory: &'a mut Memory,
        settings: Settings,
        plan: Plan<'a>,
        seed: u64,
    ) -> Self {
        let Memory { state, logits, marked_state, marked_logits } = memory;
        let settings = Settings {
            min_bars: u32::MAX,
            max_bars: u32::MAX,
            speaking: plan.speaking(),
            steady: true,
            // A phrase would be the player's as well.
            form: Form::Free,
            ..settings
        };
        let opening = Opening::default();
        Self {
            composer: Composer::new(generator, state, logits, settings, opening, seed),
            ear: Ear::new(Bookmark::new(marked_state, marked_logits), seed),
            notebook: Notebook::new(Plan::PLAYER),
            arranger: Arranger::new(),
            stage: Stage::default(),
            plan,
            origin: 0,
            from: Tick(0),
            playing: None,
            situation: Situation::default(),
            running: true,
            line: Tick(0),
            sentence: Vec::new(),
        }
    }

    /// The instruments, for the synth and the MIDI port to be set up with: the player's channel is
    /// the first.
    pub fn cast(&self) -> impl Iterator<Item = ChannelEvent> {
        self.plan.cast()
    }

    /// Arranges a part that the model plays so from now on; numbers beyond the ranges of an arrangement are
    /// held within. A canon ends with the model's turn.
    pub fn arrange(&mut self, part: PartId, arrangement: Arrangement) {
        let now = Tick(self.from.0.saturating_add(self.composer.decoder().now().0));
        self.arranger.arrange(part, arrangement, now);
    }

    /// The channel of a part that the model plays.
    pub fn channel(&self, part: PartId) -> Channel {
        self.plan.channel(part)
    }

    /// The settings, to be changed at any time.
    pub fn settings_mut(&mut self) -> &mut Settings {
        self.composer.settings_mut()
    }

    /// What it is doing.
    pub fn doing(&self) -> Doing {
        match (self.running, self.stage.is_busy() || self.playing.is_some()) {
            (_, true) => Doing::Playing,
            (true, false) => Doing::Listening,
            (false, false) => Doing::Waiting,
        }
    }

    /// The first bar begins at this tick of the clock; what was played before is forgotten. Ticks
    /// before it are negative: a song may have begun before the clock.
    pub fn begin_at(&mut self, origin: i64) {
        self.silence();
        self.origin = origin;
        self.notebook = Notebook::new(Plan::PLAYER);
        (self.from, self.situation, self.running) = (Tick(0), Situation::default(), true);
        self.composer.settings_mut().key = None;
        self.line = Tick(0);
    }

    /// Stops, until [`Partner::begin_at`]: every key goes up.
    pub fn halt(&mut self) {
        self.silence();
        self.running = false;
    }

    /// Hears what the player does, at the tick of the clock at which it was done.
    pub fn hear(&mut self, tick: u64, event: ChannelEvent) {
        let at = self.at(tick);
        match event {
            // Strokes on pads have no pitch that a part of pitches could take up.
            ChannelEvent::NoteOn { channel: Channel::PERCUSSION, .. }
            | ChannelEvent::NoteOff { channel: Channel::PERCUSSION, .. } => {}
            ChannelEvent::NoteOn { key, velocity, .. } => {
                self.notebook.press(at, key, velocity);
                self.situation.pressed(at);
                if self.plan.mode == Mode::Continue {
                    self.break_off();
                }
            }
            ChannelEvent::NoteOff { key, .. } => self.notebook.release(at, key),
            ChannelEvent::Controller { controller, .. }
                if matches!(
                    controller.get(),
                    controller::ALL_NOTES_OFF | controller::ALL_SOUND_OFF
                ) =>
            {
                self.notebook.release_all(at);
            }
            _ => {}
        }
    }

    /// Every key of the player goes up: the keyboard is gone.
    pub fn release_player(&mut self, tick: u64) {
        let at = self.at(tick);
        self.notebook.release_all(at);
    }

    /// Listens or composes for a few milliseconds, and tells what happens before the tick `horizon`,
    /// which is a little after `now`. Its notes ([`Marker::Note`]) are told as they are composed, bar lines
    /// ([`Marker::Bar`]) a bar ahead, and [`Marker::Dropped`] where it broke off. Returns whether there is more
    /// to do at once.
    pub fn turn(&mut self, now: u64, horizon: u64, listener: &mut impl Listener) -> bool {
        let (at, ready) = (self.at(now), self.at(horizon));
        let busy = match self.playing {
            _ if !self.running => false,
            Some(entry) => self.play(at, entry),
            None => self.listen(at, ready),
        };
        if self.running {
            self.announce_bars(at);
        }
        self.stage.tell(horizon, listener);
        busy
    }

    fn listen(&mut self, now: Tick, ready: Tick) -> bool {
        self.remember(now);
        self.situation.last_up = self.notebook.last_up();
        self.situation.playing = self.notebook.is_playing();
        let entry = self.plan.entry(&mut self.situation, now, ready);
        let settled = self.notebook.settled(now);
        let until = entry.map_or(settled, |entry| Tick(now.0 + 1).min(entry.at));
        let extract = Extract {
            parts: self.plan.parts,
            header: self.header(),
            from: self.from,
            until,
            held: entry.is_some(),
        };
        self.notebook.say(&extract, &mut self.sentence);
        if self.sentence.is_empty() {
            return false;
        }
        if let Some(entry) = entry {
            self.lead_to(entry);
        }
        let firm = self.firm(settled);
        let heard = self.ear.hear(&mut self.composer, &self.sentence, firm, TURN);
        if let Some(entry) = entry.filter(|_| heard) {
            self.ear.spoil();
            self.situation.entered(entry);
            self.find_key(now);
            self.playing = Some(entry);
        }
        entry.is_some() || !heard
    }

    /// Where no key is told, the player's is the key, as far as it can be heard.
    fn find_key(&mut self, now: Tick) {
        if self.plan.key.is_none() {
            let from = Tick(now.0.saturating_sub(KEY_MEMORY * self.plan.metre.bar_ticks()));
            let settings = self.composer.settings_mut();
            settings.key = self.notebook.key(from).or(settings.key);
        }
    }

    /// Lets the sentence go on, without notes, up to the moment of entry.
    fn lead_to(&mut self, entry: Entry) {
        let bar = self.plan.metre.bar_ticks();
        let within = entry.at.0.saturating_sub(self.from.0);
        let said = self.sentence.iter().filter(|&&token| token == Token(kind::BAR)).count();
        for _ in said..=(within / bar) as usize {
            self.sentence.push(Token(kind::BAR));
        }
        let position = Position::from_ticks(within % bar).filter(|_| entry.on_beat);
        self.sentence.extend(position.map(Symbol::Position).and_then(Symbol::token));
    }

    /// How many tokens of the sentence are there to stay, if all before `settled` is.
    fn firm(&self, settled: Tick) -> usize {
        let bars = settled.0.saturating_sub(self.from.0) / self.plan.metre.bar_ticks();
        let mut lines = (0..).zip(&self.sentence).filter(|(_, token)| **token == Token(kind::BAR));
        lines.nth(bars as usize).map_or(self.sentence.len(), |(at, _)| at + 1)
    }

    fn play(&mut self, now: Tick, entry: Entry) -> bool {
        let bar = self.plan.metre.bar_ticks();
        for _ in 0..TURN {
            let composed = self.from.0 + self.composer.decoder().now().0;
            if composed > now.0 + bar {
                return false;
            }
            self.composer.settings_mut().shifts = self.shifts();
            let event = self.composer.step();
            let composed = Tick(self.from.0 + self.composer.decoder().now().0);
            let over = entry.until.filter(|&until| composed >= until);
            if over.is_some() || matches!(event, Some(Event::End(_) | Event::Begin)) {
                self.sound(|arranger, tell| arranger.stop(over.unwrap_or(composed), tell));
                self.playing = None;
                return true;
            }
            match event {
                Some(Event::Note(note)) => self.note(note, entry),
                _ => self.sound(|arranger, tell| arranger.advance(composed, tell)),
            }
        }
        true
    }

    fn note(&mut self, note: Note, entry: Entry) {
        let onset = Tick(self.from.0 + note.onset.0);
        let room = entry.until.map_or(u32::MAX, |until| until.0.saturating_sub(onset.0));
        let duration = note.duration.min(u16::try_from(room).unwrap_or(u16::MAX));
        let note = Note { onset, duration, ..note };
        self.notebook.write(note);
        let (arrangement, bar) = (self.arrangement(note.part), self.plan.metre.bar_ticks());
        self.sound(|arranger, tell| {
            // What comes before it first: doublings, and the notes of a canon.
            arranger.advance(onset, &mut *tell);
            arranger.play(note, arrangement, bar, tell);
        });
    }

    /// The part's arrangement, as far as its instrument allows.
    fn arrangement(&self, part: PartId) -> Arrangement {
        let arrangement = self.arranger.arrangement(part);
        let strokes = self.plan.channel(part) == Channel::PERCUSSION;
        if strokes { arrangement.of_strokes() } else { arrangement }
    }

    /// By how much the parts of the model sound higher than it says them; the player's is as he plays it.
    fn shifts(&self) -> [i8; MAX_LINKED] {
        let mut shifts = [0; MAX_LINKED];
        for (shift, part) in shifts.iter_mut().zip((0..).map_while(PartId::new)) {
            *shift = self.arrangement(part).transpose;
        }
        shifts
    }

    /// Announces the bar lines up to a bar ahead; none of the past but the last.
    fn announce_bars(&mut self, now: Tick) {
        let bar = self.plan.metre.bar_ticks();
        self.line = self.line.max(Tick(now.0 / bar * bar));
        while self.line.0 <= now.0.saturating_add(bar) {
            let tick = self.clock(self.line);
            self.stage.announce(tick, Marker::Bar);
            self.line = Tick(self.line.0.saturating_add(bar));
        }
    }

    /// Lets the arranger play, into the stage.
    fn sound(&mut self, work: impl FnOnce(&mut Arranger, &mut dyn FnMut(Heard))) {
        let Self { arranger, stage, plan, origin, .. } = self;
        work(arranger, &mut |heard| match heard {
            Heard::Key(Timed { at, event }) => {
                stage.push(clock(*origin, at), plan.on_channel(event));
            }
            Heard::Note(note) => {
                stage.announce(clock(*origin, note.onset), Marker::Note(note));
            }
        });
    }

    /// Lets every key go and listens again.
    fn break_off(&mut self) {
        if self.doing() != Doing::Playing {
            return;
        }
        self.silence();
    }

    /// Lets every key of its own go, and listens.
    pub fn silence(&mut self) {
        let cut = self.stage.cut();
        let at = self.at(cut);
        self.notebook.break_off(at);
        self.arranger.forget();
        self.playing = None;
        self.ear.spoil();
    }

    /// Moves the beginning of the sentence on when it has become too long, and over empty bars.
    fn remember(&mut self, now: Tick) {
        let bar = self.plan.metre.bar_ticks();
        let line = |tick: Tick| tick.0 / bar * bar;
        if now.0 - self.from.0.min(now.0) > MEMORY * bar {
            self.from = Tick(line(now).saturating_sub(MEMORY / 2 * bar));
            self.notebook.forget(self.from);
        }
        if let Some(first) = self.notebook.first() {
            self.from = Tick(self.from.0.max(line(first)));
        }
    }

    fn header(&self) -> Header {
        Header {
            metre: self.plan.metre,
            tempo: self.plan.tempo,
            tags: Tags { style: self.plan.style, key: self.plan.key },
        }
    }

    /// The tick of the clock at a tick counted from the first bar line.
    fn clock(&self, at: Tick) -> u64 {
        clock(self.origin, at)
    }

    /// A tick of the clock, counted from the first bar line.
    fn at(&self, tick: u64) -> Tick {
        let tick = i64::try_from(tick).unwrap_or(i64::MAX).saturating_sub(self.origin);
        Tick(u32::try_from(tick.max(0)).unwrap_or(u32::MAX))
    }
}

/// The tick of the clock at a tick counted from `origin`; 0 where that is before the clock began.
fn clock(origin: i64, at: Tick) -> u64 {
    u64::try_from(origin.saturating_add(i64::from(at.0))).unwrap_or(0)
}
