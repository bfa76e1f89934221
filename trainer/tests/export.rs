//! An exported model is the trained one, in ONNX Runtime and in the engine.

mod common;

use std::sync::atomic::AtomicBool;

use common::{Markov, Scratch, config, runtime};
use musigan_engine::Image;
use musigan_engine::image::Architecture as Engine;
use musigan_score::Fingerprint;
use musigan_train::checkpoint::Checkpoint;
use musigan_train::export::{About, Exported, Trained, export};
use musigan_train::model::Kind;
use musigan_train::predict::{EngineImage, OnnxModel, PredictError, Predictor};
use musigan_train::train::{Config, Learner, RunFolder, Splits, unchanged};

/// Best weights of a short run.
fn trained(config: &Config, splits: &Splits) -> Vec<f32> {
    let scratch = Scratch::new();
    let folder = RunFolder::create(scratch.path(), config).expect("a run folder");
    let best = folder.best_path();
    let mut learner =
        Learner::begin(&runtime(), config.clone(), folder, splits, &unchanged).expect("a run");
    learner.run(&mut (), &AtomicBool::new(false)).expect("training");
    Checkpoint::load(&best, &config.extent()).expect("the best checkpoint").weights
}

/// The export of a network as it is before training.
fn untrained(splits: &Splits) -> Exported {
    let config = config(splits, 1);
    let weights = config.model.layout().init(1);
    let vocabulary = Fingerprint(splits.fingerprint);
    let trained = Trained { architecture: &config.model, weights: &weights, vocabulary };
    export(&runtime(), trained, &About::default(), &splits.valid).expect("an export")
}

#[test]
fn an_exported_model_has_the_trained_loss_everywhere() {
    let splits = Markov::new(24).splits(20, 4, 300);
    let kinds = [(Kind::Lstm, Engine::Lstm, "kind=lstm"), (Kind::Gru, Engine::Gru, "kind=gru")];
    for ((kind, engine, line), layers) in kinds.into_iter().flat_map(|k| [(k, 1), (k, 3)]) {
        let mut config = config(&splits, 60);
        config.model.kind = kind;
        config.model.layers = layers;
        config.model.norm = layers == 3;
        let weights = trained(&config, &splits);
        let mut about = About::default();
        about.add("license", "CC0-1.0");
        let vocabulary = Fingerprint(splits.fingerprint);
        let trained = Trained { architecture: &config.model, weights: &weights, vocabulary };
        let exported = export(&runtime(), trained, &about, &splits.valid).expect("an export");
        let proof = exported.proof;
        assert_eq!(proof.tokens, Splits::tokens(&splits.valid) - splits.valid.len());
        for other in [proof.onnx_runtime, proof.engine] {
            assert!((proof.trainer - other).abs() < 1e-5, "{proof}");
        }
        assert!(proof.trainer < 3.0, "{proof}");

        let bytes = EngineImage::new(&exported.image);
        let image = Image::open(bytes.bytes()).expect("an image");
        assert_eq!(image.vocabulary(), vocabulary);
        assert_eq!(image.architecture(), engine);
        assert_eq!(image.widths().collect::<Vec<_>>(), vec![config.model.hidden; layers]);
        assert!(image.about().lines().any(|line| line == "license=CC0-1.0"), "{}", image.about());
        assert!(image.about().lines().any(|l| l == line), "{}", image.about());
    }
}

#[test]
fn predictors_refuse_other_vocabularies_tokens_and_models() {
    let splits = Markov::new(24).splits(2, 1, 50);
    let vocabulary = Fingerprint(splits.fingerprint);
    let exported = untrained(&splits);
    let image = EngineImage::new(&exported.image);
    assert!(matches!(image.predictor(Fingerprint(1)), Err(PredictError::Engine(_))));
    let token = splits.vocab_len as u16;
    let refused = |step: Result<&[f32], PredictError>| matches!(step, Err(PredictError::Token { token: t, .. }) if t == token);
    assert!(refused(image.predictor(vocabulary).expect("a predictor").step(token)));
    let model = OnnxModel::read(exported.onnx).expect("our own model");
    assert!(refused(model.predictor(&runtime()).expect("a predictor").step(token)));
    let noise = vec![0xff; 100];
    assert!(matches!(OnnxModel::read(noise), Err(PredictError::Read(_))));
}

#[test]
fn a_predictor_remembers_until_it_is_reset() {
    let splits = Markov::new(24).splits(2, 1, 50);
    let vocabulary = Fingerprint(splits.fingerprint);
    let exported = untrained(&splits);
    let image = EngineImage::new(&exported.image);
    let model = OnnxModel::read(exported.onnx).expect("our own model");
    let engine = Box::new(image.predictor(vocabulary).expect("a predictor"));
    let onnx = Box::new(model.predictor(&runtime()).expect("a predictor"));
    for mut predictor in [engine as Box<dyn Predictor + '_>, onnx] {
        let first = predictor.step(5).expect("logits").to_vec();
        assert_ne!(predictor.step(5).expect("logits"), first);
        predictor.reset().expect("a reset");
        assert_eq!(predictor.step(5).expect("logits"), first);
    }
}
