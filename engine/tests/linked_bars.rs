//! Generators of bars among linked ones: each says its own part of the bar that it plans, from what it has
//! heard of all.

mod common;

use common::bars::{network, sizes};
use common::writer::linked;
use common::{Aligned, network_on};
use musigan_engine::composer::{Composer, Opening, Settings, Walk};
use musigan_engine::generator::{Attention, Bars};
use musigan_engine::image::{Architecture, Weights};
use musigan_engine::rng::Rng;
use musigan_engine::{Generator, Kernels, Model};
use musigan_guard::{Guard, touches};
use musigan_score::events::{Density, Event, FINGERPRINT, VOCABULARY, kind};
use musigan_score::link::Picture;
use musigan_score::roll::{Condition, STEPS, Stroke, Told, nearest_step, shift, tick};
use musigan_score::{Instrument, Key, Metre, Note, Token};

#[global_allocator]
static ALLOCATOR: Guard = Guard;

/// A generator of bars and a GRU of noise, in either order.
fn duo(bars_first: bool) -> Aligned {
    let width = 12;
    let mut gru = network_on(Some(width), Architecture::Gru, VOCABULARY, &[14], 4);
    gru.vocabulary = FINGERPRINT;
    gru.others = Some(common::Noise::new(6).numbers(Picture::FEATURES * width, 1.0));
    let (bars, gru) = (network(2, 1.5).to_image(), gru.to_image(Weights::F32));
    let members = if bars_first { [&bars[..], &gru] } else { [&gru, &bars[..]] };
    Aligned::new(&linked(&members, "corpus=none\n"))
}

fn opened(image: &Aligned) -> Model<'_> {
    Model::open(image.bytes(), FINGERPRINT).expect("our own image")
}

fn opening() -> Opening<'static> {
    Opening { key: Key::from_index(0), metre: Some(Metre::COMMON), ..Opening::default() }
}

const BARS: u32 = 12;

/// What happens in a piece.
fn compose(model: &Model<'_>, walk: Walk, seed: u64) -> Vec<Event> {
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; VOCABULARY]);
    let settings = Settings {
        min_bars: BARS,
        max_bars: BARS,
        patience: 1000,
        steady: true,
        walk,
        ..Settings::default()
    };
    let mut composer = Composer::new(model, &mut state, &mut logits, settings, opening(), seed);
    let mut events = Vec::new();
    for _ in 0..50_000 {
        let event = composer.step();
        events.extend(event);
        if matches!(event, Some(Event::End(_))) {
            return events;
        }
    }
    panic!("no end")
}

/// A bar as it is told.
#[derive(Clone, Default)]
struct Bar {
    key: Option<Key>,
    density: Option<Density>,
    /// Ticks from the bar line, and notes.
    notes: Vec<(u32, Note)>,
}

fn bars(events: &[Event]) -> Vec<Bar> {
    let (mut bars, mut start, mut key) = (Vec::<Bar>::new(), 0, None);
    for event in events {
        match (event, bars.last_mut()) {
            (Event::Bar(tick), _) => {
                start = tick.0;
                bars.push(Bar { key, ..Bar::default() });
            }
            (Event::Key(told), bar) => {
                key = Some(*told);
                bar.into_iter().for_each(|bar| bar.key = key);
            }
            (Event::Density(density), Some(bar)) => bar.density = Some(*density),
            (Event::Note(note), Some(bar)) => bar.notes.push((note.onset.0 - start, *note)),
            (Event::Metre(metre), _) => assert_eq!(*metre, Metre::COMMON),
            (Event::Part(_, instrument), _) => assert_ne!(*instrument, Instrument::Percussion),
            _ => {}
        }
    }
    bars
}

/// The latent of each bar.
fn latents(walk: Walk, seed: u64) -> Vec<Vec<f32>> {
    let mut latents: Vec<Vec<f32>> = Vec::new();
    for bar in 1..=u64::from(BARS) {
        let rng = &mut Rng::new(seed ^ bar << 32);
        let chance = (0..sizes().latent()).map(|_| (2.0 * rng.unit() - 1.0) * 1.732_050_8);
        latents.push(match (walk, latents.last()) {
            (Walk::Drift, Some(last)) => {
                last.iter().zip(chance).map(|(last, chance)| 0.8 * last + 0.6 * chance).collect()
            }
            (Walk::Hold, Some(last)) => last.clone(),
            _ => chance.collect(),
        });
    }
    latents
}

