//! A model in the forms that it is given in or can be turned into.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Context, bail};
use musigan_engine::Image;
use musigan_engine::image::Weights;
use musigan_import::{Options, import};
use musigan_score::Fingerprint;

use super::run::BestModel;
use crate::export::{About, onnx_file};
use crate::predict::{EngineImage, OnnxModel};

/// A model of tokens for ONNX Runtime, where it is not given as an image, and for the engine.
pub struct Forms {
    /// The ONNX model.
    pub onnx: Option<OnnxModel>,
    /// The engine's images, one for each way of storing weights.
    pub images: Vec<EngineImage>,
}

/// Reads a model: the folder of a run, an ONNX file or an image (whose weights are stored already).
///
/// # Errors
/// One sentence for the user.
pub fn forms(model: &Path, weights: &[Weights]) -> anyhow::Result<Forms> {
    let read =
        || std::fs::read(model).with_context(|| format!("{} cannot be read", model.display()));
    let named = || model.display().to_string();
    if model.is_dir() {
        let best = BestModel::open(model)?;
        let vocabulary =
            Fingerprint(u64::from_str_radix(&best.config.data.fingerprint, 16).unwrap_or_default());
        return imported(onnx_file(best.trained(vocabulary), &About::default()), weights)
            .with_context(named);
    }
    match model.extension().and_then(OsStr::to_str) {
        Some("onnx") => imported(read()?, weights).with_context(named),
        Some("mgi") => Ok(Forms { onnx: None, images: vec![EngineImage::new(&read()?)] }),
        _ => bail!("{}: a model is a folder of a run or a file .onnx or .mgi", model.display()),
    }
}

/// What an image is called in a table, and whether it computes what the model says, but for rounding
/// in single precision.
///
/// # Errors
/// When it is no image.
pub fn describe(image: &EngineImage) -> anyhow::Result<(String, bool)> {
    let weights = Image::open(image.bytes())?.weights();
    let megabytes = image.bytes().len() as f64 / 1e6;
    Ok((format!("engine, {weights}, {megabytes:.1} MB"), weights == Weights::F32))
}

fn imported(onnx: Vec<u8>, weights: &[Weights]) -> anyhow::Result<Forms> {
    let image = |&weights: &Weights| -> anyhow::Result<_> {
        let options = Options { weights, ..Options::default() };
        Ok(EngineImage::new(&import(&onnx, &options)?.image))
    };
    let images = weights.iter().map(image).collect::<Result<_, _>>()?;
    Ok(Forms { onnx: Some(OnnxModel::read(onnx)?), images })
}
