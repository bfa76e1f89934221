//! A step of each kind of network, with weights of noise.

#[path = "../../../engine/tests/common/mod.rs"]
mod common;

use std::hint::black_box;

use common::writer::bars::{BarNetwork, DenseLayer};
use common::{Aligned, Noise, VOCABULARY};
use musigan_engine::generator::bars::Sizes;
use musigan_engine::image::{Architecture, Weights};
use musigan_engine::{Generator, Model};
use musigan_score::roll::{Condition, Form};
use musigan_score::{Token, events};

use crate::counted;

const VOCAB_LEN: usize = 256;
const WIDTHS: [usize; 2] = [256, 256];
const STEPS: usize = 20;
const BARS: usize = 4;

pub fn steps(architecture: Architecture, weights: Weights) -> usize {
    let image =
        Aligned::new(&common::network(architecture, VOCAB_LEN, &WIDTHS, 7).to_image(weights));
    let model = Model::open(image.bytes(), VOCABULARY).expect("our own image");
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
    model.reset(&mut state);
    let mut noise = Noise::new(1);
    let tokens: [Token; STEPS] = std::array::from_fn(|_| Token(noise.below(VOCAB_LEN) as u16));
    counted(&mut || {
        for &token in &tokens {
            model.step(&mut state, token, black_box(&mut logits));
        }
    });
    STEPS
}

/// Bars by a network of the sizes that the trainer's usually have.
pub fn bars() -> usize {
    let form = Form::new(2, 33, 64).expect("a roll");
    let sizes = Sizes {
        form,
        shared: 32,
        private: 16,
        heard: 32,
        memory: 160,
        trunk: 256,
        beat: 64,
        step: 48,
    };
    let noise = &mut Noise::new(5);
    let layers = sizes
        .dense()
        .map(|[inputs, outputs, _]| DenseLayer {
            weights: noise.numbers(inputs * outputs, 2.0 / (inputs as f32).sqrt()),
            bias: noise.numbers(outputs, 0.5),
        })
        .collect();
    let network = BarNetwork {
        vocabulary: events::FINGERPRINT,
        ticks_per_quarter: 24,
        about: "corpus=none\n".to_owned(),
        sizes,
        programs: [52, 0, 0, 0],
        prior: vec![-1.0; events::VOCABULARY],
        layers,
    };
    let image = Aligned::new(&network.to_image());
    let model = Model::open(image.bytes(), events::FINGERPRINT).expect("our own image");
    let Model::Gan(bars) = &model else { unreachable!("it is a generator of bars") };
    let mut state = vec![0.0; model.state_len()];
    let latent = noise.numbers(sizes.latent(), 1.7);
    let mut ones = |count: usize| -> Vec<f32> {
        (0..count).map(|_| f32::from(u8::from(noise.below(9) == 0))).collect()
    };
    let (previous, condition) = (ones(form.len()), ones(Condition::LEN));
    let mut bar = vec![0.0; form.len()];
    counted(&mut || {
        for _ in 0..BARS {
            bars.compose(&mut state, &latent, &previous, &condition, black_box(&mut bar));
        }
    });
    BARS
}
