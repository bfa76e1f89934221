//! Properties of encoder, decoder and grammar.

use musigan_score::events::{
    Change, DRUM_KEYS, Decoder, Event, Header, Piece, Style, Tags, VOCABULARY, encode, kind,
    quantise,
};
use musigan_score::{
    Instrument, Key, Metre, Note, PartId, Pitch, Program, Tempo, Tick, Timed, Token, Velocity,
};
use proptest::prelude::*;

/// What the decoder tells, gathered into what the encoder takes.
#[derive(Debug, Default, PartialEq)]
struct Told {
    parts: Vec<Instrument>,
    header: (Option<Metre>, Option<Tempo>, Tags),
    changes: Vec<Timed<Change>>,
    notes: Vec<Note>,
    density: bool,
    end: Option<Tick>,
}

impl Told {
    fn listen(tokens: &[Token]) -> Self {
        let (mut told, mut decoder, mut bar) = (Self::default(), Decoder::new(), None);
        for &token in tokens {
            let Some(event) = decoder.push(token) else { continue };
            let change = |told: &mut Self, event| match bar {
                Some(at) => told.changes.push(Timed { at, event }),
                None => match event {
                    Change::Metre(metre) => told.header.0 = Some(metre),
                    Change::Tempo(tempo) => told.header.1 = Some(tempo),
                    Change::Key(key) => told.header.2.key = Some(key),
                },
            };
            match event {
                Event::Begin => {}
                Event::Style(style) => told.header.2.style = Some(style),
                Event::Part(_, instrument) => told.parts.push(instrument),
                Event::Metre(metre) => change(&mut told, Change::Metre(metre)),
                Event::Tempo(tempo) => change(&mut told, Change::Tempo(tempo)),
                Event::Key(key) => change(&mut told, Change::Key(key)),
                Event::Bar(start) => bar = Some(start),
                Event::Density(_) => told.density = true,
                Event::Note(note) => told.notes.push(note),
                Event::End(end) => told.end = Some(end),
            }
        }
        told
    }

    fn piece(&self) -> Piece<'_> {
        Piece {
            parts: &self.parts,
            header: Header {
                metre: self.header.0.unwrap(),
                tempo: self.header.1.unwrap(),
                tags: self.header.2,
            },
            changes: &self.changes,
            notes: &self.notes,
            density: self.density,
        }
    }
}

fn encoded(piece: &Piece<'_>) -> Vec<Token> {
    let mut tokens = Vec::new();
    encode(piece, |token| tokens.push(token)).unwrap();
    tokens
}

prop_compose! {
    fn key()(index in 0u8..24) -> Key { Key::from_index(index).unwrap() }
}

prop_compose! {
    fn instrument()(number in 0u8..=128) -> Instrument {
        Program::new(number).map_or(Instrument::Percussion, Instrument::Program)
    }
}

prop_compose! {
    fn change(keyed: bool)(at in 0u32..2000, which in 0..3u8, metre in 0u8..24, tempo in 0u8..32, key in key())
        -> Timed<Change>
    {
        let event = match which {
            0 => Change::Metre(Metre::from_index(metre).unwrap()),
            1 if keyed => Change::Key(key),
            _ => Change::Tempo(Tempo::from_index(tempo).unwrap()),
        };
        Timed { at: Tick(at), event }
    }
}

