use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use musigan_synth::ChannelEvent;
use rtrb::{Consumer, Producer, RingBuffer};

use super::wire::{Message, as_player};
use crate::audio::{Keys, Stats};

/// Messages that the composing thread may fall behind.
const HEARD: usize = 4096;

/// Devices that may come back before the next message does.
const REPLACED: usize = 8;

/// What came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Something that the player did, at this tick of the music's clock.
    Played(u64, ChannelEvent),
    /// A controller that was learned, and its value.
    Turned(u8, u8),
    /// A clock, start, continue, stop or song position, and when it came.
    Clock(Message, Instant),
}

/// What runs in the callback of a MIDI port: lets the player's keys sound at once, and passes on
/// what he does.
pub struct Hands {
    keys: Option<Keys>,
    stats: Arc<Stats>,
    heard: Producer<Heard>,
    replaced: Consumer<(Option<Keys>, Arc<Stats>)>,
    learned: [bool; 128],
    flooded: Arc<AtomicBool>,
}

/// The other end of [`Hands`].
pub struct Wrist {
    /// What came in.
    pub heard: Consumer<Heard>,
    /// Where keys go from now on: to another device.
    pub replaced: Producer<(Option<Keys>, Arc<Stats>)>,
    /// Something was refused: notes may hang until the keys are let go. Notes do not begin until
    /// it is taken back.
    pub flooded: Arc<AtomicBool>,
}

/// Hands that play `keys`, if they are to be heard, at the ticks of `stats`. The controllers of
/// `learned` turn something of ours, and are not played.
pub fn hands(
    keys: Option<Keys>,
    stats: Arc<Stats>,
    learned: impl IntoIterator<Item = u8>,
) -> (Hands, Wrist) {
    let (heard, hearing) = RingBuffer::new(HEARD);
    let (replacing, replaced) = RingBuffer::new(REPLACED);
    let flooded = Arc::new(AtomicBool::new(false));
    let mut map = [false; 128];
    for controller in learned {
        map[usize::from(controller & 0x7F)] = true;
    }
    let wrist = Wrist { heard: hearing, replaced: replacing, flooded: Arc::clone(&flooded) };
    (Hands { keys, stats, heard, replaced, learned: map, flooded }, wrist)
}

impl Hands {
    /// Takes a message that came at `now`.
    ///
    /// # Real-time
    /// Never allocates, locks or blocks. (In the moment after the audio device has come back it
    /// drops the way to the old one.)
    pub fn receive(&mut self, bytes: &[u8], now: Instant) {
        while let Ok((keys, stats)) = self.replaced.pop() {
            (self.keys, self.stats) = (keys, stats);
        }
        match Message::read(bytes) {
            Some(Message::Channel(ChannelEvent::Controller { controller, value, .. }))
                if self.learned[usize::from(controller.get() & 0x7F)] =>
            {
                self.pass_on(Heard::Turned(controller.get(), value.get()));
            }
            Some(Message::Channel(event)) => self.play(as_player(event)),
            Some(clock) => self.pass_on(Heard::Clock(clock, now)),
            None => {}
        }
    }

    fn play(&mut self, event: ChannelEvent) {
        let begins = matches!(event, ChannelEvent::NoteOn { .. });
        if begins && self.flooded.load(Relaxed) {
            return;
        }
        if self.keys.as_mut().is_some_and(|keys| !keys.play(event)) {
            self.flooded.store(true, Relaxed);
        }
        self.pass_on(Heard::Played(self.stats.music_tick(), event));
    }

    fn pass_on(&mut self, heard: Heard) {
        if self.heard.push(heard).is_err() {
            self.flooded.store(true, Relaxed);
        }
    }
}
