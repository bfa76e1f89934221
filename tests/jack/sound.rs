//! What is rendered, and how much of it was heard.

use std::path::Path;
use std::time::Duration;

use crate::program::{Program, until};

/// The frames of a WAV file of 32-bit floats, left and right.
pub(crate) fn frames(file: &Path) -> Vec<[f32; 2]> {
    let reader = hound::WavReader::open(file).unwrap();
    let samples: Vec<f32> = reader.into_samples().map(Result::unwrap).collect();
    samples.as_chunks().0.to_vec()
}

/// The frames of a piece as `musigan render` writes them, with these options.
pub(crate) fn rendered(seed: &str, bars: &str, options: &[&str]) -> Vec<[f32; 2]> {
    let arguments = ["render", "--seed", seed, "--bars", bars, "--samples", "float"];
    let mut program = Program::start(&[&arguments[..], &["--out", "piece.wav"], options].concat());
    until(Duration::from_secs(120), "the piece is rendered", || !program.is_running());
    frames(&program.home().join("piece.wav"))
}

/// How many tenths of a second of `whole` are in `heard`, sample for sample and in their order, of how many
/// that sound.
pub(crate) fn tenths(heard: &[[f32; 2]], whole: &[[f32; 2]], rate: usize) -> (usize, usize) {
    let sounds = |frames: &[[f32; 2]]| frames.iter().any(|frame| frame != &[0.0; 2]);
    let (mut at, mut found, mut all) = (0, 0, 0);
    for tenth in whole.chunks_exact(rate / 10).filter(|tenth| sounds(tenth)) {
        all += 1;
        let rest = heard.get(at..).unwrap_or_default();
        if let Some(place) = rest.windows(tenth.len()).position(|frames| frames == tenth) {
            (at, found) = (at + place + tenth.len(), found + 1);
        }
    }
    (found, all)
}
