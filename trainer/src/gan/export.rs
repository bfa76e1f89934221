//! From a run's best generator to a model that any ONNX runtime and our engine play.

use std::fmt;
use std::fmt::Write as _;

use musigan_engine::{Generator, Image, Model};
use musigan_import::ImportError;
use musigan_score::events;
use musigan_score::roll::{Condition, STEPS};
use prost::Message;

use super::bars::Bar;
use super::network::{Architecture, Hearing, generator};
use super::opening::Opening;
use super::rollout::{draw_latent, write_cells};
use super::step::bar_graph;
use crate::export::About;
use crate::graph::onnx::ModelProto;
use crate::graph::{Dtype, Graph, Lowered, Val};
use crate::session::{Program, Runtime, SessionError, Threads};
use crate::train::Rng;

/// How far logits may be apart; of those beyond ±1 in relation to them.
pub const TOLERANCE: f32 = 1e-4;

/// A model in both forms, proven.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The ONNX file.
    pub onnx: Vec<u8>,
    /// The engine's `.mgi` image.
    pub image: Vec<u8>,
    /// How near both are to the trainer's generator.
    pub proof: Proof,
}

/// The greatest differences of logits on the same bars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Proof {
    /// Bars composed by all, each after a held-out one.
    pub bars: usize,
    /// The exported ONNX model in ONNX Runtime against the trainer's graph.
    pub onnx_runtime: f32,
    /// The engine against the trainer's graph.
    pub engine: f32,
}

