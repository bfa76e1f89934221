//! Files of frames: what is read, what is refused, and what the protocols count.

mod common;

use std::fs;

use common::{Scratch, runtime};
use musigan_train::frames::{FileError, Rolls, Set, Task, judge_keys, judge_tokens, transposed};
use musigan_train::model::{Architecture, Form, Kind};
use musigan_train::predict::{PredictError, Predictor};
use musigan_train::session::Threads;
use musigan_train::train::Rng;

fn rolls(json: &str) -> Result<Rolls, FileError> {
    let scratch = Scratch::new();
    let path = scratch.path().join("frames.json");
    fs::write(&path, json).expect("a file");
    Rolls::read(&path)
}

/// The same pieces in all sets.
fn of(pieces: &str) -> Rolls {
    let json = format!(r#"{{"train": {pieces}, "valid": {pieces}, "test": {pieces}}}"#);
    rolls(&json).expect("a file of frames")
}

/// Finds everything equally likely.
struct Even(Vec<f32>);

impl Predictor for Even {
    fn reset(&mut self) -> Result<(), PredictError> {
        Ok(())
    }

    fn step(&mut self, _: u16) -> Result<&[f32], PredictError> {
        Ok(&self.0)
    }
}

fn even(task: Task) -> impl Fn() -> Result<Even, PredictError> {
    move || Ok(Even(vec![0.5; task.vocab_len()]))
}

#[test]
fn a_chain_counts_whole_frames_but_the_first_among_what_can_come() {
    let splits = of("[[[60], [107, 108], []], [[70]]]").chain().expect("frames");
    let score = judge_tokens(Task::Chain, &splits.test, even(Task::Chain)).expect("a score");
    assert_eq!(score.count, 2);
    // 88 keys or the end; after 108 the 87 below it or the end; after 107 86; then a silent frame.
    let wanted = [89.0, 88.0, 87.0, 89.0f64].map(f64::ln).iter().sum::<f64>();
    assert!((score.nats - wanted).abs() < 1e-6, "{score:?}");
}

#[test]
fn lines_count_every_part_of_every_step() {
    let piece = "[[[60, 64, 67, 72], [60, -1, 67, 74]], [[50, 50, 50, 50]]]";
    let splits = of(piece).lines().expect("lines");
    let score = judge_tokens(Task::Lines, &splits.test, even(Task::Lines)).expect("a score");
    assert_eq!(score.count, 12);
    // A rest or a key at first; then a hold or any of the 88 others.
    assert!((score.nats - 12.0 * 89f64.ln()).abs() < 1e-5, "{score:?}");
    let means = score.of_pieces.expect("pieces");
    assert!((means - 89f64.ln()).abs() < 1e-6, "{means}");
}

#[test]
fn keys_are_summed_over_the_frame_and_padding_never_counts() {
    // Pieces of different lengths share streams and windows; weights of zero leave even odds.
    let splits = of("[[[60], [62, 65], [64]], [[70], [71]], [[50]]]").steps().expect("frames");
    let a = Architecture {
        kind: Kind::Gru,
        form: Form::Keys,
        vocab: 88,
        embed: 0,
        hidden: 4,
        layers: 1,
        tied: false,
        norm: false,
        others: 0,
    };
    let weights = vec![0.0; a.layout().len()];
    let score = judge_keys(&runtime(), &a, &weights, &splits.test, Threads(1)).expect("a score");
    assert_eq!(score.count, 3);
    assert!((score.per_unit() - 88.0 * 2f64.ln()).abs() < 1e-4, "{score:?}");
    // The bias of one key that sounds in none of the three frames: only its own nats change.
    let mut weights = weights;
    let head = a.layout().get("head.b").expect("a bias").range();
    weights[head.start + 60] = -3.0;
    let lower = judge_keys(&runtime(), &a, &weights, &splits.test, Threads(1)).expect("a score");
    let wanted = 2f64.ln() - (-3f64).exp().ln_1p();
    assert!((score.per_unit() - lower.per_unit() - wanted).abs() < 1e-4, "{lower:?}");
}

#[test]
fn transposition_moves_keys_and_nothing_else() {
    for task in [Task::Chain, Task::Lines] {
        let rolls = of("[[[22, 60, 64, 67], [22, 60, 64, 69]]]");
        let splits = if task == Task::Chain { rolls.chain() } else { rolls.lines() };
        let piece = &splits.expect("tokens").train[0];
        let rng = &mut Rng::keyed(&[5]);
        let mut lowest = 0i32;
        for _ in 0..200 {
            let moved = transposed(task, piece, rng);
            let steps: Vec<i32> = (moved.iter().zip(piece))
                .filter(|&(_, &old)| old > 4)
                .map(|(&new, &old)| i32::from(new) - i32::from(old))
                .collect();
            assert!(steps.iter().all(|&step| step == steps[0]), "{steps:?}");
            lowest = lowest.min(steps[0]);
        }
        assert_eq!(lowest, -1, "no lower than the lowest key of a piano");
    }
}

#[test]
fn what_is_no_frame_is_refused_by_its_place() {
    let empty = rolls(r#"{"train": [], "valid": [], "test": []}"#).expect("a file").chain();
    assert!(matches!(empty, Err(FileError::Empty(Set::Train))), "{empty:?}");
    let low = of("[[[60], [20]]]").steps();
    let place = |e: &FileError| {
        matches!(e, FileError::Key { set: Set::Train, piece: 0, frame: 1, value: 20 })
    };
    assert!(low.as_ref().is_err_and(place), "{low:?}");
    let rest = of("[[[60], [-1]]]").chain().expect_err("a rest");
    assert!(rest.to_string().contains("--as lines"), "{rest}");
    let three = of("[[[60, 61, 62], [60, 61, 62]]]").lines();
    assert!(matches!(three, Err(FileError::Parts { frame: 0, found: 3, .. })), "{three:?}");
    for wrong in ["", "[]", r#"{"train": 1}"#, r#"{"train": [[["a"]]], "valid": [], "test": []}"#] {
        let error = rolls(wrong).expect_err(wrong);
        assert!(error.to_string().contains("\"train\""), "{error}");
    }
}
