//! The bits of a model's logits, as one number: the same on every machine.

use musigan_engine::{Generator, Model};
use musigan_score::Token;

/// Steps that are heard.
const STEPS: u32 = 100;
const FNV: u64 = 0xcbf2_9ce4_8422_2325;

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
        for byte in logits.iter().flat_map(|logit| logit.to_bits().to_le_bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}
