//! The boards: what they have, and what they are to play.

use musigan_engine::OpenError;
use musigan_score::events::FINGERPRINT;
use musigan_synth::Size;
use zerocopy::IntoBytes;

use crate::Model;

/// A processor core, as far as time is concerned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Core {
    /// Its name.
    pub name: &'static str,
    /// Rust's name of the target.
    pub target: &'static str,
    /// Cycles per instruction in hundredths, from friendly to unfriendly. Instructions are counted,
    /// cycles are not: the emulator knows none.
    pub cycles: (u32, u32),
    /// Where the range comes from.
    pub why: &'static str,
}

/// Armv6-M without floating point.
pub const M0_PLUS: Core = Core {
    name: "Cortex-M0+",
    target: "thumbv6m-none-eabi",
    cycles: (120, 170),
    why: "technical reference manual DDI 0484: 1, loads, stores and branches taken 2; a serial flash \
          with cache adds to it",
};
/// Armv7E-M with single-precision floating point.
pub const M4F: Core = Core {
    name: "Cortex-M4F",
    target: "thumbv7em-none-eabihf",
    cycles: (110, 160),
    why: "technical reference manual DDI 0439: 1, single loads 2 (1 where they follow each other), \
          branches taken 2 to 4, float arithmetic 1, division 14; flash behind a prefetch cache",
};
/// Armv8-M Mainline with single-precision floating point.
pub const M33: Core = Core {
    name: "Cortex-M33",
    target: "thumbv8m.main-none-eabihf",
    cycles: (100, 150),
    why: "as Cortex-M4F, some pairs of instructions issued together (100235, chapter 1; CoreMark per \
          MHz 4.0 against 3.4)",
};
/// Armv7E-M, two instructions at once.
pub const M7: Core = Core {
    name: "Cortex-M7",
    target: "thumbv7em-none-eabihf",
    cycles: (70, 120),
    why: "two instructions at once where they do not depend on each other (CoreMark per MHz 5.0 \
          against 3.4); code and data in caches or tightly coupled memory",
};

/// A board and what it is to play.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its chip and memories, in words.
    pub chip: &'static str,
    /// Its core.
    pub core: Core,
    /// Hz of the core.
    pub clock: u32,
    /// Bytes of flash.
    pub flash: usize,
    /// Bytes of SRAM that one program can use.
    pub ram: usize,
    /// Whether the model is copied into SRAM, because flash is on a serial bus. A token reads 110 KB of
    /// weights (layers 99 KB, of the head what the grammar allows), which no core's cache holds (32 KB at
    /// most): four bits wide at 133 MHz (66.5 MB/s, the FlexSPI's most) that takes 1.7 ms at the very best.
    /// With the layers alone in SRAM, a note would still read up to 150 KB of the head (counted: 1,440
    /// outputs asked for, 104 bytes each): 2.3 ms.
    pub model_in_ram: bool,
    /// Frames a second; 0 on a board that makes no sound but notes.
    pub sample_rate: u32,
    /// Voices that sound at once.
    pub voices: usize,
    /// Milliseconds in which the dearest note is to be composed.
    pub note: u32,
    /// Microseconds that a token takes, as the band reckons: at the worst cycles per instruction, of the
    /// time that rendering leaves, and a third more. Music that asks for more is played slower.
    pub token: u32,
    /// Bytes of the heap, all of it taken before the seal.
    pub heap: usize,
    /// Bytes of flash and of SRAM that are to suffice although there is more.
    pub thrift: Option<(usize, usize)>,
    /// Frames of half a DMA buffer.
    pub half: usize,
    /// The synth's size.
    pub size: Size,
}

impl Profile {
    /// The longest half-buffer of any profile, in frames.
    pub const MOST_FRAMES: usize = 512;
    /// The board of the port in `boards/`.
    pub const STM32F411: Self = PROFILES[2];
    /// The largest heap of any profile, in bytes.
    pub const MOST_HEAP: usize = {
        let (mut most, mut at) = (0, 0);
        while at < PROFILES.len() {
            if PROFILES[at].heap > most {
                most = PROFILES[at].heap;
            }
            at += 1;
        }
        most
    };
    /// Bytes of stack, the guard at its end among them.
    pub const STACK: usize = crate::limits::STACK;
    /// Words of memory that [`open`](Self::open) wants for this image.
    #[must_use]
    pub fn copy_len(&self, image: &[u8]) -> usize {
        if self.model_in_ram { image.len().div_ceil(4) } else { 0 }
    }

