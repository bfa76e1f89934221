//! What the callback tells, and what it is told: atomics, read and written without waiting.

use std::fmt;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64};
use std::time::{Duration, SystemTime};

use musigan_score::TICKS_PER_QUARTER;

use super::anchor::{Anchor, Passing};

/// The last late callbacks, so many, are told of one by one; of those before there is only the count.
pub(super) const KEPT: usize = 32;

/// What the callback tells the world.
#[derive(Debug, Default)]
pub struct Stats {
    /// Frames played.
    pub frames: AtomicU64,
    /// The tick that is sounding, on the callback's own clock.
    pub tick: AtomicU64,
    /// The tempo now, in µs to the quarter.
    pub tempo: AtomicU32,
    /// Underruns that the device reported.
    pub xruns: AtomicU64,
    /// Callbacks that took longer than what they filled lasts.
    pub over: AtomicU64,
    /// The last of those, each in the place of its number.
    late: [Slot; KEPT],
    /// Blocks for which the composer was late; the music waits for it.
    pub starved: AtomicU64,
    /// The share of its time that a callback takes, in thousandths: smoothed.
    pub load: AtomicU32,
    /// The greatest share of its time that a callback has taken, in thousandths.
    pub worst_load: AtomicU32,
    /// Voices that sound.
    pub voices: AtomicU32,
    /// Nothing sounds, not even the reverb.
    pub silent: AtomicBool,
    /// The device is gone.
    pub lost: AtomicBool,
    /// How the audio thread is scheduled, one of [`Scheduling`].
    pub(super) scheduling: AtomicU8,
    /// The tick of the music at which the callback's clock was at 0, told by the composer.
    pub(super) origin: AtomicU64,
    /// How far the music is composed, told by the composer.
    pub(super) composed: AtomicU64,
    /// The greatest magnitude of either channel since it was last taken, as the bits of an `f32`:
    /// those of numbers that are not negative are in the order of the numbers.
    peak: [AtomicU32; 2],
    /// When the callback last began, and where.
    pub(super) anchor: Anchor,
}

/// A [`Late`] in nanoseconds, those of `began` since 1970.
#[derive(Debug, Default)]
struct Slot {
    began: AtomicU64,
    took: AtomicU64,
    period: AtomicU64,
}

/// A callback that took longer than what it filled lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// When it began, since midnight UTC.
    pub began: Duration,
    /// How long it took.
    pub took: Duration,
    /// How long it might have taken.
    pub period: Duration,
}

impl fmt::Display for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (second, micros) = (self.began.as_secs(), self.began.subsec_micros());
        let [hour, minute, second] = [second / 3600, second / 60 % 60, second % 60];
        let [took, period] = [self.took, self.period].map(|time| 1000.0 * time.as_secs_f64());
        write!(
            f,
            "a callback that began at {hour:02}:{minute:02}:{second:02}.{micros:06} UTC took {took:.3} ms of its \
             {period:.3} ms"
        )
    }
}

/// How the audio thread is scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduling {
    /// No callback has run yet.
    Unknown,
    /// Before every ordinary thread.
    RealTime,
    /// As any thread: real-time priority was refused.
    Ordinary,
}

impl Stats {
    /// What one callback did: how long it took, and how long what it filled lasts.
    pub(super) fn told(
        &self,
        frames: u64,
        took: Duration,
        period: Duration,
        peak: [f32; 2],
        voices: usize,
    ) {
        self.frames.fetch_add(frames, Relaxed);
        let [took_nanos, period_nanos] = [took, period].map(|time| time.as_nanos() as u64);
        let load = took_nanos.saturating_mul(1000) / period_nanos.max(1);
        let load = u32::try_from(load).unwrap_or(u32::MAX);
        self.worst_load.fetch_max(load, Relaxed);
        if load > 1000 {
            let count = self.over.load(Relaxed);
            if let Some(slot) = self.late.get(count as usize % KEPT) {
                let began = SystemTime::now().checked_sub(took);
                let began = began.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
                slot.began.store(began.unwrap_or_default().as_nanos() as u64, Relaxed);
                slot.took.store(took_nanos, Relaxed);
                slot.period.store(period_nanos, Relaxed);
            }
            self.over.store(count + 1, Release);
        }
        let before = self.load.load(Relaxed);
        self.load.store(
            (u64::from(before) * 15).saturating_add(load.into()).div_ceil(16) as u32,
            Relaxed,
        );
        for (kept, new) in self.peak.iter().zip(peak) {
            kept.fetch_max(new.to_bits(), Relaxed);
        }
        self.voices.store(voices as u32, Relaxed);
    }

    /// The first callback that is remembered of those over their period, from the `from`-th on (the first is the 0th), and
    /// the number of the next. `None` if there is none.
    pub fn late(&self, from: u64) -> Option<(Late, u64)> {
        let count = self.over.load(Acquire);
        let index = from.max(count.saturating_sub(KEPT as u64));
        let slot = self.late.get(index as usize % KEPT).filter(|_| index < count)?;
        let [began, took, period] =
            [&slot.began, &slot.took, &slot.period].map(|n| Duration::from_nanos(n.load(Acquire)));
        if self.over.load(Relaxed) >= index + KEPT as u64 {
            // Another one may have come in its place meanwhile.
            return self.late(index + 1);
        }
        let began = Duration::new(began.as_secs() % 86_400, began.subsec_nanos());
        Some((Late { began, took, period }, index + 1))
    }

