//! What a board gives the firmware, and how to port it to another one.
//!
//! # Porting, step by step
//!
//! One file for a board: `boards/stm32f411.rs` is one from its clocks to its main function (compiled and
//! linked, but never run on hardware), `src/elf/` is that of an emulated board.
//!
//! 1. **Profile.** Take the board's row of [`PROFILES`](crate::PROFILES), or add one: flash, SRAM,
//!    clock, and how many voices at which sample rate it is to play. `cargo run -p firmware-sim --
//!    --board NAME` tells whether they fit.
//! 2. **Memory.** A linker script with the board's flash and RAM, of which the stack takes
//!    [`Profile::STACK`](crate::Profile::STACK), a `static` [`SealedHeap`](crate::SealedHeap) of the
//!    profile's size as the global allocator, and the model:
//!    `musigan_engine::include_image!("music-box.mgi")` puts it into flash, aligned, and
//!    [`Profile::open`](crate::Profile::open) opens it. Where flash is on a serial bus (RP2350, i.MX RT)
//!    that copies it into [memory of yours](crate::Profile::copy_len): a token reads most of it.
//! 3. **Clocks and audio.** Start the core at the profile's clock and an I²S output at its sample
//!    rate, 16 bits, stereo, fed by a circular DMA over two halves of
//!    [`Profile::half`](crate::Profile) frames each.
//! 4. **The audio interrupt.** At each half- and full-transfer interrupt call
//!    [`Output::fill`](crate::Output::fill) with the half that the DMA has just left. That is all
//!    the interrupt does. It needs no lock: band and speaker talk by way of [`Wire`](crate::Wire)
//!    alone.
//! 5. **The trait.** Implement [`Board`]: two buttons, two knobs, a trace.
//! 6. **The main function.** As in the example: build [`Band`](crate::Band) and
//!    [`Output`](crate::Output), seal the heap, start the audio interrupt, then for ever:
//!    `band.poll(&mut board)`, `band.work()`, and `board.rest()` if that says
//!    [`Work::Ahead`](crate::Work::Ahead). Buttons and knobs are looked at between two tokens, so that a
//!    core that is behind hears them, too.
//! 7. **The guard.** Have the core guard the end of the stack: by its memory protection unit, or by the
//!    stack limit register of Armv8-M; `src/elf/guard.rs` does both, and its fault handler says what
//!    happened. A core with neither calls [`StackGuard::check`](crate::StackGuard::check) in the audio
//!    interrupt.
//!
//! Priorities: the audio interrupt above all others; the main function may be interrupted at any
//! point.

use core::fmt;

use crate::trace::Event;

/// A board, seen from the idle loop.
pub trait Board {
    /// Whether a button is down now. Bouncing is dealt with elsewhere.
    fn button(&mut self, button: Button) -> bool;

    /// Where a knob stands now: 0 to 4,095 from left to right, noise and all.
    fn knob(&mut self, knob: Knob) -> u16;

    /// Something happened: to be sent, shown or dropped, but not waited for.
    fn trace(&mut self, event: Event);

    /// Sleeps until an interrupt (`wfi`); may return at any time.
    fn rest(&mut self) {}
}

/// The buttons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// Drop this piece, begin the next.
    Next,
    /// Pause, or play on.
    Play,
}

/// The knobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knob {
    /// Half to twice the piece's own tempo; the middle is the piece's own.
    Tempo,
    /// How freely it composes: 0.5 to 1.5; the middle is 1.
    Temperature,
}

impl Knob {
    /// Where a knob points to if it stands in the middle.
    pub const MIDDLE: u16 = 2_048;
    /// Where a knob points to at its right end.
    pub const FULL: u16 = 4_095;
}

impl fmt::Display for Knob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tempo => "tempo",
            Self::Temperature => "temperature",
        })
    }
}
