//! Training of generators of bars: it is repeatable, goes on where it stopped, learns, and notices
//! when it does not.

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{Scratch, metrics, runtime};
use musigan_engine::composer::{Composer, Settings};
use musigan_engine::image::Weights;
use musigan_engine::{Generator, Image};
use musigan_import::Options;
use musigan_score::Metre;
use musigan_score::events::{Event, kind};
use musigan_score::roll::{Form, Stroke, Told};
use musigan_train::checkpoint::Checkpoint;
use musigan_train::export::About;
use musigan_train::gan::bars::Bar;
use musigan_train::gan::network::{Architecture, Critic};
use musigan_train::gan::rollout::{self, Rollout};
use musigan_train::gan::step::Losses;
use musigan_train::gan::{Config, Data, Kind, Learner, Observer, Optimiser, Progress, Splits};
use musigan_train::gan::{Opening, export, thresholds};
use musigan_train::graph::onnx::ModelProto;
use musigan_train::predict::EngineImage;
use musigan_train::session::Threads;
use musigan_train::train::{
    Budget, Device, Machine, Reading, Rng, RunFolder, Schedule, Stop, TrainError,
};
use prost::Message;

const MODEL: Architecture = Architecture {
    parts: 1,
    lowest: 48,
    keys: 24,
    shared: 4,
    private: 4,
    heard: 4,
    memory: 8,
    trunk: 16,
    beat: 8,
    step: 8,
    critic: Critic { step: 8, beat: 8, heard_step: 4, heard_beat: 4, bar: 16 },
};

/// A network that can learn something.
const LARGER: Architecture = Architecture {
    trunk: 48,
    beat: 24,
    step: 24,
    critic: Critic { step: 24, beat: 24, heard_step: 4, heard_beat: 4, bar: 48 },
    ..MODEL
};

/// Bars with a triad on each beat.
fn bars(count: usize) -> Vec<Bar> {
    let form = Form::new(1, 48, 24).expect("a roll");
    let rng = &mut Rng::keyed(&[count as u64]);
    (0..count)
        .map(|at| {
            let mut cells = Vec::new();
            for step in (0..24).step_by(6) {
                let root = 48 + rng.below(12) as u8;
                for key in [root, root + 4, root + 7] {
                    let stroke = Stroke { step, end: step + 6, part: 0, key };
                    form.write(stroke, |cell| cells.push(cell as u16));
                }
            }
            cells.sort_unstable();
            Bar { cells, metre: Metre::COMMON, told: Told::default(), follows: at % 32 > 0 }
        })
        .collect()
}

fn splits() -> Splits {
    Splits { train: bars(256), valid: bars(64), test: bars(32) }
}

fn config(updates: u64) -> Config {
    Config {
        kind: Kind::Gan,
        seed: 1,
        model: MODEL,
        data: Data {
            folder: String::new(),
            role: None,
            reading: Reading::default(),
            train_bars: 256,
            valid_bars: 64,
            batch: 8,
        },
        optimiser: Optimiser {
            lr: 2e-3,
            critic_lr: 2e-3,
            schedule: Schedule { warmup: 5, cosine_until: 0, floor: 0.1, plateau: 0 },
            beta1: 0.0,
            beta2: 0.9,
            epsilon: 1e-8,
            critic_updates: 2,
            average: 0.9,
            untold: [0.25, 0.5, 0.25, 0.1],
            losses: Losses { penalty: 10.0, drift: 1e-3, diversity: 1.0, apart: 20.0 },
        },
        budget: Budget {
            updates,
            minutes: 0.0,
            validate_every: 10,
            save_every: 7,
            patience: 0,
            keep: 1,
            sample_every: 0,
            sample_wav: false,
        },
        machine: Machine { device: Device::Cpu, threads: 1, loss_every: None },
    }
}

fn train(root: &Path, config: &Config, observer: &mut dyn Observer) -> Result<Stop, TrainError> {
    let (splits, never) = (splits(), AtomicBool::new(false));
    let folder = RunFolder::create(root, config).expect("a run folder");
    Learner::begin(&runtime(), config.clone(), folder, &splits)
        .expect("a run")
        .run(observer, &never)
}

