//! Any tokens: decoded, performed, and what was decoded never contradicts itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use musigan_engine::loops::LoopWatch;
use musigan_engine::performer::Performer;
use musigan_score::events::{Decoder, Event};
use musigan_score::{NoteEvent, Tick, Token, frames, lines};

fuzz_target!(|data: &[u8]| {
    let tokens = || data.as_chunks().0.iter().map(|&two| Token(u16::from_le_bytes(two)));
    events(tokens());
    let (mut chain, mut voices) = (frames::Decoder::default(), lines::Coder::default());
    for token in tokens() {
        let mut allowed = 0;
        chain.for_each_allowed(|run| allowed += run.len());
        assert!(allowed > 0, "a frame has no way on");
        allowed = 0;
        voices.for_each_allowed(|run| allowed += run.len());
        assert!(allowed > 0, "a line has no way on");
        chain.push(token);
        voices.push(token);
    }
});

fn events(tokens: impl Iterator<Item = Token>) {
    let (mut decoder, mut watch) = (Decoder::new(), LoopWatch::new());
    let mut performer = Performer::new();
    let (mut now, mut down, mut up) = (Tick(0), 0_u32, 0_u32);
    let mut count = |event: NoteEvent| match event {
        NoteEvent::On { .. } => down += 1,
        NoteEvent::Off { .. } => up += 1,
    };
    for token in tokens {
        let mut allowed = 0;
        decoder.for_each_allowed(|run| allowed += run.len());
        assert!(allowed > 0, "the grammar has no way on");
        match decoder.push(token) {
            Some(Event::Begin | Event::End(_)) => {
                performer.stop(now, |event| count(event.event));
                now = Tick(0);
            }
            Some(Event::Note(note)) => {
                assert!(note.end() > note.onset, "{note:?}");
                assert!(note.onset >= now, "{note:?} before {now:?}");
                now = note.onset;
                watch.hear(&note);
                performer.play(&note, |event| count(event.event));
            }
            _ => {}
        }
    }
    performer.stop(now, |event| count(event.event));
    assert_eq!(down, up, "a key stays down");
}