/// Beginnings and keys of the part that the generator plans for bar `at`, from what it has heard of the bar
/// before, in which its own part is `own`.
fn planned(
    generator: &Bars<'_>,
    own: usize,
    bars: &[Bar],
    at: usize,
    latent: &[f32],
) -> Vec<(u32, u8)> {
    let (form, bar) = (sizes().form, &bars[at]);
    let mut previous = vec![0.0; form.len()];
    if let Some(before) = at.checked_sub(1).and_then(|at| bars.get(at)) {
        for &(from, note) in &before.notes {
            let part = usize::from(note.part.index() != own);
            let key = (note.pitch.key() as i8 + shift(before.key)) as u8;
            let step = nearest_step(from);
            let end = nearest_step(from + u32::from(note.duration)).clamp(step + 1, STEPS);
            let stroke = Stroke { step, end, part, key: form.inside(key) };
            form.write(stroke, |cell| previous[cell] = 1.0);
        }
    }
    let told = Told { mode: bar.key.map(Key::mode), density: bar.density, style: None };
    let mut ones = vec![0.0; Condition::LEN];
    Condition { told, metre: Metre::COMMON, follows: at > 0 }.ones(|one| ones[one] = 1.0);
    let (mut state, mut cells) = (vec![0.0; generator.state_len()], vec![0.0; form.len()]);
    generator.compose(&mut state, latent, &previous, &ones, &mut cells);
    let mut found = Vec::new();
    form.read(
        STEPS,
        |cell| cells[cell] > 0.0,
        |stroke| {
            if stroke.part == 0 {
                found.push((tick(stroke.step), stroke.pitch(shift(bar.key)).key()));
            }
        },
    );
    found
}

/// What chance begins with in the first piece: a composer takes the next one when it is made, and again
/// when a piece begins.
fn first_seed(seed: u64) -> u64 {
    seed.wrapping_add(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(2))
}

#[test]
fn it_says_its_part_of_the_bar_that_follows_from_all_parts() {
    let alone = Aligned::new(&network(2, 1.5).to_image());
    let Model::Gan(generator) = opened(&alone) else { panic!("no generator of bars") };
    for (own, walk) in [0, 1].into_iter().flat_map(|own| Walk::ALL.map(|walk| (own, walk))) {
        let image = duo(own == 0);
        let seed = 5;
        let bars = bars(&compose(&opened(&image), walk, seed));
        let notes = bars.iter().flat_map(|bar| &bar.notes);
        let others = notes.filter(|(_, note)| note.part.index() != own).count();
        assert!(others > 10, "the other part speaks: {others}");
        let mut wanted = 0;
        let latents = latents(walk, first_seed(seed).rotate_left(16 * own as u32));
        for ((at, bar), latent) in bars.iter().enumerate().zip(&latents) {
            let planned = planned(&generator, own, &bars, at, latent);
            let own = bar.notes.iter().filter(|(_, note)| note.part.index() == own);
            let said: Vec<(u32, u8)> = own.map(|(from, note)| (*from, note.pitch.key())).collect();
            assert_eq!(said, planned, "{walk:?}, bar {at}");
            wanted += planned.len();
        }
        assert!(wanted > 50, "{wanted}");
    }
}

#[test]
fn a_part_that_sounds_higher_is_heard_higher() {
    let image = duo(true);
    let Model::Linked(generator) = opened(&image) else { panic!("no linked image") };
    let mut logits = vec![vec![0.0; VOCABULARY]; 3];
    // A note of the other part a fourth higher, it sounding a fourth higher, and neither.
    for (logits, (note, shift)) in logits.iter_mut().zip([(45, 0), (40, 5), (40, 0)]) {
        let mut state = vec![0.0; generator.state_len()];
        generator.reset(&mut state);
        let attention = Attention { shifts: [0, shift, 0, 0], ..Attention::default() };
        generator.attend(&mut state, attention);
        let part = kind::PART.start + 1;
        let pitch = kind::PITCH.start + note;
        let tokens = [kind::BAR, kind::POSITION.start, part, pitch, kind::DURATION.start + 20];
        // What it plans for the bar after is in where it speaks first, and what it says there.
        for token in tokens.into_iter().chain([kind::BAR, kind::POSITION.start, kind::PART.start]) {
            generator.step(&mut state, Token(token), logits);
        }
        let heard: Vec<f32> = state;
        logits.extend(heard);
    }
    let vocabulary = |at: usize| &logits[at][..VOCABULARY];
    assert_eq!(vocabulary(0), vocabulary(1), "the generator of bars hears the same");
    assert_ne!(logits[1], logits[2]);
}

#[test]
fn kernels_agree_and_the_heap_is_left_alone() {
    let image = duo(false);
    let model = opened(&image);
    let first = compose(&model, Walk::Drift, 11);
    for kernels in Kernels::available() {
        assert_eq!(compose(&model.with_kernels(kernels), Walk::Drift, 11), first, "{kernels:?}");
    }
    assert_ne!(compose(&model, Walk::Drift, 12), first);
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; VOCABULARY]);
    let mut composer =
        Composer::new(&model, &mut state, &mut logits, Settings::default(), opening(), 1);
    let touched = touches(|| {
        for _ in 0..2000 {
            composer.step();
        }
    });
    assert_eq!(touched, 0);
}
