use std::collections::VecDeque;

use musigan_score::{Instrument, PartId, Program};
use musigan_synth::{Action, Channel, ChannelEvent, DEFAULT_TEMPO, TimedAction};

use super::keeper::Keeper;
use super::scene::Scene;
use crate::audio::Feed;
use crate::music::{Marker, Mix, channel_of};

/// How far ahead of the sound actions are handed to the callback, in µs.
const LOOKAHEAD: u64 = 250_000;

/// Places of the ring that music leaves free, so that there is always room to let every key go.
const RESERVE: usize = 2048;

/// What is composed and not yet handed to the callback.
pub(super) struct Queue {
    pending: VecDeque<TimedAction>,
    /// The way into the callback; `None` while there is no device.
    pub(super) feed: Option<Feed>,
    pub(super) keeper: Keeper,
    scene: Scene,
    /// The keys that are down at the end of what was handed over.
    down: [u128; Channel::COUNT],
    /// Everything before this tick was handed over.
    pub(super) complete: u64,
    /// In percent.
    speed: u32,
    /// The tempo at normal speed, in µs to the quarter.
    tempo: u32,
    programs: [Option<Program>; Channel::COUNT],
    mix: Mix,
    silent: [bool; Channel::COUNT],
    /// The parts at the end of what was handed over …
    parts: [Option<Instrument>; PartId::COUNT as usize],
    /// … and what becomes of them later: a piece, or a part of it.
    casts: VecDeque<(u64, Marker)>,
}

impl Queue {
    pub(super) fn new(feed: Feed) -> Self {
        Self {
            pending: VecDeque::with_capacity(4096),
            feed: Some(feed),
            keeper: Keeper::new(),
            scene: Scene::default(),
            down: [0; Channel::COUNT],
            complete: 0,
            speed: 100,
            tempo: DEFAULT_TEMPO,
            programs: [None; Channel::COUNT],
            mix: Mix::default(),
            silent: [false; Channel::COUNT],
            parts: [None; PartId::COUNT as usize],
            casts: VecDeque::with_capacity(64),
        }
    }

    pub(super) fn push(&mut self, action: TimedAction) {
        self.pending.push_back(action);
    }

    /// Takes note of a marker of an action still to come, or of the file of what was played.
    pub(super) fn mark(&mut self, tick: u64, marker: Marker) {
        self.keeper.mark(tick, marker);
        if matches!(marker, Marker::Piece(_) | Marker::Part(..)) {
            self.casts.push_back((tick, marker));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Hands over what falls due soon; the music is composed up to `composed`.
    pub(super) fn hand_over(&mut self, composed: u64) {
        let Some(feed) = &self.feed else { return };
        let horizon = feed.tick() + feed.ticks_in(LOOKAHEAD);
        while let Some(&action) = self.pending.front()
            && action.tick <= horizon
        {
            self.cast(action.tick);
            if self.feed.as_ref().is_none_or(|feed| feed.room() < RESERVE) || !self.tell(action) {
                // The ring is full: later.
                return;
            }
            self.pending.pop_front();
        }
        let next = self.pending.front().map_or(composed, |action| action.tick.min(composed));
        self.complete = self.complete.max(next);
        if let Some(feed) = &mut self.feed {
            feed.composed(self.complete);
        }
    }

    /// Hands over one action as the present settings have it; `false` if there is no room.
    fn tell(&mut self, timed: TimedAction) -> bool {
        let action = match timed.action {
            Action::Tempo(tempo) => {
                self.tempo = tempo;
                Action::Tempo(self.at_speed(tempo))
            }
            Action::Channel(ChannelEvent::Program { channel, program }) => {
                let program = self.programs[channel.index()].unwrap_or(program);
                Action::Channel(ChannelEvent::Program { channel, program })
            }
            Action::Channel(ChannelEvent::NoteOn { channel, .. })
                if self.silent[channel.index()] =>
            {
                return true;
            }
            other => other,
        };
        let timed = TimedAction { action, ..timed };
        let Some(feed) = &mut self.feed else { return false };
        if feed.push(timed).is_err() {
            return false;
        }
        self.keeper.keep(timed);
        self.scene.hear(action);
        match action {
            Action::Channel(ChannelEvent::NoteOn { channel, key, .. }) => {
                self.down[channel.index()] |= 1 << key.key();
            }
            Action::Channel(ChannelEvent::NoteOff { channel, key }) => {
                self.down[channel.index()] &= !(1 << key.key());
            }
            _ => {}
        }
        true
    }

    /// Forgets what was not handed over yet, and lets every key go.
    pub(super) fn drop_rest(&mut self) {
        self.pending.clear();
        self.casts.clear();
        for channel in (0..Channel::COUNT as u8).map(Channel::new) {
            self.release(channel);
        }
    }

    fn release(&mut self, channel: Channel) {
        let down = self.down[channel.index()];
        for key in (0..128_u8).filter(|key| down >> key & 1 == 1) {
            let key = musigan_score::Pitch::from_data(key);
            self.at_once(Action::Channel(ChannelEvent::NoteOff { channel, key }));
        }
    }

    /// How fast, in percent.
    pub(super) fn set_speed(&mut self, percent: u32) {
        self.speed = percent.clamp(10, 1000);
        let tempo = self.tempo;
        self.at_once(Action::Tempo(tempo));
    }

    /// Another program for a part; strokes have none.
    pub(super) fn set_program(&mut self, part: PartId, program: Program) {
        if self.parts[part.index()] == Some(Instrument::Percussion) {
            return;
        }
        let channel = channel_of(part, Instrument::Program(program));
        self.programs[channel.index()] = Some(program);
        self.at_once(Action::Channel(ChannelEvent::Program { channel, program }));
    }

    pub(super) fn mix(&self) -> Mix {
        self.mix
    }

    /// Who is heard.
    pub(super) fn set_mix(&mut self, mix: Mix) {
        self.mix = mix;
        let before = std::mem::replace(&mut self.silent, mix.silent(&self.parts));
        for channel in (0..Channel::COUNT as u8).map(Channel::new) {
            if self.silent[channel.index()] && !before[channel.index()] {
                self.release(channel);
            }
        }
    }

    /// The parts become those of the music at `tick`.
    fn cast(&mut self, tick: u64) {
        let mut changed = false;
        while let Some(&(at, marker)) = self.casts.front()
            && at <= tick
        {
            self.casts.pop_front();
            match marker {
                Marker::Part(part, instrument) => self.parts[part.index()] = Some(instrument),
                _ => self.parts = [None; PartId::COUNT as usize],
            }
            changed = true;
        }
        if changed {
            // The keys that go up now do so after what was handed over.
            self.complete = self.complete.max(tick);
            self.set_mix(self.mix);
        }
    }

    /// Another device: its synth is told what holds, and its clock goes on from here.
    pub(super) fn set_feed(&mut self, mut feed: Feed) {
        feed.begin_at(self.complete);
        for action in self.scene.actions(self.complete) {
            // The ring of a new device is empty.
            let _ = feed.push(action);
        }
        self.down = [0; Channel::COUNT];
        self.feed = Some(feed);
    }

    fn at_once(&mut self, action: Action) {
        // There is room, see RESERVE; without a device there is nobody to tell.
        let _ = self.tell(TimedAction { tick: self.complete, action });
    }

    fn at_speed(&self, tempo: u32) -> u32 {
        u32::try_from(u64::from(tempo) * 100 / u64::from(self.speed)).unwrap_or(u32::MAX)
    }
}
