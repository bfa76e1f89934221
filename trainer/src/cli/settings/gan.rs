//! The settings of a new GAN's run.

use anyhow::bail;
use clap::Args;

use super::{Limits, Settings};
use crate::gan::network::Architecture;
use crate::gan::step::Losses;
use crate::gan::{Config, Data, Kind, Optimiser};
use crate::linked::Role;
use crate::train::Schedule;

/// How a GAN learns, beside what all networks have.
#[derive(Debug, Args)]
#[command(next_help_heading = "With --kind gan")]
pub struct GanArgs {
    /// Parts of the piano roll; the other parts of a piece join the last of them [default: 2]
    #[arg(long)]
    parts: Option<u8>,
    /// Updates of the critic for one of the generator [default: 4]
    #[arg(long)]
    critic_updates: Option<usize>,
    /// Highest learning rate of the critic [default: as --lr]
    #[arg(long)]
    critic_lr: Option<f64>,
    /// Weight of the gradient penalty [default: 10]
    #[arg(long)]
    penalty: Option<f64>,
    /// Weight of the want of diversity in the generator's loss [default: 4]
    #[arg(long)]
    diversity: Option<f64>,
}

impl GanArgs {
    fn given(&self) -> bool {
        let counts = self.parts.is_some() || self.critic_updates.is_some();
        counts || [self.critic_lr, self.penalty, self.diversity].iter().any(Option::is_some)
    }
}

impl Settings {
    /// The configuration of a GAN's run on `folder`, sizes of the data unknown as yet.
    ///
    /// # Errors
    /// Where an option is given that a GAN has no use for.
    pub fn gan(&self, folder: String, limits: &Limits) -> anyhow::Result<Config> {
        let misplaced = [
            ("--layers", self.layers.is_some()),
            ("--hidden", self.hidden.is_some()),
            ("--embed", self.embed.is_some()),
            ("--tied", self.tied),
            ("--window", self.window.is_some()),
            ("--epochs", self.epochs.is_some()),
            ("--dropout", self.dropout.is_some()),
            ("--input-dropout", self.input_dropout.is_some_and(|share| share > 0.0)),
            ("--recurrent-dropout", self.recurrent_dropout > 0.0),
            ("--smoothing", self.smoothing > 0.0),
            ("--weight-decay", self.weight_decay > 0.0),
            ("--parts", self.part.is_some() && self.gan.parts.is_some()),
            ("--harmony", self.harmony > 0.0),
            ("--augment-tempo", self.augment_tempo > 0),
            ("--augment-velocity", self.augment_velocity > 0),
        ];
        if let Some((name, _)) = misplaced.iter().find(|(_, given)| *given) {
            let beside = if *name == "--parts" { "--part" } else { "--kind gan" };
            bail!("{name} has no meaning with {beside}");
        }
        let updates = match (limits.updates, limits.minutes) {
            (Some(updates), _) => updates,
            (None, Some(_)) => u64::MAX >> 1,
            (None, None) => 20_000,
        };
        let falls = !self.constant_lr && (limits.updates.is_some() || limits.minutes.is_none());
        let lr = self.lr.unwrap_or(2e-4);
        let role = self.role();
        let parts = role.map_or(self.gan.parts.unwrap_or(2), Role::rolls);
        Ok(Config {
            kind: Kind::Gan,
            seed: self.seed,
            model: Architecture { parts, ..Architecture::default() },
            data: Data {
                folder,
                role,
                reading: self.reading.reading(),
                train_bars: 0,
                valid_bars: 0,
                batch: self.batch.unwrap_or(64),
            },
            optimiser: Optimiser {
                lr,
                critic_lr: self.gan.critic_lr.unwrap_or(lr),
                schedule: Schedule {
                    warmup: self.warmup,
                    cosine_until: if falls { updates } else { 0 },
                    floor: 0.1,
                    plateau: self.plateau,
                },
                beta1: 0.0,
                beta2: 0.9,
                epsilon: 1e-8,
                critic_updates: self.gan.critic_updates.unwrap_or(4),
                average: self.average.unwrap_or(0.99),
                untold: [0.25, 0.6, 0.25, 0.1],
                losses: Losses {
                    penalty: self.gan.penalty.unwrap_or(10.0),
                    drift: 1e-3,
                    diversity: self.gan.diversity.unwrap_or(4.0),
                    apart: 0.0,
                },
            },
            budget: self.budget(updates, limits, 500, 0),
            machine: limits.machine(),
        })
    }

    /// Whether a GAN is to be trained.
    ///
    /// # Errors
    /// Where another network is, with options of a GAN.
    pub fn is_gan(&self) -> anyhow::Result<bool> {
        let gan = matches!(self.kind, Some(super::KindArg::Gan));
        if !gan && self.gan.given() {
            bail!(
                "--parts, --critic-updates, --critic-lr, --penalty and --diversity need --kind gan"
            );
        }
        Ok(gan)
    }
}
