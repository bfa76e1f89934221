//! Everything that decides what a GAN's run learns; written to `config.toml` with every default.

use musigan_engine::generator::bars::MAX_PARTS;
use serde::{Deserialize, Serialize};

use super::network::Architecture;
use super::step::Losses;
use crate::checkpoint::Extent;
use crate::linked::Role;
use crate::model::Adam;
use crate::train::{Budget, MOST_WEIGHTS, Machine, Reading, Schedule, TrainError};

/// The most bars of one update.
const MOST_BARS: usize = 4096;

/// The most updates of the critic for one of the generator.
const MOST_UPDATES: usize = 1000;

/// Says in `config.toml` that the run is a GAN's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A generator of bars and its critic.
    Gan,
}

/// The configuration of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What kind of run this is.
    pub kind: Kind,
    /// Decides every random number of the run.
    pub seed: u64,
    /// The networks.
    pub model: Architecture,
    /// What they learn from.
    pub data: Data,
    /// How they learn.
    pub optimiser: Optimiser,
    /// How long they learn.
    pub budget: Budget,
    /// What they run on.
    pub machine: Machine,
}

/// The data of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Folder of MIDI files.
    pub folder: String,
    /// The part that is composed, of pieces of several: it is the roll's first, and the others are the
    /// second, or (deaf) are not in it. Not told: all parts are composed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// How its files are read.
    pub reading: Reading,
    /// Bars to learn from.
    pub train_bars: usize,
    /// Bars held out to choose the best model.
    pub valid_bars: usize,
    /// Bars in one update.
    pub batch: usize,
}

/// The optimiser of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimiser {
    /// Highest learning rate of the generator.
    pub lr: f64,
    /// Highest learning rate of the critic.
    pub critic_lr: f64,
    /// How the learning rates change.
    pub schedule: Schedule,
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Updates of the critic for one of the generator.
    pub critic_updates: usize,
    /// How much of the moving average of its weights the generator keeps at an update.
    pub average: f64,
    /// Shares of bars of which a tag is not told: mode, density, style, and the bar before.
    pub untold: [f32; 4],
    /// Weights in the losses.
    pub losses: Losses,
}

impl Optimiser {
    /// The constants of both graphs. Gradients are not clipped but where they would be useless.
    pub fn adam(&self) -> Adam {
        let Self { beta1, beta2, epsilon, .. } = *self;
        Adam { beta1, beta2, epsilon, weight_decay: 0.0, clip: 1e3 }
    }

    /// Share of the moving average that the weights after update `t` (from 1) take.
    pub fn average_rate(&self, t: u64) -> f32 {
        let t = t as f64;
        (1.0 - self.average.min((1.0 + t) / (10.0 + t))) as f32
    }
}

impl Config {
    /// How much the checkpoints of the run hold.
    pub fn extent(&self) -> Extent {
        let average = self.model.generator().len();
        Extent { layout: self.model.both(), average, h: 0, c: 0 }
    }

