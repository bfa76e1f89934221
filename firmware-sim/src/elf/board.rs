//! The emulated board: buttons and knobs by script, the trace on semihosting's output, the audio
//! interrupt in PendSV's place, and instructions counted by a timer.
#![allow(unsafe_code, reason = "a timer is memory that one must know of")]

use cortex_m::peripheral::SCB;
use firmware_sim::{Board, Button, Event, Knob, Script, Stage};
use semihosting::println;

/// The board as the idle loop knows it.
pub struct Mps2 {
    script: Script,
    half: u32,
    counter: Counter,
}

impl Mps2 {
    /// The board under a script.
    pub fn new(script: Script) -> Self {
        Self { script, half: 0, counter: Counter::start() }
    }
}

impl Board for Mps2 {
    fn button(&mut self, button: Button) -> bool {
        self.script.button(self.half, button)
    }

    fn knob(&mut self, knob: Knob) -> u16 {
        self.script.knob(self.half, knob)
    }

    fn trace(&mut self, event: Event) {
        println!("  {event}");
    }
}

impl Stage for Mps2 {
    fn begin(&mut self, half: u32) {
        self.half = half;
    }

    fn interrupt(&mut self) {
        SCB::set_pendsv();
        cortex_m::asm::isb();
    }

    fn step<T>(&mut self, step: impl FnOnce() -> T) -> (T, u64) {
        let before = self.counter.instructions();
        let done = step();
        (done, self.counter.instructions() - before)
    }
}

/// Instructions, by the boards' CMSDK timer 0, where QEMU takes 64 ns for each of them (`-icount
/// shift=6`).
pub struct Counter {
    last: u32,
    ticks: u64,
}

/// Timer 0: control, value (counts down), reload.
#[cfg(not(armv8m))]
const TIMER: *mut u32 = 0x4000_0000 as *mut u32;
/// Its secure alias: the core starts in the secure state.
#[cfg(armv8m)]
const TIMER: *mut u32 = 0x5000_0000 as *mut u32;
/// Nanoseconds of one tick of it and of SysTick: 25 MHz, and 20 MHz on the board with an Armv8-M core.
const TICK: u64 = if cfg!(armv8m) { 50 } else { 40 };
/// Nanoseconds of an instruction.
const INSTRUCTION: u64 = 64;

/// How long so many instructions take, in ticks.
pub fn ticks(instructions: u64) -> u64 {
    instructions * INSTRUCTION / TICK
}

impl Counter {
    /// Starts the timer, if it does not run yet.
    pub fn start() -> Self {
        // SAFETY: these are the timer's registers, and nobody else's.
        unsafe {
            TIMER.add(2).write_volatile(u32::MAX);
            TIMER.write_volatile(1);
        }
        Self { last: Self::value(), ticks: 0 }
    }

    fn value() -> u32 {
        // SAFETY: reading the timer changes nothing.
        unsafe { TIMER.add(1).read_volatile() }
    }

    /// Instructions since it was started.
    pub fn instructions(&mut self) -> u64 {
        let now = Self::value();
        self.ticks += u64::from(self.last.wrapping_sub(now));
        self.last = now;
        self.ticks * TICK / INSTRUCTION
    }
}
