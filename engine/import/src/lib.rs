//! Translates ONNX generators into MusiGAN engine images.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let onnx = std::fs::read("model.onnx")?;
//! let imported = musigan_import::import(&onnx, &musigan_import::Options::default())?;
//! std::fs::write("model.mgi", imported.image)?;
//! # Ok(())
//! # }
//! ```
//!
//! A model is embedding or one-hot → one to four LSTM or GRU layers, each with or without a layer
//! normalisation behind it → linear head, with or without a softmax. It hears one token, with the states
//! as inputs and outputs, or a sequence of tokens from
//! nothing heard, as PyTorch and tf2onnx export it. What is linear is folded; how the graph shapes
//! and slices its tensors does not matter. Every image is run against tract before it is handed out.
//!
//! The generator of a GAN, as `musigan-train export` writes it, is a model of another kind: latent, bar
//! before and condition → bar. It is told by its metadata, its weights are read by their names, and what
//! tract computes from the graph proves that they were read right. Its image has f32 weights only.
//!
//! Not supported, and said by name: bidirectional layers, peepholes, clipped or coupled gates, other
//! activations than the usual, GRUs that reset before the linear product, layers of different cells
//! in one model, more than one input beside the states, initial states that are neither inputs nor
//! zero, anything else between the layers that is not linear (attention, residual sums), weights in other
//! files, and layers written out as loops of elementary operators (Keras's GRU,
//! as tf2onnx exports it).
#![forbid(unsafe_code)]

mod bars;
mod cost;
mod error;
mod file;
mod fold;
mod listening;
mod oracle;
mod read;
mod verify;
pub mod writer;

use musigan_engine::image::Weights;
use musigan_engine::{Image, Model};
use musigan_score::link::MAX_LINKED;
use musigan_score::{Fingerprint, Token};
use tract_onnx::prelude::Framework;

pub use cost::{Cost, TOKENS, most_nats};
pub use error::ImportError;
pub use file::write_atomically;
use read::{Metadata, Reading};
pub use verify::{Difference, MUSIC_TOLERANCE, STEPS, STREAM, TOLERANCE};

/// What the ONNX file does not say.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The vocabulary of the tokens, in place of the metadata field `musigan.vocabulary`: for
    /// models that were trained elsewhere on our tokens.
    pub vocabulary: Option<Fingerprint>,
    /// The temperature at which the model's tokens are chosen where nobody says another, noted in the image.
    pub temperature: Option<f32>,
    /// The phrases that come again where nobody says others, in bars, noted in the image.
    pub phrases: Option<u8>,
    /// How strongly the key draws the pitches where nobody says how, noted in the image.
    pub tonality: Option<f32>,
    /// What the model learnt from, so that its composer does not say it again: passages as
    /// [`Passages::read`](musigan_engine::passages::Passages::read) takes them.
    pub passages: Option<Vec<u8>>,
    /// Music on which the image is compared with tract after [`STEPS`] random tokens; both start anew
    /// with each piece, as a player does.
    pub pieces: Vec<Vec<Token>>,
    /// How the image stores its weights.
    pub weights: Weights,
    /// Whether the embedding stays apart from the first layer. Folded into it, a token is a row of
    /// sums: no multiplications, but several times the bytes. For small memories.
    pub separate_embedding: bool,
}

/// An image that agrees with its ONNX model.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The bytes of the `.mgi` file.
    pub image: Vec<u8>,
    /// How far the engine's logits are from tract's, with f32 weights.
    pub difference: Difference,
    /// What other weights than f32 cost.
    pub cost: Option<Cost>,
}

/// Translates an ONNX file and checks the image against tract; with coarser weights than f32, what
/// they cost is measured against the same image with f32.
///
/// # Errors
/// See [`ImportError`].
pub fn import(onnx: &[u8], options: &Options) -> Result<Imported, ImportError> {
    read_and_check(onnx, options).map_err(ImportError::in_one_line)
}

fn read_and_check(onnx: &[u8], options: &Options) -> Result<Imported, ImportError> {
    let proto = tract_onnx::onnx()
        .proto_model_for_read(&mut &onnx[..])
        .map_err(|error| ImportError::NotOnnx(format!("{error:#}")))?;
    let Some(graph) = &proto.graph else {
        return Err(ImportError::NotOnnx("it has no graph".into()));
    };
    if bars::is_one(&proto) {
        return bars::import(&proto, graph, options);
    }
    if listening::is_one(&proto) {
        return listening::import(&proto, graph, options);
    }
    let reading = Reading::of(graph)?;
    let metadata = Metadata::read(&proto, options)?;
    let (network, roles) = fold::network(reading, metadata, options.separate_embedding)?;
    let image = network.to_image(Weights::F32);
    let model = Model::open(&image, network.vocabulary)?;
    let difference = verify::verify(&proto, &roles, &model, &options.pieces)?;
    if options.weights == Weights::F32 {
        return Ok(Imported { image, difference, cost: None });
    }
    coarser(&network, &model, difference, options.weights)
}

/// The image of a network with other weights than f32, of which `model` is the one with f32.
fn coarser(
    network: &writer::Network,
    model: &Model<'_>,
    difference: Difference,
    weights: Weights,
) -> Result<Imported, ImportError> {
    let greatest = network.greatest_half();
    if greatest > f32::from(half::f16::MAX) {
        return Err(ImportError::Range { greatest });
    }
    let coarse = network.to_image(weights);
    let cost = cost::cost(model, &Model::open(&coarse, network.vocabulary)?)?;
    Ok(Imported { image: coarse, difference, cost: Some(cost) })
}

/// One image of the models of several parts, in their order, which listen to each other.
///
/// # Errors
/// Where they are none, or more than [`MAX_LINKED`], or not generators of one vocabulary.
pub fn linked(members: &[Imported]) -> Result<Vec<u8>, ImportError> {
    if members.is_empty() || members.len() > MAX_LINKED {
        let reason = format!("{} parts are linked: 1 to {MAX_LINKED} can be", members.len());
        return Err(ImportError::Unsupported(vec![reason]));
    }
    let images: Vec<&[u8]> = members.iter().map(|member| &member.image[..]).collect();
    let first = Image::open(images.first().copied().unwrap_or_default())?;
    // What is said of every one of them is said of all.
    let mut others = Vec::new();
    for image in &images[1..] {
        others.push(Image::open(image)?.about());
    }
    let common = |line: &&str| others.iter().all(|about| about.lines().any(|other| other == *line));
    let about: String =
        first.about().lines().filter(common).flat_map(|line| [line, "\n"]).collect();
    let image = writer::linked(&images, &about);
    Model::open(&image, first.vocabulary())?;
    Ok(image)
}

/// Reads a fingerprint as it is written in metadata: 16 hexadecimal digits.
///
/// # Errors
/// A sentence for the one who typed it.
pub fn parse_fingerprint(text: &str) -> Result<Fingerprint, String> {
    read::fingerprint(text).ok_or_else(|| "a fingerprint has 16 hexadecimal digits".to_owned())
}

/// Reads the name of a way to store weights: `f32`, `bf16` or `int8`.
///
/// # Errors
/// A sentence for the one who typed it.
pub fn parse_weights(text: &str) -> Result<Weights, String> {
    let found = Weights::ALL.into_iter().find(|weights| weights.name() == text);
    found.ok_or_else(|| "weights are f32, bf16 or int8".to_owned())
}
