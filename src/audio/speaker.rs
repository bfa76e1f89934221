//! What runs in the audio callback.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
use std::time::Instant;

use cpal::{FromSample, Sample};
use musigan_score::TICKS_PER_QUARTER;
use musigan_synth::{Config, EventSource, Player, TimedAction};
use rtrb::{Consumer, Producer, RingBuffer};

/// Frames rendered at a time.
const BLOCK: usize = 64;

/// Actions that the ring holds: some bars of dense music.
const RING: usize = 4096;

/// What the callback tells the world.
#[derive(Debug, Default)]
pub struct Stats {
    /// Frames played.
    pub frames: AtomicU64,
    /// The tick that is sounding.
    pub tick: AtomicU64,
    /// The tempo now, in µs to the quarter.
    pub tempo: AtomicU32,
    /// Underruns that the device reported.
    pub xruns: AtomicU64,
    /// Blocks for which the composer was late; the music waits for it.
    pub starved: AtomicU64,
    /// The greatest share of its time that a callback has taken, in thousandths.
    pub worst_load: AtomicU32,
    /// The device is gone.
    pub lost: AtomicBool,
    /// How far the music is composed, told by the composer.
    composed: AtomicU64,
}

/// The composer's end of the ring.
pub struct Feed {
    ring: Producer<TimedAction>,
    stats: Arc<Stats>,
}

/// The callback's end: renders what falls due.
pub struct Speaker {
    player: Player,
    source: RingSource,
    stats: Arc<Stats>,
    sample_rate: u32,
    left: [f32; BLOCK],
    right: [f32; BLOCK],
    /// Frames of the block that have been handed out.
    used: usize,
}

struct RingSource(Consumer<TimedAction>);

impl EventSource for RingSource {
    fn peek(&mut self) -> Option<TimedAction> {
        self.0.peek().ok().copied()
    }

    fn pop(&mut self) {
        // What is not there need not be taken away.
        let _ = self.0.pop();
    }
}

/// A ring and its two ends. Everything is allocated here.
pub fn speaker(sample_rate: u32) -> (Feed, Speaker) {
    let (producer, consumer) = RingBuffer::new(RING);
    let stats = Arc::new(Stats::default());
    let player = Player::new(Config { sample_rate, ..Config::default() }, TICKS_PER_QUARTER);
    stats.tempo.store(player.transport().tempo(), Relaxed);
    let speaker = Speaker {
        player,
        source: RingSource(consumer),
        stats: Arc::clone(&stats),
        sample_rate,
        left: [0.0; BLOCK],
        right: [0.0; BLOCK],
        used: BLOCK,
    };
    (Feed { ring: producer, stats }, speaker)
}

impl Feed {
    /// What the callback tells.
    pub fn stats(&self) -> &Arc<Stats> {
        &self.stats
    }

    /// Hands over an action; gives it back if the ring is full.
    ///
    /// # Errors
    /// The action itself.
    pub fn push(&mut self, action: TimedAction) -> Result<(), TimedAction> {
        self.ring.push(action).map_err(|rtrb::PushError::Full(action)| action)
    }

    /// Tells that nothing more will be pushed before `tick`.
    pub fn composed(&mut self, tick: u64) {
        self.stats.composed.store(tick, Release);
    }

    /// How long the music would last if nothing more were composed, in µs.
    pub fn ahead(&self) -> u64 {
        let ticks = self.stats.composed.load(Relaxed).saturating_sub(self.stats.tick.load(Relaxed));
        ticks * u64::from(self.stats.tempo.load(Relaxed)) / u64::from(TICKS_PER_QUARTER)
    }

    /// Places left in the ring.
    pub fn room(&self) -> usize {
        self.ring.slots()
    }
}

impl Speaker {
    /// What the callback tells.
    pub fn stats(&self) -> &Arc<Stats> {
        &self.stats
    }

    /// Fills interleaved frames of `channels` samples: left and right go to the first two channels,
    /// their mean to a single one, silence to the rest.
    ///
    /// # Real-time
    /// Never allocates, frees, locks, blocks or logs; the work is that of the synth for these
    /// frames, in blocks of 64 whatever the device asks for.
    pub fn fill<T: Sample + FromSample<f32>>(&mut self, frames: &mut [T], channels: usize) {
        let began = Instant::now();
        let channels = channels.max(1);
        for frame in frames.chunks_exact_mut(channels) {
            if self.used == BLOCK {
                self.render();
            }
            let (left, right) = (self.left[self.used], self.right[self.used]);
            self.used += 1;
            match frame {
                [only] => *only = T::from_sample(0.5 * (left + right)),
                [first, second, rest @ ..] => {
                    *first = T::from_sample(left);
                    *second = T::from_sample(right);
                    rest.fill(T::EQUILIBRIUM);
                }
                [] => {}
            }
        }
        let count = (frames.len() / channels) as u64;
        self.stats.frames.fetch_add(count, Relaxed);
        let budget = count * 1_000_000_000 / u64::from(self.sample_rate);
        let load = began.elapsed().as_nanos() as u64 * 1000 / budget.max(1);
        self.stats.worst_load.fetch_max(u32::try_from(load).unwrap_or(u32::MAX), Relaxed);
    }

    fn render(&mut self) {
        // The composer reads tick and tempo, and writes how far it has come before the events are
        // read here: what is composed is in the ring.
        let transport = self.player.transport();
        if transport.tick() < self.stats.composed.load(Acquire) {
            self.player.render(&mut self.source, &mut self.left, &mut self.right);
        } else {
            // The clock waits for a late composer, so that the music goes on where it stopped.
            self.player.synth_mut().render(&mut self.left, &mut self.right);
            self.stats.starved.fetch_add(1, Relaxed);
        }
        self.used = 0;
        self.stats.tick.store(self.player.transport().tick(), Relaxed);
        self.stats.tempo.store(self.player.transport().tempo(), Relaxed);
    }
}
