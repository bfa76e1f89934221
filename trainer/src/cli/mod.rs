//! The commands of `musigan-train`.

mod bars;
mod compare;
mod composing;
mod corpus;
mod data;
mod display;
mod evaluate;
mod export;
mod forms;
mod frames;
mod gan;
mod interrupt;
mod linked;
mod metrics;
mod passages;
mod progress;
mod reading;
mod run;
mod sampler;
mod say;
mod separate;
mod settings;
mod stored;
mod sweep;
mod train;

use clap::{Parser, Subcommand};

/// Trains MusiGAN's generators through ONNX Runtime.
#[derive(Debug, Parser)]
#[command(name = "musigan-train", version, propagate_version = true, args_override_self = true)]
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
    Bars(bars::BarsArgs),
    Metrics(metrics::MetricsArgs),
    Passages(passages::PassagesArgs),
    Compare(compare::CompareArgs),
    Sweep(sweep::SweepArgs),
    Separate(separate::SeparateArgs),
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
            Command::Bars(args) => args.run(),
            Command::Metrics(args) => args.run(),
            Command::Passages(args) => args.run(),
            Command::Compare(args) => args.run(),
            Command::Sweep(args) => args.run(),
            Command::Separate(args) => args.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::Arguments;

    #[test]
    fn a_resumed_run_takes_only_what_may_change() {
        Arguments::command().debug_assert();
        let taken = |more: &[&str]| {
            let line = ["musigan-train", "train", "--resume", "run"];
            Arguments::try_parse_from(line.iter().chain(more)).is_ok()
        };
        assert!(taken(&["--updates", "9", "--minutes", "1", "--threads", "1", "--device", "cpu"]));
        for fixed in [
            ["--lr", "0.1"],
            ["--seed", "2"],
            ["--data", "x"],
            ["--kind", "gru"],
            ["--style", "jazz"],
        ] {
            assert!(!taken(&fixed), "{fixed:?}");
        }
        assert!(!taken(&["--no-augment"]) && !taken(&["--constant-lr"]));
    }
}
