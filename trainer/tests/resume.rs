//! A run that stops and goes on is the run that did not stop.

mod common;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{Markov, Scratch, config, metrics, runtime};
use musigan_train::checkpoint::{Checkpoint, Counters};
use musigan_train::train::{
    Config, Learner, Observer, Progress, RunFolder, Splits, Stop, TrainError, unchanged,
};

const UPDATES: u64 = 40;

fn splits() -> Splits {
    Markov::new(24).splits(6, 3, 500)
}

/// Several epochs, with dropout, and checkpoints that fall between validations.
fn several_epochs(splits: &Splits) -> Config {
    let mut config = config(splits, UPDATES);
    config.optimiser.dropout = 0.2;
    config.data.batch = 8;
    config.budget.validate_every = 11;
    config.budget.save_every = 7;
    config
}

fn begin(root: &Path, config: &Config, splits: &Splits) -> Learner<'static> {
    let splits = Box::leak(Box::new(splits.clone()));
    let folder = RunFolder::create(root, config).expect("a run folder");
    Learner::begin(&runtime(), config.clone(), folder, splits, &unchanged).expect("a run")
}

fn resume(root: &Path, change: impl FnOnce(&mut Config), splits: &Splits) -> Learner<'static> {
    let splits = Box::leak(Box::new(splits.clone()));
    let (folder, mut config) = RunFolder::open(root).expect("the run");
    change(&mut config);
    Learner::resume(&runtime(), config, folder, splits, &unchanged).expect("the run goes on")
}

fn last(root: &Path, config: &Config) -> Checkpoint {
    let path = root.join("checkpoints/last.safetensors");
    let checkpoint = Checkpoint::load(&path, &config.extent()).expect("a checkpoint");
    Checkpoint { counters: Counters { seconds: 0.0, ..checkpoint.counters }, ..checkpoint }
}

/// The run that nothing stops.
fn whole(config: &Config, splits: &Splits) -> (Checkpoint, Vec<String>) {
    let scratch = Scratch::new();
    let never = AtomicBool::new(false);
    begin(scratch.path(), config, splits).run(&mut (), &never).expect("training");
    (last(scratch.path(), config), metrics(scratch.path()))
}

#[test]
fn half_a_run_and_its_second_half_are_the_run_bit_for_bit() {
    let splits = splits();
    let config = several_epochs(&splits);
    let (checkpoint, lines) = whole(&config, &splits);
    assert!(checkpoint.counters.epoch >= 2, "{:?}", checkpoint.counters);

    let scratch = Scratch::new();
    let never = AtomicBool::new(false);
    let mut half = config.clone();
    half.budget.updates = UPDATES / 2;
    begin(scratch.path(), &half, &splits).run(&mut (), &never).expect("the first half");
    let longer = |config: &mut Config| config.budget.updates = UPDATES;
    resume(scratch.path(), longer, &splits).run(&mut (), &never).expect("the second half");
    // The end of the first half was validated, so what the two tell of that is not the same.
    let updates = |lines: &[String]| {
        lines.iter().filter(|line| line.contains("norm")).cloned().collect::<Vec<_>>()
    };
    assert_eq!(updates(&metrics(scratch.path())), updates(&lines));
    let resumed = last(scratch.path(), &config);
    assert_eq!(resumed.weights, checkpoint.weights);
    assert_eq!((resumed.first, resumed.second), (checkpoint.first, checkpoint.second));
    assert_eq!((resumed.h, resumed.c), (checkpoint.h, checkpoint.c));
}

#[test]
fn a_run_that_seldom_looks_at_its_loss_is_the_same_run() {
    let splits = splits();
    let mut config = several_epochs(&splits);
    config.optimiser.input_dropout = 0.1;
    config.optimiser.recurrent_dropout = 0.1;
    config.optimiser.average = 0.9;
    let (checkpoint, lines) = whole(&config, &splits);
    // Epochs, validations and checkpoints come in the middle, or after all that a program has ahead.
    for every in [1, 2, 5, 16] {
        config.machine.loss_every = Some(every);
        let (seldom, told) = whole(&config, &splits);
        assert_eq!(told, lines, "every {every}");
        assert_eq!(seldom, checkpoint, "every {every}");
    }
}

