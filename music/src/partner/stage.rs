use alloc::collections::VecDeque;

use musigan_score::Pitch;
use musigan_synth::{Action, Channel, ChannelEvent, TimedAction};

use crate::{Listener, Marker};

/// What the model is about to play, and which keys it holds.
#[derive(Debug, Default)]
pub(super) struct Stage {
    pending: VecDeque<TimedAction>,
    /// Markers that were not told yet.
    news: VecDeque<(u64, Marker)>,
    down: [u128; Channel::COUNT],
    /// Everything before this tick was told.
    told: u64,
}

impl Stage {
    /// An action, not before those that came earlier.
    pub(super) fn push(&mut self, tick: u64, event: ChannelEvent) {
        let tick = self.pending.back().map_or(tick, |last| last.tick.max(tick));
        self.pending.push_back(TimedAction { tick, action: Action::Channel(event) });
    }

    /// A marker, told at once, ahead of its tick.
    pub(super) fn announce(&mut self, tick: u64, marker: Marker) {
        self.news.push_back((tick, marker));
    }

    /// Tells what happens before `horizon`, and all markers.
    pub(super) fn tell(&mut self, horizon: u64, listener: &mut impl Listener) {
        for (tick, marker) in self.news.drain(..) {
            listener.marker(tick, marker);
        }
        while let Some(&action) = self.pending.front()
            && action.tick < horizon
        {
            self.pending.pop_front();
            match action.action {
                Action::Channel(ChannelEvent::NoteOn { channel, key, .. }) => {
                    self.down[channel.index()] |= 1 << key.key();
                }
                Action::Channel(ChannelEvent::NoteOff { channel, key }) => {
                    self.down[channel.index()] &= !(1 << key.key());
                }
                _ => {}
            }
            listener.action(action);
        }
        self.told = self.told.max(horizon);
    }

    /// Forgets what was not told yet and lets every key go; returns when that is.
    pub(super) fn cut(&mut self) -> u64 {
        self.pending.clear();
        self.announce(self.told, Marker::Dropped);
        for channel in (0..Channel::COUNT as u8).map(Channel::new) {
            let down = self.down[channel.index()];
            for key in (0..128_u8).filter(|key| down >> key & 1 == 1).map(Pitch::from_data) {
                self.push(self.told, ChannelEvent::NoteOff { channel, key });
            }
        }
        self.told
    }

    /// Whether something sounds or is to sound.
    pub(super) fn is_busy(&self) -> bool {
        !self.pending.is_empty() || self.down.iter().any(|&down| down != 0)
    }
}
