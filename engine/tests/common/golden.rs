//! The bits of a model's logits, or the notes of a piece that it composes, as one number: the same on every
//! machine.

use musigan_engine::composer::{Composer, Opening, Settings};
use musigan_engine::{Generator, Model};
use musigan_score::Token;
use musigan_score::events::Event;

/// Steps that are heard.
const STEPS: u32 = 100;
/// Tokens that are composed: some bars.
const TOKENS: u32 = 400;
const FNV: u64 = 0xcbf2_9ce4_8422_2325;

fn add(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The FNV-1a hash of every logit's bits over a hundred steps. `state` and `logits` are at least as long
/// as the model says.
pub fn golden(model: &Model<'_>, state: &mut [f32], logits: &mut [f32]) -> u64 {
    let (state, logits) = (&mut state[..model.state_len()], &mut logits[..model.vocab_len()]);
    model.reset(state);
    let (mut hash, mut noise) = (FNV, 1_u32);
    for _ in 0..STEPS {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let token = (noise >> 16) % model.vocab_len() as u32;
        model.step(state, Token(token as u16), logits);
        hash = logits.iter().fold(hash, |hash, logit| add(hash, &logit.to_bits().to_le_bytes()));
    }
    hash
}

/// The FNV-1a hash of bars and notes of a piece's first tokens; `step` is called with each step, to do it
/// and to look on.
pub fn composed(
    model: &Model<'_>,
    state: &mut [f32],
    logits: &mut [f32],
    mut step: impl FnMut(&mut dyn FnMut() -> Option<Event>),
) -> u64 {
    let (state, logits) = (&mut state[..model.state_len()], &mut logits[..model.vocab_len()]);
    let (settings, opening) = (Settings::default(), Opening::default());
    let mut composer = Composer::new(model, state, logits, settings, opening, 1);
    let mut hash = FNV;
    for _ in 0..TOKENS {
        let mut said = None;
        step(&mut || {
            said = composer.step();
            said
        });
        match said {
            Some(Event::Bar(at)) => hash = add(hash, &at.0.to_le_bytes()),
            Some(Event::Note(note)) => {
                hash = add(hash, &note.onset.0.to_le_bytes());
                hash = add(hash, &note.duration.to_le_bytes());
                let rest = [note.pitch.key(), note.velocity.value(), note.part.index() as u8];
                hash = add(hash, &rest);
            }
            _ => {}
        }
    }
    hash
}
