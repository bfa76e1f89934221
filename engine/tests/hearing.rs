//! A composer that hears others: what it is told, who may speak, and the way back.

use musigan_engine::composer::{Bookmark, Composer, Opening, Parts, Settings};
use musigan_engine::generator::Generator;
use musigan_engine::rng::Rng;
use musigan_score::events::{self, Event, Header, Piece, Tags, VOCABULARY, kind};
use musigan_score::{
    Instrument, Metre, Note, PartId, Pitch, Program, Tempo, Tick, Token, Velocity,
};

/// Says noise that depends on all that was heard.
struct Hash;

impl Generator for Hash {
    fn vocab_len(&self) -> usize {
        VOCABULARY
    }
    fn state_len(&self) -> usize {
        1
    }
    fn macs_per_step(&self) -> usize {
        0
    }
    fn reset(&self, state: &mut [f32]) {
        state.fill(0.0);
    }
    fn step(&self, state: &mut [f32], heard: Token, logits: &mut [f32]) {
        state[0] = (state[0] * 31.0 + f32::from(heard.0)) % 65_521.0;
        let mut rng = Rng::new(state[0] as u64);
        logits.iter_mut().for_each(|logit| *logit = 8.0 * rng.unit());
    }
}

const PARTS: [Instrument; 3] = [
    Instrument::Program(Program::PIANO),
    Instrument::Program(Program::MUSIC_BOX),
    Instrument::Percussion,
];

fn part(index: u8) -> PartId {
    PartId::new(index).unwrap()
}

/// A bar of quarters in the first part.
fn sentence() -> Vec<Token> {
    let notes: Vec<Note> = (0..4)
        .map(|beat| Note {
            onset: Tick(beat * 24),
            duration: 24,
            pitch: Pitch::from_data(60 + 2 * beat as u8),
            velocity: Velocity::new(76).unwrap(),
            part: part(0),
        })
        .collect();
    let header =
        Header { metre: Metre::COMMON, tempo: Tempo::from_bpm(115), tags: Tags::default() };
    let piece = Piece { parts: &PARTS, header, changes: &[], notes: &notes, density: false };
    let mut tokens = Vec::new();
    events::encode(&piece, |token| tokens.push(token)).unwrap();
    tokens.pop();
    tokens
}

fn with_composer<T>(
    settings: Settings,
    seed: u64,
    work: impl FnOnce(&mut Composer<'_, Hash>) -> T,
) -> T {
    let (mut state, mut logits) = ([f32::NAN], [f32::NAN; VOCABULARY]);
    let opening = Opening::default();
    work(&mut Composer::new(&Hash, &mut state, &mut logits, settings, opening, seed))
}

fn live(speaking: Parts) -> Settings {
    Settings { min_bars: u32::MAX, speaking, steady: true, ..Settings::default() }
}

#[test]
fn to_hear_is_to_have_said() {
    let (mut one, mut other) = (Vec::new(), Vec::new());
    let settings = live(Parts::ALL);
    with_composer(settings, 3, |composer| {
        for token in sentence() {
            composer.hear(token);
        }
        composer.settings_mut().sampling.temperature = 0.0;
        one.extend((0..300).map(|_| composer.step()));
    });
    let parts = PARTS;
    let opening = Opening {
        metre: Some(Metre::COMMON),
        tempo: Some(Tempo::from_bpm(115)),
        parts: &parts,
        ..Opening::default()
    };
    let (mut state, mut logits) = ([f32::NAN], [f32::NAN; VOCABULARY]);
    let mut composer = Composer::new(&Hash, &mut state, &mut logits, settings, opening, 8);
    // The head by the opening, said; from the first bar on heard.
    let sentence = sentence();
    let head = sentence.iter().position(|&token| token == Token(kind::BAR)).unwrap();
    for _ in 0..head {
        composer.step();
    }
    for &token in &sentence[head..] {
        composer.hear(token);
    }
    composer.settings_mut().sampling.temperature = 0.0;
    other.extend((0..300).map(|_| composer.step()));
    assert!(one == other);
    assert!(one.iter().any(|event| matches!(event, Some(Event::Note(_)))));
}

#[test]
fn only_who_may_speak_does() {
    for seed in 0..20 {
        for speaks in [Parts::only(part(1)), Parts::only(part(2)).with(part(1))] {
            with_composer(live(speaks), seed, |composer| {
                for token in sentence() {
                    composer.hear(token);
                }
                composer.hear(Token(kind::BAR));
                let mut notes = 0;
                for _ in 0..2_000 {
                    match composer.step() {
                        Some(Event::Note(note)) => {
                            assert!(speaks.contains(note.part), "{note:?}");
                            notes += 1;
                        }
                        Some(
                            event @ (Event::End(_)
                            | Event::Begin
                            | Event::Metre(_)
                            | Event::Tempo(_)
                            | Event::Part(..)),
                        ) => {
                            panic!("{event:?}")
                        }
                        _ => {}
                    }
                }
                assert!(notes > 100, "{notes}");
            });
        }
    }
}

#[test]
fn nobody_may_speak_and_nobody_does() {
    with_composer(live(Parts::NONE), 1, |composer| {
        for token in sentence() {
            composer.hear(token);
        }
        for _ in 0..500 {
            let event = composer.step();
            assert!(!matches!(event, Some(Event::Note(_) | Event::End(_))), "{event:?}");
        }
    });
}

#[test]
fn a_bookmark_leads_back() {
    let (mut state, mut logits) = ([0.0], [0.0; VOCABULARY]);
    let mut bookmark = Bookmark::new(&mut state, &mut logits);
    with_composer(live(Parts::ALL), 5, |composer| {
        composer.settings_mut().sampling.temperature = 0.0;
        for token in sentence() {
            composer.hear(token);
        }
        composer.mark(&mut bookmark);
        let first: Vec<_> = (0..300).map(|_| composer.step()).collect();
        composer.go_back(&bookmark);
        assert_eq!(composer.decoder().now(), Tick(72));
        let again: Vec<_> = (0..300).map(|_| composer.step()).collect();
        assert!(first == again);
    });
}