#[test]
fn a_run_that_seldom_looks_says_where_it_diverged() {
    let splits = splits();
    let mut config = several_epochs(&splits);
    (config.optimiser.lr, config.optimiser.schedule.warmup) = (1e39, 0);
    config.budget.save_every = 0;
    let diverged = |every| {
        let mut config = config.clone();
        config.machine.loss_every = Some(every);
        let scratch = Scratch::new();
        let mut learner = begin(scratch.path(), &config, &splits);
        match learner.run(&mut (), &AtomicBool::new(false)) {
            Err(TrainError::Diverged { update, .. }) => (update, learner.counters().update),
            other => panic!("{other:?}"),
        }
    };
    let at_once = diverged(1);
    assert_eq!(at_once.0, at_once.1 + 1);
    assert_eq!(diverged(8), at_once);
}

/// Sets the flag after an update, as Ctrl-C would.
struct InterruptAfter<'a>(u64, &'a AtomicBool);

impl Observer for InterruptAfter<'_> {
    fn update(&mut self, progress: &Progress) {
        if progress.update == self.0 {
            self.1.store(true, Ordering::Relaxed);
        }
    }
}

#[test]
fn an_interrupted_run_is_saved_and_goes_on_as_if_nothing_had_been() {
    let splits = splits();
    let config = several_epochs(&splits);
    let (checkpoint, lines) = whole(&config, &splits);

    let scratch = Scratch::new();
    let flag = AtomicBool::new(false);
    let mut learner = begin(scratch.path(), &config, &splits);
    let stop = learner.run(&mut InterruptAfter(13, &flag), &flag).expect("a stop");
    assert_eq!((stop, learner.counters().update), (Stop::Interrupted, 13));
    assert_eq!(last(scratch.path(), &config).counters.update, 13);
    let never = AtomicBool::new(false);
    resume(scratch.path(), |_| {}, &splits).run(&mut (), &never).expect("the rest");
    assert_eq!(metrics(scratch.path()), lines);
    assert_eq!(last(scratch.path(), &config), checkpoint);
}

#[test]
fn a_run_without_a_checkpoint_begins_anew() {
    let splits = splits();
    let mut config = several_epochs(&splits);
    config.budget.updates = 3;
    let (checkpoint, _) = whole(&config, &splits);
    let scratch = Scratch::new();
    RunFolder::create(scratch.path(), &config).expect("a run folder");
    let never = AtomicBool::new(false);
    resume(scratch.path(), |_| {}, &splits).run(&mut (), &never).expect("training");
    assert_eq!(last(scratch.path(), &config), checkpoint);
}

#[test]
fn a_diverging_run_stops_says_where_and_keeps_a_checkpoint_of_numbers() {
    // One throws the weights far away, the other out of the range of 32-bit floats.
    for lr in [1e38, 1e39] {
        let splits = splits();
        let mut config = several_epochs(&splits);
        config.optimiser.lr = lr;
        config.optimiser.schedule.warmup = 0;
        config.budget.save_every = 1;
        let scratch = Scratch::new();
        let mut learner = begin(scratch.path(), &config, &splits);
        let error = learner.run(&mut (), &AtomicBool::new(false)).expect_err("no number");
        assert!(matches!(error, TrainError::Diverged { .. }), "{error}");
        assert!(error.to_string().contains("last.safetensors"), "{error}");
        let kept = last(scratch.path(), &config);
        assert!(kept.weights.iter().chain(&kept.second).all(|x| x.is_finite()));
    }
}

#[test]
fn a_damaged_checkpoint_is_named() {
    let splits = splits();
    let mut config = several_epochs(&splits);
    config.budget.updates = 1;
    let scratch = Scratch::new();
    begin(scratch.path(), &config, &splits).run(&mut (), &AtomicBool::new(false)).expect("a run");
    let path = scratch.path().join("checkpoints/last.safetensors");
    let bytes = fs::read(&path).expect("the checkpoint");
    for damaged in [&bytes[..bytes.len() / 2], b"{}", b""] {
        fs::write(&path, damaged).expect("to damage it");
        let (folder, config) = RunFolder::open(scratch.path()).expect("the run");
        let resumed = Learner::resume(&runtime(), config, folder, &splits, &unchanged);
        let error = resumed.err().expect("a refusal").to_string();
        assert!(error.contains("last.safetensors is not a checkpoint"), "{error}");
    }
}

#[test]
fn other_data_is_refused() {
    let splits = splits();
    let mut config = several_epochs(&splits);
    config.budget.updates = 1;
    let scratch = Scratch::new();
    begin(scratch.path(), &config, &splits).run(&mut (), &AtomicBool::new(false)).expect("a run");
    let other = Markov::new(24).splits(5, 3, 500);
    let (folder, config) = RunFolder::open(scratch.path()).expect("the run");
    let resumed = Learner::resume(&runtime(), config, folder, &other, &unchanged);
    assert!(matches!(resumed.err(), Some(TrainError::OtherData { .. })));
}
