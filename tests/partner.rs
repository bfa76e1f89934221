//! One who plays with a player: who plays when, tick by tick, with the shipped model.

use std::collections::HashMap;

use musigan::live::{Doing, Memory, Mode, Partner, Plan};
use musigan::model::ModelFile;
use musigan::music::{Arrangement, Delay, Listener, Marker};
use musigan_engine::composer::Settings;
use musigan_engine::generator::Model;
use musigan_score::{Instrument, Metre, PartId, Pitch, Program, Tempo, Velocity};
use musigan_synth::{Action, Channel, ChannelEvent, TimedAction};
use proptest::prelude::*;

const PARTS: [Instrument; 2] = [Instrument::Program(Program::PIANO); 2];

/// Ticks that the callback is fed ahead.
const AHEAD: u64 = 3;

/// Actions, and markers.
#[derive(Default)]
struct Heard(Vec<TimedAction>, Vec<(u64, Marker)>);

impl Listener for Heard {
    fn action(&mut self, action: TimedAction) {
        if let Some(last) = self.0.last() {
            assert!(last.tick <= action.tick, "time went back: {last:?} {action:?}");
        }
        self.0.push(action);
    }

    fn marker(&mut self, tick: u64, marker: Marker) {
        self.1.push((tick, marker));
    }
}

impl Heard {
    /// Onset, end and channel of every note; every key that goes down goes up.
    fn notes(&self) -> Vec<(u64, u64, usize)> {
        let (mut down, mut notes) = (HashMap::new(), Vec::new());
        for &TimedAction { tick, action } in &self.0 {
            match action {
                Action::Channel(ChannelEvent::NoteOn { channel, key, .. }) => {
                    assert!(down.insert((channel, key), tick).is_none());
                }
                Action::Channel(ChannelEvent::NoteOff { channel, key }) => {
                    let since = down.remove(&(channel, key)).expect("a key that is up goes up");
                    notes.push((since, tick, channel.index()));
                }
                _ => {}
            }
        }
        assert!(down.is_empty(), "stuck: {down:?}");
        notes.sort_unstable();
        notes
    }
}

fn plan(mode: Mode, bars: u32) -> Plan<'static> {
    let (metre, tempo) = (Metre::COMMON, Tempo::from_bpm(120));
    Plan {
        mode,
        bars,
        metre,
        tempo,
        style: None,
        key: None,
        parts: &PARTS[..if mode == Mode::Accompany { 2 } else { 1 }],
    }
}

fn with_partner<T>(plan: Plan<'_>, work: impl FnOnce(&mut Partner<'_, Model<'_>>) -> T) -> T {
    with_partner_of("music-box", plan, work)
}

fn with_partner_of<T>(
    model: &str,
    plan: Plan<'_>,
    work: impl FnOnce(&mut Partner<'_, Model<'_>>) -> T,
) -> T {
    let file = ModelFile::find(Some(model.as_ref())).unwrap();
    let model = file.open().unwrap();
    let mut memory = Memory::of(&model);
    work(&mut Partner::new(&model, &mut memory, Settings::default(), plan, 1))
}

fn on(key: u8) -> ChannelEvent {
    let (channel, velocity) = (Channel::new(0), Velocity::MEZZO_FORTE);
    ChannelEvent::NoteOn { channel, key: Pitch::from_data(key), velocity }
}

fn off(key: u8) -> ChannelEvent {
    ChannelEvent::NoteOff { channel: Channel::new(0), key: Pitch::from_data(key) }
}

/// A phrase of a note a beat from `from` on, each key up a tick before the next goes down.
fn phrase(from: u64, keys: &[u8]) -> Vec<(u64, ChannelEvent)> {
    let at = |beat: usize| from + 24 * beat as u64;
    let note = |(beat, &key): (usize, &u8)| [(at(beat), on(key)), (at(beat) + 23, off(key))];
    keys.iter().enumerate().flat_map(note).collect()
}

