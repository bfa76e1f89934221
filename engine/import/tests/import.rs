//! Imported models against ONNX Runtime's or PyTorch's logits, and models that are not ours.
//! `tests/reference/make_models.py`,
//! `make_pytorch.py` and `make_keras.py` wrote the files.

use std::fs;
use std::path::PathBuf;

use musigan_engine::image::Weights;
use musigan_engine::{Generator, Image, Model};
use musigan_import::{ImportError, Imported, Options, TOLERANCE, import, most_nats};
use musigan_score::{Fingerprint, Token};
use proptest::prelude::*;

const VOCABULARY: Fingerprint = Fingerprint(0x0123_4567_89ab_cdef);
const EVERY: usize = 8;

fn read(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference");
    fs::read(PathBuf::from(folder).join(name)).unwrap()
}

fn refusal(name: &str) -> ImportError {
    import(&read(name), &Options::default()).unwrap_err()
}

fn agrees_with_its_reference(name: &str) {
    let vocabulary = Some(VOCABULARY);
    let options = Options { vocabulary, ..Options::default() };
    let imported = import(&read(&format!("{name}.onnx")), &options).unwrap();
    assert!(imported.difference.relative <= TOLERANCE);
    let model = Model::open(&imported.image, VOCABULARY).unwrap();
    let mut state = vec![0.0; model.state_len()];
    let mut logits = vec![0.0; model.vocab_len()];
    model.reset(&mut state);
    let tokens = read(&format!("{name}.tokens"));
    let expected = read(&format!("{name}.logits"));
    let mut expected = expected.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
    for (step, &token) in tokens.as_chunks().0.iter().enumerate() {
        model.step(&mut state, Token(u16::from_le_bytes(token)), &mut logits);
        if step % EVERY == EVERY - 1 {
            for (index, &found) in logits.iter().enumerate() {
                let expected = expected.next().unwrap();
                assert!(
                    (found - expected).abs() <= TOLERANCE,
                    "{name}, step {step}, logit {index}: {found} instead of {expected}"
                );
            }
        }
    }
    assert_eq!(expected.next(), None);
}

macro_rules! models {
    ($($name:ident),*) => {$(
        #[test]
        fn $name() {
            agrees_with_its_reference(stringify!($name));
        }
    )*};
}

models!(
    lstm_gather,
    lstm_slice,
    lstm_split,
    lstm_one,
    lstm_separate,
    lstm_ours,
    gru_gather,
    gru_one,
    lstm_normal,
    gru_normal,
    pytorch_lstm_sequence,
    pytorch_gru_sequence,
    pytorch_lstm_step,
    pytorch_gru_step
);

/// These tell probabilities; the references are their logarithms: logits but for a constant in each
/// step.
fn agrees_in_probabilities(name: &str) {
    let options = Options { vocabulary: Some(VOCABULARY), ..Options::default() };
    let imported = import(&read(&format!("{name}.onnx")), &options).unwrap();
    let model = Model::open(&imported.image, VOCABULARY).unwrap();
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
    model.reset(&mut state);
    let expected = read(&format!("{name}.logits"));
    let mut expected = expected.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
    for (step, &token) in read(&format!("{name}.tokens")).as_chunks().0.iter().enumerate() {
        model.step(&mut state, Token(u16::from_le_bytes(token)), &mut logits);
        if step % EVERY == EVERY - 1 {
            let all = logits.iter().map(|logit| logit.exp()).sum::<f32>().ln();
            for logit in &logits {
                assert!((logit - all - expected.next().unwrap()).abs() < TOLERANCE, "step {step}");
            }
        }
    }
    assert_eq!(expected.next(), None);
}

#[test]
fn pytorch_lstm_last() {
    agrees_in_probabilities("pytorch_lstm_last");
}

#[test]
fn keras_lstm_sequence() {
    agrees_in_probabilities("keras_lstm_sequence");
}

#[test]
fn keras_lstm_last() {
    agrees_in_probabilities("keras_lstm_last");
}

#[test]
fn the_image_carries_the_metadata() {
    let imported = import(&read("lstm_separate.onnx"), &Options::default()).unwrap();
    let image = Image::open(&imported.image).unwrap();
    assert_eq!(image.vocabulary(), VOCABULARY);
    assert_eq!(image.ticks_per_quarter(), 24);
    assert_eq!(image.about(), "corpus=none\nkind=lstm\n");
    assert_eq!(image.widths().collect::<Vec<_>>(), [20, 9, 13]);
    let options = Options {
        temperature: Some(0.7),
        phrases: Some(4),
        tonality: Some(0.5),
        ..Options::default()
    };
    let imported = import(&read("lstm_separate.onnx"), &options).unwrap();
    let image = Image::open(&imported.image).unwrap();
    assert_eq!(image.about(), "corpus=none\nkind=lstm\nphrases=4\ntemperature=0.7\ntonality=0.5\n");
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    let image = || import(&read("lstm_gather.onnx"), &Options::default()).unwrap().image;
    assert_eq!(image(), image());
}

