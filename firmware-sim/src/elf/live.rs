//! The same music in time: an interrupt that comes by itself, whatever the idle loop is at.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{SCB, SYST};
use cortex_m_rt::exception;
use firmware_sim::{Board, Button, Event, Knob, Profile, Stage};

use crate::board::Mps2;
use crate::counter::{INSTRUCTION, TICK};

/// Whether the idle loop is in the midst of composing a token.
static COMPOSING: AtomicBool = AtomicBool::new(false);
/// Interrupts so far.
static TAKEN: AtomicU32 = AtomicU32::new(0);
/// Those of them that came while a token was being composed.
static PREEMPTIONS: AtomicU32 = AtomicU32::new(0);
/// Those at whose end the next was due already.
static LATE: AtomicU32 = AtomicU32::new(0);

/// A board whose audio interrupt is SysTick: every half-buffer's length of the profile's clock, at as
/// many cycles for an instruction as the profile fears.
pub struct Live {
    board: Mps2,
    timer: SYST,
    /// Ticks between two interrupts.
    period: u32,
    /// Interrupts when the half-buffer began.
    seen: u32,
}

impl Live {
    /// The board, its interrupt not yet running.
    pub fn new(board: Mps2, timer: SYST, profile: &Profile) -> Self {
        let cycles = profile.frames() as u64 * u64::from(profile.clock) / u64::from(profile.rate());
        let instructions = cycles * 100 / u64::from(profile.core.cycles.1);
        let period = (instructions * INSTRUCTION / TICK) as u32;
        Self { board, timer, period, seen: 0 }
    }

    /// Interrupts, those that came while a token was being composed, and those that took too long.
    pub fn counts() -> [u32; 3] {
        [&TAKEN, &PREEMPTIONS, &LATE].map(|count| count.load(Relaxed))
    }
}

impl Board for Live {
    fn button(&mut self, button: Button) -> bool {
        self.board.button(button)
    }

    fn knob(&mut self, knob: Knob) -> u16 {
        self.board.knob(knob)
    }

    fn trace(&mut self, event: Event) {
        self.board.trace(event);
    }
}

impl Stage for Live {
    fn begin(&mut self, half: u32) {
        self.seen = TAKEN.load(Relaxed);
        self.board.begin(half);
    }

    fn interrupt(&mut self) {
        if !self.timer.is_counter_enabled() {
            self.timer.set_clock_source(SystClkSource::Core);
            self.timer.set_reload(self.period - 1);
            self.timer.clear_current();
            self.timer.enable_interrupt();
            self.timer.enable_counter();
        }
        while TAKEN.load(Relaxed) == self.seen {
            cortex_m::asm::wfi();
        }
    }

    fn is_due(&self) -> bool {
        TAKEN.load(Relaxed) != self.seen
    }

    fn step<T>(&mut self, step: impl FnOnce() -> T) -> (T, u64) {
        COMPOSING.store(true, Relaxed);
        let done = step();
        COMPOSING.store(false, Relaxed);
        (done, 1)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.timer.disable_interrupt();
        self.timer.disable_counter();
    }
}

/// The audio interrupt. It counts by itself alone, so loads and stores will do.
#[exception]
fn SysTick() {
    let count = |counter: &AtomicU32| counter.store(counter.load(Relaxed) + 1, Relaxed);
    if COMPOSING.load(Relaxed) {
        count(&PREEMPTIONS);
    }
    crate::program::render();
    count(&TAKEN);
    if SCB::is_pendst_pending() {
        count(&LATE);
    }
}
