//! Linked generators: what is said next against the definition, in f64; what is heard; the heap.

mod common;

use common::writer::{Network, linked};
use common::{Aligned, Noise, network_on};
use musigan_engine::composer::{Composer, Opening, Parts, Settings};
use musigan_engine::generator::{Attention, Linked, Wanted};
use musigan_engine::image::{Architecture, OpenError, Unsupported, Weights};
use musigan_engine::sampler::Sampling;
use musigan_engine::{Generator, Image, Kernels, Model};
use musigan_guard::{Guard, touches};
use musigan_score::events::{Event, FINGERPRINT, VOCABULARY, kind};
use musigan_score::link::{Picture, Relay};
use musigan_score::{Note, PartId, Token};

#[global_allocator]
static ALLOCATOR: Guard = Guard;

/// A part's network of noise.
fn network(architecture: Architecture, listens: bool, seed: u64) -> Network {
    let width = 12;
    let mut network = network_on(Some(width), architecture, VOCABULARY, &[14, 11], seed);
    network.vocabulary = FINGERPRINT;
    let noise = &mut Noise::new(seed ^ 7);
    network.others = listens.then(|| noise.numbers(Picture::FEATURES * width, 1.0));
    network
}

fn images(parts: usize, weights: Weights) -> Vec<Aligned> {
    let kinds = [Architecture::Gru, Architecture::Lstm, Architecture::Gru, Architecture::Gru];
    let image = |part: usize| network(kinds[part], true, 3 + part as u64).to_image(weights);
    (0..parts).map(|part| Aligned::new(&image(part))).collect()
}

fn link(images: &[Aligned]) -> Aligned {
    let images: Vec<&[u8]> = images.iter().map(Aligned::bytes).collect();
    Aligned::new(&linked(&images, "corpus=none\n"))
}

fn opened(image: &Aligned) -> Model<'_> {
    Model::open(image.bytes(), FINGERPRINT).expect("our own image")
}

fn generator<'a>(model: &Model<'a>) -> Linked<'a> {
    match model {
        Model::Linked(linked) => *linked,
        other => panic!("{other:?}"),
    }
}

/// A part by itself: it hears its own sentence as a relay tells it.
struct Alone<'a> {
    model: Model<'a>,
    state: Vec<f32>,
    logits: Vec<f32>,
}

impl<'a> Alone<'a> {
    fn new(image: &'a Aligned) -> Self {
        let model = opened(image);
        let mut state = vec![0.0; model.state_len()];
        model.reset(&mut state);
        Self { model, state, logits: vec![0.0; VOCABULARY] }
    }

    fn step(&mut self, token: Token, others: Picture) {
        let (state, logits) = (&mut self.state, &mut self.logits);
        match &self.model {
            Model::Lstm(model) => model.step_among(state, token, others, Wanted::ALL, logits),
            Model::Gru(model) => model.step_among(state, token, others, Wanted::ALL, logits),
            other => panic!("{other:?}"),
        }
    }
}

