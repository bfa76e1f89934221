//! Generators of bars: the arithmetic against a plain one, what is said against what is planned, the
//! grammar, and the heap.

mod common;

use std::collections::BTreeSet;

use common::bars::{network, sizes};
use common::writer::bars::{BarNetwork, DenseLayer};
use common::writer::seal;
use common::{Aligned, Noise};
use musigan_engine::composer::{Composer, Opening, Settings, Walk};
use musigan_engine::generator::bars::MAX_PARTS;
use musigan_engine::generator::{Attention, Bars};
use musigan_engine::image::{Malformed, OpenError};
use musigan_engine::rng::Rng;
use musigan_engine::sampler::Sampling;
use musigan_engine::{Generator, Image, Kernels, Model};
use musigan_guard::{Guard, touches};
use musigan_score::events::{self, Density, Event, Symbol, kind};
use musigan_score::roll::{Condition, STEPS, Stroke, Told, tick};
use musigan_score::{Key, Metre, Note, Tempo, Token};

#[global_allocator]
static ALLOCATOR: Guard = Guard;

fn opened(image: &Aligned) -> Model<'_> {
    Model::open(image.bytes(), events::FINGERPRINT).expect("our own image")
}

fn bars<'a>(model: &Model<'a>) -> Bars<'a> {
    match model {
        Model::Gan(bars) => *bars,
        other => panic!("{other:?}"),
    }
}

/// A dense layer in f64; `leak` is what passes of what is below 0.
fn dense(layer: &DenseLayer, heard: &[f64], leak: f64) -> Vec<f64> {
    let rows = layer.weights.chunks_exact(heard.len());
    rows.zip(&layer.bias)
        .map(|(row, &bias)| {
            let sum = row.iter().zip(heard).map(|(&w, x)| f64::from(w) * x).sum::<f64>();
            let sum = sum + f64::from(bias);
            if sum > 0.0 { sum } else { leak * sum }
        })
        .collect()
}

/// The network written down once more, from IMAGE.md.
fn plain(network: &BarNetwork, latent: &[f32], previous: &[f32], condition: &[f32]) -> Vec<f64> {
    let s = network.sizes;
    let wide = |x: &[f32]| x.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
    let steps = previous.chunks_exact(s.form.step_len());
    let heard: Vec<f64> =
        steps.flat_map(|row| dense(&network.layers[0], &wide(row), 0.2)).collect();
    let memory = dense(&network.layers[1], &heard, 0.2);
    let all = [wide(&latent[..s.shared]), wide(condition), memory].concat();
    let trunk = dense(&network.layers[3], &dense(&network.layers[2], &all, 0.2), 0.2);
    let mut bar = vec![0.0; s.form.len()];
    for part in 0..2 {
        let [beats, steps, keys] = [0, 1, 2].map(|at| &network.layers[4 + 3 * part + at]);
        let own = wide(&latent[s.shared + part * s.private..][..s.private]);
        let features = dense(beats, &[trunk.clone(), own].concat(), 0.2);
        let steps = features.chunks_exact(s.beat).flat_map(|beat| dense(steps, beat, 0.2));
        let steps: Vec<f64> = steps.collect();
        for (step, features) in steps.chunks_exact(s.step).enumerate() {
            let at = step * s.form.step_len() + part * s.form.part_len();
            bar[at..at + s.form.part_len()].copy_from_slice(&dense(keys, features, 1.0));
        }
    }
    bar
}

#[test]
fn a_bar_is_that_of_the_plain_network_on_every_machine() {
    let network = network(3, 1.0);
    let image = Aligned::new(&network.to_image());
    let model = opened(&image);
    let noise = &mut Noise::new(9);
    let mut state = vec![0.0; model.state_len()];
    for round in 0..4 {
        let latent = noise.numbers(sizes().latent(), 1.7);
        let mut ones = |count: usize| -> Vec<f32> {
            (0..count).map(|_| f32::from(u8::from(noise.below(9) < round))).collect()
        };
        let (previous, condition) = (ones(sizes().form.len()), ones(Condition::LEN));
        let truth = plain(&network, &latent, &previous, &condition);
        let mut first: Option<Vec<f32>> = None;
        for kernels in Kernels::available() {
            let mut bar = vec![0.0; sizes().form.len()];
            let bars = bars(&model.with_kernels(kernels));
            bars.compose(&mut state, &latent, &previous, &condition, &mut bar);
            for (&found, &wanted) in bar.iter().zip(&truth) {
                let error = (f64::from(found) - wanted).abs() / wanted.abs().max(1.0);
                assert!(error < 1e-5, "{found} {wanted}");
            }
            let first = first.get_or_insert_with(|| bar.clone());
            assert_eq!(*first, bar, "{kernels:?}");
        }
    }
}

