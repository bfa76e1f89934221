//! The engine's logits on the shipped models are ONNX Runtime's, over ten thousand stateful steps. (Their
//! images hold what the importer makes of them, see its tests; coarse weights have a cost of their own.)

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::runtime;
use musigan_import::{Options, import};
use musigan_score::Token;
use musigan_score::events::{Decoder, FINGERPRINT, VOCABULARY};
use musigan_score::link::{MAX_LINKED, Relay};
use musigan_train::linked::Heard;
use musigan_train::predict::{EngineImage, OnnxModel, Predictor};

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