/// The probabilities of some tokens, by their logits.
fn shares(logits: &[f32], tokens: &[u16]) -> Vec<f64> {
    let weights: Vec<f64> =
        tokens.iter().map(|&token| f64::from(logits[usize::from(token)]).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

/// When a part speaks next: a position of the bar and its probability; `None` for not in this bar.
fn decisions(logits: &[f32], from: u16) -> Vec<(Option<u16>, f64)> {
    let tokens: Vec<u16> = (from..kind::POSITION.end).chain([kind::BAR, kind::EOS]).collect();
    let found = shares(logits, &tokens);
    let never = found[found.len() - 2] + found[found.len() - 1];
    let some = tokens.iter().zip(&found).take(found.len() - 2);
    some.map(|(&token, &share)| (Some(token), share)).chain([(None, never)]).collect()
}

/// Every way in which two parts may decide, with its probability.
fn ways(a: &[(Option<u16>, f64)], b: &[(Option<u16>, f64)]) -> Vec<([Option<u16>; 2], f64)> {
    let pairs = a.iter().flat_map(|a| b.iter().map(move |b| ([a.0, b.0], a.1 * b.1)));
    pairs.collect()
}

fn notes() -> Vec<u16> {
    kind::PITCH.chain(kind::DRUM).chain(kind::VELOCITY).collect()
}

/// What two parts say next, by enumeration: `place` is the present position, `present` who spoke last.
fn expected(
    heard: u16,
    parts: &[Alone<'_>],
    place: Option<u16>,
    present: usize,
    going_on: Option<&[f32]>,
) -> Vec<f64> {
    let mut all = vec![0.0; VOCABULARY];
    let next = place.map_or(kind::POSITION.start, |place| place + 1);
    let earliest = |ways: &[Option<u16>; 2]| ways.iter().flatten().min().copied();
    if kind::DURATION.contains(&heard) {
        let leave: Vec<u16> = (next..kind::POSITION.end).chain([kind::BAR, kind::EOS]).collect();
        let own: Vec<u16> = notes().into_iter().chain(leave.iter().copied()).collect();
        let found = shares(&parts[present].logits, &own);
        let (go_on, leaves) = found.split_at(notes().len());
        for (token, share) in notes().into_iter().zip(go_on) {
            all[usize::from(token)] = *share;
        }
        let leaves: f64 = leaves.iter().sum();
        let ends = shares(&parts[present].logits, &[kind::BAR, kind::EOS])[1];
        // Who comes after the speaker may begin at this very position.
        let from = |part: usize| if part > present { next - 1 } else { next };
        let ways =
            ways(&decisions(&parts[0].logits, from(0)), &decisions(&parts[1].logits, from(1)));
        for (way, share) in ways {
            match earliest(&way) {
                Some(first) if first < next => {
                    all[usize::from(kind::PART.start) + 1] += leaves * share;
                }
                Some(first) => all[usize::from(first)] += leaves * share,
                None => {
                    all[usize::from(kind::BAR)] += leaves * share * (1.0 - ends);
                    all[usize::from(kind::EOS)] += leaves * share * ends;
                }
            }
        }
    } else if let Some(going_on) = going_on {
        let from = |part: usize| decisions(&parts[part].logits, next - 1);
        let ways = ways(&from(0), &from(1));
        let here: Vec<_> =
            ways.into_iter().filter(|(way, _)| earliest(way) == Some(next - 1)).collect();
        let total: f64 = here.iter().map(|(_, share)| share).sum();
        for (way, share) in here {
            let first = usize::from(way[0] != Some(next - 1));
            if first == present {
                let found = shares(going_on, &notes());
                for (token, note) in notes().into_iter().zip(found) {
                    all[usize::from(token)] += share / total * note;
                }
            } else {
                all[usize::from(kind::PART.start) + first] += share / total;
            }
        }
    } else {
        let tags: Vec<u16> =
            kind::METRE.chain(kind::TEMPO).chain(kind::KEY).chain(kind::DENSITY).collect();
        let leave = (kind::POSITION).chain([kind::BAR, kind::EOS]);
        let own: Vec<u16> = tags.iter().copied().chain(leave).collect();
        let found = shares(&parts[0].logits, &own);
        for (token, share) in tags.iter().zip(&found) {
            all[usize::from(*token)] = *share;
        }
        let leaves: f64 = found[tags.len()..].iter().sum();
        let from = |part: usize| decisions(&parts[part].logits, kind::POSITION.start);
        for (way, share) in ways(&from(0), &from(1)) {
            let token = earliest(&way).unwrap_or(kind::BAR);
            all[usize::from(token)] += leaves * share;
        }
    }
    all
}

#[test]
fn what_is_said_next_is_the_earliest_of_what_the_parts_decide() {
    let images = images(2, Weights::F32);
    let image = link(&images);
    let model = opened(&image);
    let mut state = vec![f32::NAN; model.state_len()];
    let mut logits = vec![0.0; VOCABULARY];
    let settings = Settings::default();
    let (mut parts, mut relay) = (images.iter().map(Alone::new).collect::<Vec<_>>(), Relay::new());
    // The composer goes before, its tokens are heard once more here.
    let mut tokens = Vec::new();
    let mut composer =
        Composer::new(&model, &mut state, &mut logits, settings, Opening::default(), 5);
    let mut said = Vec::new();
    while said.len() < 150 {
        said.extend(composer.step());
    }
    // As a sentence: what the composer's own decoder has heard is not told token by token.
    let piece = events_of(&said);
    musigan_score::events::encode(&piece.as_piece(), |token| tokens.push(token)).expect("a piece");
    let mut state = vec![f32::NAN; model.state_len()];
    model.reset(&mut state);
    let (mut compared, mut kinds) = (0, [0; 3]);
    for &token in &tokens {
        relay.push(token, 2, |part, token, others| parts[part].step(token, others));
        let mut found = vec![0.0; VOCABULARY];
        model.step(&mut state, token, &mut found);
        let is_tag = kind::METRE.start <= token.0;
        if !relay.begun()
            || token.0 == kind::EOS
            || kind::PART.contains(&token.0)
            || kind::PITCH.contains(&token.0)
        {
            continue;
        }
        if kind::VELOCITY.contains(&token.0) {
            continue;
        }
        let place = relay
            .position()
            .and_then(|p| musigan_score::events::Symbol::Position(p).token())
            .map(|token| token.0);
        let present = relay.part();
        let mut going_on = None;
        if kind::POSITION.contains(&token.0) {
            going_on = Some(vec![0.0; VOCABULARY]);
            if let Some(present) = present {
                let mut ahead = Alone {
                    model: parts[present].model,
                    state: parts[present].state.clone(),
                    logits: parts[present].logits.clone(),
                };
                ahead.step(token, relay.picture(present));
                going_on = Some(ahead.logits);
            }
        }
        let present = present.unwrap_or(9);
        let expected = expected(token.0, &parts, place, present, going_on.as_deref());
        let sum: f64 = expected.iter().sum();
        assert!((sum - 1.0).abs() < 1e-9, "the definition sums to {sum} after {token:?}");
        let all = shares(&found, &(0..VOCABULARY as u16).collect::<Vec<_>>());
        for (at, (found, expected)) in all.iter().zip(&expected).enumerate() {
            assert!(
                (found - expected).abs() < 1e-5 + 1e-4 * expected,
                "token {at} after {token:?}: {found} instead of {expected}"
            );
        }
        compared += 1;
        let which =
            if going_on.is_some() { 0 } else { usize::from(token.0 == kind::BAR || is_tag) + 1 };
        kinds[which] += 1;
    }
    assert!(compared > 50 && kinds.iter().all(|&count| count > 3), "{kinds:?}");
}

/// A piece put together again from what happened.
struct Told {
    parts: Vec<musigan_score::Instrument>,
    header: musigan_score::events::Header,
    changes: Vec<musigan_score::Timed<musigan_score::events::Change>>,
    notes: Vec<Note>,
}

impl Told {
    fn as_piece(&self) -> musigan_score::events::Piece<'_> {
        musigan_score::events::Piece {
            parts: &self.parts,
            header: self.header,
            changes: &self.changes,
            notes: &self.notes,
            density: true,
        }
    }
}

fn events_of(said: &[Event]) -> Told {
    use musigan_score::events::{Header, Tags};
    let mut told = Told {
        parts: Vec::new(),
        header: Header {
            metre: musigan_score::Metre::COMMON,
            tempo: musigan_score::Tempo::from_bpm(100),
            tags: Tags::default(),
        },
        changes: Vec::new(),
        notes: Vec::new(),
    };
    for event in said {
        match event {
            Event::Part(_, instrument) => told.parts.push(*instrument),
            Event::Note(note) => told.notes.push(*note),
            _ => {}
        }
    }
    told.notes.sort_by_key(|note| (note.onset, note.part, note.pitch));
    told.notes.dedup_by_key(|note| (note.onset, note.part, note.pitch));
    told
}

fn compose(model: &Model<'_>, bars: u32, seed: u64) -> Vec<Note> {
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; VOCABULARY]);
    let settings = Settings {
        min_bars: bars,
        max_bars: bars,
        sampling: Sampling { temperature: 0.9, ..Sampling::default() },
        ..Settings::default()
    };
    let mut composer =
        Composer::new(model, &mut state, &mut logits, settings, Opening::default(), seed);
    let mut notes = Vec::new();
    for _ in 0..20_000 {
        match composer.step() {
            Some(Event::Note(note)) => notes.push(note),
            Some(Event::End(_)) => break,
            _ => {}
        }
    }
    notes
}