/// What a composer makes happen until its piece ends.
fn piece(model: &Model<'_>, settings: Settings, opening: Opening<'_>, seed: u64) -> Vec<Event> {
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
    let mut composer = Composer::new(model, &mut state, &mut logits, settings, opening, seed);
    let mut events = Vec::new();
    for _ in 0..100_000 {
        let event = composer.step();
        events.extend(event);
        if matches!(event, Some(Event::End(_))) {
            return events;
        }
    }
    panic!("no end after {} events", events.len())
}

fn notes(events: &[Event]) -> Vec<Note> {
    let note = |event: &Event| if let Event::Note(note) = event { Some(*note) } else { None };
    events.iter().filter_map(note).collect()
}

/// Every bar the same: the first part strikes key 60 at each step, the second holds 48 from the second
/// step on, which without an onset is no note.
fn monotonous() -> BarNetwork {
    let mut network = network(1, 0.0);
    network.layers.iter_mut().for_each(|layer| layer.weights.fill(0.0));
    for (layer, on) in [(6, 60 - 40), (9, 40 + 48 - 40)] {
        network.layers[layer].bias.fill(-1.0);
        network.layers[layer].bias[on] = 1.0;
    }
    network
}

#[test]
fn what_is_said_is_what_is_planned() {
    let image = Aligned::new(&monotonous().to_image());
    let opening =
        Opening { key: Key::from_index(4), metre: Some(Metre::COMMON), ..Opening::default() };
    let tonic = Key::from_index(4).expect("a key").tonic();
    let settings = Settings { min_bars: 3, max_bars: 3, patience: 1000, ..Settings::default() };
    let said = notes(&piece(&opened(&image), settings, opening, 1));
    assert_eq!(said.len(), 3 * STEPS);
    let wanted = if tonic > 6 { 60 + tonic - 12 } else { 60 + tonic };
    for (at, note) in said.iter().enumerate() {
        let (bar, step) = (at / STEPS, at % STEPS);
        assert_eq!(note.onset.0, bar as u32 * 96 + tick(step));
        assert_eq!((note.pitch.key(), note.part.index()), (wanted, 0));
        // A triplet's neighbour is two ticks away, and the shortest note that has a token has three.
        let gap = tick(step + 1) - tick(step);
        assert_eq!(u32::from(note.duration), gap.max(3));
    }
}

#[test]
fn pieces_keep_the_rules_and_differ_by_their_seeds() {
    let mut different = BTreeSet::new();
    for (seed, rare) in [(1, 1.5), (2, 3.0), (3, 9.0), (4, 0.0)] {
        let image = Aligned::new(&network(seed, rare).to_image());
        let model = opened(&image);
        for density in [None, Density::new(3)] {
            let settings = Settings { density, min_bars: 4, max_bars: 12, ..Settings::default() };
            let events = piece(&model, settings, Opening::default(), seed);
            assert_eq!(events, piece(&model, settings, Opening::default(), seed));
            let bars = events.iter().filter(|event| matches!(event, Event::Bar(_))).count();
            assert!((4..=13).contains(&bars), "{bars}");
            let notes = notes(&events);
            assert!(!notes.is_empty(), "silence is broken off");
            different.insert(notes.iter().map(|note| note.order()).collect::<Vec<_>>());
            if rare > 2.0 {
                // Where nothing is planned and silence is not allowed, chance chooses what is said.
                continue;
            }
            // Chance is in the latent: how freely tokens are chosen changes the opening at most.
            let cold = Sampling { temperature: 0.01, ..Sampling::default() };
            let opening = Opening {
                key: Key::from_index(0),
                metre: Some(Metre::COMMON),
                tempo: Some(Tempo::from_bpm(100)),
                ..Opening::default()
            };
            let long = Settings { min_bars: 8, max_bars: 8, ..settings };
            let warm = self::notes(&piece(&model, long, opening, seed));
            let settings = Settings { sampling: cold, ..long };
            assert_eq!(self::notes(&piece(&model, settings, opening, seed)), warm);
        }
    }
    assert!(different.len() >= 5, "{}", different.len());
}

