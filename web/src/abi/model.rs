//! Models, names and wishes.

use alloc::boxed::Box;
use alloc::string::ToString;

use musigan_music::title::Title;
use musigan_score::events::Style;
use musigan_score::{PartId, Program};
use musigan_synth::instrument::PROGRAMS;

use super::Blob;
use crate::{Bytes, Dial, Loaded, Wishes};

#[unsafe(no_mangle)]
pub extern "C" fn bytes_new(len: usize) -> Box<Bytes> {
    Box::new(Bytes::new(len))
}

#[unsafe(no_mangle)]
pub extern "C" fn bytes_at(bytes: &mut Bytes) -> *mut u8 {
    bytes.bytes_mut().as_mut_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn model_new(bytes: Box<Bytes>) -> Box<Loaded> {
    Box::new(Loaded::open(Box::leak(bytes)))
}

#[unsafe(no_mangle)]
pub extern "C" fn model_is_good(model: &Loaded) -> bool {
    model.model.is_ok()
}

#[unsafe(no_mangle)]
pub extern "C" fn model_text(model: &Loaded) -> Box<Blob> {
    Box::new(Blob(model.text().into()))
}

#[unsafe(no_mangle)]
pub extern "C" fn title_text(seed: u64) -> Box<Blob> {
    Box::new(Blob(Title(seed).to_string().into_bytes()))
}

/// The name of a General MIDI program.
#[unsafe(no_mangle)]
pub extern "C" fn program_text(program: u8) -> Box<Blob> {
    let program = Program::from_data(program);
    let name = PROGRAMS[usize::from(program.number())].name;
    Box::new(Blob(name.into()))
}

/// The name of the style of this index; empty, if there are no more.
#[unsafe(no_mangle)]
pub extern "C" fn style_text(style: usize) -> Box<Blob> {
    let name = Style::ALL.get(style).map_or("", |style| style.name());
    Box::new(Blob(name.into()))
}

#[unsafe(no_mangle)]
pub extern "C" fn wishes_new() -> Box<Wishes> {
    Box::default()
}

/// Turns the dial of this number, if there is one.
#[unsafe(no_mangle)]
pub extern "C" fn wishes_turn(wishes: &mut Wishes, dial: usize, value: f32) {
    if let Some(&dial) = Dial::ALL.get(dial) {
        wishes.turn(dial, value);
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn wishes_cast(wishes: &mut Wishes, part: u8, program: u8) {
    if let Some(part) = PartId::new(part) {
        wishes.cast(part, Program::new(program));
    }
}