/// Lets time pass from tick to tick (or `stride` by `stride`), then silences the partner.
fn pass(
    partner: &mut Partner<'_, Model<'_>>,
    keys: &[(u64, ChannelEvent)],
    ticks: u64,
    stride: usize,
) -> Heard {
    let (mut heard, mut keys) = (Heard::default(), keys.iter().peekable());
    for now in (0..ticks).step_by(stride) {
        while let Some(&&(at, event)) = keys.peek()
            && at <= now
        {
            partner.hear(at, event);
            keys.next();
        }
        let turns = (0..10_000).find(|_| !partner.turn(now, now + AHEAD, &mut heard));
        assert!(turns.is_some(), "it never rests");
    }
    partner.halt();
    partner.turn(ticks, ticks + AHEAD, &mut heard);
    assert_eq!(partner.doing(), Doing::Waiting);
    heard
}

#[test]
fn a_phrase_is_taken_up_on_the_beat_and_let_go_at_a_key() {
    let mut keys = phrase(5, &[60, 62, 64, 65, 67, 65, 64]);
    // A key in the midst of the model's music.
    keys.extend([(600, on(72)), (700, off(72))]);
    with_partner(plan(Mode::Continue, 1), |partner| {
        let heard = pass(partner, &keys, 1200, 1);
        let notes = heard.notes();
        // The last key goes up at 172; a beat later is 196; the next beat begins at 216.
        assert_eq!(notes[0].0, 216, "{notes:?}");
        assert!(notes.iter().all(|note| note.2 == 1));
        assert!(notes.len() > 5, "{notes:?}");
        // Pressed at 600: what was told already is all.
        assert!(notes.iter().all(|note| note.0 < 600 + AHEAD && note.1 <= 600 + AHEAD));
        // One note is no phrase: it stays silent.
        assert!(notes.iter().any(|note| note.0 > 400), "it goes on until then: {notes:?}");
    });
}

#[test]
fn a_phrase_may_be_slow_and_short_of_breath() {
    // The keys go up at once: between them it is as quiet as after the last, and the model makes ready.
    for length in 2..=7 {
        for gap in [12, 18, 24] {
            let struck = |nth: u64| [(5 + gap * nth, on(60)), (6 + gap * nth, off(60))];
            let keys: Vec<_> = (0..length).flat_map(struck).collect();
            with_partner(plan(Mode::Continue, 1), |partner| {
                let notes = pass(partner, &keys, 400, 1).notes();
                let (last, _) = *keys.last().unwrap();
                let first = notes.first().map(|note| note.0);
                let due = (last + 24).next_multiple_of(24);
                assert_eq!(first, Some(due), "{length} notes, {gap} ticks apart");
            });
        }
    }
}

#[test]
fn what_is_to_be_heard_is_announced_and_what_is_broken_off_is_taken_back() {
    let mut keys = phrase(5, &[60, 62, 64, 65, 67, 65, 64]);
    keys.extend([(600, on(72)), (700, off(72))]);
    with_partner(plan(Mode::Continue, 1), |partner| {
        let heard = pass(partner, &keys, 1200, 1);
        let (mut announced, mut bars, mut dropped) = (Vec::new(), Vec::new(), 0);
        for &(tick, marker) in &heard.1 {
            match marker {
                Marker::Note(_) => announced.push(tick),
                Marker::Bar => bars.push(tick),
                Marker::Dropped => {
                    announced.retain(|&at| at < tick);
                    bars.retain(|&at| at < tick);
                    dropped += 1;
                }
                _ => {}
            }
        }
        announced.sort_unstable();
        let onsets: Vec<u64> = heard.notes().iter().map(|&(onset, ..)| onset).collect();
        assert!(!onsets.is_empty() && onsets == announced, "{onsets:?} {announced:?}");
        assert!(bars.is_sorted() && bars.iter().all(|bar| bar % 96 == 0), "{bars:?}");
        assert_eq!(dropped, 2, "at the key, and at the end");
    });
}

