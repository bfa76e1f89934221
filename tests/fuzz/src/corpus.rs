//! Any bytes as a file of a corpus: skipped with a reason, or sentences that the grammar allows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use musigan_score::Token;
use musigan_score::events::{Decoder, Event};

// The trainer's own source, without ONNX Runtime and tract.
#[path = "../../../trainer/src/corpus/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the trainer uses the rest")]
mod corpus;

fuzz_target!(|data: &[u8]| {
    let pieces = match corpus::pieces("hostile.mid", data, &corpus::Options::default()) {
        Ok(pieces) => pieces,
        Err(fault) => {
            assert!(!matches!(fault, corpus::Fault::Encode(_)), "{fault}");
            assert!(!fault.to_string().is_empty());
            return;
        }
    };
    for (piece, facts) in pieces {
        for tokens in [&piece.tokens, &piece.plain(), &corpus::augment(&piece, 7)] {
            is_sentence(tokens, piece.notes);
        }
        assert!(facts.seconds >= 0.0 && facts.seconds.is_finite());
        // Silence is cut, so a few bytes cannot make endless tokens.
        assert!(piece.tokens.len() <= 64 + 40 * data.len(), "{} tokens", piece.tokens.len());
    }
});

/// The grammar allows every token, and the sentence says as many notes as it promises.
fn is_sentence(tokens: &[u16], notes: u32) {
    let (mut decoder, mut said) = (Decoder::new(), 0);
    for &token in tokens {
        assert!(decoder.allows(Token(token)), "{token} is not allowed");
        said += u32::from(matches!(decoder.push(Token(token)), Some(Event::Note(_))));
    }
    assert_eq!(said, notes);
}
