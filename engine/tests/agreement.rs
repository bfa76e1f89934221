//! Every instruction set gives the bits of the scalar kernels, and those the numbers of the
//! textbook in f64.

mod common;

use common::plain::Plain;
use common::writer::linked;
use common::{Aligned, Noise, Oracle, VOCABULARY, network, network_on};
use musigan_engine::composer::{Opening, Settings};
use musigan_engine::generator::Wanted;
use musigan_engine::image::{Architecture, Weights};
use musigan_engine::sampler::Sampling;
use musigan_engine::{Composer, Generator, Kernels, Model};
use musigan_score::link::Picture;
use musigan_score::{Token, events};
use proptest::prelude::*;

struct Stream<'a> {
    model: Model<'a>,
    state: Vec<f32>,
    logits: Vec<f32>,
}

impl<'a> Stream<'a> {
    fn new(model: Model<'a>) -> Self {
        let mut state = vec![f32::NAN; model.state_len()];
        model.reset(&mut state);
        Self { model, state, logits: vec![0.0; model.vocab_len()] }
    }

    fn step(&mut self, token: usize) -> &[f32] {
        self.model.step(&mut self.state, Token(token as u16), &mut self.logits);
        &self.logits
    }
}

fn architecture() -> impl Strategy<Value = Architecture> {
    prop_oneof![Just(Architecture::Lstm), Just(Architecture::Gru)]
}

fn weights() -> impl Strategy<Value = Weights> {
    prop::sample::select(&Weights::ALL[..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn engine_is_the_textbook(
        architecture in architecture(),
        vocab_len in 1_usize..150,
        widths in prop::collection::vec(1_usize..50, 1..=4),
        apart in prop::option::of(1_usize..40),
        normal in 0_u8..16,
        seed: u64,
    ) {
        let mut network = network_on(apart, architecture, vocab_len, &widths, seed);
        // Of few numbers the variance may be next to nothing, and rounding beside it much.
        let wide = widths.iter().enumerate().filter(|(_, width)| **width >= 8);
        network.normal = wide.map(|(layer, _)| normal & 1 << layer).sum();
        let image = Aligned::new(&network.to_image(Weights::F32));
        let mut engine = Stream::new(Model::open(image.bytes(), VOCABULARY).unwrap());
        let mut oracle = Oracle::new(&network);
        let mut noise = Noise::new(seed);
        for step in 0..50 {
            let token = noise.below(vocab_len);
            let expected = oracle.step(token);
            for (index, (&found, expected)) in engine.step(token).iter().zip(expected).enumerate() {
                // Wide recurrent weights make the network chaotic: rounding grows step by step.
                let tolerance = if step < 10 { 2e-4 } else { 0.05 };
                prop_assert!(
                    (f64::from(found) - expected).abs() < tolerance,
                    "step {step}, logit {index}: {found} instead of {expected}"
                );
            }
        }
    }

    #[test]
    fn every_instruction_set_gives_the_bits_of_the_specification(
        architecture in architecture(),
        weights in weights(),
        vocab_len in 1_usize..150,
        widths in prop::collection::vec(1_usize..70, 1..=4),
        apart in prop::option::of(1_usize..40),
        normal in 0_u8..16,
        seed: u64,
    ) {
        let mut network = network_on(apart, architecture, vocab_len, &widths, seed);
        network.normal = normal & ((1 << widths.len()) - 1);
        let image = Aligned::new(&network.to_image(weights));
        let model = Model::open(image.bytes(), VOCABULARY).unwrap();
        prop_assert_eq!(model.weights(), weights);
        let mut plain = Plain::new(&network, weights);
        let mut streams: Vec<_> =
            Kernels::available().map(|isa| Stream::new(model.with_kernels(isa))).collect();
        let mut noise = Noise::new(seed);
        for _ in 0..50 {
            let token = noise.below(vocab_len);
            let expected: Vec<_> = plain.step(token).iter().map(|x| x.to_bits()).collect();
            for stream in &mut streams {
                let found: Vec<_> = stream.step(token).iter().map(|x| x.to_bits()).collect();
                prop_assert_eq!(&expected, &found, "{}", stream.model.kernels().name());
            }
        }
    }
}

#[test]
fn a_step_for_few_says_of_them_what_a_whole_step_says() {
    for (architecture, weights) in
        Weights::ALL.into_iter().flat_map(|w| [(Architecture::Lstm, w), (Architecture::Gru, w)])
    {
        let image = Aligned::new(&network(architecture, 300, &[40, 23], 9).to_image(weights));
        let model = Model::open(image.bytes(), VOCABULARY).unwrap();
        let (mut whole, mut few) = (Stream::new(model), Stream::new(model));
        let mut noise = Noise::new(4);
        for _ in 0..100 {
            let (token, start) = (noise.below(300), noise.below(300) as u16);
            let run = start..start + noise.below(40) as u16;
            let mut wanted = Wanted::NONE;
            wanted.add(run.clone());
            few.logits.fill(f32::NAN);
            few.model.step_for(&mut few.state, Token(token as u16), wanted, &mut few.logits);
            let expected = whole.step(token);
            for (at, (few, expected)) in few.logits.iter().zip(expected).enumerate() {
                let there = wanted.contains(at as u16);
                assert!(there || !run.contains(&(at as u16)));
                assert!(if there { few == expected } else { few.is_nan() }, "{at} of {run:?}");
            }
            let bits = |state: &[f32]| state.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&whole.state), bits(&few.state));
        }
    }
}

