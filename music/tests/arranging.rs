//! Parts transposed, doubled and in canon: what sounds is what is composed, moved; and whatever is
//! changed at whatever time, every key that goes down goes up.

mod common;

use std::collections::BTreeSet;

use common::{Dice, Keys};
use musigan_engine::composer::{Opening, Settings};
use musigan_engine::generator::Generator;
use musigan_guard::{Guard, touches};
use musigan_music::{Arrangement, Delay, Listener, Marker, Music, Swing};
use musigan_score::{Instrument, Metre, PartId, Program};
use musigan_synth::TimedAction;
use proptest::prelude::*;

#[global_allocator]
static ALLOCATOR: Guard = Guard;

const BAND: [Instrument; 3] = [
    Instrument::Program(Program::PIANO),
    Instrument::Percussion,
    Instrument::Program(Program::MUSIC_BOX),
];

fn part(index: u8) -> PartId {
    PartId::new(index).unwrap()
}

fn opening() -> Opening<'static> {
    Opening { metre: Some(Metre::COMMON), parts: &BAND, ..Opening::default() }
}

fn settings() -> Settings {
    Settings { min_bars: 6, max_bars: 8, steady: true, ..Settings::default() }
}

/// The notes of the piece of `seed`, each with the tick of its key, where part 0 is arranged like this.
fn notes(seed: u64, arrangement: Arrangement) -> Vec<(u64, u8, u8)> {
    let dice = Dice::default();
    let (mut state, mut logits) = ([0.0], vec![0.0; dice.vocab_len()]);
    let mut music = Music::new(&dice, &mut state, &mut logits, settings(), opening(), seed);
    let mut keys = Keys::default();
    music.arrange(part(0), arrangement);
    music.arrange(part(1), arrangement);
    while music.pieces() == 0 {
        music.advance(&mut keys);
    }
    keys.assert_all_up();
    assert_eq!((keys.struck, music.crowded_out()), (keys.notes.len(), 0));
    assert_eq!(dice.shifts.get(), [arrangement.transpose, 0, 0, 0]);
    let note = |&(tick, note): &(u64, musigan_score::Note)| {
        (tick, note.part.index() as u8, note.pitch.key())
    };
    keys.notes.iter().map(note).collect()
}

/// The notes of a part, as a set.
fn of(notes: &[(u64, u8, u8)], part: u8) -> BTreeSet<(u64, u8)> {
    notes.iter().filter(|note| note.1 == part).map(|note| (note.0, note.2)).collect()
}

