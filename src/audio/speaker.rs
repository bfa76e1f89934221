//! What runs in the audio callback.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::time::{Duration, Instant};

use cpal::{FromSample, Sample};
use musigan_score::TICKS_PER_QUARTER;
use musigan_synth::{ChannelEvent, Config, EventSource, Player, TimedAction};
use rtrb::{Consumer, Producer, RingBuffer};

use super::feed::{Feed, Keys};
use super::stats::{Controls, Stats};

/// Frames rendered at a time.
const BLOCK: usize = 64;

/// Actions that the ring holds: some bars of dense music.
const RING: usize = 4096;

/// Live events that may come between two callbacks; more are refused where they come from.
const KEYS: usize = 1024;

/// Live events that are played before one block, so that a flood of them cannot make it late.
const KEYS_PER_BLOCK: usize = 64;

/// The callback's end: renders what falls due.
pub struct Speaker {
    player: Player,
    source: RingSource,
    keys: Consumer<ChannelEvent>,
    stats: Arc<Stats>,
    controls: Arc<Controls>,
    sample_rate: u32,
    gain: f32,
    paused: bool,
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

/// The three ends of the way into the callback.
pub struct Line {
    /// For the composer.
    pub feed: Feed,
    /// For a live keyboard.
    pub keys: Keys,
    /// For the callback.
    pub speaker: Speaker,
}

/// A way into a callback of this sample rate. Everything is allocated here.
pub fn line(sample_rate: u32, controls: &Arc<Controls>) -> Line {
    let (actions, source): (Producer<TimedAction>, _) = RingBuffer::new(RING);
    let (pressed, keys) = RingBuffer::new(KEYS);
    let stats = Arc::new(Stats::default());
    let player = Player::new(Config { sample_rate, ..Config::default() }, TICKS_PER_QUARTER);
    stats.tempo.store(player.transport().tempo(), Relaxed);
    let speaker = Speaker {
        player,
        source: RingSource(source),
        keys,
        stats: Arc::clone(&stats),
        controls: Arc::clone(controls),
        sample_rate,
        gain: controls.gain(),
        paused: false,
        left: [0.0; BLOCK],
        right: [0.0; BLOCK],
        used: BLOCK,
    };
    Line { feed: Feed::new(actions, stats), keys: Keys::new(pressed), speaker }
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
        self.stats.anchor.set(began, self.position());
        let channels = channels.max(1);
        let mut peak = [0.0_f32; 2];
        for frame in frames.chunks_exact_mut(channels) {
            if self.used == BLOCK {
                self.render();
            }
            let (left, right) = (self.left[self.used], self.right[self.used]);
            self.used += 1;
            peak = [peak[0].max(left.abs()), peak[1].max(right.abs())];
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
        let period = Duration::from_nanos(count * 1_000_000_000 / u64::from(self.sample_rate));
        let voices = self.player.synth().active_voices();
        self.stats.told(count, began.elapsed(), period, peak, voices);
    }

    /// Where the next frame that is given out stands, in ticks.
    fn position(&self) -> f64 {
        let transport = self.player.transport();
        let unused = (BLOCK - self.used) as f64;
        let micros = unused * 1e6 / f64::from(self.sample_rate);
        let ahead = micros * f64::from(TICKS_PER_QUARTER) / f64::from(transport.tempo());
        transport.tick() as f64 + transport.fraction() - ahead
    }

    fn render(&mut self) {
        for _ in 0..KEYS_PER_BLOCK {
            let Ok(event) = self.keys.pop() else { break };
            self.player.send(event);
        }
        let paused = self.controls.paused();
        if paused && !self.paused {
            self.player.synth_mut().all_notes_off();
        }
        self.paused = paused;
        if let Some(tempo) = self.controls.tempo() {
            self.player.transport_mut().set_tempo(tempo);
        }
        // The composer reads tick and tempo, and writes how far it has come before the events are
        // read here: what is composed is in the ring.
        let transport = self.player.transport();
        let composed = transport.tick() < self.stats.composed.load(Acquire);
        if composed && !paused {
            self.player.render(&mut self.source, &mut self.left, &mut self.right);
        } else {
            // The clock waits for a late composer, so that the music goes on where it stopped.
            self.player.synth_mut().render(&mut self.left, &mut self.right);
            self.stats.starved.fetch_add(u64::from(!paused), Relaxed);
        }
        self.ramp();
        self.used = 0;
        self.stats.silent.store(self.player.synth().is_silent(), Relaxed);
        self.stats.tick.store(self.player.transport().tick(), Relaxed);
        self.stats.tempo.store(self.player.transport().tempo(), Relaxed);
    }

    /// The volume moves in a straight line over a block, so that it is not heard moving.
    fn ramp(&mut self) {
        let (from, to) = (self.gain, self.controls.gain());
        self.gain = to;
        if from == 1.0 && to == 1.0 {
            return;
        }
        let step = (to - from) / BLOCK as f32;
        for (index, (left, right)) in self.left.iter_mut().zip(&mut self.right).enumerate() {
            let gain = from + step * (index + 1) as f32;
            (*left, *right) = (*left * gain, *right * gain);
        }
    }
}
