//! Linked parts: who hears the others predicts better what follows from them, and is exported as it was
//! trained.

mod common;

use std::sync::atomic::AtomicBool;

use common::differences::Range::Signed;
use common::differences::check;
use common::{Scratch, config, runtime};
use musigan_engine::Image;
use musigan_engine::image::Weights;
use musigan_import::{Options, import, linked};
use musigan_score::events::{FINGERPRINT, Header, Piece, Tags, VOCABULARY, encode};
use musigan_score::link::Picture;
use musigan_score::{Instrument, Metre, Note, PartId, Pitch, Program, Tempo, Tick, Velocity};
use musigan_train::checkpoint::Checkpoint;
use musigan_train::export::{About, Trained, export};
use musigan_train::linked::{Heard, Role};
use musigan_train::model::{Kind, tonal_distance};
use musigan_train::predict::{EngineImage, judge};
use musigan_train::train::{Config, Learner, Rng, RunFolder, Splits, unchanged};

/// Sentences of a melody that nobody can foresee, and of a bass that doubles it an octave below.
fn sentences(pieces: u64) -> Vec<Vec<u16>> {
    let part = |number| PartId::new(number).expect("a part");
    (0..pieces)
        .map(|piece| {
            let rng = &mut Rng::keyed(&[piece]);
            let mut notes = Vec::new();
            for at in 0..24 {
                let key = 60 + rng.below(12) as u8;
                for (number, key) in [(0, key), (1, key - 12)] {
                    notes.push(Note {
                        onset: Tick(24 * at),
                        duration: 24,
                        pitch: Pitch::new(key).expect("a key"),
                        velocity: Velocity::MEZZO_FORTE,
                        part: part(number),
                    });
                }
            }
            let piece = Piece {
                parts: &[Instrument::Program(Program::PIANO); 2],
                header: Header {
                    metre: Metre::COMMON,
                    tempo: Tempo::from_bpm(90),
                    tags: Tags::default(),
                },
                changes: &[],
                notes: &notes,
                density: false,
            };
            let mut tokens = Vec::new();
            encode(&piece, |token| tokens.push(token.0)).expect("a piece");
            tokens
        })
        .collect()
}

fn splits(role: Role) -> Splits<Heard> {
    let all = sentences(208);
    let hears = |pieces: &[Vec<u16>]| pieces.iter().map(|piece| role.hears(piece)).collect();
    Splits {
        train: hears(&all[..200]),
        valid: hears(&all[200..]),
        test: Vec::new(),
        vocab_len: VOCABULARY,
        fingerprint: FINGERPRINT.0,
    }
}

fn settings(role: Role, splits: &Splits<Heard>, updates: u64) -> Config {
    let empty = Splits { vocab_len: VOCABULARY, fingerprint: FINGERPRINT.0, ..Splits::default() };
    let mut config = config(&empty, updates);
    config.model.kind = Kind::Gru;
    config.model.others = if role.listens { Picture::FEATURES } else { 0 };
    config.model.norm = role.part == 1;
    config.data.role = Some(role);
    config.data.train_tokens = Splits::tokens(&splits.train);
    config.data.valid_tokens = Splits::tokens(&splits.valid);
    config.budget.validate_every = updates;
    config
}

/// The best weights of a run, and their loss.
fn trained(config: &Config, splits: &Splits<Heard>) -> (Vec<f32>, f64) {
    let scratch = Scratch::new();
    let folder = RunFolder::create(scratch.path(), config).expect("a run folder");
    let best = folder.best_path();
    let mut learner =
        Learner::begin(&runtime(), config.clone(), folder, splits, &unchanged).expect("a run");
    learner.run(&mut (), &AtomicBool::new(false)).expect("training");
    let best = Checkpoint::load(&best, &config.extent()).expect("the best checkpoint");
    (best.weights, best.counters.best_loss.expect("a loss"))
}

#[test]
fn a_part_that_hears_the_others_knows_what_follows_from_them() {
    let role = Role { part: 1, parts: 2, listens: true };
    let mut losses = Vec::new();
    for role in [role, Role { listens: false, ..role }] {
        let splits = splits(role);
        let config = settings(role, &splits, 700);
        let (weights, loss) = trained(&config, &splits);
        losses.push(loss);

        let vocabulary = FINGERPRINT;
        let trained = Trained { architecture: &config.model, weights: &weights, vocabulary };
        let exported =
            export(&runtime(), trained, &About::default(), &splits.valid).expect("an export");
        for other in [exported.proof.onnx_runtime, exported.proof.engine] {
            assert!((loss - other).abs() < 1e-4, "{loss}: {}", exported.proof);
        }
        // Coarser weights hear the others, too.
        let options = Options { weights: Weights::Int8, ..Options::default() };
        let coarse = import(&exported.onnx, &options).expect("an image");
        let image = EngineImage::new(&coarse.image);
        let nats = judge(&splits.valid, || image.predictor(vocabulary)).expect("a loss");
        assert!((nats.per_token() - loss).abs() < 0.02, "{loss}: {}", nats.per_token());
        // Two of them are linked to one image.
        let image = EngineImage::new(&linked(&[coarse.clone(), coarse]).expect("an image"));
        assert!(Image::open(image.bytes()).is_ok());
    }
    // Neither has learnt all there is to learn by then, but one knows what it is that follows.
    let [hearing, deaf] = losses[..] else { panic!("two losses") };
    assert!(hearing < deaf - 0.25, "{hearing} against {deaf}");
}

#[test]
fn the_tonal_distance_has_its_gradient() {
    let mut heard = vec![0.0; 2 * Picture::FEATURES];
    for class in [0, 4, 7] {
        heard[Picture::SOUNDING + class] = 1.0;
    }
    check(&[(&[2, VOCABULARY], Signed)], |g, x| {
        let logs = g.log_softmax(x[0]);
        let others = g.floats(&[2, Picture::FEATURES], heard.clone());
        vec![tonal_distance(g, logs, others)]
    });
}
