//! Any bytes as a standard MIDI file, as `musigan synth` takes it: refused with a sentence, or music that
//! the synth plays.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use musigan_synth::{Action, Config, Synth, Transport};

// The player's own source, without the player's sound card and terminal.
#[path = "../../../src/smf/read.rs"]
mod read;

/// Events of each song that are played, and frames between them at most.
const EVENTS: usize = 200;
const WAIT: u64 = 16;

thread_local! {
    // Its tables take longer to make than most songs to play.
    static SYNTH: RefCell<Synth> = RefCell::new(Synth::new(Config { voices: 8, ..Config::default() }));
}

fuzz_target!(|data: &[u8]| {
    let song = match read::read(data) {
        Ok(song) => song,
        Err(error) => {
            assert!(!format!("{error:#}").is_empty());
            return;
        }
    };
    assert!(song.ticks_per_quarter > 0);
    assert!(song.actions.len() <= data.len() + 1, "more music than bytes");
    assert!(song.actions.is_sorted_by_key(|action| action.tick));
    let mut clock = Transport::new(48_000, song.ticks_per_quarter);
    SYNTH.with_borrow_mut(|synth| {
        synth.reset();
        let (mut left, mut right) = ([0.0; WAIT as usize], [0.0; WAIT as usize]);
        for action in song.actions.iter().take(EVENTS) {
            let wait = clock.frames_until(action.tick);
            clock.advance(wait);
            assert!(clock.tick() >= action.tick, "the clock does not come to {}", action.tick);
            let frames = wait.min(WAIT) as usize;
            synth.render(&mut left[..frames], &mut right[..frames]);
            let mut samples = left.iter().chain(&right);
            assert!(samples.all(|sample| sample.abs() <= 1.0));
            match action.action {
                Action::Channel(event) => synth.send(event),
                Action::Tempo(tempo) => clock.set_tempo(tempo),
            }
        }
    });
});
