//! What goes wrong ends in a defined state, and with a word about it.

mod common;

use common::play;
use firmware_sim::{Event, Knob, Model, Script};

use musigan_score::events::FINGERPRINT;

#[test]
fn a_slow_composer_stops_the_clock_and_not_the_notes() {
    let plain = play("stm32f407", Script::Plain, 24, |go| go());
    let slow = play("stm32f407", Script::Slow, 24, |go| go());
    assert_eq!(plain.tally.score, slow.tally.score, "the same notes");
    assert!(slow.tally.halves > plain.tally.halves, "later");
    let underrun = slow.when(Event::Underrun).unwrap();
    let resumed = slow.when(Event::Resumed).unwrap();
    assert!(plain.when(Event::Underrun).is_none() && underrun < resumed);
}

#[test]
fn a_corrupt_image_is_refused() {
    let image = firmware_sim::image();
    assert!(Model::open(image, FINGERPRINT).is_ok());
    for at in (0..image.len()).step_by(image.len() / 97) {
        let mut damaged = image.to_vec();
        damaged[at] ^= 1 << (at % 8);
        assert!(Model::open(&damaged, FINGERPRINT).is_err(), "byte {at}");
    }
    assert!(Model::open(&image[..image.len() - 64], FINGERPRINT).is_err());
}

#[test]
fn a_knob_that_jitters_is_left_alone() {
    let played = play("stm32f407", Script::Jitter, 16, |go| go());
    let frozen = played.when(Event::Frozen(Knob::Temperature)).unwrap();
    let thawed = played.when(Event::Thawed(Knob::Temperature)).unwrap();
    let turns = |from, to| {
        let said = played.trace.iter().filter(|(half, _)| (from..to).contains(half));
        said.filter(|(_, event)| matches!(event, Event::Temperature(_))).count()
    };
    assert!(turns(0, frozen) <= 18, "followed only until it was clear");
    assert_eq!(turns(frozen, thawed), 0, "then left alone");
    assert_eq!(turns(thawed, u32::MAX), 1, "and followed again at rest");
}
