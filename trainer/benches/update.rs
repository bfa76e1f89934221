//! Milliseconds per update of the step graph: 2 × LSTM or GRU 256, embedding 128, vocabulary 500,
//! batch 64, window 64, dropout, clipping and Adam.
//! `cargo bench -p musigan-train --bench update -- [THREADS] [UPDATES] [lstm|gru]`;
//! `update.py` beside this file times PyTorch on the same.

use std::time::Instant;

use musigan_train::model::{
    Adam, Architecture, Form, IN_PLACE, Kind, Masks, StepShape, step_graph,
};
use musigan_train::session::{Program, Runtime, Threads};
use musigan_train::train::Rng;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let numbers: Vec<usize> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    let threads = numbers.first().copied().unwrap_or(1);
    let updates = numbers.get(1).copied().unwrap_or(20);
    let kind = if std::env::args().any(|a| a == "gru") { Kind::Gru } else { Kind::Lstm };
    let a = Architecture {
        kind,
        vocab: 500,
        embed: 128,
        hidden: 256,
        layers: 2,
        form: Form::Tokens,
        tied: false,
        others: 0,
    };
    let masks = Masks { outputs: true, ..Masks::default() };
    let shape = StepShape { window: 64, batch: 64, masks, ..StepShape::default() };
    let adam = Adam::default();
    let lowered = step_graph(&a, shape, &adam);
    let begun = Instant::now();
    let mut p = Program::new(&Runtime::load()?, &lowered, &IN_PLACE, Threads(threads))?;
    let created = begun.elapsed();
    p.set("weights", &a.layout().init(1))?;
    for name in ["first", "second"].iter().chain(kind.states()) {
        p.write::<f32>(name)?.fill(0.0);
    }
    let mut rng = Rng::keyed(&[5]);
    let tokens = shape.window * shape.batch;
    p.set("per_target", &[1.0 / tokens as f32])?;
    p.write::<f32>("keep")?.fill(1.0);
    p.write::<f32>("counts")?.fill(1.0);
    let mut times = Vec::new();
    let spent = processor_seconds();
    let mut losses = Vec::new();
    for update in 1..=updates as u64 {
        let start = Instant::now();
        p.write::<i64>("tokens")?.fill_with(|| rng.below(a.vocab) as i64);
        p.write::<i64>("targets")?.fill_with(|| rng.below(a.vocab) as i64);
        p.set("rates", &adam.rates(1e-3, update))?;
        for layer in 0..a.layers {
            rng.dropout_mask(0.2, p.write(&format!("mask{layer}"))?);
        }
        p.run()?;
        losses.push(p.read::<f32>("nats")?[0] / tokens as f32);
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let spent = processor_seconds().zip(spent).map(|(now, then)| now - then);
    let spent = spent.map_or("unknown".to_owned(), |s| format!("{:.1}", s * 1e3 / updates as f64));
    assert!(losses.iter().all(|l| l.is_finite()), "{losses:?}");
    times.sort_by(f64::total_cmp);
    println!(
        "{} {} nodes, session in {:.0} ms; {threads} thread(s), {updates} updates: median {:.1} ms, \
         fastest {:.1} ms, processor time {spent} ms per update, {:.0} tokens/s",
        kind.name(),
        lowered.nodes,
        created.as_secs_f64() * 1e3,
        times[times.len() / 2],
        times[0],
        tokens as f64 / times[times.len() / 2] * 1e3,
    );
    Ok(())
}

/// Time that all threads of this process have spent on processors, in hundredths of a second as the
/// kernel counts it; `None` where there is no such file.
fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = |i: usize| fields.split_whitespace().nth(i)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}