    /// Checks that every number has a meaning and that the device is there.
    ///
    /// # Errors
    /// [`TrainError::Setting`] names the first number that has none, [`TrainError::Session`]
    /// stands for a device that is not there.
    pub fn check(&self) -> Result<(), TrainError> {
        let (a, o) = (&self.model, &self.optimiser);
        let setting =
            |name, value: String, wanted| Err(TrainError::Setting { name, value, wanted });
        if a.form().is_none() || usize::from(a.parts) > MAX_PARTS {
            let roll = format!("{} parts of {} keys from {}", a.parts, a.keys, a.lowest);
            return setting("parts", roll, "1 to 4 parts of at least 24 keys below 128");
        }
        if let Some(role) = self.data.role
            && !(role.is_possible() && a.parts == role.rolls())
        {
            let value = format!("{} of {}, a roll of {}", role.part + 1, role.parts, a.parts);
            return setting("part", value, "1/1 to 4/4, a roll of 2 parts or, deaf, of 1");
        }
        let sizes = [
            a.shared,
            a.private,
            a.heard,
            a.memory,
            a.trunk,
            a.beat,
            a.step,
            a.critic.step,
            a.critic.beat,
            a.critic.heard_step,
            a.critic.heard_beat,
            a.critic.bar,
        ];
        if sizes.contains(&0) || sizes.iter().any(|&size| size > 4096) {
            return setting("model", format!("{sizes:?}"), "sizes of 1 to 4096");
        }
        let weights = a.both().len();
        if weights > MOST_WEIGHTS {
            return setting("weights", weights.to_string(), "at most 268435456");
        }
        let batch = self.data.batch;
        if !(2..=MOST_BARS).contains(&batch) || batch % 2 == 1 {
            return setting("batch", batch.to_string(), "an even number, 2 to 4096");
        }
        if !(1..=MOST_UPDATES).contains(&o.critic_updates) {
            return setting("critic-updates", o.critic_updates.to_string(), "1 to 1000");
        }
        for (name, value) in [("lr", o.lr), ("critic-lr", o.critic_lr), ("epsilon", o.epsilon)] {
            if !(value > 0.0 && value.is_finite()) {
                return setting(name, value.to_string(), "a number above 0");
            }
        }
        for (name, value) in [("average", o.average), ("beta1", o.beta1), ("beta2", o.beta2)] {
            if !(0.0..1.0).contains(&value) {
                return setting(name, value.to_string(), "0 to below 1");
            }
        }
        if o.untold.iter().any(|share| !(0.0..=1.0).contains(share)) {
            return setting("untold", format!("{:?}", o.untold), "shares of 0 to 1");
        }
        let l = &o.losses;
        for (name, value) in [
            ("penalty", l.penalty),
            ("drift", l.drift),
            ("diversity", l.diversity),
            ("apart", l.apart),
        ] {
            if !(value >= 0.0 && value.is_finite()) {
                return setting(name, value.to_string(), "0 or more");
            }
        }
        if let Some(every) = self.machine.loss_every {
            return setting(
                "loss-every",
                every.to_string(),
                "a GAN tells its losses after every update",
            );
        }
        o.schedule.check()?;
        self.budget.check()?;
        self.machine.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Device;

    fn config() -> Config {
        Config {
            kind: Kind::Gan,
            seed: 1,
            model: Architecture::default(),
            data: Data {
                folder: "music".to_owned(),
                role: None,
                reading: Reading::default(),
                train_bars: 9,
                valid_bars: 9,
                batch: 8,
            },
            optimiser: Optimiser {
                lr: 2e-4,
                critic_lr: 2e-4,
                schedule: Schedule::default(),
                beta1: 0.0,
                beta2: 0.9,
                epsilon: 1e-8,
                critic_updates: 4,
                average: 0.999,
                untold: [0.1; 4],
                losses: Losses { penalty: 10.0, drift: 1e-3, diversity: 4.0, apart: 8.0 },
            },
            budget: Budget {
                updates: 9,
                minutes: 0.0,
                validate_every: 3,
                save_every: 3,
                patience: 0,
                keep: 0,
                sample_every: 0,
                sample_wav: false,
            },
            machine: Machine { device: Device::Cpu, threads: 1, loss_every: None },
        }
    }

    #[test]
    fn numbers_without_a_meaning_are_named() {
        assert!(config().check().is_ok());
        type Change = fn(&mut Config);
        let changes: [(&str, Change); 12] = [
            ("parts", |c| c.model.parts = 0),
            ("model", |c| c.model.trunk = 4_000_000_000),
            ("weights", |c| (c.model.heard, c.model.memory) = (4096, 4096)),
            ("batch", |c| c.data.batch = usize::MAX - 1),
            ("critic-updates", |c| c.optimiser.critic_updates = usize::MAX),
            ("critic-lr", |c| c.optimiser.critic_lr = -1.0),
            ("untold", |c| c.optimiser.untold[2] = f32::NAN),
            ("diversity", |c| c.optimiser.losses.diversity = f64::NAN),
            ("floor", |c| c.optimiser.schedule.floor = f64::INFINITY),
            ("minutes", |c| c.budget.minutes = -1.0),
            ("threads", |c| c.machine.threads = 0),
            ("loss-every", |c| c.machine.loss_every = Some(2)),
        ];
        for (name, change) in changes {
            let mut config = config();
            change(&mut config);
            let said = config.check().expect_err(name).to_string();
            assert!(said.starts_with(&format!("{name} = ")), "{name}: {said}");
        }
    }
}
