//! The commands of `musigan-train`.

mod corpus;
mod data;
mod evaluate;
mod export;
mod interrupt;
mod progress;
mod reading;
mod run;
mod train;

use clap::{Parser, Subcommand};

/// Trains MusiGAN's generators through ONNX Runtime.
#[derive(Debug, Parser)]
#[command(name = "musigan-train", version, propagate_version = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Corpus(corpus::CorpusArgs),
    Train(Box<train::TrainArgs>),
    Export(export::ExportArgs),
    Evaluate(evaluate::EvaluateArgs),
}

impl Arguments {
    /// Does what was asked for.
    ///
    /// # Errors
    /// One sentence for the user; the program prints it and fails.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Corpus(args) => args.run(),
            Command::Train(args) => args.run(),
            Command::Export(args) => args.run(),
            Command::Evaluate(args) => args.run(),
        }
    }
}