#[test]
fn a_seed_is_a_run() {
    let of = |seed| {
        let scratch = Scratch::new();
        let config = Config { seed, ..config(12) };
        assert_eq!(train(scratch.path(), &config, &mut ()).expect("training"), Stop::Updates);
        metrics(scratch.path())
    };
    let first = of(1);
    assert_eq!(first.len(), 12 + 2);
    assert_eq!(first, of(1));
    assert_ne!(first, of(2));
}

/// Asks for an end after some updates.
struct Impatient<'a>(u64, &'a AtomicBool);

impl Observer for Impatient<'_> {
    fn update(&mut self, progress: &Progress) {
        if progress.update == self.0 {
            self.1.store(true, Ordering::Relaxed);
        }
    }
}

#[test]
fn half_a_run_and_its_second_half_are_the_run() {
    let (whole, halves, splits) = (Scratch::new(), Scratch::new(), splits());
    let config = config(24);
    train(whole.path(), &config, &mut ()).expect("training");

    let enough = AtomicBool::new(false);
    let folder = RunFolder::create(halves.path(), &config).expect("a run folder");
    let mut learner = Learner::begin(&runtime(), config.clone(), folder, &splits).expect("a run");
    let stop = learner.run(&mut Impatient(13, &enough), &enough).expect("training");
    assert_eq!((stop, learner.counters().update), (Stop::Interrupted, 13));

    let (folder, config) = RunFolder::open_as::<Config>(halves.path()).expect("the run");
    let never = AtomicBool::new(false);
    let mut learner = Learner::resume(&runtime(), config, folder, &splits).expect("it goes on");
    learner.run(&mut (), &never).expect("training");
    assert_eq!(metrics(whole.path()), metrics(halves.path()));
}

#[test]
fn other_bars_are_not_the_run_s() {
    let (scratch, config) = (Scratch::new(), config(3));
    train(scratch.path(), &config, &mut ()).expect("training");
    let other = Splits { train: bars(255), ..splits() };
    let (folder, config) = RunFolder::open_as::<Config>(scratch.path()).expect("the run");
    let refused = Learner::resume(&runtime(), config, folder, &other).err();
    assert!(matches!(refused, Some(TrainError::OtherData { then, now, .. })
        if then == "256" && now == "255"));
}

/// Counts how often it is told of a collapse.
#[derive(Default)]
struct Witness {
    restarts: u32,
}

impl Observer for Witness {
    fn restart(&mut self, _: u64, why: &str) {
        assert!(why.contains("empty") || why.contains("distinct"), "{why}");
        self.restarts += 1;
    }
}

#[test]
fn a_generator_that_stays_silent_goes_back_and_then_gives_up() {
    let scratch = Scratch::new();
    let mut config = config(100_000);
    // It cannot learn, and silence is what it begins with.
    (config.optimiser.lr, config.optimiser.critic_lr) = (1e-30, 1e-30);
    config.budget.validate_every = 1;
    let mut witness = Witness::default();
    match train(scratch.path(), &config, &mut witness) {
        Err(TrainError::Collapsed { update, why, .. }) => {
            assert_eq!((witness.restarts, update), (3, 16), "{why}");
        }
        other => panic!("{other:?}"),
    }
}

/// Of the notes that a generator of these weights begins, the share that begins on a beat.
fn on_beats(weights: &[f32]) -> f64 {
    let (splits, form) = (splits(), MODEL.form().expect("a roll"));
    let plans = rollout::plans(&splits.valid, 16, 16, 1);
    let mut rollout = Rollout::new(&runtime(), &LARGER, 16, Threads(1)).expect("a generator");
    let weights = thresholds::learn(&mut rollout, weights, &splits.train, 1).expect("thresholds");
    let chains = rollout.compose(&weights, &plans, 1).expect("bars");
    let notes: Vec<Stroke> = chains.iter().flatten().flat_map(|bar| bar.strokes(form)).collect();
    assert!(notes.len() > 16 * 16 * 6, "thresholds let as much through as there is in the corpus");
    notes.iter().filter(|note| note.step % 6 == 0).count() as f64 / notes.len() as f64
}

