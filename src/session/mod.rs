//! What plays now: the composer's thread, what may be asked of it while it plays, and what it tells.
//!
//! The music is composed some seconds ahead, so that it can be seen coming, and handed to the audio
//! callback a quarter of a second ahead, so that what is asked for is heard soon.

mod keeper;
mod order;
mod queue;
mod scene;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use musigan_engine::generator::Generator;
use musigan_score::{Program, TICKS_PER_QUARTER};
use musigan_synth::TimedAction;
use rtrb::Producer;

pub use order::{Order, Report};

use crate::audio::Feed;
use crate::music::{Listener, Marker, Mix, Music, Recording};
use crate::{smf, wav};
use queue::Queue;

/// How far ahead of the sound is composed, in µs.
const AHEAD: u64 = 4_000_000;

/// How often it is seen to that the callback has music.
const TURN: Duration = Duration::from_millis(5);

/// Ticks of silence between a piece that was broken off and the next.
const BREATH: u64 = TICKS_PER_QUARTER as u64;

/// What composing costs, measured as it plays.
#[derive(Debug, Default)]
pub struct Cost {
    /// Time to compose a note, in ns: smoothed.
    pub note: AtomicU32,
    /// The longest that a note has taken, in ns.
    pub worst_note: AtomicU32,
}

/// The composer's thread.
pub struct Session<'a, G> {
    music: Music<'a, G>,
    stage: Stage,
    cost: Arc<Cost>,
    notices: Sender<String>,
    saving: Vec<JoinHandle<()>>,
    /// Ends after this many pieces.
    pieces: u32,
}

/// Where the session talks to.
pub struct Ends {
    /// To the callback.
    pub feed: Feed,
    /// To a screen, which may be slow: what does not fit is not shown.
    pub reports: Producer<Report>,
    /// To a reader: what was saved, what went wrong.
    pub notices: Sender<String>,
}

struct Stage {
    queue: Queue,
    reports: Producer<Report>,
}

impl Listener for Stage {
    fn action(&mut self, action: TimedAction) {
        self.queue.push(action);
    }

    fn marker(&mut self, tick: u64, marker: Marker) {
        self.queue.mark(tick, marker);
        // A screen that is too slow misses something; the music does not wait for it.
        let _ = self.reports.push(Report::At(tick, marker));
    }
}

impl<'a, G: Generator> Session<'a, G> {
    /// A session about to play `music`, for at most this many pieces.
    pub fn new(music: Music<'a, G>, ends: Ends, pieces: Option<u32>) -> Self {
        let Ends { feed, reports, notices } = ends;
        let stage = Stage { queue: Queue::new(feed), reports };
        let pieces = pieces.unwrap_or(u32::MAX);
        Self { music, stage, cost: Arc::default(), notices, saving: Vec::new(), pieces }
    }

    /// Who is heard from the beginning.
    #[must_use]
    pub fn with_mix(mut self, mix: Mix) -> Self {
        self.stage.queue.set_mix(mix);
        self
    }

    /// What composing costs.
    pub fn cost(&self) -> &Arc<Cost> {
        &self.cost
    }