#[test]
fn all_parts_speak_and_none_beyond_them() {
    for count in 1..=4 {
        let images = images(count, Weights::F32);
        let image = link(&images);
        let model = opened(&image);
        let notes = compose(&model, 20, 3);
        for part in 0..4 {
            let speaks = notes.iter().any(|note| note.part.index() == part);
            assert_eq!(speaks, part < count, "part {part} of {count}");
        }
    }
}

#[test]
fn kernels_and_runs_agree_bit_by_bit_in_every_way_of_storing() {
    for weights in Weights::ALL {
        let images = images(2, weights);
        let image = link(&images);
        let model = opened(&image);
        let first = compose(&model, 8, 11);
        assert!(first.len() > 20);
        for kernels in Kernels::available() {
            let notes = compose(&model.with_kernels(kernels), 8, 11);
            assert_eq!(notes, first, "{kernels:?}, {weights}");
        }
    }
}

#[test]
fn a_part_hears_the_others_and_deaf_ones_do_not() {
    for (listens, differ) in [(true, true), (false, false)] {
        let image = Aligned::new(&network(Architecture::Gru, listens, 5).to_image(Weights::F32));
        let mut alone = [Alone::new(&image), Alone::new(&image)];
        let mut relay = Relay::new();
        relay.push(Token(kind::BAR), 0, |_, _, _| {});
        alone[0].step(Token(kind::BAR), relay.picture(0));
        alone[1].step(Token(kind::BAR), Picture::NONE);
        assert_eq!(alone[0].logits != alone[1].logits, differ);
    }
}

