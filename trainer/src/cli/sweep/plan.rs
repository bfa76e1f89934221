//! Which runs a sweep has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Deserialize;
use toml::Value;

use crate::train::Rng;

/// More runs than this are a mistake in the file.
const MOST_RUNS: usize = 10_000;

/// A sweep's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    out: PathBuf,
    #[serde(default = "one")]
    jobs: usize,
    runs: Option<usize>,
    #[serde(default)]
    seed: u64,
    train: BTreeMap<String, Value>,
    vary: BTreeMap<String, Choice>,
    #[serde(default)]
    slurm: BTreeMap<String, Value>,
}

fn one() -> usize {
    1
}

/// What an option may be.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Choice {
    /// One of several values.
    Of(Vec<Value>),
    /// A number between two.
    Between(Range),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Range {
    from: f64,
    to: f64,
    /// Whether it is the logarithm that is drawn evenly.
    #[serde(default)]
    log: bool,
}

impl Choice {
    fn draw(&self, rng: &mut Rng) -> Value {
        match self {
            Self::Of(values) => values[rng.below(values.len())].clone(),
            Self::Between(Range { from, to, log }) => {
                let share = f64::from(rng.unit());
                let drawn = match log {
                    true => (from.ln() + share * (to.ln() - from.ln())).exp(),
                    false => from + share * (to - from),
                };
                // Three digits: what a person would write.
                Value::Float(format!("{drawn:.2e}").parse().unwrap_or(drawn))
            }
        }
    }
}

/// A run of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Name of its folder.
    pub name: String,
    /// What varies: option and value.
    pub varied: Vec<(String, String)>,
    options: Vec<String>,
}

impl Trial {
    /// The arguments of its command, with its folder below `out`.
    pub fn command(&self, out: &Path) -> Vec<String> {
        let folder = out.join(&self.name).display().to_string();
        let mut command = vec!["train".to_owned(), "--out".to_owned(), folder];
        command.extend(self.options.iter().cloned());
        command
    }
}

/// All runs of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Folder of the sweep.
    pub out: PathBuf,
    /// Runs at once.
    pub jobs: usize,
    /// The runs.
    pub trials: Vec<Trial>,
    /// Options of sbatch.
    pub slurm: Vec<String>,
}

impl Plan {
    /// Reads a sweep's file. The same file is the same plan.
    ///
    /// # Errors
    /// One sentence for the user.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let named = || path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(named)?;
        Self::of(&text).with_context(named)
    }

    fn of(text: &str) -> anyhow::Result<Self> {
        let file: File = toml::from_str(text).map_err(|e| {
            anyhow::anyhow!("no sweep (see `musigan-train sweep --help`): {}", e.message())
        })?;
        if file.jobs == 0 {
            bail!("jobs = 0: at least 1");
        }
        for (name, choice) in &file.vary {
            check(name, choice, file.runs.is_some())?;
        }
        for fixed in ["out", "resume"] {
            if file.train.contains_key(fixed) || file.vary.contains_key(fixed) {
                bail!("{fixed}: the sweep names the folders of its runs itself");
            }
        }
        let drawn = match file.runs {
            Some(runs) => random(&file.vary, runs, file.seed),
            None => grid(&file.vary)?,
        };
        if drawn.is_empty() || drawn.len() > MOST_RUNS {
            bail!("{} runs: 1 to {MOST_RUNS} are possible", drawn.len());
        }
        let digits = drawn.len().to_string().len().max(3);
        let trial = |(at, varied): (usize, Vec<(String, Value)>)| {
            let both = file.train.iter().filter(|(k, _)| !file.vary.contains_key(*k));
            let both = both.chain(varied.iter().map(|(k, v)| (k, v)));
            Trial {
                name: format!("run-{at:0digits$}"),
                options: both.flat_map(|(name, value)| option(name, value)).collect(),
                varied: varied.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
            }
        };
        Ok(Self {
            out: file.out,
            jobs: file.jobs,
            trials: drawn.into_iter().enumerate().map(trial).collect(),
            slurm: file
                .slurm
                .iter()
                .map(|(name, value)| format!("--{name}={}", plain(value)))
                .collect(),
        })
    }
}