/// Why a run is not exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The logits differ.
    #[error(
        "the exported model is not the trained one: {0}, at most {TOLERANCE} apart is allowed; \
         nothing was written, please report it"
    )]
    Disagreement(Proof),
    /// The importer refuses the ONNX model.
    #[error("the engine's image cannot be made: {0}")]
    Import(#[from] ImportError),
    /// The exported model does not run.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The image is refused.
    #[error("the engine refuses the image: {0}")]
    Open(#[from] musigan_engine::OpenError),
}

/// Exports a generator and proves both files on `bars`, which it was not trained on; `about` is written
/// into both.
///
/// # Errors
/// [`ExportError`].
pub fn export(
    runtime: &Runtime,
    a: &Architecture,
    weights: &[f32],
    opening: &Opening,
    about: &About,
    bars: &[Bar],
) -> Result<Exported, ExportError> {
    let model = onnx_model(a, weights, opening, about);
    let onnx = model.bytes.clone();
    let image = musigan_import::import(&onnx, &musigan_import::Options::default())?.image;
    let proof = prove(runtime, a, weights, &model, &image, bars)?;
    if proof.onnx_runtime <= TOLERANCE && proof.engine <= TOLERANCE {
        Ok(Exported { onnx, image, proof })
    } else {
        Err(ExportError::Disagreement(proof))
    }
}

/// The ONNX file of a generator, unproven: `latent` `[1, latent]`, `previous`
/// `[1, STEPS, 2 · parts, keys]` and `condition` `[1, Condition::LEN]` → `bar`, logits in the shape of
/// `previous`.
pub fn onnx_file(a: &Architecture, weights: &[f32], opening: &Opening, about: &About) -> Vec<u8> {
    onnx_model(a, weights, opening, about).bytes
}

fn onnx_model(a: &Architecture, weights: &[f32], opening: &Opening, about: &About) -> Lowered {
    let g = &mut Graph::new(Dtype::F32);
    let roll = [1, STEPS, 2 * usize::from(a.parts), usize::from(a.keys)];
    let latent = g.input("latent", &[1, a.latent()]);
    let previous = g.input("previous", &roll);
    let condition = g.input("condition", &[1, Condition::LEN]);
    let previous = g.reshape(previous, &[1, a.cells()]);
    let layout = a.generator();
    let tensors: Vec<Val> = layout
        .tensors()
        .iter()
        .map(|t| {
            let data = weights[t.range()].iter().map(|&x| x.into()).collect();
            g.weights(&t.name, &t.shape, data)
        })
        .collect();
    let bar = generator(g, a, &tensors, Hearing { latent, previous, condition });
    let bar = g.reshape(bar, &roll);
    let mut lowered = g.lower(&[("bar", bar)]);
    // What was lowered is a model: only its metadata is to be added.
    if let Ok(mut model) = ModelProto::decode(&lowered.bytes[..]) {
        model.metadata_props = metadata(a, opening, about).metadata();
        lowered.bytes = model.encode_to_vec();
    }
    lowered
}

fn metadata(a: &Architecture, opening: &Opening, about: &About) -> About {
    let mut all = About::default();
    all.add("kind", "gan");
    all.add("vocabulary", events::FINGERPRINT);
    all.add("ticks_per_quarter", musigan_score::TICKS_PER_QUARTER);
    let Architecture {
        parts, lowest, keys, shared, private, heard, memory, trunk, beat, step, ..
    } = *a;
    all.add(
        "sizes",
        format!(
            "parts={parts} lowest={lowest} keys={keys} shared={shared} private={private} \
             heard={heard} memory={memory} trunk={trunk} beat={beat} step={step}"
        ),
    );
    let words = opening.programs.iter().map(u16::to_string).collect::<Vec<_>>();
    all.add("programs", words.join(" "));
    let prior = opening.prior.iter().fold(String::new(), |mut text, (token, logit)| {
        let _ = write!(text, "{token}:{logit:.4} ");
        text
    });
    all.add("prior", prior.trim_end());
    all.0.extend(about.0.iter().cloned());
    all
}

/// Composes the same bars by the trainer's graph, the exported model and the engine.
fn prove(
    runtime: &Runtime,
    a: &Architecture,
    weights: &[f32],
    model: &Lowered,
    image: &[u8],
    bars: &[Bar],
) -> Result<Proof, ExportError> {
    let mut trainer = Program::new(runtime, &bar_graph(a, 1), &[], Threads(1))?;
    let mut onnx = Program::new(runtime, model, &[], Threads(1))?;
    trainer.set("weights", weights)?;
    // Images are read where they lie, at an address that f32 may have.
    let image = crate::predict::EngineImage::new(image);
    let Model::Gan(engine) = Image::open(image.bytes())?.model() else {
        return Ok(Proof { bars: 0, onnx_runtime: f32::INFINITY, engine: f32::INFINITY });
    };
    let mut state = vec![0.0; engine.state_len()];
    let mut proof = Proof::default();
    for (at, bar) in bars.iter().enumerate() {
        let mut latent = vec![0.0; a.latent()];
        draw_latent(&mut Rng::keyed(&[b'e'.into(), at as u64]), &mut latent);
        let mut previous = vec![0.0; a.cells()];
        write_cells(&bar.cells, &mut previous);
        let mut condition = vec![0.0; Condition::LEN];
        let told = Condition { told: bar.told, metre: bar.metre, follows: true };
        told.ones(|one| condition[one] = 1.0);
        for program in [&mut trainer, &mut onnx] {
            program.set("latent", &latent)?;
            program.set("previous", &previous)?;
            program.set("condition", &condition)?;
            program.run()?;
        }
        let mut found = vec![0.0; a.cells()];
        engine.compose(&mut state, &latent, &previous, &condition, &mut found);
        let truth = trainer.read::<f32>("logits")?;
        proof.bars += 1;
        proof.onnx_runtime = proof.onnx_runtime.max(difference(onnx.read("bar")?, truth));
        proof.engine = proof.engine.max(difference(&found, truth));
    }
    Ok(proof)
}

/// The greatest difference, in relation to what is beyond ±1; what is no number is infinitely far.
fn difference(found: &[f32], truth: &[f32]) -> f32 {
    let apart = found.iter().zip(truth).map(|(a, b)| (a - b).abs() / b.abs().max(1.0));
    apart.fold(0.0, |most, x| if x.is_nan() { f32::INFINITY } else { most.max(x) })
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bars, onnx_runtime, engine } = self;
        write!(
            f,
            "over {bars} bars the logits of ONNX Runtime are within {onnx_runtime:.1e} of the \
             trainer's, those of the engine within {engine:.1e}"
        )
    }
}
