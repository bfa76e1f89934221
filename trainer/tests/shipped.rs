//! The engine's logits on the shipped models are ONNX Runtime's, over ten thousand stateful steps. (Their
//! images hold what the importer makes of them, see its tests; coarse weights have a cost of their own.)

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::runtime;
use musigan_engine::{Generator, Image, Model};
use musigan_import::{Options, import};
use musigan_score::Token;
use musigan_score::events::{Decoder, FINGERPRINT, VOCABULARY};
use musigan_score::link::{MAX_LINKED, Relay};
use musigan_score::roll::Condition;
use musigan_train::gan::rollout::draw_latent;
use musigan_train::graph::Lowered;
use musigan_train::linked::Heard;
use musigan_train::predict::{EngineImage, OnnxModel, Predictor};
use musigan_train::session::{Program, Threads};
use musigan_train::train::Rng;

const STEPS: u64 = 10_000;
/// Of the step's largest logit: rounding grows with what is added up, and a network that has learnt long may
/// carry it on for long.
const TOLERANCE: f32 = 1e-4;

/// Every ONNX file in `models/`.
fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
    let files = fs::read_dir(folder).expect("models/").map(|entry| entry.expect("a file").path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "onnx")).collect()
}

#[test]
fn the_engine_is_onnx_runtime() {
    let models = shipped();
    assert!(!models.is_empty());
    for path in models {
        let bytes = fs::read(&path).expect("the model");
        let lowered = Lowered::read(bytes.clone()).expect("our own model");
        if lowered.outputs.iter().any(|output| output.name == "bar") {
            composes_the_same_bars(&path, &lowered);
            continue;
        }
        let imported = import(&bytes, &Options::default()).expect("our own model");
        let onnx = OnnxModel::read(bytes).expect("our own model");
        let mut reference = onnx.predictor(&runtime()).expect("a session");
        let image = EngineImage::new(&imported.image);
        let mut engine = image.predictor(FINGERPRINT).expect("our own image");
        let mut worst = 0.0_f32;
        let (mut relay, mut decoder) = (Relay::new(), Decoder::new());
        for step in 0..STEPS {
            // Whatever the grammar allows, in no musical order: a harder walk through the state than any piece.
            let mut allowed = Vec::new();
            decoder.for_each_allowed(|run| allowed.extend(run));
            let drawn = step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
            let token = allowed[drawn as usize % allowed.len()];
            decoder.push(Token(token));
            // What part of a linked piece hears: others that do all these things, too.
            relay.push(Token(token), 0, |_, _, _| {});
            let heard = Heard { token, others: relay.picture(MAX_LINKED) };
            let expected = reference.step(heard).expect("a step");
            let logits = engine.step(heard).expect("a step");
            assert_eq!((expected.len(), logits.len()), (VOCABULARY, VOCABULARY));
            let largest = expected.iter().fold(1.0_f32, |largest, logit| largest.max(logit.abs()));
            let differences = expected.iter().zip(logits).map(|(a, b)| (a - b).abs() / largest);
            worst = differences.fold(worst, f32::max);
        }
        println!("{}: within {worst:.1e} of ONNX Runtime, of the largest logit", path.display());
        assert!(worst <= TOLERANCE, "{}: {worst}", path.display());
    }
}

/// Of a generator of bars: a thousand bars, each after random cells.
fn composes_the_same_bars(path: &Path, lowered: &Lowered) {
    let image = fs::read(path.with_extension("mgi")).expect("the image");
    let image = EngineImage::new(&image);
    let Model::Gan(engine) = Image::open(image.bytes()).expect("our own image").model() else {
        panic!("{} is no generator of bars", path.display());
    };
    let mut reference = Program::new(&runtime(), lowered, &[], Threads(1)).expect("a session");
    let cells = engine.sizes().form.len();
    let (mut state, mut bar) = (vec![0.0; engine.state_len()], vec![0.0; cells]);
    let (rng, mut worst) = (&mut Rng::keyed(&[1]), 0.0_f32);
    for _ in 0..1000 {
        let mut latent = vec![0.0; engine.sizes().latent()];
        draw_latent(rng, &mut latent);
        let mut ones = |count: usize, share: f32| -> Vec<f32> {
            (0..count).map(|_| f32::from(u8::from(rng.unit() < share))).collect()
        };
        let (previous, condition) = (ones(cells, 0.03), ones(Condition::LEN, 0.1));
        for (name, numbers) in
            [("latent", &latent), ("previous", &previous), ("condition", &condition)]
        {
            reference.set(name, numbers).expect("an input");
        }
        reference.run().expect("a bar");
        engine.compose(&mut state, &latent, &previous, &condition, &mut bar);
        let expected = reference.read::<f32>("bar").expect("a bar");
        let apart = expected.iter().zip(&bar).map(|(a, b)| (a - b).abs() / a.abs().max(1.0));
        worst = apart.fold(worst, f32::max);
    }
    println!("{}: within {worst:.1e} of ONNX Runtime", path.display());
    assert!(worst <= TOLERANCE, "{}: {worst}", path.display());
}