#[test]
fn reset_forgets_everything() {
    let image = Aligned::new(&network(Architecture::Lstm, 30, &[20, 9], 3).to_image(Weights::F32));
    let mut stream = Stream::new(Model::open(image.bytes(), VOCABULARY).unwrap());
    let first = stream.step(5).to_vec();
    stream.step(6);
    assert_ne!(first, stream.step(5));
    stream.model.reset(&mut stream.state);
    assert_eq!(first, stream.step(5));
}

#[test]
fn a_token_beyond_the_vocabulary_is_the_last() {
    let image = Aligned::new(&network(Architecture::Gru, 30, &[20], 3).to_image(Weights::F32));
    let model = Model::open(image.bytes(), VOCABULARY).unwrap();
    assert_eq!(Stream::new(model).step(65_535), Stream::new(model).step(29));
}

#[test]
fn enormous_weights_do_not_poison_the_state() {
    let mut network = network(Architecture::Lstm, 10, &[16, 16], 1);
    network.layers.iter_mut().for_each(|layer| layer.recurrent.fill(f32::MAX));
    network.layers[1].input.fill(f32::MIN);
    let image = Aligned::new(&network.to_image(Weights::F32));
    for isa in Kernels::available() {
        let model = Model::open(image.bytes(), VOCABULARY).unwrap().with_kernels(isa);
        let mut stream = Stream::new(model);
        for token in (0..10).cycle().take(1_000) {
            assert!(stream.step(token).iter().all(|logit| logit.is_finite()), "{}", isa.name());
        }
    }
}

const FNV: u64 = 0xcbf2_9ce4_8422_2325;

/// The FNV-1a hash of what `hash` covers and then `bytes`.
fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    let step = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    bytes.iter().fold(hash, step)
}

/// The hash of every logit's bits over 500 steps, pinned: other machines, other compilers and other
/// builds must find the same.
#[test]
fn every_machine_gives_the_same_bits() {
    let cases = [
        (Architecture::Lstm, Weights::F32, 0xc4a7_6d26_5da8_8b24),
        (Architecture::Lstm, Weights::Bf16, 0x5b97_7214_1758_6f2c),
        (Architecture::Lstm, Weights::Int8, 0xfa2c_90a8_4527_6b33),
        (Architecture::Gru, Weights::F32, 0xc8b6_b8b9_a074_fc73),
        (Architecture::Gru, Weights::Bf16, 0x57ac_bdcb_04f1_0e75),
        (Architecture::Gru, Weights::Int8, 0xa4ec_6f45_7f16_5c3e),
    ];
    let found = cases.map(|(architecture, weights, _)| {
        let image = Aligned::new(&network(architecture, 77, &[40, 23], 9).to_image(weights));
        let mut stream = Stream::new(Model::open(image.bytes(), VOCABULARY).unwrap());
        let mut noise = Noise::new(4);
        let mut hash = FNV;
        for _ in 0..500 {
            let logits = stream.step(noise.below(77)).iter();
            hash = logits.fold(hash, |hash, logit| fnv(hash, &logit.to_bits().to_le_bytes()));
        }
        (architecture, weights, hash)
    });
    assert_eq!(found, cases, "{found:#018x?}");
}