#[test]
fn the_model_s_part_is_transposed_and_comes_again() {
    let keys = phrase(5, &[60, 62, 64, 65, 67, 65, 64]);
    let keys_of = |heard: &Heard| {
        let downs = heard.0.iter().filter_map(|timed| match timed.action {
            Action::Channel(ChannelEvent::NoteOn { key, .. }) => Some((timed.tick, key.key())),
            _ => None,
        });
        downs.collect::<Vec<_>>()
    };
    let arranged = |arrangement| {
        with_partner(plan(Mode::Continue, 1), |partner| {
            partner.arrange(PartId::new(0).unwrap(), arrangement);
            let heard = pass(partner, &keys, 1200, 1);
            assert!(!heard.notes().is_empty());
            keys_of(&heard)
        })
    };
    let plain = arranged(Arrangement::PLAIN);
    let lower = arranged(Arrangement { transpose: -12, ..Arrangement::PLAIN });
    assert!(plain.iter().zip(&lower).all(|(one, other)| *one == (other.0, other.1 + 12)));
    let canon = arranged(Arrangement { canon: Some(Delay::Bars(1)), ..Arrangement::PLAIN });
    let (first, key) = plain[0];
    assert!(canon.contains(&(first, key)) && canon.contains(&(first + 96, key)));
}

#[test]
fn bars_are_answered_with_bars() {
    let mut keys = phrase(0, &[60, 64, 67, 64, 60, 64, 67, 72]);
    // The first pair of bars is yours, the second the model's; nobody calls in the third.
    keys.extend(phrase(8 * 96, &[55, 59, 62, 59]));
    with_partner(plan(Mode::Answer, 2), |partner| {
        let notes = pass(partner, &keys, 13 * 96, 1).notes();
        let turn = |tick: u64| tick / 192;
        assert_eq!(notes[0].0, 192, "{notes:?}");
        for &(onset, end, _) in &notes {
            assert!([1, 5].contains(&turn(onset)), "{onset}");
            assert!(end <= (turn(onset) + 1) * 192, "{onset} {end}");
        }
        assert_eq!(notes.iter().find(|note| turn(note.0) == 5).map(|note| note.0), Some(960));
        assert!(notes.iter().filter(|note| turn(note.0) == 1).count() >= 4, "{notes:?}");
    });
}

#[test]
fn the_other_part_is_played_while_you_play() {
    let keys: Vec<_> =
        (0..8).flat_map(|bar| phrase(bar * 96, &[72, 74, 76, 74 + (bar % 3) as u8])).collect();
    for model in ["music-box", "duo"] {
        with_partner_of(model, plan(Mode::Accompany, 1), |partner| {
            let notes = pass(partner, &keys, 16 * 96, 1).notes();
            assert!(notes.iter().all(|note| note.2 == 2), "the player's part is the player's");
            assert!(notes[0].0 >= 96 && notes[0].0 < 3 * 96, "{model}: {notes:?}");
            let bars = (1..8).filter(|bar| notes.iter().any(|note| note.0 / 96 == *bar)).count();
            assert!(bars >= 5, "{model}: {notes:?}");
            assert!(notes.iter().all(|note| note.0 < 11 * 96), "it stops when you do: {notes:?}");
        });
    }
}

#[test]
fn a_part_that_is_linked_to_yours_hears_it() {
    // The player is the voice of the duo, in two keys that are a tritone apart.
    let played = |shift: u8| {
        let keys: Vec<_> = (0..8)
            .flat_map(|bar| phrase(bar * 96, &[66, 70, 73, 70].map(|key| key + shift)))
            .collect();
        with_partner_of("duo", plan(Mode::Accompany, 1), |partner| {
            let heard = pass(partner, &keys, 10 * 96, 1);
            let mut classes = [0_u32; 12];
            for action in &heard.0 {
                if let Action::Channel(ChannelEvent::NoteOn { key, .. }) = action.action {
                    classes[usize::from(key.key() % 12)] += 1;
                }
            }
            classes
        })
    };
    let triad = |classes: [u32; 12], root: usize| -> u32 {
        [0, 4, 7].map(|step| classes[(root + step) % 12]).iter().sum()
    };
    let (low, high) = (played(0), played(6));
    // Each time it plays more of the player's triad than of the other's.
    assert!(triad(low, 6) > triad(low, 0), "{low:?}");
    assert!(triad(high, 0) > triad(high, 6), "{high:?}");
}

