//! The emulated board: buttons and knobs by script, the trace on semihosting's output, the audio
//! interrupt in PendSV's place, and instructions counted.

use cortex_m::peripheral::SCB;
use firmware_sim::{Board, Button, Event, Knob, Script, Stage};
use semihosting::println;

use crate::counter::Counter;

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
