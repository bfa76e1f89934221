//! `musigan-import`: an ONNX generator to an engine image.
#![forbid(unsafe_code)]

use std::fmt;
use std::io::{self, Write};
use std::panic;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::Parser;
use musigan_engine::composer::Form;
use musigan_engine::image::Weights;
use musigan_engine::{Generator, Image};
use musigan_import::{
    Imported, Options, STEPS, import, linked, parse_fingerprint, parse_weights, write_atomically,
};
use musigan_score::Fingerprint;

/// Translates an ONNX generator into an engine image, checked against tract.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The model: embedding, 1 to 4 LSTM or GRU layers, linear head; state as inputs and outputs. Of
    /// several, each is the model of a part, in order, and they are linked: they listen to each other.
    #[arg(required = true, num_args = 1..=4)]
    onnx: Vec<PathBuf>,
    /// The image to write; replaced whole or not at all.
    #[arg(long, value_name = "FILE.mgi")]
    out: PathBuf,
    /// Fingerprint of the vocabulary, for a model without our metadata (16 hexadecimal digits).
    #[arg(long, value_name = "HEX", value_parser = parse_fingerprint)]
    vocabulary: Option<Fingerprint>,
    /// How the image stores weights: f32, bf16 or int8. What coarser weights cost is measured on what
    /// the model says with f32; `musigan-train evaluate --weights` measures it on held-out music.
    #[arg(long, default_value = "f32", value_parser = parse_weights)]
    weights: Weights,
    /// Keep the embedding apart instead of folding it into the first layer: a smaller image and a
    /// slower step, for microcontrollers.
    #[arg(long)]
    separate_embedding: bool,
    /// Note in the image at which temperature its tokens are chosen where the listener says no other.
    #[arg(long, value_parser = temperature)]
    temperature: Option<f32>,
    /// Note in the image of how many bars its phrases are where the listener says nothing else; some of them
    /// come again.
    #[arg(long, value_name = "1..8", value_parser = clap::value_parser!(u8).range(1..=i64::from(Form::LONGEST)))]
    phrases: Option<u8>,
    /// Note in the image how strongly the key draws the pitches where the listener says nothing else.
    #[arg(long, value_name = "0..1", value_parser = share)]
    tonality: Option<f32>,
    /// Passages that the model learnt from, as `musigan-train passages` writes them: no note is said that ends one
    /// of them.
    #[arg(long, value_name = "FILE")]
    passages: Option<PathBuf>,
}

/// A temperature that a player takes.
fn temperature(text: &str) -> Result<f32, String> {
    let number = text.parse().ok().filter(|number| (0.1..=2.0).contains(number));
    number.ok_or_else(|| "a temperature is a number from 0.1 to 2".to_owned())
}

/// A share of one.
fn share(text: &str) -> Result<f32, String> {
    let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "it is a number from 0 to 1".to_owned())
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // tract panics on some broken models, which is then told as an error, in one line.
    panic::set_hook(Box::new(|_| {}));
    let outcome = panic::catch_unwind(|| run(&arguments))
        .unwrap_or_else(|_| Err(anyhow!("the importer failed on this file; please report it")));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("musigan-import: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let Arguments {
        onnx, out, vocabulary, weights, separate_embedding, temperature, phrases, ..
    } = arguments;
    let passages = arguments.passages.as_deref().map(passages).transpose()?;
    if passages.is_some() && onnx.len() > 1 {
        bail!("models that are linked have no use for passages: import them without");
    }
    let options = Options {
        vocabulary: *vocabulary,
        weights: *weights,
        separate_embedding: *separate_embedding,
        temperature: *temperature,
        phrases: *phrases,
        tonality: arguments.tonality,
        passages,
        ..Options::default()
    };
    let mut all = Vec::new();
    for onnx in onnx {
        let named = || onnx.display().to_string();
        let bytes = std::fs::read(onnx).with_context(|| format!("cannot read {}", named()))?;
        all.push(import(&bytes, &options).with_context(named)?);
    }
    if let [imported] = &all[..] {
        write(out, &imported.image)?;
    } else {
        let image = linked(&all)?;
        write(out, &image)?;
        say(format_args!(
            "{}: {} parts, linked, {:.1} kB",
            out.display(),
            all.len(),
            image.len() as f64 / 1e3
        ))?;
    }
    all.iter().zip(onnx).try_for_each(|(imported, onnx)| tell(onnx, imported, *weights))
}

/// The bytes of a file of passages.
fn passages(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(out: &Path, image: &[u8]) -> Result<()> {
    write_atomically(out, image).with_context(|| format!("cannot write {}", out.display()))
}

/// Writes a line to standard output; a reader who has gone misses nothing of the image.
fn say(line: fmt::Arguments<'_>) -> Result<()> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("the image is written, but standard output is not")
        }
        _ => Ok(()),
    }
}

/// Says what was made of a model.
fn tell(onnx: &Path, imported: &Imported, weights: Weights) -> Result<()> {
    let image = Image::open(&imported.image)?;
    say(format_args!(
        "{}: {:?} of widths {:?}, {} tokens, vocabulary {}, {weights}, {:.1} kB, within {:.1e} of tract \
         over {STEPS} steps",
        onnx.display(),
        image.architecture(),
        image.widths().collect::<Vec<_>>(),
        image.model().vocab_len(),
        image.vocabulary(),
        imported.image.len() as f64 / 1e3,
        imported.difference.absolute,
    ))?;
    if let Some(cost) = &imported.cost {
        say(format_args!(
            "{weights} loses {:.5} nats per token of what the model says with f32, logits are within \
             {:.2e}",
            cost.nats_per_token, cost.logit
        ))?;
    }
    Ok(())
}
