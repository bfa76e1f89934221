//! A synth driven by a clock: cuts every block at the events that fall into it.

use crate::{ChannelEvent, Config, Kernels, Synth, Transport};

/// What a timed event does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Play it.
    Channel(ChannelEvent),
    /// A new tempo in µs per quarter note.
    Tempo(u32),
}

/// An action and the tick at which it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedAction {
    /// In ticks since the player began; not before the tick of the action ahead of it, else it
    /// happens at once.
    pub tick: u64,
    /// What happens.
    pub action: Action,
}

/// Where a player takes its events from: a ring, a sorted list.
pub trait EventSource {
    /// The next event, left where it is; `None` if none has arrived yet.
    fn peek(&mut self) -> Option<TimedAction>;
    /// Takes away what [`EventSource::peek`] showed.
    fn pop(&mut self);
}

impl EventSource for &[TimedAction] {
    fn peek(&mut self) -> Option<TimedAction> {
        self.first().copied()
    }

    fn pop(&mut self) {
        *self = self.get(1..).unwrap_or_default();
    }
}

/// Transport and synth in step.
pub struct Player {
    synth: Synth,
    transport: Transport,
    frame: u64,
}

impl Player {
    /// A silent player at tick 0. Everything is allocated here.
    #[must_use]
    pub fn new(config: Config, ticks_per_quarter: u32) -> Self {
        Self {
            transport: Transport::new(config.sample_rate, ticks_per_quarter),
            synth: Synth::new(config),
            frame: 0,
        }
    }

    /// The same player with other kernels than the fastest; see [`Synth::with_kernels`].
    #[must_use]
    pub fn with_kernels(mut self, kernels: Kernels) -> Self {
        self.synth = self.synth.with_kernels(kernels);
        self
    }

    /// Renders `left.len()` frames, taking from `source` what falls due; each event is heard
    /// from its own frame on. If `right` is shorter, only its length is rendered.
    ///
    /// # Real-time
    /// Allocates nothing. The work is bounded by the frames and by the events that are due.
    pub fn render(&mut self, source: &mut impl EventSource, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len().min(right.len());
        let mut at = 0;
        while at < frames {
            let mut until = (frames - at) as u64;
            while let Some(event) = source.peek() {
                let wait = self.transport.frames_until(event.tick);
                if wait > 0 {
                    until = until.min(wait);
                    break;
                }
                source.pop();
                match event.action {
                    Action::Channel(event) => self.synth.send(event),
                    Action::Tempo(tempo) => self.transport.set_tempo(tempo),
                }
            }
            let end = at + until as usize;
            self.synth.render(&mut left[at..end], &mut right[at..end]);
            self.transport.advance(until);
            self.frame += until;
            at = end;
        }
    }

    /// Plays `event` from the next rendered frame on, past the queue: for live keys.
    ///
    /// # Real-time
    /// As [`Synth::send`].
    pub fn send(&mut self, event: ChannelEvent) {
        self.synth.send(event);
    }

    /// Frames rendered since the player began.
    #[must_use]
    pub fn frame(&self) -> u64 {
        self.frame
    }

    /// The clock.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// The clock, to change the tempo while it plays.
    pub fn transport_mut(&mut self) -> &mut Transport {
        &mut self.transport
    }

    /// The synth.
    #[must_use]
    pub fn synth(&self) -> &Synth {
        &self.synth
    }

    /// The synth, for all-notes-off and the like.
    pub fn synth_mut(&mut self) -> &mut Synth {
        &mut self.synth
    }

    /// Silence, tick 0, frame 0; the tempo stays.
    pub fn reset(&mut self) {
        self.synth.reset();
        self.transport.reset();
        self.frame = 0;
    }
}
