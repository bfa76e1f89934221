//! How well the network of one linked part predicts it.

use std::path::Path;

use anyhow::{Context, bail};
use musigan_engine::image::Weights;
use musigan_score::events;

use super::forms::{describe, forms};
use crate::checkpoint::write_atomically;
use crate::corpus;
use crate::linked::{Heard, Role, notes};
use crate::predict::{Nats, judge, judge_each};
use crate::session::Runtime;

/// The nats of a run's best network on the sentences of its part, by ONNX Runtime and by the engine,
/// each under its name and whether it computes what the network says.
///
/// # Errors
/// One sentence for the user.
pub fn judged(
    run: &Path,
    weights: &[Weights],
    sentences: &[Vec<Heard>],
) -> anyhow::Result<Vec<(String, Nats, bool)>> {
    let forms = forms(run, weights)?;
    let mut all = Vec::new();
    if let Some(onnx) = &forms.onnx {
        let runtime = Runtime::load()?;
        let nats = judge(sentences, || onnx.predictor(&runtime))?;
        all.push(("ONNX Runtime".to_owned(), nats, true));
    }
    for image in &forms.images {
        let (who, exact) = describe(image)?;
        let nats = judge(sentences, || image.predictor(events::FINGERPRINT))
            .with_context(|| run.display().to_string())?;
        all.push((who, nats, exact));
    }
    Ok(all)
}

/// Writes a line for each held-out piece: its notes of the part, and their nats by the engine.
///
/// # Errors
/// One sentence for the user.
pub fn by_piece(run: &Path, sentences: &[Vec<Heard>], file: &Path) -> anyhow::Result<()> {
    let forms = forms(run, &[Weights::F32])?;
    let image = forms.images.first().context("no image")?;
    let all = judge_each(sentences, || image.predictor(events::FINGERPRINT))?;
    let mut text = String::from("piece,notes,nats\n");
    for (at, (nats, sentence)) in all.iter().zip(sentences).enumerate() {
        text += &format!("{at},{},{}\n", notes(sentence), nats.sum);
    }
    Ok(write_atomically(file, text.as_bytes())?)
}

/// The sentences of a part that are held out, by the name of their set, and the notes in them.
///
/// # Errors
/// Where there are none.
pub fn held_out(
    corpus: &corpus::Splits,
    role: Role,
    name: &str,
) -> anyhow::Result<(Vec<Vec<Heard>>, usize)> {
    let splits = role.splits(corpus);
    let sentences = if name == "valid" { splits.valid } else { splits.test };
    if sentences.is_empty() {
        bail!("no {name} piece has {} parts", role.parts);
    }
    let notes = sentences.iter().map(|sentence| notes(sentence)).sum();
    Ok((sentences, notes))
}
