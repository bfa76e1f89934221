//! Milliseconds per update of the step graph: 2 × LSTM or GRU 256, embedding 128, batch 64, window 64, clipping
//! and Adam.
//!
//! `cargo bench -p musigan-train --bench update -- [lstm|gru] [THREADS] [UPDATES] [VOCABULARY] [DROPOUT in percent]`
//! prints the median. With `served` behind them it answers every line of its input, a number of updates, by a line:
//! the processor time of them all, and the time of each, in milliseconds. So `update.py` beside this file times it
//! and PyTorch in turn.

use std::io::{BufRead, Write};
use std::time::Instant;

use musigan_train::model::{
    Adam, Architecture, Form, IN_PLACE, Kind, Masks, StepShape, step_graph,
};
use musigan_train::session::{Program, Runtime, SessionError, Threads};
use musigan_train::train::Rng;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let has = |word: &str| args.iter().any(|arg| arg == word);
    let numbers: Vec<usize> = args.iter().filter_map(|arg| arg.parse().ok()).collect();
    let number = |at: usize, usual| numbers.get(at).copied().unwrap_or(usual);
    let kind = if has("gru") { Kind::Gru } else { Kind::Lstm };
    let (threads, updates) = (number(0, 1), number(1, 20));
    let mut bench = Bench::new(kind, threads, number(2, 300), number(3, 0) as f32 / 100.0)?;
    if has("served") {
        for line in std::io::stdin().lock().lines() {
            let (times, spent) = bench.run(line?.trim().parse()?)?;
            let times: Vec<String> = times.iter().map(|ms| format!("{ms:.3}")).collect();
            println!("{spent:.3} {}", times.join(" "));
            std::io::stdout().flush()?;
        }
        return Ok(());
    }
    let (mut times, spent) = bench.run(updates)?;
    times.sort_by(f64::total_cmp);
    let median = times[times.len() / 2];
    println!(
        "{} {} nodes; {threads} thread(s), {updates} updates: median {median:.1} ms, fastest {:.1} ms, \
         processor time {:.1} ms per update, {:.0} tokens/s",
        kind.name(),
        bench.nodes,
        times[0],
        spent / updates as f64,
        bench.tokens as f64 / median * 1e3,
    );
    Ok(())
}

/// A step graph, and what it has learnt.
struct Bench {
    program: Program,
    nodes: usize,
    tokens: usize,
    architecture: Architecture,
    adam: Adam,
    dropout: f32,
    rng: Rng,
    updates: u64,
}

impl Bench {
    fn new(
        kind: Kind,
        threads: usize,
        vocab: usize,
        dropout: f32,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let architecture = Architecture {
            kind,
            vocab,
            embed: 128,
            hidden: 256,
            layers: 2,
            form: Form::Tokens,
            tied: false,
            norm: false,
            others: 0,
        };
        let masks = Masks { outputs: dropout > 0.0, ..Masks::default() };
        let shape = StepShape { window: 64, batch: 64, masks, ..StepShape::default() };
        let adam = Adam::default();
        let lowered = step_graph(&architecture, shape, &adam);
        let mut program = Program::new(&Runtime::load()?, &lowered, &IN_PLACE, Threads(threads))?;
        program.set("weights", &architecture.layout().init(1))?;
        for name in ["first", "second"].iter().chain(kind.states()) {
            program.write::<f32>(name)?.fill(0.0);
        }
        let tokens = shape.window * shape.batch;
        program.set("per_target", &[1.0 / tokens as f32])?;
        program.write::<f32>("keep")?.fill(1.0);
        program.write::<f32>("counts")?.fill(1.0);
        let (nodes, rng) = (lowered.nodes, Rng::keyed(&[5]));
        Ok(Self { program, nodes, tokens, architecture, adam, dropout, rng, updates: 0 })
    }

    /// The milliseconds of each update, and of all threads on processors, of all.
    fn run(&mut self, updates: usize) -> Result<(Vec<f64>, f64), SessionError> {
        let begun = processor_milliseconds();
        let mut times = Vec::new();
        for _ in 0..updates {
            let start = Instant::now();
            let loss = self.update()?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
            assert!(loss.is_finite(), "{loss}");
        }
        Ok((times, processor_milliseconds() - begun))
    }

    fn update(&mut self) -> Result<f32, SessionError> {
        let Self { program: p, rng, architecture: a, .. } = self;
        self.updates += 1;
        p.write::<i64>("tokens")?.fill_with(|| rng.below(a.vocab) as i64);
        p.write::<i64>("targets")?.fill_with(|| rng.below(a.vocab) as i64);
        p.set("rates", &self.adam.rates(1e-3, self.updates))?;
        if self.dropout > 0.0 {
            for layer in 0..a.layers {
                rng.dropout_mask(self.dropout, p.write(&format!("mask{layer}"))?);
            }
        }
        p.run()?;
        for state in a.kind.states() {
            p.carry(&format!("{state}_out"), state)?;
        }
        Ok(p.read::<f32>("nats")?[0] / self.tokens as f32)
    }
}

/// Time that all threads of this process have spent on processors, in hundredths of a second as the
/// kernel counts it; not a number where there is no such file.
fn processor_milliseconds() -> f64 {
    let ticks = || {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        let (_, fields) = stat.rsplit_once(')')?;
        let ticks = |i: usize| fields.split_whitespace().nth(i)?.parse::<f64>().ok();
        Some(ticks(11)? + ticks(12)?)
    };
    ticks().map_or(f64::NAN, |ticks| ticks * 10.0)
}