#[test]
fn coarse_weights_are_smaller_and_their_cost_is_told() {
    for name in ["lstm_ours.onnx", "gru_gather.onnx"] {
        let onnx = read(name);
        let mut len = usize::MAX;
        for weights in Weights::ALL {
            let options = Options { weights, ..Options::default() };
            let Imported { image, difference, cost } = import(&onnx, &options).unwrap();
            assert!(image.len() < len, "{name}, {weights}");
            assert!(difference.relative <= TOLERANCE);
            assert_eq!(Image::open(&image).unwrap().weights(), weights);
            match (weights, cost) {
                (Weights::F32, None) => {}
                (_, Some(cost)) => {
                    println!("{name}, {weights}: {cost:?}");
                    let range = 1e-12..most_nats(weights);
                    assert!(range.contains(&cost.nats_per_token), "{name}, {weights}: {cost:?}");
                }
                other => panic!("{other:?}"),
            }
            len = image.len();
        }
    }
}

#[test]
fn an_embedding_apart_is_smaller_and_agrees_too() {
    let onnx = read("lstm_gather.onnx");
    for weights in Weights::ALL {
        let [folded, apart] = [false, true].map(|separate_embedding| {
            let options = Options { weights, separate_embedding, ..Options::default() };
            import(&onnx, &options).unwrap()
        });
        // These models are small: what fills up the rows weighs more than a bf16 saves.
        assert!(apart.image.len() < folded.image.len() || weights == Weights::Bf16, "{weights}");
        assert!(apart.difference.relative <= TOLERANCE);
    }
    // A one-hot token has no embedding that could stay apart.
    let options = Options { separate_embedding: true, ..Options::default() };
    assert!(import(&read("lstm_one.onnx"), &options).is_ok());
}

#[test]
fn what_the_engine_lacks_is_listed() {
    let cases = [
        ("not_activation.onnx", "Softsign"),
        ("not_reset.onnx", "linear_before_reset = 1"),
        ("not_clipped.onnx", "clips its gates"),
        ("not_axis.onnx", "another axis than the last"),
        ("not_epsilon.onnx", "to the variance"),
        ("keras_gru_sequence.onnx", "written out as a loop"),
    ];
    for (name, reason) in cases {
        let error = refusal(name);
        assert!(matches!(error, ImportError::Unsupported(_)), "{name}: {error}");
        let message = error.to_string();
        assert!(message.contains(reason) && !message.contains('\n'), "{name}: {message}");
    }
}

#[test]
fn a_vocabulary_is_needed() {
    assert!(matches!(refusal("no_vocabulary.onnx"), ImportError::Metadata { .. }));
    assert!(matches!(refusal("bad_vocabulary.onnx"), ImportError::Metadata { .. }));
    let options = Options { vocabulary: Some(VOCABULARY), ..Options::default() };
    assert!(import(&read("no_vocabulary.onnx"), &options).is_ok());
}

#[test]
fn what_is_not_onnx_is_named_in_one_line() {
    for bytes in [&b""[..], b"MThd\0\0\0\x06\0\x01", b"\x89MGI\r\n\x1a\n", &[0xff; 300], &[0; 300]]
    {
        let error = import(bytes, &Options::default()).unwrap_err();
        assert!(matches!(error, ImportError::NotOnnx(_)), "{error}");
        assert!(!error.to_string().contains('\n'));
    }
}

/// A truncated model either loses a field, and that is named, or its end is no field at all.
#[test]
fn truncated_models_are_refused() {
    let onnx = read("gru_one.onnx");
    for len in (0..onnx.len()).step_by(97) {
        let error = import(&onnx[..len], &Options::default()).unwrap_err();
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}

/// Files that once brought the importer or tract down.
#[test]
fn old_crashes_are_refused() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/crashes");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let error = import(&fs::read(&path).unwrap(), &Options::default()).unwrap_err();
        assert!(!error.to_string().contains('\n'), "{}: {error}", path.display());
    }
}

/// A name with a line break was once told as it is.
#[test]
fn names_with_line_breaks_are_told_in_one_line() {
    let mut onnx = read("gru_one.onnx");
    let kind = b"\"\x07Reshape";
    let at = onnx.windows(kind.len()).position(|bytes| bytes == kind).unwrap();
    onnx[at + 2] = b'\n';
    let error = import(&onnx, &Options::default()).unwrap_err().to_string();
    assert!(!error.contains('\n'), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn damaged_models_are_refused_or_proven(
        model in prop::sample::select(vec!["lstm_slice.onnx", "gru_one.onnx", "lstm_separate.onnx"]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut onnx = read(model);
        for (at, value) in changes {
            let at = at.index(onnx.len());
            onnx[at] = value;
        }
        if let Err(error) = import(&onnx, &Options::default()) {
            prop_assert!(!error.to_string().contains('\n'));
        }
    }
}