#[test]
fn a_part_that_sounds_higher_is_heard_higher() {
    let images = images(2, Weights::F32);
    let image = link(&images);
    let model = opened(&image);
    let generator = generator(&model);
    let mut logits = vec![vec![0.0; VOCABULARY]; 2];
    // A note of the first part a fourth higher, or the first part sounding a fourth higher.
    for (logits, (note, shift)) in logits.iter_mut().zip([(45, 0), (40, 5)]) {
        let mut state = vec![0.0; generator.state_len()];
        generator.reset(&mut state);
        let attention = Attention { shifts: [shift, 0, 0, 0], ..Attention::default() };
        generator.attend(&mut state, attention);
        let part = kind::PART.start;
        let tokens = [kind::BAR, kind::POSITION.start, part, kind::PITCH.start + note];
        for token in tokens.into_iter().chain([kind::DURATION.start + 20, part + 1]) {
            generator.step(&mut state, Token(token), logits);
        }
    }
    assert_eq!(logits[0], logits[1], "the second part hears the same");
}

#[test]
fn who_does_not_choose_is_never_said() {
    let images = images(2, Weights::F32);
    let image = link(&images);
    let model = opened(&image);
    let second = PartId::new(1).expect("a part");
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; VOCABULARY]);
    let settings = Settings { speaking: Parts::only(second), min_bars: 8, ..Settings::default() };
    let mut composer =
        Composer::new(&model, &mut state, &mut logits, settings, Opening::default(), 2);
    let mut notes = 0;
    for _ in 0..4000 {
        match composer.step() {
            Some(Event::Note(note)) => {
                assert_eq!(note.part, second);
                notes += 1;
            }
            Some(Event::End(_)) => break,
            _ => {}
        }
    }
    assert!(notes > 10);
}

#[test]
fn a_piece_for_fewer_parts_is_for_the_first_of_them() {
    let images = images(2, Weights::F32);
    let image = link(&images);
    let model = opened(&image);
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; VOCABULARY]);
    let opening = Opening { parts: &[musigan_score::Instrument::Percussion], ..Opening::default() };
    let settings = Settings { min_bars: 6, max_bars: 6, ..Settings::default() };
    let mut composer = Composer::new(&model, &mut state, &mut logits, settings, opening, 4);
    let mut notes = 0;
    for _ in 0..4000 {
        match composer.step() {
            Some(Event::Note(note)) => {
                assert_eq!(note.part.index(), 0);
                notes += 1;
            }
            Some(Event::End(_)) => break,
            _ => {}
        }
    }
    assert!(notes > 5);
}

#[test]
fn linked_generators_touch_no_heap() {
    let images = images(3, Weights::Int8);
    let image = link(&images);
    let model = opened(&image);
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; VOCABULARY]);
    let mut composer =
        Composer::new(&model, &mut state, &mut logits, Settings::default(), Opening::default(), 1);
    let touched = touches(|| {
        for _ in 0..2000 {
            composer.step();
        }
    });
    assert_eq!(touched, 0);
}

#[test]
fn an_image_holds_its_members_and_no_images_of_images() {
    let members = images(2, Weights::Int8);
    let image = link(&members);
    let found = Image::open(image.bytes()).expect("our own image");
    assert_eq!(found.architecture(), Architecture::Linked);
    assert_eq!((found.weights(), found.about()), (Weights::Int8, "corpus=none\n"));
    assert_eq!(found.widths().collect::<Vec<_>>(), [14, 14]);
    let nested = Aligned::new(&linked(&[image.bytes()], ""));
    let refused = Image::open(nested.bytes()).expect_err("a depth without a bound");
    assert_eq!(refused, OpenError::Unsupported(Unsupported::Architecture(4)));
    // Each byte counts, also those of the members.
    for at in (0..image.bytes().len()).step_by(997) {
        let mut broken = Aligned::new(image.bytes());
        broken.bytes_mut()[at] ^= 1;
        assert!(Image::open(broken.bytes()).is_err(), "byte {at}");
    }
}
