//! Steps and nothing else, to be counted from outside:
//! `valgrind --tool=callgrind --toggle-collect='*Generator*step*' … steps lstm int8 256 [TOKENS]`

#[path = "../tests/common/mod.rs"]
mod common;

use musigan_engine::image::{Architecture, Weights};
use musigan_engine::{Generator, Model};
use musigan_score::Token;

const VOCAB_LEN: usize = 256;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let asked = |name: &str| arguments.iter().any(|argument| argument == name);
    let numbers: Vec<usize> = arguments.iter().filter_map(|a| a.parse().ok()).collect();
    let architecture = if asked("gru") { Architecture::Gru } else { Architecture::Lstm };
    let weights = Weights::ALL.into_iter().find(|weights| asked(weights.name()));
    let (width, steps) = (*numbers.first().unwrap_or(&256), *numbers.get(1).unwrap_or(&20));
    let network = common::network(architecture, VOCAB_LEN, &[width, width], 7);
    let image = common::Aligned::new(&network.to_image(weights.unwrap_or_default()));
    let model = Model::open(image.bytes(), common::VOCABULARY).expect("our own image");
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
    model.reset(&mut state);
    let mut noise = common::Noise::new(*numbers.get(2).unwrap_or(&1) as u64);
    for _ in 0..steps {
        model.step(&mut state, Token(noise.below(VOCAB_LEN) as u16), &mut logits);
    }
    std::hint::black_box(logits);
}
