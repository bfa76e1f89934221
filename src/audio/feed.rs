//! The ends of the rings on this side of the callback.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, Release};

use musigan_score::TICKS_PER_QUARTER;
use musigan_synth::{ChannelEvent, TimedAction};
use rtrb::{Producer, PushError};

use super::stats::Stats;

/// The composer's end. Its ticks are those of the music's clock, which goes on from device to
/// device; the callback's own clock begins at 0.
pub struct Feed {
    ring: Producer<TimedAction>,
    stats: Arc<Stats>,
}

impl Feed {
    pub(super) fn new(ring: Producer<TimedAction>, stats: Arc<Stats>) -> Self {
        Self { ring, stats }
    }

    /// What the callback tells.
    pub fn stats(&self) -> &Arc<Stats> {
        &self.stats
    }

    /// Lets the callback's clock begin at `tick` of the music: before anything is pushed.
    pub fn begin_at(&mut self, tick: u64) {
        self.stats.origin.store(tick, Relaxed);
    }

    /// Hands over an action; gives it back if the ring is full.
    ///
    /// # Errors
    /// The action itself.
    pub fn push(&mut self, action: TimedAction) -> Result<(), TimedAction> {
        let tick = action.tick.saturating_sub(self.origin());
        self.ring.push(TimedAction { tick, ..action }).map_err(|PushError::Full(_)| action)
    }

    /// Tells that nothing more will be pushed before `tick`.
    pub fn composed(&mut self, tick: u64) {
        self.stats.composed.store(tick.saturating_sub(self.origin()), Release);
    }

    /// The tick that is sounding.
    pub fn tick(&self) -> u64 {
        self.stats.music_tick()
    }

    fn origin(&self) -> u64 {
        self.stats.origin.load(Relaxed)
    }

    /// Ticks that pass in `micros` µs at the present tempo.
    pub fn ticks_in(&self, micros: u64) -> u64 {
        micros * u64::from(TICKS_PER_QUARTER) / u64::from(self.stats.tempo.load(Relaxed)).max(1)
    }

    /// How long the music would last if nothing more were composed, in µs.
    pub fn ahead(&self) -> u64 {
        self.stats.ahead()
    }

    /// Places left in the ring.
    pub fn room(&self) -> usize {
        self.ring.slots()
    }
}

/// A live keyboard's end: what is pushed sounds in the next block.
pub struct Keys {
    ring: Producer<ChannelEvent>,
}

impl Keys {
    pub(super) fn new(ring: Producer<ChannelEvent>) -> Self {
        Self { ring }
    }

    /// Plays an event; `false` if the ring is full and it was not.
    ///
    /// # Real-time
    /// Never allocates, locks or blocks.
    pub fn play(&mut self, event: ChannelEvent) -> bool {
        self.ring.push(event).is_ok()
    }
}
