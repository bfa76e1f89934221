//! A generator that knows nothing, and what its music does.

use std::cell::Cell;
use std::collections::HashSet;

use musigan_engine::generator::{Attention, Generator};
use musigan_music::{Listener, Marker};
use musigan_score::events::{VOCABULARY, kind};
use musigan_score::link::MAX_LINKED;
use musigan_score::{Note, Token};
use musigan_synth::{Action, ChannelEvent, TimedAction};

/// Any token is about as likely as any other, but for those that would make bars empty.
#[derive(Default)]
pub struct Dice {
    /// By how much the parts are transposed, as it was told last.
    pub shifts: Cell<[i8; MAX_LINKED]>,
}

impl Generator for Dice {
    fn vocab_len(&self) -> usize {
        VOCABULARY
    }

    fn state_len(&self) -> usize {
        1
    }

    fn macs_per_step(&self) -> usize {
        0
    }

    fn reset(&self, state: &mut [f32]) {
        state.fill(0.0);
    }

    fn attend(&self, _: &mut [f32], attention: Attention) {
        self.shifts.set(attention.shifts);
    }

    fn step(&self, state: &mut [f32], heard: Token, logits: &mut [f32]) {
        state[0] = (state[0] * 31.0 + f32::from(heard.0)) % 65_521.0;
        for (token, logit) in (0..).zip(logits.iter_mut()) {
            *logit = (state[0] + f32::from(token) * 7.0).sin();
            *logit += match token {
                kind::BAR => -2.0,
                // The nearest are the likeliest, so that bars are full.
                _ if kind::POSITION.contains(&token) => {
                    2.0 - 0.15 * f32::from(token - kind::POSITION.start)
                }
                _ if kind::PART.contains(&token) => 2.0,
                _ if kind::PITCH.contains(&token) || kind::DRUM.contains(&token) => 1.0,
                _ if kind::VELOCITY.contains(&token) || kind::DENSITY.contains(&token) => -2.0,
                _ => 0.0,
            };
        }
    }
}

/// Keys as they are seen from the synth.
#[derive(Default)]
pub struct Keys {
    pub down: HashSet<(usize, u8)>,
    pub struck: usize,
    pub notes: Vec<(u64, Note)>,
    pub last: u64,
}

impl Keys {
    /// No key is down: the piece is over.
    pub fn assert_all_up(&self) {
        assert!(self.down.is_empty(), "{:?}", self.down);
    }
}

impl Listener for Keys {
    fn action(&mut self, TimedAction { tick, action }: TimedAction) {
        assert!(tick >= self.last, "{tick} after {}", self.last);
        self.last = tick;
        match action {
            Action::Channel(ChannelEvent::NoteOn { channel, key, .. }) => {
                self.struck += 1;
                assert!(self.down.insert((channel.index(), key.key())), "{key:?} is down already");
            }
            Action::Channel(ChannelEvent::NoteOff { channel, key }) => {
                assert!(self.down.remove(&(channel.index(), key.key())), "{key:?} was not down");
            }
            _ => {}
        }
    }

    fn marker(&mut self, tick: u64, marker: Marker) {
        if let Marker::Note(note) = marker {
            self.notes.push((tick, note));
        }
    }
}
