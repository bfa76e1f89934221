//! A device that may go and come back.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::device::{Choice, Output, open};
use super::feed::{Feed, Keys};
use super::stats::{Controls, KEPT, Late, Scheduling, Stats};

/// How long to wait before a device that is gone is looked for again.
const RETRY: Duration = Duration::from_secs(1);

/// How much is to be composed before the sound begins, in µs.
const HEAD_START: u64 = 100_000;

/// How long to wait for it.
const PATIENCE: Duration = Duration::from_secs(2);

/// A device that has asked for no frames for so long is gone, even if it does not say so.
const STALLED: Duration = Duration::from_secs(3);

/// The open device, and what it takes to open it again.
pub struct Deck {
    choice: Choice,
    controls: Arc<Controls>,
    output: Option<Output>,
    stats: Arc<Stats>,
    /// Since when things are as they are: the device opened, the last frames asked for, the device
    /// lost or last looked for.
    since: Instant,
    frames: u64,
    started: bool,
    /// The number of the next late callback to be told of, and how many were in the minute that began then.
    late: u64,
    told: (Instant, usize),
}

/// What became of the device.
pub enum Change {
    /// It is gone; the music waits for it.
    Lost,
    /// It is back, or another took its place: the ways into its callback.
    Back(Feed, Keys),
}

impl Deck {
    /// Opens the device.
    ///
    /// # Errors
    /// As [`open`].
    pub fn open(choice: Choice) -> Result<(Self, Feed, Keys)> {
        let controls = Arc::new(Controls::default());
        let (output, feed, keys) = open(&choice, &controls)?;
        let stats = Arc::clone(feed.stats());
        let (output, since) = (Some(output), Instant::now());
        let (frames, started, late, told) = (0, false, 0, (since, 0));
        let deck = Self { choice, controls, output, stats, since, frames, started, late, told };
        Ok((deck, feed, keys))
    }

    /// What the callback is told.
    pub fn controls(&self) -> &Arc<Controls> {
        &self.controls
    }

    /// What the callback tells.
    pub fn stats(&self) -> &Arc<Stats> {
        &self.stats
    }

    /// The device's name and sample rate, while it is there.
    pub fn output(&self) -> Option<(&str, u32)> {
        self.output.as_ref().map(|output| (output.name.as_str(), output.sample_rate))
    }

    /// The next callback that was over its period, of those that are told one by one: no more than 32 in a minute.
    pub fn late(&mut self) -> Option<Late> {
        let (late, next) = self.stats.late(self.late)?;
        self.late = next;
        if self.told.0.elapsed() >= Duration::from_secs(60) {
            self.told = (Instant::now(), 0);
        }
        self.told.1 += 1;
        (self.told.1 <= KEPT).then_some(late)
    }

    /// Where the sound goes to, in words.
    pub fn describe(&self) -> String {
        let real_time = match self.stats.scheduling() {
            Scheduling::RealTime => ", real-time",
            Scheduling::Unknown | Scheduling::Ordinary => "",
        };
        match self.output() {
            Some((name, rate)) => format!("{name} at {rate} Hz{real_time}"),
            None => "no audio device".into(),
        }
    }

    /// Starts the sound as soon as there is music, and looks after the device. To be called again
    /// and again.
    ///
    /// # Errors
    /// Where the device refuses to play.
    pub fn tend(&mut self) -> Result<Option<Change>> {
        let Some(output) = &self.output else { return Ok(self.retry()) };
        let frames = self.stats.frames.load(Relaxed);
        if frames != self.frames {
            (self.frames, self.since) = (frames, Instant::now());
        }
        let stalled = self.started && self.since.elapsed() >= STALLED;
        if self.stats.lost.load(Relaxed) || stalled {
            (self.output, self.since) = (None, Instant::now());
            return Ok(Some(Change::Lost));
        }
        let ready = self.stats.ahead() >= HEAD_START || self.since.elapsed() >= PATIENCE;
        if !self.started && ready {
            output.start()?;
            (self.started, self.since) = (true, Instant::now());
        }
        Ok(None)
    }

    fn retry(&mut self) -> Option<Change> {
        if self.since.elapsed() < RETRY {
            return None;
        }
        self.since = Instant::now();
        let (output, feed, keys) = open(&self.choice, &self.controls).ok()?;
        (self.stats, self.output) = (Arc::clone(feed.stats()), Some(output));
        (self.frames, self.started, self.late) = (0, false, 0);
        Some(Change::Back(feed, keys))
    }
}