#[test]
fn it_learns_where_chords_begin() {
    let scratch = Scratch::new();
    let mut config = Config { model: LARGER, ..config(1000) };
    (config.optimiser.lr, config.optimiser.critic_lr) = (1e-3, 1e-3);
    config.optimiser.critic_updates = 3;
    config.budget.validate_every = 400;
    train(scratch.path(), &config, &mut ()).expect("training");
    let (folder, config) = RunFolder::open_as::<Config>(scratch.path()).expect("the run");
    let learnt = Checkpoint::load(&folder.last_path(), &config.extent()).expect("a checkpoint");
    let untaught = &LARGER.both().init(config.seed)[..learnt.average.len()];
    let (before, after) = (on_beats(untaught), on_beats(&learnt.average));
    assert!(before < 0.5 && after > 0.7, "{before} of the notes before, {after} after");
}

#[test]
fn a_generator_is_exported_and_composes_in_the_engine() {
    let scratch = Scratch::new();
    let config = config(30);
    train(scratch.path(), &config, &mut ()).expect("training");
    let (folder, config) = RunFolder::open_as::<Config>(scratch.path()).expect("the run");
    let best = Checkpoint::load(&folder.best_path(), &config.extent()).expect("a checkpoint");
    let opening = Opening {
        prior: [(kind::KEY.start, 0.0), (kind::METRE.start + 3, 0.0), (kind::TEMPO.start, 0.0)]
            .into(),
        programs: vec![10],
    };
    let mut about = About::default();
    about.add("licence", "none");
    let weights = &best.average;
    let exported = export(&runtime(), &MODEL, weights, &opening, &about, &splits().valid[..16])
        .expect("an export");
    assert!(exported.proof.engine < 1e-4 && exported.proof.bars == 16, "{}", exported.proof);

    let image = EngineImage::new(&exported.image);
    let opened = Image::open(image.bytes()).expect("an image");
    assert!(opened.about().contains("licence=none") && !opened.about().contains("prior"));
    let model = opened.model();
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
    let settings = Settings { min_bars: 8, max_bars: 8, ..Settings::default() };
    let mut composer =
        Composer::new(&model, &mut state, &mut logits, settings, Default::default(), 1);
    let events: Vec<Event> = (0..20_000)
        .map_while(
            |_| if composer.decoder().now().0 > 8 * 96 { None } else { Some(composer.step()) },
        )
        .flatten()
        .take_while(|event| !matches!(event, Event::End(_)))
        .collect();
    let bars = events.iter().filter(|event| matches!(event, Event::Bar(_))).count();
    assert!(bars >= 8, "{bars}");
    assert!(events.contains(&Event::Metre(Metre::COMMON)));

    // With another it is one of two parts that are linked.
    let imported =
        || musigan_import::import(&exported.onnx, &Default::default()).expect("an import");
    let duo = musigan_import::linked(&[imported(), imported()]).expect("a linked image");
    let duo = EngineImage::new(&duo);
    let model = Image::open(duo.bytes()).expect("an image").model();
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
    let mut composer =
        Composer::new(&model, &mut state, &mut logits, settings, Default::default(), 1);
    let mut parts = BTreeSet::new();
    for _ in 0..4000 {
        if let Some(Event::Note(note)) = composer.step() {
            parts.insert(note.part.index());
        }
    }
    assert_eq!(parts.into_iter().collect::<Vec<_>>(), [0, 1]);

    // A weight that is not what it was is found by tract.
    let mut model = ModelProto::decode(&exported.onnx[..]).expect("a model");
    let graph = model.graph.as_mut().expect("a graph");
    graph.initializer.iter_mut().find(|t| t.name == "trunk1.b").expect("a bias").name += "x";
    let refused = musigan_import::import(&model.encode_to_vec(), &Default::default());
    assert!(refused.expect_err("a refusal").to_string().contains("trunk1.b"));
    let half = Options { weights: Weights::Bf16, ..Options::default() };
    let refused = musigan_import::import(&exported.onnx, &half);
    assert!(refused.expect_err("a refusal").to_string().contains("f32 only"));
}