    /// The greatest magnitude on the left and on the right since this was last asked; 1 is full
    /// scale.
    pub fn take_peak(&self) -> [f32; 2] {
        [0, 1].map(|side| f32::from_bits(self.peak[side].swap(0, Relaxed)))
    }

    /// The tick that is sounding, on the music's clock, which goes on from device to device.
    pub fn music_tick(&self) -> u64 {
        self.origin.load(Relaxed) + self.tick.load(Relaxed)
    }

    /// The last callback: when it began, and where the music was. `None` before the first, and in
    /// the moment in which it is told.
    pub fn passing(&self) -> Option<Passing> {
        self.anchor.get(self.origin.load(Relaxed))
    }

    /// How long the music would last if nothing more were composed, in µs.
    pub fn ahead(&self) -> u64 {
        let ticks = self.composed.load(Relaxed).saturating_sub(self.tick.load(Relaxed));
        ticks.saturating_mul(self.tempo.load(Relaxed).into()) / u64::from(TICKS_PER_QUARTER)
    }

    /// How the audio thread is scheduled.
    pub fn scheduling(&self) -> Scheduling {
        match self.scheduling.load(Relaxed) {
            1 => Scheduling::RealTime,
            2 => Scheduling::Ordinary,
            _ => Scheduling::Unknown,
        }
    }

    pub(super) fn set_scheduling(&self, real_time: bool) {
        self.scheduling.store(if real_time { 1 } else { 2 }, Relaxed);
    }
}

/// What the callback is told. It outlives the device.
#[derive(Debug)]
pub struct Controls {
    gain: AtomicU32,
    paused: AtomicBool,
    /// 0: as the music has it.
    tempo: AtomicU32,
}

impl Default for Controls {
    fn default() -> Self {
        Self {
            gain: AtomicU32::new(1.0_f32.to_bits()),
            paused: AtomicBool::new(false),
            tempo: AtomicU32::new(0),
        }
    }
}

impl Controls {
    /// The factor on the output.
    pub fn gain(&self) -> f32 {
        f32::from_bits(self.gain.load(Relaxed))
    }

    /// Sets the factor on the output, 0 to 1.
    pub fn set_gain(&self, gain: f32) {
        self.gain.store(gain.clamp(0.0, 1.0).to_bits(), Relaxed);
    }

    /// The tempo in µs to the quarter, whatever the music says; `None`: as it says.
    pub fn tempo(&self) -> Option<u32> {
        Some(self.tempo.load(Relaxed)).filter(|&tempo| tempo > 0)
    }

    /// Sets the tempo from the next block on, in µs to the quarter; `None`: as the music says.
    pub fn set_tempo(&self, tempo: Option<u32>) {
        self.tempo.store(tempo.unwrap_or(0), Relaxed);
    }

    /// Whether the clock stands still.
    pub fn paused(&self) -> bool {
        self.paused.load(Relaxed)
    }

    /// Stops the clock and lets every key go, or goes on.
    pub fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_are_kept_until_they_are_taken_and_late_callbacks_are_counted() {
        let stats = Stats::default();
        let (period, late) = (Duration::from_micros(1_000), Duration::from_micros(1_001));
        stats.told(64, Duration::from_micros(10), period, [0.25, 0.5], 3);
        stats.told(64, late, period, [0.75, 0.125], 4);
        assert_eq!(stats.take_peak(), [0.75, 0.5]);
        assert_eq!(stats.take_peak(), [0.0, 0.0]);
        assert_eq!(stats.worst_load.load(Relaxed), 1001);
        assert_eq!(stats.over.load(Relaxed), 1);
        assert_eq!(stats.frames.load(Relaxed), 128);
        let (first, next) = stats.late(0).unwrap();
        assert_eq!((first.took, first.period, next), (late, period, 1));
        assert_eq!(stats.late(1), None);
        let kept = KEPT as u64;
        for more in 1..=2 * kept {
            stats.told(64, late + Duration::from_micros(more), period, [0.0; 2], 0);
        }
        // The last ones are remembered; the oldest of them might be overwritten while it is read.
        let mut told = Vec::new();
        let mut from = 1;
        while let Some((one, next)) = stats.late(from) {
            told.push((one.took - late).as_micros() as u64);
            from = next;
        }
        assert_eq!(told, (kept + 2..=2 * kept).collect::<Vec<_>>());
        assert_eq!(stats.over.load(Relaxed), 1 + 2 * kept);
    }

    #[test]
    fn a_late_callback_is_told_in_words() {
        let late = Late {
            began: Duration::new(20 * 3600 + 14 * 60 + 3, 123_456_789),
            took: Duration::from_micros(1_900),
            period: Duration::from_nanos(1_333_333),
        };
        let words = "a callback that began at 20:14:03.123456 UTC took 1.900 ms of its 1.333 ms";
        assert_eq!(late.to_string(), words);
    }

    #[test]
    fn the_volume_is_held_within_bounds() {
        let controls = Controls::default();
        controls.set_gain(7.0);
        assert_eq!(controls.gain(), 1.0);
        controls.set_gain(-1.0);
        assert_eq!(controls.gain(), 0.0);
    }
}
