//! When the clock runs, and what the ring gives it: what all audio interrupts have in common.

use musigan_synth::{Action, ChannelEvent, EventSource, TimedAction, Transport};

use crate::trace::Event;
use crate::wire::SpeakerEnd;

/// Ticks that must be composed before the clock runs.
const AHEAD: u64 = 24;

/// The speaker's end of the wire, and the state of the clock.
pub(crate) struct Gate<'w> {
    end: SpeakerEnd<'w>,
    /// The piece's own tempo in µs per quarter note.
    base: u32,
    /// The tempo knob.
    percent: u32,
    paused: bool,
    /// Enough music was there when the clock began to run.
    running: bool,
    /// The clock stands still for want of music.
    starved: bool,
}

/// What the band wants of the sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Go on.
    None,
    /// Let all keys go.
    Release,
}

impl<'w> Gate<'w> {
    pub(crate) fn new(end: SpeakerEnd<'w>, clock: &Transport) -> Self {
        Self {
            end,
            base: clock.tempo(),
            percent: 100,
            paused: false,
            running: false,
            starved: false,
        }
    }

    /// Does what the band asked for since the last interrupt.
    pub(crate) fn obey(&mut self, clock: &mut Transport) -> Order {
        let mut order = Order::None;
        if let Some(flushes) = self.end.flush_due() {
            while let Some(action) = self.end.pop() {
                if let Action::Tempo(tempo) = action.action {
                    self.base = tempo;
                }
            }
            (self.running, self.starved) = (false, false);
            self.end.set_flushed(flushes);
            order = Order::Release;
        }
        let paused = self.end.is_paused();
        if paused && !self.paused {
            order = Order::Release;
        }
        self.paused = paused;
        let percent = self.end.tempo();
        if percent != self.percent {
            self.percent = percent;
            clock.set_tempo(self.scaled(self.base));
        }
        order
    }

    /// For how many of the next `frames` the clock runs.
    pub(crate) fn frames_to_run(&mut self, frames: usize, clock: &Transport) -> usize {
        if self.paused {
            return 0;
        }
        // The wire has the low half of the ticks: their distance is what counts.
        let left = self.end.composed().wrapping_sub(clock.tick() as u32) as i32;
        let left = u64::try_from(left).unwrap_or(0);
        if !self.running {
            if left < AHEAD {
                return 0;
            }
            self.running = true;
            if self.starved {
                self.starved = false;
                self.end.tell(Event::Resumed);
            }
        }
        let there = if left == 0 { 0 } else { clock.frames_until(clock.tick() + left) };
        if there >= frames as u64 {
            return frames;
        }
        (self.running, self.starved) = (false, true);
        self.end.tell(Event::Underrun);
        there as usize
    }

    /// Tells the band where the clock is.
    pub(crate) fn report(&self, clock: &Transport) {
        self.end.set_now(clock.tick());
    }

    fn scaled(&self, tempo: u32) -> u32 {
        (u64::from(tempo) * 100 / u64::from(self.percent.max(1))) as u32
    }
}

/// The ring, its tempi scaled by the knob.
impl EventSource for Gate<'_> {
    fn peek(&mut self) -> Option<TimedAction> {
        let action = self.end.peek()?;
        Some(match action.action {
            Action::Tempo(tempo) => {
                TimedAction { action: Action::Tempo(self.scaled(tempo)), ..action }
            }
            Action::Channel(_) => action,
        })
    }

    fn pop(&mut self) {
        if let Some(TimedAction { action: Action::Tempo(tempo), .. }) = self.end.pop() {
            self.base = tempo;
        }
    }
}

/// What a board without sound does in the speaker's place: it tells the notes in time, for a MIDI
/// socket.
pub struct Messenger<'w> {
    clock: Transport,
    gate: Gate<'w>,
}

impl<'w> Messenger<'w> {
    /// A messenger whose time passes in frames of this rate.
    #[must_use]
    pub fn new(rate: u32, end: SpeakerEnd<'w>) -> Self {
        let clock = Transport::new(rate, musigan_score::TICKS_PER_QUARTER);
        let gate = Gate::new(end, &clock);
        Self { clock, gate }
    }

    /// Lets frames pass and tells what happens meanwhile.
    ///
    /// # Real-time
    /// As [`Speaker::fill`](crate::Speaker::fill).
    pub fn pass(&mut self, frames: usize, mut tell: impl FnMut(ChannelEvent)) {
        if self.gate.obey(&mut self.clock) == Order::Release {
            tell(ChannelEvent::SystemReset);
        }
        let mut left = self.gate.frames_to_run(frames, &self.clock) as u64;
        while left > 0 {
            let mut until = left;
            while let Some(event) = self.gate.peek() {
                let wait = self.clock.frames_until(event.tick);
                if wait > 0 {
                    until = until.min(wait);
                    break;
                }
                self.gate.pop();
                match event.action {
                    Action::Channel(event) => tell(event),
                    Action::Tempo(tempo) => self.clock.set_tempo(tempo),
                }
            }
            self.clock.advance(until);
            left -= until;
        }
        self.gate.report(&self.clock);
    }
}