#[test]
fn a_bar_depends_on_the_bar_before_and_on_density() {
    let image = Aligned::new(&network(5, 1.0).to_image());
    let model = opened(&image);
    let opening =
        Opening { key: Key::from_index(0), metre: Some(Metre::COMMON), ..Opening::default() };
    let at = |density| {
        let settings = Settings { density, min_bars: 4, max_bars: 4, ..Settings::default() };
        notes(&piece(&model, settings, opening, 7))
    };
    assert_ne!(at(Density::new(1)), at(Density::new(6)));
}

#[test]
fn composing_leaves_the_heap_alone() {
    let image = Aligned::new(&network(2, 1.0).to_image());
    let model = opened(&image);
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
    let mut composer =
        Composer::new(&model, &mut state, &mut logits, Settings::default(), Opening::default(), 1);
    let touched = touches(|| {
        for step in 0..3000 {
            composer.settings_mut().walk = Walk::ALL[step / 100 % 3];
            composer.step();
        }
    });
    assert_eq!(touched, 0);
}

/// A generator that hears tokens by hand.
struct Listening<'a> {
    bars: Bars<'a>,
    state: Vec<f32>,
    logits: Vec<f32>,
}

const SEED: u64 = 77;

impl<'a> Listening<'a> {
    fn new(model: &Model<'a>, walk: Walk) -> Self {
        let (bars, logits) = (bars(model), vec![0.0; model.vocab_len()]);
        let mut listening = Self { bars, state: vec![0.0; model.state_len()], logits };
        bars.reset(&mut listening.state);
        bars.seed(&mut listening.state, SEED);
        listening.attend(walk);
        listening.hear(kind::BOS);
        listening
    }

    fn attend(&mut self, walk: Walk) {
        self.bars.attend(&mut self.state, Attention { walk, ..Attention::default() });
    }

    fn hear(&mut self, token: u16) {
        self.bars.step(&mut self.state, Token(token), &mut self.logits);
    }

    /// Where such numbers are in the state.
    fn find(&self, numbers: &[f32]) -> Option<usize> {
        self.state.windows(numbers.len()).position(|window| window == numbers)
    }

    /// Whether the bar is the one of this latent, after a bar with these ones.
    fn plans(
        &self,
        latent: &[f32],
        previous: &[usize],
        density: Option<Density>,
        bar: u32,
    ) -> bool {
        let ones = |len: usize, ones: &[usize]| {
            let mut numbers = vec![0.0; len];
            ones.iter().for_each(|&one| numbers[one] = 1.0);
            numbers
        };
        let told = Told { mode: None, density, style: None };
        let (mut condition, cells) = (Vec::new(), sizes().form.len());
        let wanted = Condition { told, metre: Metre::COMMON, follows: bar > 1 };
        wanted.ones(|one| condition.push(one));
        let condition = ones(Condition::LEN, &condition);
        let (mut state, mut cell) = (vec![0.0; self.state.len()], vec![0.0; cells]);
        self.bars.compose(&mut state, latent, &ones(cells, previous), &condition, &mut cell);
        self.find(&cell).is_some()
    }
}

/// The latent that chance gives a bar.
fn chance(bar: u64) -> Vec<f32> {
    let rng = &mut Rng::new(SEED ^ bar << 32);
    (0..sizes().latent()).map(|_| (2.0 * rng.unit() - 1.0) * 1.732_050_8).collect()
}

fn drifted(last: &[f32], chance: &[f32]) -> Vec<f32> {
    last.iter().zip(chance).map(|(last, chance)| 0.8 * last + 0.6 * chance).collect()
}

