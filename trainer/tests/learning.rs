//! Training reaches the entropy of a source that is known.

mod common;

use std::sync::atomic::AtomicBool;

use common::{Markov, Scratch, config, runtime};
use musigan_train::train::{Learner, Observer, RunFolder, Stop, Validation, unchanged};

#[derive(Default)]
struct Last(Option<Validation>);

impl Observer for Last {
    fn validation(&mut self, validation: &Validation, _: &[f32]) {
        self.0 = Some(*validation);
    }
}

#[test]
fn training_reaches_the_entropy_of_a_markov_source() {
    let splits = Markov::new(24).splits(60, 8, 1000);
    let scratch = Scratch::new();
    let config = config(&splits, 800);
    let folder = RunFolder::create(scratch.path(), &config).expect("a run folder");
    let mut learner =
        Learner::begin(&runtime(), config, folder, &splits, &unchanged).expect("a run");
    let mut last = Last::default();
    let stop = learner.run(&mut last, &AtomicBool::new(false)).expect("training");
    assert_eq!(stop, Stop::Updates);
    let valid = last.0.expect("a validation").valid_loss;
    // The first token of a piece is uniform over 24 states (3.18 nats) and its last comes once in
    // a thousand: about 0.01 nats per token that are not the source's.
    let floor = Markov::ENTROPY;
    assert!(valid < floor + 0.04, "{valid} nats per token, the source has {floor}");
    assert!(valid > floor - 0.02, "{valid} nats per token is less than the source has: {floor}");
}
