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
//! A model is embedding → one to four LSTM or GRU layers → linear head, with one token as input,
//! logits as output and the state as explicit inputs and outputs. What is linear is folded; how
//! the graph shapes and slices its tensors does not matter. Every image is run against tract
//! before it is handed out.
#![forbid(unsafe_code)]

mod error;
mod file;
mod fold;
mod read;
mod verify;
pub mod writer;

use musigan_engine::Model;
use musigan_score::{Fingerprint, Token};
use tract_onnx::prelude::Framework;

pub use error::ImportError;
pub use file::write_atomically;
use read::{Metadata, Reading};
pub use verify::{Difference, STEPS, TOLERANCE, WALK_TOLERANCE};

/// What the ONNX file does not say.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The vocabulary of the tokens, in place of the metadata field `musigan.vocabulary`: for
    /// models that were trained elsewhere on our tokens.
    pub vocabulary: Option<Fingerprint>,
    /// Tokens on which the image is compared with tract after [`STEPS`] random ones: music, say.
    pub walk: Vec<Token>,
}

/// An image that agrees with its ONNX model.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The bytes of the `.mgi` file.
    pub image: Vec<u8>,
    /// How far the engine's logits are from tract's.
    pub difference: Difference,
}

/// Translates an ONNX file and checks the image against tract.
///
/// # Errors
/// See [`ImportError`].
pub fn import(onnx: &[u8], options: &Options) -> Result<Imported, ImportError> {
    let proto = tract_onnx::onnx()
        .proto_model_for_read(&mut &onnx[..])
        .map_err(|error| ImportError::NotOnnx(format!("{error:#}").replace('\n', " ")))?;
    let Some(graph) = &proto.graph else {
        return Err(ImportError::NotOnnx("it has no graph".into()));
    };
    let reading = Reading::of(graph)?;
    let metadata = Metadata::read(&proto, options)?;
    let (network, roles) = fold::network(reading, metadata)?;
    let image = network.to_image();
    let model = Model::open(&image, network.vocabulary)?;
    let difference = verify::verify(&proto, &roles, &model, &options.walk)?;
    Ok(Imported { image, difference })
}

/// Reads a fingerprint as it is written in metadata: 16 hexadecimal digits.
///
/// # Errors
/// A sentence for the one who typed it.
pub fn parse_fingerprint(text: &str) -> Result<Fingerprint, String> {
    read::fingerprint(text).ok_or_else(|| "a fingerprint has 16 hexadecimal digits".to_owned())
}
