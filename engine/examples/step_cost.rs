//! The cost of a step: µs per token of a two-layer LSTM, by width and instruction set.
//!
//! `cargo run --release -p musigan-engine --example step_cost [lstm|gru]`

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;
use std::time::Instant;

use musigan_engine::image::Architecture;
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
        "{:>8} {:>6} {:>12} {:>9} {:>9} {:>7}",
        "kernels", "width", "MACs", "min", "median", "GB/s"
    );
    for width in [64, 128, 256, 512] {
        let image = common::network(architecture, VOCAB_LEN, &[width, width], 7).to_image();
        let image = common::Aligned::new(&image);
        let model = Model::open(image.bytes(), common::VOCABULARY).expect("our own image");
        let start = Instant::now();
        for _ in 0..10 {
            black_box(Model::open(image.bytes(), common::VOCABULARY)).expect("our own image");
        }
        let open = start.elapsed().as_secs_f64() * 1e2;
        println!(
            "{:>8} {width:>6} open {:.2} MB in {open:.2} ms",
            "",
            image.bytes().len() as f64 / 1e6
        );
        let models: Vec<_> = Kernels::available().map(|isa| model.with_kernels(isa)).collect();
        let mut times = vec![Vec::new(); models.len()];
        let steps = (20_000_000 / model.macs_per_step()).clamp(20, 2_000);
        for _ in 0..ROUNDS {
            for (model, times) in models.iter().zip(&mut times) {
                times.push(round(model, steps));
            }
        }
        for (model, times) in models.iter().zip(&mut times) {
            times.sort_by(f64::total_cmp);
            let (best, median) = (times[0], times[times.len() / 2]);
            let rate = 4.0 * model.macs_per_step() as f64 / best / 1e3;
            println!(
                "{:>8} {width:>6} {:>12} {best:>9.2} {median:>9.2} {rate:>7.1}",
                model.kernels().name(),
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
