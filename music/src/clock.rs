use musigan_score::{NoteEvent, PartId, Tick, Timed};
use musigan_synth::{Action, Channel, ChannelEvent, TimedAction};

use crate::Swing;

/// From the time of a piece and its parts to the synth's clock and channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// Where the piece begins on the clock.
    pub(crate) origin: u64,
    /// Where the bar begins, in ticks of the piece.
    pub(crate) bar: Tick,
    /// How this bar swings.
    pub(crate) swing: Swing,
    /// The last tick that was told: a swing that is taken back does not take time back.
    pub(crate) told: u64,
    pub(crate) channels: [Channel; PartId::COUNT as usize],
}

impl Clock {
    pub(crate) fn tick(&self, at: Tick) -> u64 {
        let swung = match at.0.checked_sub(self.bar.0) {
            Some(within) => self.bar.0 + self.swing.warp(within),
            None => at.0,
        };
        (self.origin + u64::from(swung)).max(self.told)
    }

    /// The event as an action, after which time does not go back.
    pub(crate) fn action(&mut self, event: Timed<NoteEvent>) -> TimedAction {
        let action = match event.event {
            NoteEvent::On { part, pitch, velocity } => {
                ChannelEvent::NoteOn { channel: self.channels[part.index()], key: pitch, velocity }
            }
            NoteEvent::Off { part, pitch } => {
                ChannelEvent::NoteOff { channel: self.channels[part.index()], key: pitch }
            }
        };
        self.told = self.tick(event.at);
        TimedAction { tick: self.told, action: Action::Channel(action) }
    }
}
