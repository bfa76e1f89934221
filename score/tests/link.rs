//! Linked parts: what each hears of a sentence of all.

use musigan_score::events::{
    Decoder, Event, Header, Piece, Tags, VOCABULARY, encode, kind, quantise,
};
use musigan_score::link::{MAX_LINKED, Picture, Relay};
use musigan_score::{
    Instrument, Metre, Note, PartId, Pitch, Program, Tempo, Tick, Token, Velocity,
};
use proptest::prelude::*;

/// Notes of four parts in canonical order.
fn notes() -> impl Strategy<Value = Vec<Note>> {
    let note = (0u32..900, 1u16..200, 30u8..100, 1u8..128, 0u8..4);
    prop::collection::vec(note, 1..80).prop_map(|all| {
        let part = |number| PartId::new(number).unwrap();
        let mut notes: Vec<Note> = all
            .into_iter()
            .map(|(onset, duration, pitch, velocity, number)| {
                let note = Note {
                    onset: Tick(onset),
                    duration,
                    pitch: Pitch::new(pitch).unwrap(),
                    velocity: Velocity::new(velocity).unwrap(),
                    part: part(number),
                };
                quantise(note, Instrument::Program(Program::MUSIC_BOX)).unwrap().note
            })
            .collect();
        notes.sort_by_key(Note::order);
        notes.dedup_by_key(|note| note.order());
        notes
    })
}

fn sentence(notes: &[Note]) -> Vec<Token> {
    let parts = [Instrument::Program(Program::MUSIC_BOX); MAX_LINKED];
    let header =
        Header { metre: Metre::nearest(3, 4).0, tempo: Tempo::from_bpm(90), tags: Tags::default() };
    let piece = Piece { parts: &parts, header, changes: &[], notes, density: true };
    let mut tokens = Vec::new();
    encode(&piece, |token| tokens.push(token)).unwrap();
    tokens
}

/// The sentence of each part, and what it hears beside every token.
fn relayed(tokens: &[Token]) -> Vec<Vec<(Token, Picture)>> {
    let mut relay = Relay::new();
    let mut heard = vec![Vec::new(); MAX_LINKED];
    for &token in tokens {
        relay.push(token, MAX_LINKED, |part, token, others| heard[part].push((token, others)));
    }
    heard
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_sentence_of_a_part_says_its_notes_and_no_others(notes in notes()) {
        for (part, heard) in relayed(&sentence(&notes)).iter().enumerate() {
            let mut decoder = Decoder::new();
            let told: Vec<Note> = heard
                .iter()
                .filter_map(|&(token, _)| match decoder.push(token) {
                    Some(Event::Note(note)) => Some(note),
                    _ => None,
                })
                .collect();
            let own: Vec<Note> =
                notes.iter().filter(|note| note.part.index() == part).copied().collect();
            prop_assert_eq!(told, own);
            // It is what the encoder says of these notes, but for bars that others fill.
            let positions = heard.windows(2).filter(|pair| kind::POSITION.contains(&pair[0].0.0));
            for pair in positions {
                prop_assert!(!kind::POSITION.contains(&pair[1].0.0), "a position for nothing");
            }
        }
    }

    #[test]
    fn a_picture_holds_what_others_sound_at_that_moment(notes in notes()) {
        for (part, heard) in relayed(&sentence(&notes)).iter().enumerate() {
            let mut decoder = Decoder::new();
            for &(token, picture) in heard {
                decoder.push(token);
                if !kind::POSITION.contains(&token.0) {
                    continue;
                }
                let now = decoder.now();
                let sounds = |note: &&Note| {
                    // Who speaks later at the same moment is not heard yet.
                    let said = note.onset < now || note.onset == now && note.part.index() < part;
                    note.part.index() != part && said && note.end() > now
                };
                for class in 0..12 {
                    let any = |begins: bool| notes.iter().filter(sounds).any(|note| {
                        note.pitch.class() == class && (!begins || note.onset == now)
                    });
                    prop_assert_eq!(picture.has(Picture::SOUNDING + usize::from(class)), any(false));
                    prop_assert_eq!(picture.has(12 + usize::from(class)), any(true));
                }
            }
        }
    }

    #[test]
    fn a_relay_takes_any_tokens_and_is_its_numbers(
        tokens in prop::collection::vec(0..VOCABULARY as u16 + 40, 0..300), shift in -24i8..24,
    ) {
        let (mut relay, mut numbers) = (Relay::new(), [0.0; Relay::LEN]);
        prop_assert_eq!(&Relay::load(&numbers), &relay);
        relay.shift([0, shift, -shift, 1]);
        for token in tokens {
            relay.push(Token(token), MAX_LINKED, |part, _, others| {
                assert!(part < MAX_LINKED);
                assert!(others.features().all(|feature| feature < Picture::FEATURES));
            });
            relay.store(&mut numbers);
            prop_assert_eq!(&Relay::load(&numbers), &relay);
        }
    }
}
