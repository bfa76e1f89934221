use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU64, fence};
use std::time::{Duration, Instant};

/// When the callback began, and where the music was then: written by the callback, read without
/// waiting.
#[derive(Debug)]
pub(super) struct Anchor {
    /// Odd while it is written.
    turn: AtomicU64,
    /// Nanoseconds since `epoch`.
    nanos: AtomicU64,
    /// Ticks on the callback's own clock, as the bits of an `f64`.
    position: AtomicU64,
    epoch: Instant,
}

impl Default for Anchor {
    fn default() -> Self {
        let zero = || AtomicU64::new(0);
        Self { turn: zero(), nanos: zero(), position: zero(), epoch: Instant::now() }
    }
}

/// One callback: where the music was, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Passing {
    /// Different for every callback.
    pub turn: u64,
    /// When the callback began.
    pub when: Instant,
    /// The position of the first frame that it gave out, in ticks of the music's clock.
    pub position: f64,
}

impl Anchor {
    /// # Real-time
    /// A few stores; only the callback may call it.
    pub(super) fn set(&self, when: Instant, position: f64) {
        let turn = self.turn.load(Relaxed);
        self.turn.store(turn + 1, Relaxed);
        fence(Release);
        let nanos = when.saturating_duration_since(self.epoch).as_nanos();
        self.nanos.store(nanos as u64, Relaxed);
        self.position.store(position.to_bits(), Relaxed);
        self.turn.store(turn + 2, Release);
    }

    /// `None` before the first callback, or if it is being written now.
    pub(super) fn get(&self, origin: u64) -> Option<Passing> {
        let turn = self.turn.load(Acquire);
        let when = self.epoch + Duration::from_nanos(self.nanos.load(Relaxed));
        let position = f64::from_bits(self.position.load(Relaxed)) + origin as f64;
        fence(Acquire);
        let whole = turn == self.turn.load(Relaxed) && turn.is_multiple_of(2) && turn > 0;
        whole.then_some(Passing { turn, when, position })
    }
}