fn check(name: &str, choice: &Choice, random: bool) -> anyhow::Result<()> {
    match choice {
        Choice::Of(values) if values.is_empty() => bail!("vary.{name}: no values"),
        Choice::Between(_) if !random => {
            bail!(
                "vary.{name}: a range is for a random search, so name how many `runs`, or list values"
            )
        }
        Choice::Between(range) => {
            let known = range.from.is_finite() && range.to.is_finite() && range.from < range.to;
            if !known || (range.log && range.from <= 0.0) {
                bail!("vary.{name}: from {} to {} is no range", range.from, range.to);
            }
            Ok(())
        }
        Choice::Of(_) => Ok(()),
    }
}

type Drawn = Vec<(String, Value)>;

/// Every combination, the last option turning fastest.
fn grid(vary: &BTreeMap<String, Choice>) -> anyhow::Result<Vec<Drawn>> {
    let mut all: Vec<Drawn> = vec![Vec::new()];
    for (name, choice) in vary {
        let Choice::Of(values) = choice else { continue };
        if all.len().saturating_mul(values.len()) > MOST_RUNS {
            bail!("more than {MOST_RUNS} combinations: name how many `runs` of a random search");
        }
        let longer = |drawn: &Drawn| {
            let with =
                |value: &Value| [drawn.clone(), vec![(name.clone(), value.clone())]].concat();
            values.iter().map(with).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    Ok(all)
}

/// Draws of which each depends on the seed, its number and its option alone: a longer search begins
/// with the runs of a shorter one.
fn random(vary: &BTreeMap<String, Choice>, runs: usize, seed: u64) -> Vec<Drawn> {
    let draw = |run: usize| {
        let option = |(at, (name, choice)): (usize, (&String, &Choice))| {
            let mut rng = Rng::keyed(&[seed, b'v'.into(), run as u64, at as u64]);
            (name.clone(), choice.draw(&mut rng))
        };
        vary.iter().enumerate().map(option).collect()
    };
    (0..runs).map(draw).collect()
}

fn option(name: &str, value: &Value) -> Vec<String> {
    match value {
        Value::Boolean(true) => vec![format!("--{name}")],
        Value::Boolean(false) => Vec::new(),
        Value::Array(values) => values.iter().flat_map(|value| option(name, value)).collect(),
        other => vec![format!("--{name}={}", plain(other))],
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "out = \"s\"\n[train]\ndata = \"d\"\ntied = true\n";

    #[test]
    fn a_grid_is_every_combination() {
        let plan =
            Plan::of(&format!("{HEAD}[vary]\nlr = [0.1, 0.2]\nkind = [\"gru\", \"lstm\"]\n"));
        let plan = plan.expect("a plan");
        let commands: Vec<String> =
            plan.trials.iter().map(|trial| trial.command(&plan.out).join(" ")).collect();
        assert_eq!(commands[0], "train --out s/run-000 --data=d --tied --kind=gru --lr=0.1");
        assert_eq!(commands[3], "train --out s/run-003 --data=d --tied --kind=lstm --lr=0.2");
        assert_eq!(commands.len(), 4);
    }

    #[test]
    fn a_random_search_repeats_and_grows() {
        let of = |runs: usize| {
            let vary = "[vary]\nlr = { from = 1e-4, to = 1e-1, log = true }\nhidden = [8, 16]\n";
            Plan::of(&format!("runs = {runs}\n{HEAD}{vary}")).expect("a plan").trials
        };
        let (few, many) = (of(3), of(200));
        assert_eq!(few, many[..3]);
        let rates: Vec<f64> = many.iter().map(|t| t.varied[1].1.parse().expect("a rate")).collect();
        assert!(rates.iter().all(|rate| (1e-4..=1e-1).contains(rate)));
        let low = rates.iter().filter(|&&rate| rate < 3.16e-3).count();
        assert!((70..130).contains(&low), "even in the logarithm: {low} of 200");
    }

    #[test]
    fn what_is_no_sweep_is_refused_with_a_remedy() {
        let error = |text: &str| format!("{:#}", Plan::of(text).expect_err("no sweep"));
        assert!(error("out = \"s\"").contains("--help"));
        let vary = |vary: &str| error(&format!("{HEAD}[vary]\n{vary}\n"));
        assert!(vary("lr = []").contains("vary.lr"));
        assert!(vary("lr = { from = 0.1, to = 0.2 }").contains("runs"));
        assert!(vary("out = [\"a\"]").contains("folders"));
        assert!(
            error(&format!("runs = 2\n{HEAD}[vary]\nlr = {{ from = 0, to = 1, log = true }}\n"))
                .contains("range")
        );
        assert!(error(&format!("runs = 0\n{HEAD}[vary]\nlr = [1]\n")).contains("0 runs"));
    }
}
