use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use musigan_score::Pitch;
use musigan_synth::{Action, Channel, ChannelEvent, TimedAction, U7, controller};
use rtrb::{Consumer, Producer, RingBuffer};

use super::timeline::Timeline;
use super::wire::bytes;
use crate::audio::{Stats, raise_priority};

/// Actions on their way to the port.
const RING: usize = 4096;

/// The longest sleep: as late may a new action be seen that is due at once.
const NAP: Duration = Duration::from_millis(1);

/// How long to wait before a port that is gone is looked for again.
const RETRY: Duration = Duration::from_secs(1);

/// How long the port stays open after the last message: JACK takes them once a period.
const LINGER: Duration = Duration::from_millis(100);

/// So many ticks behind, the clock is not caught up with, but taken up again.
const BEHIND: u64 = 24;

/// A MIDI output.
pub trait Port {
    /// Sends one message, which is due at `due`; `false` if the port is gone.
    fn send(&mut self, message: &[u8], due: Instant) -> bool;

    /// How long before it is due the port wants a message: so that it can be on time.
    fn lead(&self) -> Duration {
        Duration::ZERO
    }
}

/// Plays the model's music on a MIDI output, each event when its tick comes, and sends the clock.
///
/// It runs on a thread of its own. Its ticks are those of the audio callback, smoothed: the sound and
/// the port keep time with each other.
pub struct Outlet<P, F> {
    port: Option<P>,
    open: F,
    tried: Instant,
    actions: Consumer<TimedAction>,
    /// Another device, and with it another clock.
    devices: Consumer<Arc<Stats>>,
    stats: Arc<Stats>,
    timeline: Timeline,
    down: [u128; Channel::COUNT],
    /// The next tick of the clock that is sent.
    clock: Option<u64>,
    /// Ticks of a bar, if the clock is sent.
    bar: Option<u32>,
    /// Whether the song was said to have begun.
    started: bool,
}

/// The other end of an [`Outlet`].
pub struct Inlet {
    /// What is to be played.
    pub actions: Producer<TimedAction>,
    /// Another device.
    pub devices: Producer<Arc<Stats>>,
}

/// An outlet to the port that `open` opens, whenever it is there. It sends the clock if it is told how
/// many ticks a bar has: a song begins on a bar line.
pub fn outlet<P: Port, F: FnMut() -> Option<P>>(
    mut open: F,
    stats: Arc<Stats>,
    bar: Option<u32>,
) -> (Outlet<P, F>, Inlet) {
    let (inlet, actions) = RingBuffer::new(RING);
    let (replacing, devices) = RingBuffer::new(8);
    let outlet = Outlet {
        port: open(),
        open,
        tried: Instant::now(),
        actions,
        devices,
        stats,
        timeline: Timeline::new(),
        down: [0; Channel::COUNT],
        clock: None,
        bar,
        started: false,
    };
    (outlet, Inlet { actions: inlet, devices: replacing })
}

impl<P: Port, F: FnMut() -> Option<P>> Outlet<P, F> {
    /// Plays until `stop` is set, then lets every key go. It asks for real-time priority: a clock is
    /// to be regular.
    pub fn run(mut self, stop: &AtomicBool) {
        raise_priority(64, 48_000);
        while !stop.load(Relaxed) {
            let nap = self.turn(Instant::now());
            if !nap.is_zero() {
                std::thread::sleep(nap);
            }
        }
        self.close();
        // What was sent last is still on its way out of this program.
        std::thread::sleep(LINGER);
    }

    /// Sends what is due, and tells how long nothing will be.
    pub fn turn(&mut self, now: Instant) -> Duration {
        while let Ok(stats) = self.devices.pop() {
            (self.stats, self.timeline) = (stats, Timeline::new());
        }
        self.timeline.look(&self.stats);
        self.retry(now);
        if !self.timeline.is_known() {
            return NAP;
        }
        let lead = self.port.as_ref().map_or(Duration::ZERO, Port::lead);
        let position = self.timeline.position(now + lead).max(0.0) as u64;
        let clock = self.clock(position);
        while let Ok(&TimedAction { tick, action }) = self.actions.peek()
            && tick <= position
        {
            let _ = self.actions.pop();
            if let Action::Channel(event) = action {
                self.play(event, self.timeline.when(tick as f64));
            }
        }
        let action = self.actions.peek().ok().map(|action| action.tick);
        let next = clock.into_iter().chain(action).min();
        next.map_or(NAP, |next| {
            self.timeline.when(next as f64).saturating_duration_since(now + lead).min(NAP)
        })
    }

    /// Sends the clock up to `position`, and tells the tick of the next.
    fn clock(&mut self, position: u64) -> Option<u64> {
        let bar = u64::from(self.bar?.max(1));
        let mut next = self.clock.filter(|next| position < next + BEHIND).unwrap_or(position);
        while next <= position {
            let due = self.timeline.when(next as f64);
            if !self.started && next.is_multiple_of(bar) {
                self.started = true;
                self.send(&[0xFA], due);
            }
            self.send(&[0xF8], due);
            next += 1;
        }
        self.clock = Some(next);
        self.clock
    }

    fn play(&mut self, event: ChannelEvent, due: Instant) {
        match event {
            ChannelEvent::NoteOn { channel, key, .. } => {
                self.down[channel.index()] |= 1 << key.key();
            }
            ChannelEvent::NoteOff { channel, key } => {
                self.down[channel.index()] &= !(1 << key.key());
            }
            _ => {}
        }
        let (bytes, len) = bytes(event);
        if len > 0 {
            self.send(&bytes[..len], due);
        }
    }

    fn send(&mut self, message: &[u8], due: Instant) {
        if self.port.as_mut().is_some_and(|port| !port.send(message, due)) {
            (self.port, self.tried) = (None, Instant::now());
        }
    }

    fn retry(&mut self, now: Instant) {
        if self.port.is_none() && now.saturating_duration_since(self.tried) > RETRY {
            self.tried = now;
            self.port = (self.open)();
            if self.port.is_some() {
                // Who comes back may have held what it heard last.
                self.release();
            }
        }
    }

    /// Lets every key go, on every channel that it was told of and on all others.
    fn release(&mut self) {
        let now = Instant::now();
        for channel in (0..Channel::COUNT as u8).map(Channel::new) {
            let down = std::mem::take(&mut self.down[channel.index()]);
            for key in (0..128_u8).filter(|key| down >> key & 1 == 1).map(Pitch::from_data) {
                self.play(ChannelEvent::NoteOff { channel, key }, now);
            }
            let (controller, value) = (U7::new(controller::ALL_NOTES_OFF), U7::new(0));
            self.play(ChannelEvent::Controller { channel, controller, value }, now);
        }
    }

    /// Lets every key go, and stops the clock.
    pub fn close(&mut self) {
        self.release();
        if self.clock.take().is_some() && self.started {
            self.send(&[0xFC], Instant::now());
        }
    }
}
