//! The cost of a step: µs per token of a two-layer LSTM, by width and instruction set.
//!
//! `cargo run --release -p musigan-engine --example step_cost [lstm|gru]`

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;
use std::time::Instant;

use musigan_engine::image::{Architecture, Weights};
use musigan_engine::{Generator, Kernels, Model};
use musigan_score::Token;

const VOCAB_LEN: usize = 256;
const ROUNDS: usize = 60;

fn main() {
    let architecture = match std::env::args().nth(1).as_deref() {
        Some("gru") => Architecture::Gru,
        _ => Architecture::Lstm,
    };
    println!(
        "{architecture:?}, 2 layers, vocabulary {VOCAB_LEN}: µs per token, minimum and median"
    );
    println!(
        "{:>6} {:>14} {:>5} {:>9} {:>9} {:>9}",
        "width", "kernels", "", "MACs", "min", "median"
    );
    for width in [64, 128, 256, 512] {
        let network = common::network(architecture, VOCAB_LEN, &[width, width], 7);
        let images = Weights::ALL.map(|weights| common::Aligned::new(&network.to_image(weights)));
        let mut models = Vec::new();
        for image in &images {
            let start = Instant::now();
            let model = Model::open(image.bytes(), common::VOCABULARY).expect("our own image");
            println!(
                "{width:>6} {:>14} {:>5} open {:.2} MB in {:.2} ms",
                "",
                model.weights(),
                image.bytes().len() as f64 / 1e6,
                start.elapsed().as_secs_f64() * 1e3
            );
            models.extend(Kernels::available().map(|isa| model.with_kernels(isa)));
        }
        let mut times = vec![Vec::new(); models.len()];
        let steps = (20_000_000 / models[0].macs_per_step()).clamp(20, 2_000);
        for _ in 0..ROUNDS {
            for (model, times) in models.iter().zip(&mut times) {
                times.push(round(model, steps));
            }
        }
        for (model, times) in models.iter().zip(&mut times) {
            times.sort_by(f64::total_cmp);
            let (best, median) = (times[0], times[times.len() / 2]);
            println!(
                "{width:>6} {:>14} {:>5} {:>9} {best:>9.2} {median:>9.2}",
                model.kernels().name(),
                model.weights(),
                model.macs_per_step()
            );
        }
    }
}

fn round(model: &Model, steps: usize) -> f64 {
    let mut state = vec![0.0; model.state_len()];
    let mut logits = vec![0.0; model.vocab_len()];
    model.reset(&mut state);
    for token in 0..4 {
        model.step(&mut state, Token(token), &mut logits);
    }
    let start = Instant::now();
    for step in 0..steps {
        model.step(&mut state, Token((step * 37 % VOCAB_LEN) as u16), &mut logits);
    }
    let seconds = start.elapsed().as_secs_f64();
    black_box(&logits);
    seconds * 1e6 / steps as f64
}