#[test]
fn the_answer_is_in_the_player_s_key() {
    const MAJOR: [u8; 7] = [0, 2, 4, 5, 7, 9, 11];
    // Nobody tells the key: two bars of E flat, or of A, that end on the tonic.
    let inside = |tonic: u8, tonality: f32| {
        let call = [0, 4, 7, 9, 5, 2, 11, 12].map(|step| 60 + tonic + step);
        let keys: Vec<_> = (0..4).flat_map(|call_at| phrase(call_at * 4 * 96, &call)).collect();
        with_partner(plan(Mode::Answer, 2), |partner| {
            partner.settings_mut().tonality = tonality;
            let heard = pass(partner, &keys, 16 * 96, 1);
            let answers = heard.0.iter().filter_map(|timed| match timed.action {
                Action::Channel(ChannelEvent::NoteOn { key, .. }) => Some(key.key()),
                _ => None,
            });
            let answers: Vec<u8> = answers.collect();
            assert!(answers.len() > 20, "{answers:?}");
            let of_key = |key: &&u8| MAJOR.contains(&((**key + 12 - tonic) % 12));
            answers.iter().filter(of_key).count() as f64 / answers.len() as f64
        })
    };
    for tonic in [3, 9] {
        let shares = [0.0, 0.6].map(|tonality| inside(tonic, tonality));
        assert!(shares[1] > 0.95 && shares[1] > shares[0], "{tonic}: {shares:?}");
    }
}

#[test]
fn who_is_late_comes_in_on_a_later_beat() {
    // A machine that gets a turn every 17 ticks only, and each is but a few tokens.
    let keys = phrase(0, &[60, 64, 67, 64, 60, 64, 67, 72]);
    with_partner(plan(Mode::Answer, 2), |partner| {
        let (mut heard, mut keys) = (Heard::default(), keys.iter().peekable());
        for now in (0..384).step_by(17) {
            while let Some(&(at, event)) = keys.next_if(|key| key.0 <= now) {
                partner.hear(at, event);
            }
            partner.turn(now, now + AHEAD, &mut heard);
        }
        partner.halt();
        partner.turn(400, 403, &mut heard);
        if let Some(first) = heard.notes().first() {
            assert_eq!(first.0 % 24, 0, "{first:?}");
            assert!(first.0 >= 192);
        }
    });
}

#[test]
fn the_same_keys_give_the_same_music() {
    let keys = phrase(0, &[60, 64, 67, 64, 60, 64, 67, 72]);
    let run = || with_partner(plan(Mode::Continue, 1), |partner| pass(partner, &keys, 900, 1).0);
    assert!(run() == run());
}

#[test]
fn a_new_song_begins_where_it_is_told() {
    let keys = phrase(1000, &[60, 64, 67, 64]);
    with_partner(plan(Mode::Answer, 1), |partner| {
        partner.begin_at(1000);
        let notes = pass(partner, &keys, 1300, 1).notes();
        assert_eq!(notes[0].0, 1096);
    });
}

#[test]
fn a_flood_of_keys_is_survived() {
    // Ten thousand notes a second, 20.8 ms to the tick.
    let flood: Vec<_> = (0..200_u64)
        .flat_map(|tick| (0..208_u64).map(move |n| (tick, (tick * 31 + n * 7) as u8 & 127)))
        .flat_map(|(tick, key)| [(tick, on(key)), (tick, off(key))])
        .collect();
    for mode in [Mode::Continue, Mode::Answer, Mode::Accompany] {
        with_partner(plan(mode, 1), |partner| {
            pass(partner, &flood, 400, 4).notes();
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn no_key_is_ever_stuck(
        keys in prop::collection::vec((0u64..40, 30u8..100, any::<bool>()), 0..60),
        mode in prop::sample::select(vec![Mode::Continue, Mode::Answer, Mode::Accompany]),
        stride in 1usize..9,
    ) {
        let mut now = 0;
        let keys: Vec<_> = keys
            .into_iter()
            .map(|(gap, key, down)| {
                now += gap;
                (now, if down { on(key) } else { off(key) })
            })
            .collect();
        with_partner(plan(mode, 1), |partner| {
            pass(partner, &keys, now + 200, stride).notes();
        });
    }
}