#[test]
fn the_latent_jumps_drifts_or_is_held() {
    let image = Aligned::new(&network(5, 1.0).to_image());
    let model = opened(&image);
    let density = Density::new(4);
    let dense = Symbol::Density(density.expect("a density")).token().expect("its token").0;
    for walk in Walk::ALL {
        let mut listening = Listening::new(&model, walk);
        listening.hear(kind::BAR);
        let first = chance(1);
        assert!(listening.plans(&first, &[], None, 1), "{walk:?}");
        // A note of a quarter, then an empty bar, then one that is told twice how dense it is to be.
        for token in [kind::POSITION.start, kind::PART.start, kind::PITCH.start + 60 - 21] {
            listening.hear(token);
        }
        let quarter = (0..64).map(|at| kind::DURATION.start + at).find(|&token| {
            matches!(Symbol::of(Token(token)), Some(Symbol::Duration(d)) if d.ticks() == 24)
        });
        listening.hear(quarter.expect("a quarter"));
        listening.hear(kind::BAR);
        let next = |last: &[f32], bar| match walk {
            Walk::Jump => chance(bar),
            Walk::Drift => drifted(last, &chance(bar)),
            Walk::Hold => last.to_vec(),
        };
        let (second, form) = (next(&first, 2), sizes().form);
        let end = (0..STEPS).find(|&step| tick(step) == 24).expect("a beat");
        let mut previous = Vec::new();
        let key = form.inside(60);
        form.write(Stroke { step: 0, end, part: 0, key }, |cell| previous.push(cell));
        assert!(listening.plans(&second, &previous, None, 2), "{walk:?}");
        listening.hear(kind::BAR);
        let third = next(&second, 3);
        assert!(listening.plans(&third, &[], None, 3), "{walk:?}");
        for _ in 0..2 {
            // What is asked in a bar is for the next one.
            listening.attend(Walk::Jump);
            listening.hear(dense);
            assert!(listening.plans(&third, &[], density, 3), "{walk:?}");
        }
        listening.attend(walk);
        listening.hear(kind::BAR);
        let fourth = next(&third, 4);
        assert!(listening.plans(&fourth, &[], None, 4), "{walk:?}");
        listening.hear(kind::BAR);
        // The bar before and the condition are the same.
        let same = listening.plans(&fourth, &[], None, 5);
        assert_eq!(same, walk == Walk::Hold, "{walk:?}");
        // A piece begins by chance.
        listening.hear(kind::BOS);
        listening.hear(kind::BAR);
        assert!(listening.plans(&first, &[], None, 1), "{walk:?}");
        listening.hear(kind::BAR);
        assert!(listening.plans(&next(&first, 2), &[], None, 2), "{walk:?}");
    }
}

#[test]
fn a_latent_that_drifts_keeps_its_variance_and_leaves_slowly() {
    let image = Aligned::new(&network(5, 9.0).to_image());
    let model = opened(&image);
    let mut listening = Listening::new(&model, Walk::Drift);
    listening.hear(kind::BAR);
    let at = listening.find(&chance(1)).expect("the latent is in the state");
    let len = sizes().latent();
    let mut latents = Vec::new();
    for _ in 0..4000 {
        latents.push(listening.state[at..at + len].to_vec());
        listening.hear(kind::BAR);
    }
    // The mean product of what is so many bars apart.
    let product = |apart: usize| {
        let pairs = latents.iter().zip(&latents[apart..]);
        let products = pairs.flat_map(|(a, b)| a.iter().zip(b)).map(|(a, b)| f64::from(a * b));
        products.sum::<f64>() / (len * (latents.len() - apart)) as f64
    };
    for (apart, wanted) in [(0, 1.0), (1, 0.8), (3, 0.512), (24, 0.0)] {
        let found = product(apart);
        assert!((found - wanted).abs() < 0.05, "{apart}: {found}");
    }
}