/// The hash of a composed piece's events, pinned: the same seed gives the same piece everywhere.
#[test]
fn every_machine_composes_the_same_piece() {
    let cases = [
        (Weights::F32, 0x4234_9b7c_db40_1a75),
        (Weights::Bf16, 0xfb35_6c22_13e7_65ab),
        (Weights::Int8, 0xd19f_e967_9957_e3cc),
    ];
    let found = cases.map(|(weights, _)| {
        let network = network(Architecture::Lstm, events::VOCABULARY, &[48, 48], 11);
        let image = Aligned::new(&network.to_image(weights));
        let model = Model::open(image.bytes(), VOCABULARY).unwrap();
        let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
        // Told, so that another default changes nothing here.
        let sampling = Sampling { temperature: 1.0, top_p: 0.98, top_k: u16::MAX };
        let (settings, opening) =
            (Settings { sampling, tonality: 0.0, ..Settings::default() }, Opening::default());
        let mut composer = Composer::new(&model, &mut state, &mut logits, settings, opening, 7);
        let said = std::iter::from_fn(|| Some(composer.step())).take(2_000).flatten();
        (weights, said.fold(FNV, |hash, event| fnv(hash, format!("{event:?}").as_bytes())))
    });
    assert_eq!(found, cases, "{found:#018x?}");
}

/// The same of two generators that hear each other, on every kernel.
#[test]
fn every_machine_composes_the_same_duet() {
    let cases = [
        (Weights::F32, 0x165a_2393_ae4c_7651),
        (Weights::Bf16, 0x7365_0a67_1634_1605),
        (Weights::Int8, 0x6dc0_1c6e_90b2_0bd2),
    ];
    let found = cases.map(|(weights, _)| {
        let parts = [(Architecture::Gru, 3), (Architecture::Lstm, 4)];
        let images = parts.map(|(architecture, seed)| {
            let widths = [30, 22];
            let mut network = network_on(Some(17), architecture, events::VOCABULARY, &widths, seed);
            let others = Noise::new(seed ^ 7).numbers(Picture::FEATURES * 17, 1.0);
            (network.vocabulary, network.others) = (events::FINGERPRINT, Some(others));
            Aligned::new(&network.to_image(weights))
        });
        let images: Vec<&[u8]> = images.iter().map(Aligned::bytes).collect();
        let image = Aligned::new(&linked(&images, "corpus=none\n"));
        let pieces = Kernels::available().map(|kernels| {
            let model = Model::open(image.bytes(), events::FINGERPRINT).unwrap();
            let model = model.with_kernels(kernels);
            let (mut state, mut logits) =
                (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
            let sampling = Sampling { temperature: 1.0, top_p: 0.98, top_k: u16::MAX };
            let settings = Settings { sampling, tonality: 0.0, ..Settings::default() };
            let opening = Opening::default();
            let mut composer = Composer::new(&model, &mut state, &mut logits, settings, opening, 7);
            let said = std::iter::from_fn(|| Some(composer.step())).take(1_000).flatten();
            said.fold(FNV, |hash, event| fnv(hash, format!("{event:?}").as_bytes()))
        });
        let pieces: Vec<u64> = pieces.collect();
        assert!(pieces.iter().all(|&piece| piece == pieces[0]), "{pieces:#018x?}");
        (weights, pieces[0])
    });
    assert_eq!(found, cases, "{found:#018x?}");
}
