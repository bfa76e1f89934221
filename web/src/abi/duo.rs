//! The partner in its worker.

use alloc::boxed::Box;

use musigan_engine::generator::Model;
use musigan_music::partner::Mode;
use musigan_score::Program;
use musigan_synth::ChannelEvent;

use super::REPORTS;
use crate::{Duo, Loaded, Message, Wishes};

/// A partner, and where its messages are read.
pub struct DuoDeck {
    duo: Duo<Model<'static>>,
    messages: [Message; REPORTS],
}

/// A partner who continues (0), answers (1) or accompanies (2); nothing, if the model is none.
#[unsafe(no_mangle)]
pub extern "C" fn duo_new(
    model: &'static Loaded,
    mode: u32,
    wishes: &Wishes,
    voice: u8,
    origin: u32,
) -> Option<Box<DuoDeck>> {
    let mode = match mode {
        0 => Mode::Continue,
        1 => Mode::Answer,
        _ => Mode::Accompany,
    };
    let voice = Program::from_data(voice);
    let wishes = wishes.clone().of(&model.habits);
    let duo = Duo::new(model.model.as_ref().ok()?, mode, &wishes, voice, origin.into());
    Some(Box::new(DuoDeck { duo, messages: [[0; 4]; REPORTS] }))
}

/// Hears a MIDI message of the listener's.
#[unsafe(no_mangle)]
pub extern "C" fn duo_hear(deck: &mut DuoDeck, tick: u32, status: u8, first: u8, second: u8) {
    if let Some(event) = ChannelEvent::from_midi(&[status, first, second]) {
        deck.duo.hear(tick.into(), event);
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn duo_turn(deck: &mut DuoDeck, now: u32, horizon: u32) -> bool {
    deck.duo.turn(now.into(), horizon.into())
}

/// Takes messages, at most 64, to where [`duo_messages_at`] says; returns how many.
#[unsafe(no_mangle)]
pub extern "C" fn duo_messages(deck: &mut DuoDeck) -> usize {
    let mut count = 0;
    while let Some(place) = deck.messages.get_mut(count)
        && let Some(message) = deck.duo.message()
    {
        *place = message;
        count += 1;
    }
    count
}

#[unsafe(no_mangle)]
pub extern "C" fn duo_messages_at(deck: &DuoDeck) -> *const Message {
    deck.messages.as_ptr()
}
