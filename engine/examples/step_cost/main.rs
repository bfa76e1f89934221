//! The cost of a step: µs per token of two layers and a head, by width, weights and instruction set,
//! beside plain loops over as many f32 weights. All take turns in every round.
//!
//! `cargo run --release -p musigan-engine --example step_cost [lstm|gru] [WIDTH..]`

#[path = "../../tests/common/mod.rs"]
mod common;
mod floor;

use std::hint::black_box;
use std::time::Instant;

use floor::Floor;
use musigan_engine::image::{Architecture, Weights};
use musigan_engine::{Generator, Kernels, Model};
use musigan_score::Token;

const VOCAB_LEN: usize = 256;
const ROUNDS: usize = 60;
/// Rounds with caches full of something else.
const COLD_ROUNDS: usize = 30;

fn main() {
    let asked = |name: &str| std::env::args().any(|argument| argument == name);
    let widths: Vec<usize> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    let architecture = if asked("gru") { Architecture::Gru } else { Architecture::Lstm };
    println!(
        "{architecture:?}, 2 layers, vocabulary {VOCAB_LEN}, µs per token over {ROUNDS} rounds\n{:>6} \
         {:>18} {:>5} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "width", "kernels", "", "MACs", "minimum", "median", "cold", "p99", "p99.9"
    );
    for width in [64, 128, 256, 512] {
        if widths.is_empty() || widths.contains(&width) {
            measure(architecture, width);
        }
    }
}

fn measure(architecture: Architecture, width: usize) {
    let network = common::network(architecture, VOCAB_LEN, &[width, width], 7);
    let images = Weights::ALL.map(|weights| common::Aligned::new(&network.to_image(weights)));
    let mut all: Vec<Contestant> = Vec::new();
    for image in &images {
        let model = Model::open(image.bytes(), common::VOCABULARY).expect("our own image");
        all.extend(Kernels::available().map(|isa| Contestant::engine(model.with_kernels(isa))));
    }
    let gates = if architecture == Architecture::Gru { 3 } else { 4 };
    all.extend(Floor::new(gates, width, VOCAB_LEN).map(Contestant::floor));
    let steps = (20_000_000 / (gates * 3 * width * width)).clamp(20, 1_000);
    for _ in 0..ROUNDS {
        all.iter_mut().for_each(|one| one.round(steps));
    }
    let mut rubbish = vec![0_u8; 16 << 20];
    for _ in 0..COLD_ROUNDS {
        for one in &mut all {
            rubbish.iter_mut().step_by(64).for_each(|line| *line = line.wrapping_add(1));
            black_box(&mut rubbish);
            let took = one.timed(1);
            one.cold.push(took);
        }
    }
    for one in &mut all {
        one.print(width);
    }
}

/// One who takes turns, and what it took in µs per step.
struct Contestant<'a> {
    name: String,
    macs: usize,
    step: Box<dyn FnMut(u16) + 'a>,
    rounds: Vec<f64>,
    single: Vec<f64>,
    cold: Vec<f64>,
}

impl<'a> Contestant<'a> {
    fn new(name: String, macs: usize, step: Box<dyn FnMut(u16) + 'a>) -> Self {
        Self { name, macs, step, rounds: vec![], single: vec![], cold: vec![] }
    }

    fn engine(model: Model<'a>) -> Self {
        let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
        model.reset(&mut state);
        let step = move |token| {
            model.step(&mut state, Token(token), &mut logits);
            black_box(&logits);
        };
        let name = format!("{:>18} {:>5}", model.kernels().name(), model.weights());
        Self::new(name, model.macs_per_step(), Box::new(step))
    }

    fn floor(mut floor: Floor) -> Self {
        let name = format!("{:>18} {:>5}", floor.name(), "f32");
        Self::new(name, floor.macs(), Box::new(move |_| floor.pass()))
    }

    /// A round of steps together, then some alone.
    fn round(&mut self, steps: usize) {
        self.timed(2);
        let took = self.timed(steps);
        self.rounds.push(took);
        for _ in 0..steps / 4 {
            let took = self.timed(1);
            self.single.push(took);
        }
    }

    /// µs per step.
    fn timed(&mut self, steps: usize) -> f64 {
        let start = Instant::now();
        for step in 0..steps {
            (self.step)((step * 37 % VOCAB_LEN) as u16);
        }
        start.elapsed().as_secs_f64() * 1e6 / steps as f64
    }

    fn print(&mut self, width: usize) {
        for times in [&mut self.rounds, &mut self.single, &mut self.cold] {
            times.sort_by(f64::total_cmp);
        }
        let at = |times: &[f64], share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!(
            "{width:>6} {} {:>9} {:>9.2} {:>9.2} {:>9.2} {:>9.2} {:>9.2}",
            self.name,
            self.macs,
            self.rounds[0],
            at(&self.rounds, 0.5),
            at(&self.cold, 0.5),
            at(&self.single, 0.99),
            at(&self.single, 0.999),
        );
    }
}
