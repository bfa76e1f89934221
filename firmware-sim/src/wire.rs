//! Between the idle loop and the audio interrupt: two rings and a few numbers, no locks.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering::Acquire, Ordering::Release};

use heapless::spsc::{Consumer, Producer, Queue};
use musigan_synth::TimedAction;

use crate::trace::Event;

/// Actions that fit into the ring.
pub const ACTIONS: usize = 384;
/// Events of the audio interrupt that wait for the idle loop.
const EVENTS: usize = 16;

/// All that both sides share. Only loads and stores, so that an Armv6-M core can do it.
#[derive(Default)]
pub struct Wire {
    actions: Queue<TimedAction, { ACTIONS + 1 }>,
    events: Queue<Event, EVENTS>,
    shared: Shared,
}

/// Each number is written by one side only.
#[derive(Debug, Default)]
struct Shared {
    /// By the band: up to which tick the music is complete.
    composed: AtomicU32,
    /// By the band: the tempo knob in percent.
    tempo: AtomicU32,
    /// By the band: whether the clock is to stand still.
    paused: AtomicBool,
    /// By the band: how often it asked for silence and an empty ring.
    flushes: AtomicU32,
    /// By the speaker: how often it did so.
    flushed: AtomicU32,
    /// By the speaker: the tick that passes now.
    now: AtomicU32,
    /// By the speaker: events that found no room.
    lost: AtomicU32,
}

impl Wire {
    /// Both ends.
    pub fn split(&mut self) -> (BandEnd<'_>, SpeakerEnd<'_>) {
        let (to_speaker, from_band) = self.actions.split();
        let (to_band, from_speaker) = self.events.split();
        let shared = &self.shared;
        shared.tempo.store(100, Release);
        (
            BandEnd { actions: to_speaker, events: from_speaker, shared, lost: 0 },
            SpeakerEnd { actions: from_band, events: to_band, shared },
        )
    }
}

/// The idle loop's end.
pub struct BandEnd<'w> {
    actions: Producer<'w, TimedAction>,
    events: Consumer<'w, Event>,
    shared: &'w Shared,
    lost: u32,
}

impl BandEnd<'_> {
    /// For how many actions there is room.
    pub(crate) fn room(&self) -> usize {
        self.actions.capacity() - self.actions.len()
    }

    /// Hands over an action; the caller has asked for [`room`](Self::room).
    pub(crate) fn send(&mut self, action: TimedAction) {
        let sent = self.actions.enqueue(action);
        debug_assert!(sent.is_ok(), "room was asked for");
    }

    pub(crate) fn set_composed(&self, tick: u64) {
        self.shared.composed.store(tick as u32, Release);
    }

    pub(crate) fn set_tempo(&self, percent: u32) {
        self.shared.tempo.store(percent, Release);
    }

    pub(crate) fn set_paused(&self, paused: bool) {
        self.shared.paused.store(paused, Release);
    }

    /// Asks for silence and an empty ring.
    pub(crate) fn flush(&self) {
        let flushes = self.shared.flushes.load(Acquire);
        self.shared.flushes.store(flushes.wrapping_add(1), Release);
    }

    /// Whether all that was asked for is done.
    pub(crate) fn is_flushed(&self) -> bool {
        self.shared.flushed.load(Acquire) == self.shared.flushes.load(Acquire)
    }

    /// The tick that passes now.
    pub(crate) fn now(&self) -> u32 {
        self.shared.now.load(Acquire)
    }

    /// What the audio interrupt has to say.
    pub(crate) fn event(&mut self) -> Option<Event> {
        let lost = self.shared.lost.load(Acquire);
        if lost != self.lost {
            let more = lost.wrapping_sub(self.lost);
            self.lost = lost;
            return Some(Event::Lost(more));
        }
        self.events.dequeue()
    }
}

/// The audio interrupt's end.
pub struct SpeakerEnd<'w> {
    actions: Consumer<'w, TimedAction>,
    events: Producer<'w, Event>,
    shared: &'w Shared,
}

impl SpeakerEnd<'_> {
    pub(crate) fn peek(&self) -> Option<TimedAction> {
        self.actions.peek().copied()
    }

    pub(crate) fn pop(&mut self) -> Option<TimedAction> {
        self.actions.dequeue()
    }

    pub(crate) fn composed(&self) -> u32 {
        self.shared.composed.load(Acquire)
    }

    pub(crate) fn tempo(&self) -> u32 {
        self.shared.tempo.load(Acquire)
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.shared.paused.load(Acquire)
    }

    /// How often a flush was asked for, if that is oftener than it was done.
    pub(crate) fn flush_due(&self) -> Option<u32> {
        let flushes = self.shared.flushes.load(Acquire);
        (flushes != self.shared.flushed.load(Acquire)).then_some(flushes)
    }

    pub(crate) fn set_flushed(&self, flushes: u32) {
        self.shared.flushed.store(flushes, Release);
    }

    pub(crate) fn set_now(&self, tick: u64) {
        self.shared.now.store(tick as u32, Release);
    }

    pub(crate) fn tell(&mut self, event: Event) {
        if self.events.enqueue(event).is_err() {
            let lost = self.shared.lost.load(Acquire);
            self.shared.lost.store(lost.wrapping_add(1), Release);
        }
    }
}
