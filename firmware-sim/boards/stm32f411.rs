//! A whole port in one file: an STM32F411 (a *Black Pill* with its 25 MHz crystal), a PCM5102A on I²S,
//! two buttons, two knobs, the trace on a serial line.
//!
//! **It has never run on a board.** It is compiled and linked for one by `cargo xtask firmware`, within
//! its flash and RAM, and what it calls runs there in an emulator; the addresses and bits below are
//! transcribed from the reference manual RM0383 and have been seen by no hardware. Begin with the serial
//! line, then the clock (a scope on PB13 must show 512 kHz), then the sound.
//!
//! | pin | what |
//! |---|---|
//! | PB12, PB13, PB15 | I²S to the converter: word select, clock, data (its SCK tied to ground) |
//! | PB0, PB1 | buttons to ground: next, play |
//! | PA0, PA1 | knobs between ground and 3.3 V: tempo, temperature |
//! | PA9 | trace, 115,200 baud |
//!
//! Build, with the core library of your toolchain: `cargo build --release -p firmware-sim --bin
//! board-stm32f411 --target thumbv7em-none-eabihf`. Its memory is in `build.rs`.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
#[path = "../src/elf/guard.rs"]
mod guard;

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("this program is for a microcontroller: see firmware-sim/boards/stm32f411.rs");
}

#[cfg(target_os = "none")]
use board::silence;

#[cfg(target_os = "none")]
mod board {
    #![allow(unsafe_code, reason = "registers are memory that one must know of")]

    extern crate alloc;

    use alloc::vec;
    use core::cell::{RefCell, UnsafeCell};
    use core::fmt::Write as _;
    use core::panic::PanicInfo;

    use cortex_m::interrupt::{Mutex, free};
    use cortex_m_rt::{entry, exception};
    use firmware_sim::{
        Band, Board, Button, Event, Fault, Frame, Knob, Model, Output, Profile, SealedHeap, Wire,
        Work,
    };
    use heapless::{Deque, String};
    use musigan_engine::Generator;
    use musigan_score::events::FINGERPRINT;

    use crate::guard;

    const PROFILE: &Profile = &Profile::STM32F411;

    // ---- Memory (step 2). Flash and RAM are in `build.rs`.

    // SAFETY: no interrupt comes before the heap is sealed.
    #[global_allocator]
    static HEAP: SealedHeap<{ PROFILE.heap }> = unsafe { SealedHeap::new() };

    /// Frames of a half of the DMA buffer.
    const HALF: usize = PROFILE.half;

    /// What the DMA reads in a circle: while it plays one half, the interrupt fills the other.
    struct Halves(UnsafeCell<[[Frame; HALF]; 2]>);
    // SAFETY: the audio interrupt alone writes it, in the half that the DMA has left.
    unsafe impl Sync for Halves {}
    static HALVES: Halves = Halves(UnsafeCell::new([[[0; 2]; HALF]; 2]));

    // ---- Registers, by their names in RM0383.

    const RCC: usize = 0x4002_3800;
    const FLASH: usize = 0x4002_3c00;
    const PWR: usize = 0x4000_7000;
    const GPIOA: usize = 0x4002_0000;
    const GPIOB: usize = 0x4002_0400;
    const USART1: usize = 0x4001_1000;
    const ADC1: usize = 0x4001_2000;
    const SPI2: usize = 0x4000_3800;
    const DMA1: usize = 0x4002_6000;
    const NVIC_ISER0: usize = 0xe000_e100;

    fn read(block: usize, offset: usize) -> u32 {
        // SAFETY: only registers of this file are read, and reading them changes nothing that counts.
        unsafe { ((block + offset) as *const u32).read_volatile() }
    }

    fn write(block: usize, offset: usize, value: u32) {
        // SAFETY: only registers of this file are written, none of which moves memory that is in use.
        unsafe { ((block + offset) as *mut u32).write_volatile(value) }
    }

    fn set(block: usize, offset: usize, bits: u32) {
        write(block, offset, read(block, offset) | bits);
    }

    fn wait_for(block: usize, offset: usize, bits: u32) {
        while read(block, offset) & bits != bits {}
    }

    // ---- Clocks (step 3): the core at the profile's 100 MHz, I²S at its 16 kHz.

