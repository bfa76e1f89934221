//! The box in the audio thread.

use alloc::boxed::Box;

use musigan_engine::generator::Model;
use musigan_score::{PartId, Program};
use musigan_synth::ChannelEvent;

use super::{BLOCK, Block, REPORTS};
use crate::{Dial, Loaded, MusicBox, Report, Wishes};

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
    let wishes = wishes.clone().of(&model.habits);
    let music = MusicBox::new(model.model.as_ref().ok()?, wishes, rate, seed);
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

/// Leaves the music to a partner, at this tempo in µs to the quarter; gives the tick of the first bar.
#[unsafe(no_mangle)]
pub extern "C" fn box_keep_company(deck: &mut BoxDeck, tempo: u32) -> f64 {
    deck.music.keep_company(tempo) as f64
}

/// Plays a MIDI message of three bytes at a tick.
#[unsafe(no_mangle)]
pub extern "C" fn box_schedule(deck: &mut BoxDeck, tick: u32, status: u8, first: u8, second: u8) {
    if let Some(event) = ChannelEvent::from_midi(&[status, first, second]) {
        deck.music.schedule(tick.into(), event);
    }
}
