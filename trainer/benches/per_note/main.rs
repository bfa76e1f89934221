//! Microseconds per token at batch 1 on one thread: the engine with each way of storing weights,
//! beside tract and ONNX Runtime. (Against plain loops over the same weights:
//! `musigan-engine`'s example `step_cost`.)
//!
//! ```text
//! cargo bench -p musigan-train --bench per_note -- [lstm|gru] [WIDTH..] [--rounds N] [--int8 FOLDER]
//! ```
//!
//! With `--int8`, ONNX Runtime's own dynamic int8 takes part: the first run writes the models into the
//! folder, `quantise.py FOLDER` quantises them, the second run plays those, too.
//!
//! Embedding as wide as a layer → 2 layers → 256 logits. The contestants take turns in every round of one run, so
//! that a busy machine is busy for all of them; criterion would measure one after the other. Before
//! the clock starts all of them must give the same logits.

mod contestant;
mod load;
mod table;

use std::path::{Path, PathBuf};

use musigan_engine::image::Weights;
use musigan_import::{Options, import};
use musigan_score::Fingerprint;
use musigan_train::export::{About, Trained, onnx_file};
use musigan_train::model::{Architecture, Form, Kind};
use musigan_train::predict::{EngineImage, OnnxModel};
use musigan_train::session::Runtime;

use contestant::{Contestant, Engine, OnnxRuntime, Tract};
use table::{Times, evict};

const VOCABULARY: Fingerprint = Fingerprint(1);
const VOCAB_LEN: usize = 256;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = |name: &str| arguments.iter().any(|argument| argument == name);
    let rounds = arguments.iter().position(|argument| argument == "--rounds");
    let rounds = rounds.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(60);
    let int8 = arguments.iter().position(|argument| argument == "--int8");
    let int8 = int8.and_then(|at| arguments.get(at + 1)).map(PathBuf::from);
    let numbers: Vec<usize> = arguments.iter().filter_map(|a| a.parse().ok()).collect();
    let runtime = Runtime::load()?;
    load::measure(&runtime)?;
    for kind in [Kind::Lstm, Kind::Gru] {
        let others = [Kind::Lstm, Kind::Gru].into_iter().filter(|&other| other != kind);
        if others.clone().any(|other| asked(other.name())) && !asked(kind.name()) {
            continue;
        }
        for width in [64, 128, 256, 512] {
            if numbers.iter().any(|&n| n >= 64) && !numbers.contains(&width) {
                continue;
            }
            measure(&runtime, kind, width, rounds, int8.as_deref())?;
        }
    }
    Ok(())
}

fn measure(
    runtime: &Runtime,
    kind: Kind,
    width: usize,
    rounds: usize,
    int8: Option<&Path>,
) -> Result<()> {
    let architecture = Architecture {
        kind,
        form: Form::Tokens,
        vocab: VOCAB_LEN,
        embed: width,
        hidden: width,
        layers: 2,
        tied: false,
        norm: false,
        others: 0,
    };
    let weights = architecture.layout().init(1);
    let trained =
        Trained { architecture: &architecture, weights: &weights, vocabulary: VOCABULARY };
    let onnx = onnx_file(trained, &About::default());
    let mut images = Vec::new();
    for weights in Weights::ALL {
        let options = Options { weights, ..Options::default() };
        images.push(EngineImage::new(&import(&onnx, &options)?.image));
    }
    let model = OnnxModel::read(onnx.clone())?;
    let quantised = int8.map(|folder| quantised(folder, kind, width, &onnx)).transpose()?.flatten();
    let gates = if kind == Kind::Lstm { 4 } else { 3 };
    let mut contestants: Vec<Box<dyn Contestant + '_>> = Vec::new();
    for image in &images {
        contestants.push(Box::new(Engine::new(image, VOCABULARY)?));
    }
    contestants.push(Box::new(Tract::new(&onnx)?));
    contestants.push(Box::new(OnnxRuntime::new(&model, runtime, "ONNX Runtime")?));
    if let Some(model) = &quantised {
        contestants.push(Box::new(OnnxRuntime::new(model, runtime, OnnxRuntime::INT8)?));
    }
    agree(&mut contestants)?;
    let names: Vec<String> = contestants.iter().map(|one| one.name()).collect();

    let mut times = Times::new(&names, rounds);
    let steps = (100_000_000 / (gates * 3 * width * width)).clamp(4, 400);
    for _ in 0..rounds {
        for (place, one) in contestants.iter_mut().enumerate() {
            times.warm(place, steps, &mut **one)?;
        }
    }
    let mut rubbish = vec![0_u8; 16 << 20];
    for _ in 0..rounds.min(30) {
        for (place, one) in contestants.iter_mut().enumerate() {
            evict(&mut rubbish);
            times.cold(place, &mut **one)?;
        }
    }
    times.print(&format!("{}, 2 × {width}", kind.name().to_uppercase()));
    Ok(())
}

/// The model that `quantise.py` made; if it has not, what it is to be made of is written.
fn quantised(folder: &Path, kind: Kind, width: usize, onnx: &[u8]) -> Result<Option<OnnxModel>> {
    let name = format!("{}-{width}", kind.name());
    match std::fs::read(folder.join(format!("{name}.int8.onnx"))) {
        Ok(bytes) => Ok(Some(OnnxModel::read(bytes)?)),
        Err(_) => {
            std::fs::create_dir_all(folder)?;
            std::fs::write(folder.join(format!("{name}.onnx")), onnx)?;
            Ok(None)
        }
    }
}

/// Whether all give the same logits over some steps, as far as their weights let them.
fn agree(contestants: &mut [Box<dyn Contestant + '_>]) -> Result<()> {
    let mut worst = vec![0.0_f32; contestants.len()];
    let mut squares = vec![0.0_f64; contestants.len()];
    let mut compared = 0;
    for step in 0..400 {
        let mut truth = Vec::new();
        for (place, one) in contestants.iter_mut().enumerate() {
            let logits = one.step(contestant::token(step))?;
            if place == 0 {
                truth = logits.to_vec();
                compared += truth.len();
            }
            for (a, b) in truth.iter().zip(logits) {
                worst[place] = worst[place].max((a - b).abs());
                squares[place] += f64::from(a - b).powi(2);
            }
        }
    }
    for ((one, apart), squares) in contestants.iter().zip(worst).zip(squares) {
        assert!(apart < one.tolerance(), "{} is {apart:e} apart", one.name());
        let root = (squares / compared as f64).sqrt();
        println!(
            "{:>24}: logits within {apart:.2e} of the engine's with f32, {root:.2e} in root mean square",
            one.name()
        );
    }
    Ok(())
}
