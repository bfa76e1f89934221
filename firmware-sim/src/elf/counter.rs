//! Instructions counted by a timer of the emulated board.
#![allow(unsafe_code, reason = "a timer is memory that one must know of")]

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
pub const TICK: u64 = if cfg!(armv8m) { 50 } else { 40 };
/// Nanoseconds of an instruction.
pub const INSTRUCTION: u64 = 64;

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
