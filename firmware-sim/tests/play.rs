//! What hands do is heard, and nothing touches the heap.

mod common;

use common::{Pace, play, play_at};
use firmware_sim::{Event, PROFILES, Profile, Script};
use musigan_guard::{Guard, touches};

#[global_allocator]
static ALLOCATOR: Guard = Guard;

#[test]
fn buttons_and_knobs_are_heard() {
    let played = play("stm32h743", Script::Hands, 16, |go| go());
    let paused = played.when(Event::Playing(false)).unwrap() as usize;
    let again = played.when(Event::Playing(true)).unwrap() as usize;
    assert!(paused < again);
    let loudest = |range: core::ops::Range<usize>| played.peaks[range].iter().copied().max();
    assert!(loudest(paused - 100..paused) > Some(500));
    assert!(
        loudest(again - 10..again) < loudest(paused - 100..paused),
        "it rings on and dies away"
    );
    assert!(loudest(again + 20..again + 200) > Some(500), "and plays on");
    assert!(played.when(Event::Piece(1)).unwrap() < played.when(Event::Piece(2)).unwrap());
    let mut said = played.trace.iter().rev().map(|(_, event)| *event);
    let last = said.find(|event| matches!(event, Event::Tempo(_)));
    assert!(matches!(last, Some(Event::Tempo(130..150))), "{last:?}");
    assert!(played.trace.iter().any(|(_, event)| matches!(event, Event::Temperature(80..90))));
    assert!(played.when(Event::Underrun).is_none(), "a press is no underrun");
}

#[test]
fn every_board_plays_the_same_notes_and_touches_no_heap() {
    let mut scores = Vec::new();
    for profile in &PROFILES {
        let mut touched = 0;
        let played = play(profile.name, Script::Plain, 4, |go| touched = touches(go));
        assert_eq!(touched, 0, "{}", profile.name);
        assert!(profile.sample_rate == 0 || played.peaks.iter().any(|&peak| peak > 500));
        scores.push(played.tally.score);
        let again = play(profile.name, Script::Plain, 4, |go| go());
        assert_eq!(played.audio, again.audio, "{}", profile.name);
    }
    assert!(scores.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn interrupts_in_the_midst_of_composing_change_nothing() {
    for board in ["stm32f411", "stm32h743", "rp2040"] {
        for bars in [3, 8] {
            let idle = play(board, Script::Plain, bars, |go| go());
            for every in [2, 3, 7] {
                let played = play_at(Pace::tokens(every), board, Script::Plain, bars, |go| go());
                assert!(played.when(Event::Underrun).is_none(), "{board}, {bars} bars, {every}");
                assert!(played.deaf <= every, "buttons wait for {} tokens", played.deaf);
                assert_eq!(played.peaks.len(), idle.peaks.len(), "{board}, {bars} bars, {every}");
                assert_eq!(played.audio, idle.audio, "{board}, {bars} bars, {every}");
                assert_eq!(played.tally.score, idle.tally.score, "{board}, {bars} bars, {every}");
            }
        }
    }
}

#[test]
fn profiles_are_what_they_say() {
    for profile in &PROFILES {
        assert_eq!(Profile::named(profile.name).unwrap().chip, profile.chip);
        assert!(profile.half <= Profile::MOST_FRAMES && profile.half.is_multiple_of(64));
        assert!(profile.core.cycles.0 < profile.core.cycles.1);
        assert_eq!(profile.deadline() == 0, profile.sample_rate == 0);
    }
    assert!(Profile::named("abacus").is_none());
}
