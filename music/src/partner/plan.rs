use musigan_engine::composer::Parts;
use musigan_score::events::Style;
use musigan_score::{Instrument, Key, Metre, NoteEvent, PartId, Program, Tempo, Tick};
use musigan_synth::{Channel, ChannelEvent};

/// How the model plays with the player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Takes up your phrase when you pause, and goes on until you play again.
    Continue,
    /// Call and response: some bars are yours, as many are the model's.
    Answer,
    /// Plays the other part while you play.
    Accompany,
}

/// What is agreed before the playing begins.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// Who plays when.
    pub mode: Mode,
    /// Bars of a turn of [`Mode::Answer`], at least 1.
    pub bars: u32,
    /// The metre.
    pub metre: Metre,
    /// The tempo, as the model is told it.
    pub tempo: Tempo,
    /// The style, as the model is told it, if it has learnt any.
    pub style: Option<Style>,
    /// The key, as the model is told it; `None`: it is found by what the player plays.
    pub key: Option<Key>,
    /// The instruments: the player's first. In [`Mode::Accompany`] the others are the model's; else
    /// it plays them all.
    pub parts: &'a [Instrument],
}

/// When the model comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The tick of its first note, or before it.
    pub(super) at: Tick,
    /// Where its turn began, or would have if it had been in time.
    pub(super) due: Tick,
    /// Where it falls silent; `None`: when it is broken off.
    pub(super) until: Option<Tick>,
    /// Whether its first note falls exactly on `at`.
    pub(super) on_beat: bool,
}

/// What has happened, as far as it decides who plays next.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Situation {
    /// Notes of the player that the model has not answered.
    fresh: u32,
    /// Where the model is to come in, and how many notes of the player it takes up there; until he plays on.
    promised: Option<(Tick, u32)>,
    pressed: Option<Tick>,
    pub(super) last_up: Tick,
    /// Whether a key of the player is down.
    pub(super) playing: bool,
    /// The last turn that the model took.
    taken: Option<Tick>,
    /// A turn that is the model's as soon as it is ready.
    due: Option<Tick>,
}

impl Situation {
    pub(super) fn pressed(&mut self, at: Tick) {
        // Where the model was not heard yet, the phrase goes on.
        let unanswered = self.promised.take().filter(|&(entry, _)| at < entry);
        self.fresh += 1 + unanswered.map_or(0, |(_, notes)| notes);
        self.pressed = Some(at);
    }

    pub(super) fn entered(&mut self, entry: Entry) {
        self.promised = Some((entry.at, self.fresh));
        (self.fresh, self.taken, self.due) = (0, Some(entry.due), None);
    }
}

impl Plan<'_> {
    /// The player's part.
    pub(super) const PLAYER: PartId = match PartId::new(0) {
        Some(part) => part,
        None => unreachable!(),
    };

    /// The parts that the model may play.
    pub(super) fn speaking(&self) -> Parts {
        let others = (1..PartId::COUNT).filter_map(PartId::new).fold(Parts::NONE, Parts::with);
        if self.mode == Mode::Accompany { others } else { Parts::ALL }
    }

    /// Ticks of a beat: the written one, or three of them in compound metres.
    pub(super) fn beat(&self) -> u32 {
        let (count, unit) = (self.metre.numerator(), self.metre.denominator());
        let written = self.metre.bar_ticks() / u32::from(count).max(1);
        let compound = unit >= 8 && count > 3 && count.is_multiple_of(3);
        if compound { 3 * written } else { written }
    }

    /// When the model is to come in, if it is time to get ready; `ready` is the first tick that it
    /// could still play.
    pub(super) fn entry(&self, situation: &mut Situation, now: Tick, ready: Tick) -> Option<Entry> {
        let bar = self.metre.bar_ticks();
        match self.mode {
            Mode::Continue => self.after_a_pause(situation, now, ready),
            Mode::Answer => {
                let turn = self.bars.max(1) * bar;
                let cycle = now.0 / (2 * turn) * (2 * turn);
                let due = Tick(cycle + turn);
                let called = situation.pressed.is_some_and(|at| at.0 + self.beat() >= cycle);
                self.at_a_line(situation, now, ready, due, turn, called)
            }
            Mode::Accompany => {
                let next = Tick((now.0 / bar + 1) * bar);
                // A turn that it was not ready for in time may still begin within the bar.
                let due = situation.due.filter(|due| ready.0 < due.0 + bar).unwrap_or(next);
                let plays = situation.playing
                    || situation.pressed.is_some_and(|at| at.0 + bar + bar / 2 >= due.0);
                self.at_a_line(situation, now, ready, due, bar, plays)
            }
        }
    }

    fn after_a_pause(&self, situation: &Situation, now: Tick, ready: Tick) -> Option<Entry> {
        let pause = now.0.saturating_sub(situation.last_up.0);
        if situation.playing || situation.fresh < 2 || pause < self.beat() / 2 {
            return None;
        }
        let due = self.next_beat(Tick(situation.last_up.0 + self.beat()));
        Some(Entry { at: due.max(self.next_beat(ready)), due, until: None, on_beat: true })
    }

    /// The turn that begins at `due` and lasts `length` ticks.
    fn at_a_line(
        &self,
        situation: &mut Situation,
        now: Tick,
        ready: Tick,
        due: Tick,
        length: u32,
        wanted: bool,
    ) -> Option<Entry> {
        // Half a beat, but not less than an eighth of a common beat: the rest of what was played
        // must be heard by then.
        let lead = (self.beat() / 2).max(6);
        if situation.taken == Some(due) || now.0 + lead < due.0 || !wanted {
            return None;
        }
        situation.due = Some(due);
        let at = due.max(self.next_beat(ready));
        let until = Tick(due.0 + length);
        let on_beat = self.mode == Mode::Answer || at != due;
        (at < until).then_some(Entry { at, due, until: Some(until), on_beat })
    }

    fn next_beat(&self, tick: Tick) -> Tick {
        Tick(tick.0.next_multiple_of(self.beat()))
    }

    /// The instruments on their channels.
    pub(super) fn cast(&self) -> impl Iterator<Item = ChannelEvent> {
        let player = self.parts.first().copied().into_iter().map(|what| (PLAYER_CHANNEL, what));
        let model = (0..PartId::COUNT)
            .filter_map(PartId::new)
            .zip(self.parts)
            .map(|(part, &what)| (self.channel(part), what));
        player.chain(model).filter_map(|(channel, what)| match what {
            Instrument::Program(program) => Some(ChannelEvent::Program { channel, program }),
            Instrument::Percussion => None,
        })
    }

    /// What the model does, on its channel.
    pub(super) fn on_channel(&self, event: NoteEvent) -> ChannelEvent {
        match event {
            NoteEvent::On { part, pitch, velocity } => {
                ChannelEvent::NoteOn { channel: self.channel(part), key: pitch, velocity }
            }
            NoteEvent::Off { part, pitch } => {
                ChannelEvent::NoteOff { channel: self.channel(part), key: pitch }
            }
        }
    }

    /// The model's channels come after the player's, and are never his.
    pub(super) fn channel(&self, part: PartId) -> Channel {
        let instrument = self.parts.get(part.index());
        if instrument.copied().unwrap_or(Instrument::Program(Program::PIANO)).is_percussion() {
            return Channel::PERCUSSION;
        }
        let index = part.index() as u8 + 1;
        Channel::new(if index < 9 { index } else { (index + 1).min(15) })
    }
}

/// The player's channel, whatever his keyboard sends on.
pub const PLAYER_CHANNEL: Channel = Channel::new(0);
