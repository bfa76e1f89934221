use std::collections::VecDeque;

use musigan_score::TICKS_PER_QUARTER;
use musigan_synth::{Action, ChannelEvent, DEFAULT_TEMPO, TimedAction};

use super::scene::Scene;
use crate::music::{Marker, Recording};

/// How much is kept, in µs of playing.
const KEPT: u64 = 10 * 60 * 1_000_000;

/// Remembers what was played in the last ten minutes.
#[derive(Debug)]
pub(super) struct Keeper {
    /// What was played, and when, in µs of playing.
    played: VecDeque<(u64, TimedAction)>,
    markers: VecDeque<(u64, Marker)>,
    /// What held before the first of the actions kept.
    before: Scene,
    /// Time and tick of the last action.
    now: (u64, u64),
    tempo: u32,
}

impl Keeper {
    pub(super) fn new() -> Self {
        Self {
            played: VecDeque::new(),
            markers: VecDeque::new(),
            before: Scene::default(),
            now: (0, 0),
            tempo: DEFAULT_TEMPO,
        }
    }

    /// Keeps an action, not earlier than the one kept last, and forgets what is too long ago.
    pub(super) fn keep(&mut self, action: TimedAction) {
        let ticks = action.tick.saturating_sub(self.now.1);
        let passed = ticks * u64::from(self.tempo) / u64::from(TICKS_PER_QUARTER);
        self.now = (self.now.0 + passed, self.now.1 + ticks);
        if let Action::Tempo(tempo) = action.action {
            self.tempo = tempo;
        }
        self.played.push_back((self.now.0, action));
        let oldest = self.now.0.saturating_sub(KEPT);
        while let Some(&(time, action)) = self.played.front()
            && time < oldest
        {
            self.before.hear(action.action);
            self.played.pop_front();
        }
        let first = self.first();
        while self.markers.front().is_some_and(|&(tick, _)| tick < first) {
            self.markers.pop_front();
        }
    }

    /// Keeps a marker of a file; others are passed over.
    pub(super) fn mark(&mut self, tick: u64, marker: Marker) {
        if matches!(marker, Marker::Metre(_) | Marker::Key(_)) {
            self.markers.push_back((tick, marker));
        }
    }

    /// What is kept, from tick 0 on, with every key let go at its end.
    pub(super) fn recording(&self) -> Recording {
        let first = self.first();
        let mut recording = Recording::default();
        recording.actions.extend(self.before.actions(0));
        let mut down = Vec::new();
        for &(_, TimedAction { tick, action }) in &self.played {
            match action {
                Action::Channel(ChannelEvent::NoteOn { channel, key, .. }) => {
                    down.push((channel, key));
                }
                Action::Channel(ChannelEvent::NoteOff { channel, key }) => {
                    down.retain(|&note| note != (channel, key));
                }
                _ => {}
            }
            recording.actions.push(TimedAction { tick: tick.saturating_sub(first), action });
        }
        let end = self.now.1.saturating_sub(first);
        recording.actions.extend(down.into_iter().map(|(channel, key)| TimedAction {
            tick: end,
            action: Action::Channel(ChannelEvent::NoteOff { channel, key }),
        }));
        let within = |&&(tick, _): &&(u64, Marker)| tick <= self.now.1;
        let markers = self.markers.iter().take_while(within);
        recording.markers =
            markers.map(|&(tick, marker)| (tick - first.min(tick), marker)).collect();
        recording
    }

    fn first(&self) -> u64 {
        self.played.front().map_or(self.now.1, |&(_, action)| action.tick)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use musigan_score::{Pitch, Program, Velocity};
    use musigan_synth::Channel;

    fn on(tick: u64, key: u8) -> TimedAction {
        let (channel, key) = (Channel::new(0), Pitch::from_data(key));
        let event = ChannelEvent::NoteOn { channel, key, velocity: Velocity::MEZZO_FORTE };
        TimedAction { tick, action: Action::Channel(event) }
    }

    fn off(tick: u64, key: u8) -> TimedAction {
        let event = ChannelEvent::NoteOff { channel: Channel::new(0), key: Pitch::from_data(key) };
        TimedAction { tick, action: Action::Channel(event) }
    }

    #[test]
    fn what_is_too_long_ago_leaves_its_instruments_behind() {
        let mut keeper = Keeper::new();
        let program = ChannelEvent::Program { channel: Channel::new(0), program: Program::PIANO };
        let program = Action::Channel(program);
        keeper.keep(TimedAction { tick: 0, action: program });
        keeper.keep(TimedAction { tick: 0, action: Action::Tempo(1_000_000) });
        // A quarter a second: at 1,000 quarters only the last 600 are left.
        for quarter in 0..1000 {
            keeper.keep(on(quarter * 24, 60));
            keeper.keep(off(quarter * 24 + 12, 60));
        }
        let recording = keeper.recording();
        let head: Vec<_> = recording.actions.iter().take(2).map(|timed| timed.action).collect();
        assert_eq!(head, [Action::Tempo(1_000_000), program]);
        let notes = recording.actions[2..].iter();
        let ons =
            notes.filter(|a| matches!(a.action, Action::Channel(ChannelEvent::NoteOn { .. })));
        assert_eq!(ons.count(), 600);
        assert_eq!(recording.actions[2].tick, 0);
    }

    #[test]
    fn keys_that_are_down_go_up_at_the_end() {
        let mut keeper = Keeper::new();
        for action in [on(100, 60), on(110, 64), off(120, 60)] {
            keeper.keep(action);
        }
        assert_eq!(keeper.recording().actions, [on(0, 60), on(10, 64), off(20, 60), off(20, 64)]);
    }
}