fn told() -> impl Strategy<Value = Told> {
    let parts = prop::collection::vec(instrument(), 1..=16);
    let notes = prop::collection::vec(
        (0u32..2000, 1u16..500, 0u8..128, 1u8..128, any::<prop::sample::Index>()),
        1..120,
    );
    let tags = (prop::option::of(0usize..8), prop::option::of(key()));
    (parts, notes, tags, 0u8..24, 0u8..32, any::<bool>()).prop_flat_map(
        |(parts, notes, (style, key), metre, tempo, density)| {
            prop::collection::vec(change(key.is_some()), 0..6).prop_map(move |mut changes| {
                changes.sort_by_key(|change| change.at);
                let mut notes: Vec<Note> = notes
                    .iter()
                    .map(|(onset, duration, pitch, velocity, part)| {
                        let part = part.index(parts.len());
                        // A percussion key outside the map is no note.
                        let strokes = DRUM_KEYS.end() - DRUM_KEYS.start() + 1;
                        let pitch = match parts[part] {
                            Instrument::Percussion => &(DRUM_KEYS.start() + pitch % strokes),
                            Instrument::Program(_) => pitch,
                        };
                        let note = Note {
                            onset: Tick(*onset),
                            duration: *duration,
                            pitch: Pitch::new(*pitch).unwrap(),
                            velocity: Velocity::new(*velocity).unwrap(),
                            part: PartId::new(part as u8).unwrap(),
                        };
                        quantise(note, parts[part]).unwrap().note
                    })
                    .collect();
                notes.sort_by_key(Note::order);
                notes.dedup_by_key(|note| note.order());
                Told {
                    parts: parts.clone(),
                    header: (
                        Metre::from_index(metre),
                        Tempo::from_index(tempo),
                        Tags { style: style.map(|style| Style::ALL[style]), key },
                    ),
                    changes,
                    notes,
                    density,
                    end: None,
                }
            })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn decoding_what_was_encoded_gives_the_same_notes(told in told()) {
        let heard = Told::listen(&encoded(&told.piece()));
        prop_assert_eq!(&heard.notes, &told.notes);
        prop_assert_eq!(&heard.parts, &told.parts);
        prop_assert_eq!(heard.header, told.header);
        prop_assert!(heard.end.unwrap() > told.notes.last().unwrap().onset);
    }

    #[test]
    fn the_grammar_accepts_what_the_encoder_says(told in told()) {
        let mut decoder = Decoder::new();
        for (at, &token) in encoded(&told.piece()).iter().enumerate() {
            prop_assert!(decoder.allows(token), "token {} is {:?}", at, token);
            decoder.push(token);
        }
    }

    #[test]
    fn the_way_to_the_next_note_is_what_the_encoder_says(told in told()) {
        let (mut decoder, mut notes) = (Decoder::new(), told.notes.iter().peekable());
        let (mut begun, mut ways) = (false, 0);
        for (at, &token) in encoded(&told.piece()).iter().enumerate() {
            // Tags are on no way.
            let tag = [kind::METRE, kind::TEMPO, kind::KEY, kind::DENSITY].iter().any(|run| run.contains(&token.0));
            if let Some(note) = notes.peek().filter(|_| begun && !tag) {
                prop_assert_eq!(decoder.towards(note), Some(token), "token {}", at);
                ways += 1;
            }
            match decoder.push(token) {
                Some(Event::Bar(_)) => begun = true,
                Some(Event::Note(_)) => drop(notes.next()),
                _ => {}
            }
        }
        prop_assert!(ways >= told.notes.len());
        prop_assert_eq!(notes.next(), None);
    }

    #[test]
    fn what_the_grammar_allows_is_what_the_encoder_says(choices in prop::collection::vec(any::<u16>(), 1..600)) {
        let (mut decoder, mut tokens) = (Decoder::new(), Vec::new());
        let mut choices = choices.into_iter();
        // Chosen at random, but towards the end as soon as the choices run out.
        loop {
            let mut allowed = Vec::new();
            decoder.for_each_allowed(|run| allowed.extend(run));
            prop_assert!(!allowed.is_empty(), "nothing may follow {tokens:?}");
            allowed.retain(|token| !kind::DENSITY.contains(token));
            let token = match choices.next() {
                Some(choice) => allowed[usize::from(choice) % allowed.len()],
                None if allowed.contains(&kind::EOS) => kind::EOS,
                None => *allowed.iter().find(|t| kind::BAR != **t).unwrap_or(&kind::BAR),
            };
            tokens.push(Token(token));
            decoder.push(Token(token));
            if token == kind::EOS {
                break;
            }
        }
        let told = Told::listen(&tokens);
        prop_assert_eq!(encoded(&told.piece()), tokens);
    }

    #[test]
    fn any_tokens_decode_to_notes_in_order_that_end(tokens in prop::collection::vec(0..VOCABULARY as u16 + 40, 0..400)) {
        let mut decoder = Decoder::new();
        let mut latest = Tick(0);
        for token in tokens.into_iter().map(Token) {
            match decoder.push(token) {
                Some(Event::Note(note)) => {
                    prop_assert!(note.duration > 0);
                    prop_assert!(note.end() > note.onset);
                    prop_assert!(note.onset >= latest);
                    latest = note.onset;
                }
                Some(Event::Begin | Event::End(_)) => latest = Tick(0),
                _ => {}
            }
            let mut choices = 0;
            decoder.for_each_allowed(|run| choices += run.len());
            prop_assert!(choices > 0);
        }
    }

    #[test]
    fn quantising_twice_changes_nothing_more(
        onset in 0u32..100_000, duration in 0u16..2000, pitch in 0u8..128, velocity in 1u8..128, instrument in instrument(),
    ) {
        let note = Note {
            onset: Tick(onset),
            duration,
            pitch: Pitch::new(pitch).unwrap(),
            velocity: Velocity::new(velocity).unwrap(),
            part: PartId::new(3).unwrap(),
        };
        if let Some(once) = quantise(note, instrument) {
            let twice = quantise(once.note, instrument).unwrap();
            prop_assert_eq!(twice.note, once.note);
            prop_assert_eq!((twice.onset_error, twice.duration_error, twice.octave_moved), (0, 0, false));
            prop_assert!(once.onset_error <= 1);
            prop_assert_eq!(once.note.pitch.class(), note.pitch.class());
        }
    }
}
