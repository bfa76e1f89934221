//! The functions that JavaScript calls, and the memory that it reads: `web/page/engine.js` is their
//! other side.
//!
//! Objects are made by `*_new` and stay for as long as the module: a page that wants another begins
//! another module. Addresses hold until the next call that makes an object, which may move the
//! module's memory as JavaScript sees it.
#![allow(missing_docs, reason = "engine.js says what each is for")]

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;

use musigan_engine::generator::Model;
use musigan_music::title::Title;
use musigan_score::{PartId, Program};
use musigan_synth::ChannelEvent;

use crate::{Bytes, Dial, Loaded, MusicBox, Piece, Report, Wishes};

/// The most frames of a block.
const BLOCK: usize = 1_024;
/// The most reports that are taken at once.
const REPORTS: usize = 64;

/// A text or a file, to be read by JavaScript.
pub struct Blob(Vec<u8>);

#[unsafe(no_mangle)]
pub extern "C" fn blob_at(blob: &Blob) -> *const u8 {
    blob.0.as_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn blob_len(blob: &Blob) -> usize {
    blob.0.len()
}

/// Heap operations since the module began; 0 on a host, where the tests count them.
#[unsafe(no_mangle)]
pub extern "C" fn heap_operations() -> u32 {
    #[cfg(target_arch = "wasm32")]
    return crate::heap::operations();
    #[cfg(not(target_arch = "wasm32"))]
    0
}

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
    let name = musigan_synth::instrument::PROGRAMS[usize::from(program.number())].name;
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

/// Frames on their way to JavaScript.
pub struct Block {
    left: [f32; BLOCK],
    right: [f32; BLOCK],
}

impl Block {
    const SILENT: Self = Self { left: [0.0; BLOCK], right: [0.0; BLOCK] };
}

/// A piece, and where its sound is read.
pub struct PieceDeck {
    piece: Piece,
    block: Block,
}

/// Composes a piece; nothing, if the model is none.
#[unsafe(no_mangle)]
pub extern "C" fn piece_new(
    model: &Loaded,
    wishes: &Wishes,
    rate: u32,
    seed: u64,
) -> Option<Box<PieceDeck>> {
    let piece = Piece::new(model.model.as_ref().ok()?, wishes, rate, seed);
    Some(Box::new(PieceDeck { piece, block: Block::SILENT }))
}

#[unsafe(no_mangle)]
pub extern "C" fn piece_midi(deck: &PieceDeck) -> Box<Blob> {
    Box::new(Blob(deck.piece.midi()))
}

/// Renders the next `frames`, at most 1,024; `false` when there are none left.
#[unsafe(no_mangle)]
pub extern "C" fn piece_block(deck: &mut PieceDeck, frames: usize) -> bool {
    let frames = frames.min(BLOCK);
    deck.piece.block(&mut deck.block.left[..frames], &mut deck.block.right[..frames])
}

#[unsafe(no_mangle)]
pub extern "C" fn piece_left(deck: &PieceDeck) -> *const f32 {
    deck.block.left.as_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn piece_right(deck: &PieceDeck) -> *const f32 {
    deck.block.right.as_ptr()
}

/// The music box, and where its sound, state and reports are read.
pub struct BoxDeck {
    music: MusicBox<'static, Model<'static>>,
    block: Block,
    status: [f64; 8],
    reports: [Report; REPORTS],
}

/// A box that is about to play; nothing, if the model is none.
#[unsafe(no_mangle)]
pub extern "C" fn box_new(
    model: &'static Loaded,
    wishes: &Wishes,
    rate: u32,
    seed: u64,
) -> Option<Box<BoxDeck>> {
    let music = MusicBox::new(model.model.as_ref().ok()?, wishes.clone(), rate, seed);
    let (status, reports) = ([0.0; 8], [[0; 4]; REPORTS]);
    Some(Box::new(BoxDeck { music, block: Block::SILENT, status, reports }))
}

/// Composes if that is due and renders the next `frames`, at most 1,024.
#[unsafe(no_mangle)]
pub extern "C" fn box_render(deck: &mut BoxDeck, frames: usize) {
    let frames = frames.min(BLOCK);
    deck.music.render(&mut deck.block.left[..frames], &mut deck.block.right[..frames]);
}

#[unsafe(no_mangle)]
pub extern "C" fn box_left(deck: &BoxDeck) -> *const f32 {
    deck.block.left.as_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn box_right(deck: &BoxDeck) -> *const f32 {
    deck.block.right.as_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn box_set_playing(deck: &mut BoxDeck, playing: bool) {
    deck.music.set_playing(playing);
}

#[unsafe(no_mangle)]
pub extern "C" fn box_play(deck: &mut BoxDeck, seed: u64) {
    deck.music.play(seed);
}

#[unsafe(no_mangle)]
pub extern "C" fn box_turn(deck: &mut BoxDeck, dial: usize, value: f32) {
    if let Some(&dial) = Dial::ALL.get(dial) {
        deck.music.turn(dial, value);
    }
}

/// A program from 128 on: the piece's own.
#[unsafe(no_mangle)]
pub extern "C" fn box_cast(deck: &mut BoxDeck, part: u8, program: u8) {
    if let Some(part) = PartId::new(part) {
        deck.music.cast(part, Program::new(program));
    }
}

/// A MIDI message of three bytes, heard at once.
#[unsafe(no_mangle)]
pub extern "C" fn box_midi(deck: &mut BoxDeck, status: u8, first: u8, second: u8) {
    if let Some(event) = ChannelEvent::from_midi(&[status, first, second]) {
        deck.music.send(event);
    }
}

/// Eight numbers: tick, tick composed up to, tempo in µs, underruns, voices, whether it plays, and the
/// seed's low and high half.
#[unsafe(no_mangle)]
pub extern "C" fn box_status(deck: &mut BoxDeck) -> *const f64 {
    let status = deck.music.status();
    deck.status = [
        status.tick,
        status.composed as f64,
        f64::from(status.tempo),
        f64::from(status.underruns),
        f64::from(status.voices),
        f64::from(u8::from(status.playing)),
        f64::from(status.seed as u32),
        f64::from((status.seed >> 32) as u32),
    ];
    deck.status.as_ptr()
}

/// Takes reports, at most 64, to where [`box_reports_at`] says; returns how many.
#[unsafe(no_mangle)]
pub extern "C" fn box_reports(deck: &mut BoxDeck) -> usize {
    let mut count = 0;
    while let Some(place) = deck.reports.get_mut(count)
        && let Some(report) = deck.music.report()
    {
        *place = report;
        count += 1;
    }
    count
}

#[unsafe(no_mangle)]
pub extern "C" fn box_reports_at(deck: &BoxDeck) -> *const Report {
    deck.reports.as_ptr()
}
