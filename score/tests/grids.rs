//! Properties of the frames and the lines vocabulary.

use musigan_score::frames::{self, Frame};
use musigan_score::{Pitch, Token, lines};
use proptest::prelude::*;

fn frame() -> impl Strategy<Value = Frame> {
    let key = *frames::KEYS.start()..=*frames::KEYS.end();
    prop::collection::vec(key, 0..8).prop_map(|keys| {
        let pitches = keys.into_iter().map(Pitch::from_data);
        pitches.into_iter().try_fold(Frame::SILENT, Frame::with).unwrap()
    })
}

fn step() -> impl Strategy<Value = [lines::Line; lines::LINES]> {
    let key = *lines::KEYS.start()..=*lines::KEYS.end();
    prop::array::uniform4(prop::option::of(key.prop_map(Pitch::from_data)))
}

fn allows(visit: impl FnOnce(&mut dyn FnMut(std::ops::Range<u16>)), token: Token) -> bool {
    let mut allowed = false;
    visit(&mut |run| {
        assert!(run.start < run.end, "an empty run");
        allowed |= run.contains(&token.0);
    });
    allowed
}

proptest! {
    #[test]
    fn frames_come_back_and_the_grammar_allows_them(piece in prop::collection::vec(frame(), 0..12)) {
        let mut tokens = vec![Token(frames::kind::BOS)];
        piece.iter().for_each(|&frame| frames::encode(frame, |token| tokens.push(token)));
        tokens.push(Token(frames::kind::EOS));
        let (mut decoder, mut heard) = (frames::Decoder::default(), Vec::new());
        for token in tokens {
            prop_assert!(allows(|visit| decoder.for_each_allowed(visit), token), "{token:?}");
            heard.extend(decoder.push(token));
        }
        prop_assert_eq!(heard, piece);
    }

    #[test]
    fn what_the_frames_grammar_allows_encodes_to_itself(choices in prop::collection::vec(any::<u16>(), 1..200)) {
        let mut decoder = frames::Decoder::default();
        let (mut tokens, mut again) = (Vec::new(), Vec::new());
        for choice in choices {
            let mut allowed = Vec::new();
            decoder.for_each_allowed(|run| allowed.extend(run));
            let token = Token(allowed[usize::from(choice) % allowed.len()]);
            prop_assume!(token.0 != frames::kind::EOS);
            tokens.push(token);
            if let Some(frame) = decoder.push(token) {
                frames::encode(frame, |token| again.push(token));
            }
        }
        prop_assert_eq!(&tokens[1..1 + again.len()], &again[..]);
    }

    #[test]
    fn lines_come_back_and_the_grammar_allows_them(piece in prop::collection::vec(step(), 0..12)) {
        let mut coder = lines::Coder::default();
        coder.push(Token(lines::kind::BOS));
        let mut heard = Vec::new();
        for &line in piece.iter().flatten() {
            let token = coder.token(line).unwrap();
            prop_assert!(allows(|visit| coder.for_each_allowed(visit), token), "{token:?}");
            heard.extend(coder.push(token));
        }
        prop_assert!(allows(|visit| coder.for_each_allowed(visit), Token(lines::kind::EOS)));
        prop_assert_eq!(heard, piece);
    }

    #[test]
    fn both_decoders_take_anything(tokens in prop::collection::vec(0u16..200, 0..200)) {
        let (mut decoder, mut coder) = (frames::Decoder::default(), lines::Coder::default());
        for token in tokens.into_iter().map(Token) {
            decoder.push(token);
            coder.push(token);
            let mut runs = 0;
            decoder.for_each_allowed(|run| runs += run.len());
            prop_assert!(runs > 0);
            runs = 0;
            coder.for_each_allowed(|run| runs += run.len());
            prop_assert!(runs > 0);
        }
    }
}

#[test]
fn frames_hold_a_pianos_keys_and_move_by_semitones() {
    let key = |key| Pitch::new(key).unwrap();
    assert_eq!(Frame::SILENT.with(key(20)), None);
    assert_eq!(Frame::SILENT.with(key(109)), None);
    let ends = Frame::SILENT.with(key(21)).and_then(|frame| frame.with(key(108))).unwrap();
    assert_eq!(ends.keys().map(Pitch::key).collect::<Vec<_>>(), [108, 21]);
    assert_eq!((ends.len(), ends.transposed(1), ends.transposed(-1)), (2, None, None));
    let chord = [60, 64].map(key).into_iter().try_fold(Frame::SILENT, Frame::with).unwrap();
    let up = chord.transposed(3).unwrap();
    assert_eq!(up.keys().map(Pitch::key).collect::<Vec<_>>(), [67, 63]);
}

#[test]
fn layouts_are_pinned() {
    assert_eq!((frames::VOCABULARY, frames::kind::KEY), (92, 4..92));
    assert_eq!((lines::VOCABULARY, lines::kind::KEY, lines::kind::HELD), (181, 5..93, 93..181));
    assert_ne!(frames::FINGERPRINT, lines::FINGERPRINT);
}