#[test]
fn a_walk_is_asked_for_while_it_plays() {
    let image = Aligned::new(&network(5, 1.0).to_image());
    let model = opened(&image);
    let opening =
        Opening { key: Key::from_index(0), metre: Some(Metre::COMMON), ..Opening::default() };
    let played = |from: u32, walk: Walk| {
        let settings = Settings { min_bars: 8, max_bars: 8, patience: 100, ..Settings::default() };
        let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
        let mut composer = Composer::new(&model, &mut state, &mut logits, settings, opening, 7);
        let (mut bars, mut begun) = (Vec::new(), 0);
        loop {
            if begun == from {
                composer.settings_mut().walk = walk;
            }
            match composer.step() {
                Some(Event::Bar(_)) => {
                    begun += 1;
                    bars.push(Vec::new());
                }
                Some(Event::Note(note)) => bars.last_mut().expect("a bar").push(note.order()),
                Some(Event::End(_)) => return bars,
                _ => {}
            }
        }
    };
    let jump = played(0, Walk::Jump);
    for walk in [Walk::Drift, Walk::Hold] {
        let (all, late) = (played(0, walk), played(4, walk));
        assert_eq!(all, played(0, walk), "by its seed");
        // By chance the first bar, and all until something else is asked for.
        assert_eq!(all[0], jump[0]);
        assert_ne!(all[1], jump[1]);
        assert_eq!(late[..4], jump[..4]);
        assert_ne!(late[4], jump[4]);
        assert_ne!(late[4..], all[4..]);
    }
    assert_ne!(played(0, Walk::Drift), played(0, Walk::Hold));
}

#[test]
fn pieces_end_as_often_as_they_did_in_the_corpus_however_freely_tokens_are_chosen() {
    let mut network = monotonous();
    network.prior[usize::from(kind::EOS)] = 0.1_f32.ln();
    let image = Aligned::new(&network.to_image());
    let model = opened(&image);
    let opening = Opening { metre: Some(Metre::COMMON), ..Opening::default() };
    let lengths = |temperature, min_bars| -> Vec<usize> {
        let sampling = Sampling { temperature, top_p: 0.9, ..Sampling::default() };
        let settings = Settings { sampling, min_bars, patience: 1000, ..Settings::default() };
        let bars = |seed| {
            let events = piece(&model, settings, opening, seed);
            events.iter().filter(|event| matches!(event, Event::Bar(_))).count()
        };
        (0..100).map(bars).collect()
    };
    // One bar in ten is the last: a mean of 10 with a standard error of 0.95.
    for (temperature, min_bars) in [(0.6, 0), (1.2, 0), (1.0, 5)] {
        let lengths = lengths(temperature, min_bars);
        assert!(lengths.iter().all(|&bars| bars >= min_bars as usize));
        let mean = lengths.iter().sum::<usize>() as f64 / lengths.len() as f64;
        let wanted = 10.0 + f64::from(min_bars.saturating_sub(1));
        assert!((mean - wanted).abs() < 2.5, "{temperature}: {mean}, not {wanted}");
    }
}

#[test]
fn extents_that_cannot_be_are_refused() {
    let good = network(1, 1.0).to_image();
    // The section of sizes is the first: after the header and a table of 2 × 10 + 3 entries.
    let entries = 2 * network(1, 1.0).layers.len() + 3;
    let first = (64 + 16 * entries).next_multiple_of(64);
    for (at, value, wanted) in
        [(0, MAX_PARTS as u16 + 1, 0), (2, 12, 2), (2, 300, 2), (3, 0, 3), (8, 5000, 8)]
    {
        let mut image = good.clone();
        image[first + 2 * at..first + 2 * at + 2].copy_from_slice(&value.to_le_bytes());
        seal(&mut image);
        let image = Aligned::new(&image);
        let refused = Image::open(image.bytes()).err();
        assert_eq!(refused, Some(OpenError::Malformed(Malformed::Size { at: wanted, value })));
    }
    // Another size that could be: then the layers are not as long as they should be.
    let mut image = good.clone();
    image[first + 6] += 1;
    seal(&mut image);
    let image = Aligned::new(&image);
    let refused = Image::open(image.bytes()).err();
    assert!(matches!(
        refused,
        Some(OpenError::Malformed(Malformed::SectionLength { kind: 12, .. }))
    ));
}