/// A key moved by an interval, by octaves where there is none.
fn moved(key: u8, semitones: i8) -> u8 {
    let mut key = i16::from(key) + i16::from(semitones);
    while key < 0 {
        key += 12;
    }
    while key > 127 {
        key -= 12;
    }
    key as u8
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_sounds_is_what_is_composed_moved(
        seed: u64,
        transpose in -36..=36_i8,
        double in -36..=36_i8,
        canon in prop_oneof![(1..=3_u8).prop_map(Delay::Bars), (1..=7_u8).prop_map(Delay::Quarters)],
    ) {
        let plain = notes(seed, Arrangement::PLAIN);
        let later = match canon {
            Delay::Bars(bars) => u64::from(bars) * 96,
            Delay::Quarters(quarters) => u64::from(quarters) * 24,
        };
        prop_assume!(of(&plain, 0).len() > 3 && of(&plain, 1).len() > 3);

        let higher = notes(seed, Arrangement { transpose, ..Arrangement::PLAIN });
        let by_hand = plain.iter().map(|&(tick, part, key)| {
            (tick, part, if part == 0 { moved(key, transpose) } else { key })
        });
        prop_assert!(higher.iter().copied().eq(by_hand));

        let all = Arrangement { transpose, double: Some(double), canon: Some(canon) };
        let arranged = notes(seed, all);
        let mut wanted = of(&higher, 0);
        wanted.extend(of(&higher, 0).iter().map(|&(tick, key)| (tick, moved(key, double))));
        let echo: Vec<_> = wanted.iter().map(|&(tick, key)| (tick + later, key)).collect();
        wanted.extend(echo);
        prop_assert_eq!(of(&arranged, 0), wanted);
        // Strokes come once more, but neither elsewhere nor twice.
        let mut strokes = of(&plain, 1);
        strokes.extend(of(&plain, 1).iter().map(|&(tick, key)| (tick + later, key)));
        prop_assert_eq!(of(&arranged, 1), strokes);
        prop_assert_eq!(of(&arranged, 2), of(&plain, 2));
        // Nothing is struck twice at once but what the transposition itself has folded together.
        let twice = |notes: &[_]| notes.len() - (0..3).map(|part| of(notes, part).len()).sum::<usize>();
        prop_assert_eq!(twice(&arranged), twice(&higher));
    }

    #[test]
    fn whatever_is_changed_every_key_goes_up(
        seed: u64,
        changes in prop::collection::vec(
            (1..60_u32, 0..4_u8, any::<i8>(), any::<Option<i8>>(), 0..6_u8, 50..=75_u32),
            1..60,
        ),
        ending in 0..3_u8,
    ) {
        let dice = Dice::default();
        let (mut state, mut logits) = ([0.0], vec![0.0; dice.vocab_len()]);
        let settings = Settings { steady: false, ..settings() };
        let opening = Opening { parts: &BAND, ..Opening::default() };
        let mut music = Music::new(&dice, &mut state, &mut logits, settings, opening, seed);
        let mut keys = Keys::default();
        for (steps, which, transpose, double, canon, swing) in changes {
            let canon = match canon {
                0 | 1 => None,
                2 => Some(Delay::Quarters(1)),
                bars => Some(Delay::Bars(bars - 2)),
            };
            music.arrange(part(which), Arrangement { transpose, double, canon });
            music.set_swing(Swing::from_percent(swing));
            for _ in 0..steps {
                let complete = music.composed();
                let (told, marked) = (keys.struck, keys.notes.len());
                music.advance(&mut keys);
                // Nothing happens before what was said to be complete.
                prop_assert!(keys.struck == told || keys.last >= complete);
                prop_assert!(keys.notes[marked..].iter().all(|&(tick, _)| tick >= complete));
            }
        }
        match ending {
            0 => music.stop(&mut keys),
            1 => {
                // Who breaks off lets the keys go by himself.
                keys = Keys::default();
                music.skip_to(music.composed() + 24, 1);
                let pieces = music.pieces();
                while music.pieces() == pieces {
                    music.advance(&mut keys);
                }
            }
            _ => {
                let pieces = music.pieces();
                while music.pieces() == pieces {
                    music.advance(&mut keys);
                }
            }
        }
        keys.assert_all_up();
    }
}

#[test]
fn a_canon_that_is_taken_away_falls_silent() {
    let dice = Dice::default();
    let (mut state, mut logits) = ([0.0], vec![0.0; dice.vocab_len()]);
    let mut music = Music::new(&dice, &mut state, &mut logits, settings(), opening(), 3);
    let mut keys = Keys::default();
    let canon = Arrangement { canon: Some(Delay::Bars(4)), ..Arrangement::PLAIN };
    music.arrange(part(0), canon);
    while music.bars() < 3 {
        music.advance(&mut keys);
    }
    music.arrange(part(0), Arrangement::PLAIN);
    while music.pieces() == 0 {
        music.advance(&mut keys);
    }
    let composed = notes(3, Arrangement::PLAIN);
    assert_eq!(keys.notes.len(), composed.len());
    assert!(notes(3, canon).len() > composed.len());
}

/// Listens and keeps nothing.
struct Deaf;

impl Listener for Deaf {
    fn action(&mut self, _: TimedAction) {}

    fn marker(&mut self, _: u64, _: Marker) {}
}

#[test]
fn arranging_leaves_the_heap_alone() {
    let dice = Dice::default();
    let (mut state, mut logits) = ([0.0], vec![0.0; dice.vocab_len()]);
    let many = [Instrument::Program(Program::PIANO); 16];
    let opening = Opening { metre: Some(Metre::COMMON), parts: &many, ..Opening::default() };
    let settings = Settings { min_bars: 80, max_bars: 80, steady: true, ..Settings::default() };
    let mut music = Music::new(&dice, &mut state, &mut logits, settings, opening, 1);
    let touched = touches(|| {
        for (index, transpose) in (0..16).zip(-8..) {
            let arrangement =
                Arrangement { transpose, double: Some(7), canon: Some(Delay::Bars(8)) };
            music.arrange(part(index), arrangement);
        }
        while music.pieces() == 0 {
            music.advance(&mut Deaf);
        }
    });
    assert_eq!(touched, 0);
    assert!(music.notes() > 1000, "{}", music.notes());
}
