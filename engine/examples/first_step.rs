//! What the first step after `open` takes beside the median of those after it, in a program that has just
//! begun.
//!
//! `cargo run --release -p musigan-engine --example first_step -- FILE.mgi`

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;
use std::time::Instant;

use musigan_engine::{Generator, Model};
use musigan_score::{Token, events};

fn main() {
    let path = std::env::args().nth(1).expect("usage: first_step FILE.mgi");
    let image = common::Aligned::new(&std::fs::read(path).expect("a file"));
    let start = Instant::now();
    let model = Model::open(image.bytes(), events::FINGERPRINT).expect("an image of events");
    let opened = start.elapsed();
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
    model.reset(&mut state);
    // Memory is there when it is written to for the first time.
    black_box(&mut logits).fill(0.0);
    let mut times = Vec::with_capacity(1_000);
    let timer = Instant::now();
    times.push(timer.elapsed().as_secs_f64());
    times.clear();
    times.extend((0..1_000_u16).map(|step| {
        let start = Instant::now();
        model.step(&mut state, Token(step * 37 % 500), &mut logits);
        black_box(&logits);
        start.elapsed().as_secs_f64() * 1e6
    }));
    let (first, second) = (times[0], times[1]);
    times.sort_by(f64::total_cmp);
    println!(
        "open {:.0} µs, first step {first:.2} µs, second {second:.2}, median {:.2}: {:.1} ×",
        opened.as_secs_f64() * 1e6,
        times[500],
        first / times[500]
    );
}