    /// Plays until the last piece has been handed over, or [`Order::Stop`] comes, or nobody is
    /// left to give orders.
    pub fn run(mut self, orders: &Receiver<Order>) {
        loop {
            self.compose();
            self.stage.queue.hand_over(self.music.composed());
            if self.is_over() {
                break;
            }
            match orders.recv_timeout(TURN) {
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => {
                    self.stage.queue.drop_rest();
                    break;
                }
                Ok(order) => self.obey(order),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        // Nothing more comes, ever: the clock need not wait for it.
        if let Some(feed) = &mut self.stage.queue.feed {
            feed.composed(u64::MAX);
        }
        for saving in self.saving {
            // It reports by itself what went wrong.
            let _ = saving.join();
        }
    }

    fn is_over(&self) -> bool {
        self.music.pieces() >= self.pieces && self.stage.queue.is_empty()
    }

    /// Composes what is not composed yet of the next seconds.
    fn compose(&mut self) {
        let Some(feed) = &self.stage.queue.feed else { return };
        let horizon = feed.tick() + feed.ticks_in(AHEAD);
        let mut began = Instant::now();
        while self.music.pieces() < self.pieces && self.music.composed() < horizon {
            let notes = self.music.notes();
            self.music.advance(&mut self.stage);
            if self.music.notes() != notes {
                let now = Instant::now();
                self.cost.tell(now - began);
                began = now;
                // The callback comes first.
                self.stage.queue.hand_over(self.music.composed());
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Next(seed) => self.play(self.music.following(seed)),
            Order::Play(seed) => self.play(seed),
            Order::Skip(seed) => {
                self.music.playlist_mut().avoid(seed);
                self.play(self.music.following(seed));
            }
            Order::Speed(percent) => self.stage.queue.set_speed(percent),
            Order::Temperature(temperature) => {
                self.music.settings_mut().sampling.temperature = temperature;
            }
            Order::TopP(top_p) => self.music.settings_mut().sampling.top_p = top_p,
            Order::Density(density) => self.music.settings_mut().density = density,
            Order::Style(style) => self.music.opening_mut().style = style,
            Order::Key(key) => self.music.opening_mut().key = key,
            Order::Scale(scale) => self.music.settings_mut().scale = scale,
            Order::Tonality(strength) => self.music.settings_mut().tonality = strength,
            Order::Walk(walk) => self.music.settings_mut().walk = walk,
            Order::Form(form) => self.music.settings_mut().form = form,
            Order::Swing(swing) => self.music.set_swing(swing),
            Order::Program(part, program) => self.stage.queue.set_program(part, program),
            Order::Mute(part, muted) => {
                let mut mix = self.stage.queue.mix();
                mix.muted[part.index()] = muted;
                self.stage.queue.set_mix(mix);
            }
            Order::Solo(part, solo) => {
                let mut mix = self.stage.queue.mix();
                mix.solo[part.index()] = solo;
                self.stage.queue.set_mix(mix);
            }
            Order::Arrange(part, arrangement) => self.music.arrange(part, arrangement),
            Order::Save(base) => self.save(base),
            Order::Device(feed) => self.stage.queue.set_feed(feed),
            Order::Stop => {}
        }
    }

    /// Breaks off, and plays the piece of `seed` after a breath.
    fn play(&mut self, seed: u64) {
        self.stage.queue.drop_rest();
        let now = self.stage.queue.complete;
        let _ = self.stage.reports.push(Report::At(now, Marker::Dropped));
        self.music.skip_to(now + BREATH, seed);
    }

    /// Writes the last minutes, on a thread of its own.
    fn save(&mut self, base: PathBuf) {
        let (recording, notices) = (self.stage.queue.keeper.recording(), self.notices.clone());
        self.saving.retain(|saving| !saving.is_finished());
        self.saving.push(std::thread::spawn(move || {
            let notice = match write(&recording, &base) {
                Ok(()) => format!("saved {} as .mid and .wav", base.display()),
                Err(error) => format!("{error:#}"),
            };
            // Nobody may be left to hear it.
            let _ = notices.send(notice);
        }));
    }
}

fn write(recording: &Recording, base: &Path) -> anyhow::Result<()> {
    let format = wav::Format {
        samples: wav::Samples::Int16,
        sample_rate: 48_000,
        ticks_per_quarter: TICKS_PER_QUARTER,
        default_program: Program::MUSIC_BOX,
    };
    // The large one first: where it finds no room, neither is left.
    wav::render(&base.with_extension("wav"), &recording.actions, format)?;
    smf::write(&base.with_extension("mid"), recording)
}

impl Cost {
    /// A note has taken so long.
    pub fn tell(&self, took: Duration) {
        let took = u32::try_from(took.as_nanos()).unwrap_or(u32::MAX);
        self.worst_note.fetch_max(took, Relaxed);
        let before = self.note.load(Relaxed);
        let smoothed = (u64::from(before) * 31 + u64::from(took)).div_ceil(32);
        self.note.store(smoothed as u32, Relaxed);
    }
}
