//! Any bytes as an image: refused, or a model that composes without a fault.
//!
//! An input whose checksum is not 0 gets the one that makes it intact, else nothing would come past it.
#![no_main]

use crc::{CRC_32_ISO_HDLC, Crc};
use libfuzzer_sys::fuzz_target;
use musigan_engine::composer::{Composer, Opening, Settings};
use musigan_engine::image::Aligned64;
use musigan_engine::{Generator, Image};
use musigan_score::Token;

/// Where the checksum of everything else stands, see `engine/IMAGE.md`.
const CRC_AT: usize = 20;
/// Images longer than this only slow the search.
const LEN: usize = 1 << 15;
/// States longer than this are a matter of the caller's memory.
const STATE: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let mut room = Aligned64([0; LEN]);
    let Some(image) = room.0.get_mut(..data.len()) else { return };
    image.copy_from_slice(data);
    seal(image);
    let Ok(image) = Image::open(&room.0[..data.len()]) else { return };
    let model = image.model();
    if model.state_len() > STATE {
        return;
    }
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
    model.reset(&mut state);
    for token in [0, 1, 300, u16::MAX] {
        model.step(&mut state, Token(token), &mut logits);
    }
    // Whatever the vocabulary is and whatever the logits are, the composer goes on.
    let settings = Settings { max_bars: 4, ..Settings::default() };
    let mut composer =
        Composer::new(&model, &mut state, &mut logits, settings, Opening::default(), 7);
    for _ in 0..64 {
        composer.step();
    }
});

/// Writes the checksum that makes the image intact, but for one of 0.
fn seal(image: &mut [u8]) {
    let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC);
    let mut digest = crc.digest();
    let Some((before, rest)) = image.split_at_mut_checked(CRC_AT) else { return };
    let Some((field, after)) = rest.split_first_chunk_mut::<4>() else { return };
    if *field == [0; 4] {
        return;
    }
    digest.update(before);
    digest.update(after);
    *field = digest.finalize().to_le_bytes();
}