    /// Opens the image of a model, where it lies or in its copy.
    ///
    /// # Errors
    /// As [`Model::open`]; a copy that is too short holds no image.
    pub fn open<'a>(&self, image: &'a [u8], copy: &'a mut [u32]) -> Result<Model<'a>, OpenError> {
        if !self.model_in_ram {
            return Model::open(image, FINGERPRINT);
        }
        let len = image.len().min(4 * copy.len());
        let copy = &mut copy.as_mut_bytes()[..len];
        copy.copy_from_slice(&image[..len]);
        Model::open(copy, FINGERPRINT)
    }

    /// The profile of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        PROFILES.iter().find(|profile| profile.name == name)
    }

    /// Frames that the audio interrupt renders; 256 of silence where there is no sound, so that time
    /// passes.
    #[must_use]
    pub fn frames(&self) -> usize {
        if self.sample_rate == 0 { 256 } else { self.half.min(Self::MOST_FRAMES) }
    }

    /// Frames a second of that interrupt.
    #[must_use]
    pub fn rate(&self) -> u32 {
        if self.sample_rate == 0 { 24_000 } else { self.sample_rate }
    }

    /// Cycles until the next half-buffer is due; 0 where there is no sound.
    #[must_use]
    pub fn deadline(&self) -> u64 {
        let rate = u64::from(self.sample_rate.max(1));
        if self.sample_rate == 0 { 0 } else { self.half as u64 * u64::from(self.clock) / rate }
    }
}

const KB: usize = 1_024;
const MB: usize = 1_024 * KB;

const fn band(spare: usize) -> Size {
    Size { spare, ..Size::MUSIC_BOX }
}

/// All boards that are known.
pub const PROFILES: [Profile; 6] = [
    Profile {
        name: "rp2350",
        chip: "RP2350: 520 KB SRAM, serial flash",
        core: M33,
        clock: 150_000_000,
        flash: 4 * MB,
        ram: 520 * KB,
        model_in_ram: true,
        sample_rate: 24_000,
        voices: 4,
        note: 25,
        token: 6_300,
        heap: 272 * KB,
        thrift: None,
        half: 256,
        size: band(4),
    },
    Profile {
        name: "rp2040",
        chip: "RP2040: 264 KB SRAM, serial flash, no floating point; at the most that it is certified for",
        core: M0_PLUS,
        clock: 200_000_000,
        flash: 2 * MB,
        ram: 264 * KB,
        model_in_ram: true,
        sample_rate: 0,
        voices: 0,
        note: 200,
        token: 36_000,
        heap: 194 * KB,
        thrift: None,
        half: 0,
        size: band(0),
    },
    Profile {
        name: "stm32f411",
        chip: "STM32F411: 512 KB flash, 128 KB SRAM",
        core: M4F,
        clock: 100_000_000,
        flash: 512 * KB,
        ram: 128 * KB,
        model_in_ram: false,
        sample_rate: 16_000,
        voices: 4,
        note: 35,
        token: 11_000,
        heap: 70 * KB,
        thrift: None,
        half: 512,
        size: band(4),
    },
    Profile {
        name: "stm32f407",
        chip: "STM32F407: 1 MB flash, 128 KB SRAM (and 64 KB that DMA cannot reach)",
        core: M4F,
        clock: 168_000_000,
        flash: MB,
        ram: 128 * KB,
        model_in_ram: false,
        sample_rate: 24_000,
        voices: 4,
        note: 25,
        token: 6_300,
        heap: 84 * KB,
        thrift: None,
        half: 256,
        size: band(4),
    },
    Profile {
        name: "stm32h743",
        chip: "STM32H743: 2 MB flash, 512 KB SRAM in one piece (and 128 KB tightly coupled)",
        core: M7,
        clock: 480_000_000,
        flash: 2 * MB,
        ram: 512 * KB,
        model_in_ram: false,
        sample_rate: 48_000,
        voices: 8,
        note: 5,
        token: 1_300,
        heap: 152 * KB,
        thrift: Some((MB, 256 * KB)),
        half: 256,
        size: band(8),
    },
    Profile {
        name: "imxrt1062",
        chip: "i.MX RT1062: 512 KB SRAM and 512 KB to be shared out as tightly coupled, serial flash",
        core: M7,
        clock: 600_000_000,
        flash: 2 * MB,
        ram: MB,
        model_in_ram: true,
        sample_rate: 48_000,
        voices: 12,
        note: 5,
        token: 1_000,
        heap: 342 * KB,
        thrift: None,
        half: 256,
        size: band(4),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_of_the_port_is_the_one_that_it_is_said_to_be() {
        assert_eq!(Profile::named("stm32f411"), Some(&Profile::STM32F411));
    }
}