    fn clocks() {
        set(RCC, 0x40, 1 << 28); // APB1ENR: PWR
        set(PWR, 0x00, 3 << 14); // CR: voltage scale 1, for 100 MHz
        set(RCC, 0x00, 1 << 16); // CR: HSE on
        wait_for(RCC, 0x00, 1 << 17);
        // FLASH_ACR: prefetch and both caches, three wait states at 100 MHz and 3.3 V.
        write(FLASH, 0x00, 1 << 10 | 1 << 9 | 1 << 8 | 3);
        // PLLCFGR: 25 MHz ∕ 25 × 200 ∕ 2, from HSE. PLLI2SCFGR: 25 MHz ∕ 25 × 192 ∕ 3 = 64 MHz.
        write(RCC, 0x04, 4 << 24 | 1 << 22 | 200 << 6 | 25);
        write(RCC, 0x84, 3 << 28 | 192 << 6 | 25);
        set(RCC, 0x00, 1 << 24 | 1 << 26);
        wait_for(RCC, 0x00, 1 << 25 | 1 << 27);
        write(RCC, 0x08, 4 << 10 | 2); // CFGR: APB1 at half, the core on the PLL
        wait_for(RCC, 0x08, 2 << 2);
        set(RCC, 0x30, 1 << 21 | 1 << 1 | 1); // AHB1ENR: DMA1, GPIOB, GPIOA
        set(RCC, 0x40, 1 << 14); // APB1ENR: SPI2
        set(RCC, 0x44, 1 << 8 | 1 << 4); // APB2ENR: ADC1, USART1
    }

    fn pins() {
        // MODER: PA0 and PA1 analogue, PA9 and PB12, PB13, PB15 another function.
        set(GPIOA, 0x00, 2 << 18 | 3 << 2 | 3);
        set(GPIOA, 0x24, 7 << 4); // AFRH: PA9 is USART1
        set(GPIOB, 0x00, 2 << 30 | 2 << 26 | 2 << 24);
        set(GPIOB, 0x24, 5 << 28 | 5 << 20 | 5 << 16); // AFRH: SPI2
        set(GPIOB, 0x0c, 1 << 2 | 1); // PUPDR: PB0 and PB1 are pulled up
        write(USART1, 0x08, 868); // BRR: 100 MHz ∕ 115,200
        write(USART1, 0x0c, 1 << 13 | 1 << 3); // CR1: on, transmitting
        write(ADC1, 0x304, 1 << 16); // CCR: a quarter of 100 MHz
        write(ADC1, 0x10, 7 << 3 | 7); // SMPR2: as slowly as can be, for knobs of any resistance
        write(ADC1, 0x08, 1); // CR2: on
    }

    /// From here on the audio interrupt comes.
    fn sound() {
        // I2SPR: 64 MHz ∕ (32 × (2 × 62 + 1)) = 16 kHz. I2SCFGR: I²S, master, sending, 16 bits.
        write(SPI2, 0x20, 1 << 8 | 62);
        write(SPI2, 0x1c, 1 << 11 | 2 << 8);
        set(SPI2, 0x04, 1 << 1); // CR2: DMA
        // Stream 4 of DMA1, channel 0.
        write(DMA1, 0x74, (2 * HALF * 2) as u32); // NDTR: samples
        write(DMA1, 0x78, (SPI2 + 0x0c) as u32); // PAR
        write(DMA1, 0x7c, HALVES.0.get().addr() as u32); // M0AR
        // CR: high priority, 16 bits on both sides, through memory, in a circle, to the periphery;
        // interrupts at the half and at the end.
        write(DMA1, 0x70, 2 << 16 | 1 << 13 | 1 << 11 | 1 << 10 | 1 << 8 | 1 << 6 | 3 << 3);
        write(NVIC_ISER0, 0, 1 << DMA1_STREAM4);
        set(DMA1, 0x70, 1);
        set(SPI2, 0x1c, 1 << 10);
    }

    // ---- The audio interrupt (step 4).

    const DMA1_STREAM4: i16 = 15;

    static OUTPUT: Mutex<RefCell<Option<Output<'static>>>> = Mutex::new(RefCell::new(None));

