use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use musigan::console::say;
use musigan::model::{self, ModelFile};
use musigan_engine::Image;
use musigan_engine::generator::Generator;

/// Lists the models that can be asked for by name.
pub(super) fn list() -> Result<()> {
    for (at, bundled) in model::BUNDLED.iter().enumerate() {
        let usual = if at == 0 { "; played where none is asked for" } else { "" };
        say(format_args!("{:<24} {}{usual}", bundled.name, bundled.plays));
    }
    for path in model::installed()? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        say(format_args!("{name:<24} {}", path.display()));
    }
    say(format_args!("\nMore models: put .mgi or .onnx files into {}", model::folder()?.display()));
    Ok(())
}

#[derive(Debug, Args)]
pub(super) struct Info {
    /// The model: a name, or a file [default: the bundled one]
    model: Option<PathBuf>,
}

impl Info {
    /// Tells what a model is made of.
    pub(super) fn run(self) -> Result<()> {
        let file = ModelFile::find(self.model.as_deref())?;
        let model = file.open()?;
        let image =
            Image::open(file.bytes()).with_context(|| format!("cannot read {}", file.name()))?;
        let widths: Vec<_> = image.widths().map(|width| width.to_string()).collect();
        say(format_args!("name                     {}", file.name()));
        say(format_args!(
            "network                  {:?}, layers of {}",
            image.architecture(),
            widths.join(" and ")
        ));
        say(format_args!(
            "vocabulary               {} tokens, {}",
            model.vocab_len(),
            image.vocabulary()
        ));
        say(format_args!("size                     {} bytes", file.bytes().len()));
        say(format_args!(
            "memory while it plays    {} bytes",
            4 * (model.state_len() + model.vocab_len())
        ));
        say(format_args!("multiplications a token  {}", model.macs_per_step()));
        say(format_args!("kernels here             {}", model.kernels().name()));
        if let Some(passages) = model.passages() {
            say(format_args!(
                "does not say again       {} notes in a row of what it has learnt from",
                passages.notes()
            ));
        }
        say(format_args!("\n{}", image.about().trim()));
        Ok(())
    }
}
