//! Every instruction set gives the bits of the scalar kernels, and those the numbers of the
//! textbook in f64.

mod common;

use common::{Aligned, Noise, Oracle, VOCABULARY, network};
use musigan_engine::image::Architecture;
use musigan_engine::{Generator, Kernels, Model};
use musigan_score::Token;
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn engine_is_the_textbook(
        architecture in architecture(),
        vocab_len in 1_usize..150,
        widths in prop::collection::vec(1_usize..50, 1..=4),
        seed: u64,
    ) {
        let network = network(architecture, vocab_len, &widths, seed);
        let image = Aligned::new(&network.to_image());
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
    fn every_instruction_set_gives_the_same_bits(
        architecture in architecture(),
        vocab_len in 1_usize..150,
        widths in prop::collection::vec(1_usize..70, 1..=4),
        seed: u64,
    ) {
        let image = Aligned::new(&network(architecture, vocab_len, &widths, seed).to_image());
        let model = Model::open(image.bytes(), VOCABULARY).unwrap();
        let mut scalar = Stream::new(model.with_kernels(Kernels::SCALAR));
        let mut others: Vec<_> =
            Kernels::available().map(|isa| Stream::new(model.with_kernels(isa))).collect();
        let mut noise = Noise::new(seed);
        for _ in 0..50 {
            let token = noise.below(vocab_len);
            let expected: Vec<_> = scalar.step(token).iter().map(|x| x.to_bits()).collect();
            for other in &mut others {
                let found: Vec<_> = other.step(token).iter().map(|x| x.to_bits()).collect();
                prop_assert_eq!(&expected, &found, "{}", other.model.kernels().name());
            }
        }
    }
}

#[test]
fn reset_forgets_everything() {
    let image = Aligned::new(&network(Architecture::Lstm, 30, &[20, 9], 3).to_image());
    let mut stream = Stream::new(Model::open(image.bytes(), VOCABULARY).unwrap());
    let first = stream.step(5).to_vec();
    stream.step(6);
    assert_ne!(first, stream.step(5));
    stream.model.reset(&mut stream.state);
    assert_eq!(first, stream.step(5));
}

#[test]
fn a_token_beyond_the_vocabulary_is_the_last() {
    let image = Aligned::new(&network(Architecture::Gru, 30, &[20], 3).to_image());
    let model = Model::open(image.bytes(), VOCABULARY).unwrap();
    assert_eq!(Stream::new(model).step(65_535), Stream::new(model).step(29));
}

#[test]
fn enormous_weights_do_not_poison_the_state() {
    let mut network = network(Architecture::Lstm, 10, &[16, 16], 1);
    network.layers.iter_mut().for_each(|layer| layer.recurrent.fill(f32::MAX));
    network.layers[1].input.fill(f32::MIN);
    let image = Aligned::new(&network.to_image());
    for isa in Kernels::available() {
        let model = Model::open(image.bytes(), VOCABULARY).unwrap().with_kernels(isa);
        let mut stream = Stream::new(model);
        for token in (0..10).cycle().take(1_000) {
            assert!(stream.step(token).iter().all(|logit| logit.is_finite()), "{}", isa.name());
        }
    }
}

/// The FNV-1a hash of every logit's bits over 500 steps, pinned: other machines, other compilers
/// and other builds must find the same.
#[test]
fn every_machine_gives_the_same_bits() {
    let cases =
        [(Architecture::Lstm, 0x5f30_2e61_dec8_8543), (Architecture::Gru, 0x93b4_e25b_c07d_2ff6)];
    for (architecture, pinned) in cases {
        let image = Aligned::new(&network(architecture, 77, &[40, 23], 9).to_image());
        let mut stream = Stream::new(Model::open(image.bytes(), VOCABULARY).unwrap());
        let mut noise = Noise::new(4);
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for _ in 0..500 {
            for logit in stream.step(noise.below(77)) {
                hash = (hash ^ u64::from(logit.to_bits())).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        assert_eq!(hash, pinned, "{architecture:?}: {hash:#018x}");
    }
}