    #[exception]
    unsafe fn DefaultHandler(interrupt: i16) {
        if interrupt != DMA1_STREAM4 {
            silence(Fault::Core);
        }
        let flags = read(DMA1, 0x04); // HISR
        write(DMA1, 0x0c, flags & 0x3d); // HIFCR
        let left = usize::from(flags & 1 << 5 != 0); // the end is reached: the second half is free
        // SAFETY: the DMA has left this half and comes back after the other; nobody else writes it.
        let half = unsafe { &mut (*HALVES.0.get())[left] };
        free(|token| {
            if let Some(output) = OUTPUT.borrow(token).borrow_mut().as_mut() {
                output.fill(half, |_| {});
            }
        });
    }

    // ---- The trait (step 5).

    /// What is still to be sent.
    #[derive(Default)]
    struct BlackPill {
        line: Deque<u8, 512>,
    }

    impl Board for BlackPill {
        fn button(&mut self, button: Button) -> bool {
            let pin = match button {
                Button::Next => 0,
                Button::Play => 1,
            };
            read(GPIOB, 0x10) & 1 << pin == 0
        }

        fn knob(&mut self, knob: Knob) -> u16 {
            let channel = match knob {
                Knob::Tempo => 0,
                Knob::Temperature => 1,
            };
            write(ADC1, 0x34, channel); // SQR3
            set(ADC1, 0x08, 1 << 30); // CR2: begin; 20 µs
            wait_for(ADC1, 0x00, 1 << 1);
            read(ADC1, 0x4c) as u16
        }

        fn trace(&mut self, event: Event) {
            let mut words = String::<96>::new();
            // What does not fit is dropped, as the trait wants it.
            let _ = writeln!(words, "{event}\r");
            for byte in words.bytes() {
                let _ = self.line.push_back(byte);
            }
        }

        fn rest(&mut self) {
            if self.line.is_empty() {
                cortex_m::asm::wfi();
            }
        }
    }

    impl BlackPill {
        /// Sends a byte of what waits, if the line is free.
        fn send(&mut self) {
            if read(USART1, 0x00) & 1 << 7 != 0
                && let Some(byte) = self.line.pop_front()
            {
                write(USART1, 0x04, byte.into());
            }
        }
    }

    // ---- The main function (step 6), and the guard (step 7).

    #[entry]
    fn main() -> ! {
        // SAFETY: the stack is the linker's, and nothing has used it yet.
        unsafe { guard::set() };
        clocks();
        pins();
        let Ok(model) = Model::open(firmware_sim::image(), FINGERPRINT) else {
            silence(Fault::Image)
        };
        let Some(wire) = cortex_m::singleton!(: Wire = Wire::default()) else {
            silence(Fault::Panic)
        };
        let (band_end, speaker_end) = wire.split();
        let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
        let output = Output::new(PROFILE, speaker_end);
        free(|token| OUTPUT.borrow(token).replace(Some(output)));
        HEAP.seal();

        let mut board = BlackPill::default();
        let (heap, numbers) = (HEAP.used() as u32, 4 * (state.len() + logits.len()) as u32);
        board.trace(Event::Ready { heap, state: numbers });
        // Where nobody plays the same piece twice, the seed comes from a knob's noise.
        let seed = u64::from(board.knob(Knob::Tempo)) << 16 | u64::from(board.knob(Knob::Tempo));
        let mut band = Band::new(PROFILE, &model, &mut state, &mut logits, band_end, seed);
        // Composed ahead before the first sample is due.
        while let Work::Token { .. } = band.work() {}
        sound();
        loop {
            band.poll(&mut board);
            board.send();
            if band.work() == Work::Ahead {
                board.rest();
            }
        }
    }

    /// Ends in silence, with a word about it.
    pub fn silence(fault: Fault) -> ! {
        cortex_m::interrupt::disable();
        write(DMA1, 0x70, 0);
        let mut words = String::<96>::new();
        let _ = writeln!(words, "{}\r", Event::Fault(fault));
        for byte in words.bytes() {
            wait_for(USART1, 0x00, 1 << 7);
            write(USART1, 0x04, byte.into());
        }
        loop {
            cortex_m::asm::wfi();
        }
    }

    #[panic_handler]
    fn panic(_: &PanicInfo<'_>) -> ! {
        match (HEAP.refused(), HEAP.is_sealed()) {
            (0, _) => silence(Fault::Panic),
            (_, false) => silence(Fault::Heap),
            (bytes, true) => silence(Fault::Sealed(bytes)),
        }
    }
}
