//! The runs of a sweep side by side.

use std::fmt::Write as _;
use std::fs;

use super::plan::{Plan, Trial};
use crate::checkpoint::write_atomically;
use crate::train::{Chart, Curve, RunFolder, Validation};

/// As many of the best runs are in the picture.
const CURVES: usize = 7;

/// Where a run stands.
struct Row<'a> {
    trial: &'a Trial,
    validations: Vec<Validation>,
    weights: Option<usize>,
    done: bool,
}

impl<'a> Row<'a> {
    fn of(plan: &Plan, trial: &'a Trial) -> Self {
        let opened = RunFolder::open(&plan.out.join(&trial.name)).ok();
        let metrics =
            opened.as_ref().and_then(|(run, _)| fs::read_to_string(run.metrics_path()).ok());
        let lines = metrics.as_deref().unwrap_or_default().lines();
        let validations: Vec<Validation> =
            lines.filter_map(|line| serde_json::from_str(line).ok()).collect();
        let budget = opened.as_ref().map(|(_, config)| &config.budget);
        let done = budget
            .zip(validations.last())
            .is_some_and(|(budget, last)| last.update >= budget.updates);
        let weights = opened.as_ref().map(|(_, config)| config.model.layout().len());
        Self { trial, validations, weights, done }
    }

    /// The best validation.
    fn best(&self) -> Option<&Validation> {
        self.validations.iter().min_by(|a, b| a.valid_loss.total_cmp(&b.valid_loss))
    }

    fn state(&self) -> &'static str {
        match (&self.validations[..], self.done) {
            ([], _) if self.weights.is_none() => "to come",
            (_, true) => "done",
            _ => "begun",
        }
    }

    fn cells(&self) -> Vec<String> {
        let best = self.best();
        let mut cells = vec![self.trial.name.clone()];
        cells.extend(self.trial.varied.iter().map(|(_, value)| value.clone()));
        let or_none = |cell: Option<String>| cell.unwrap_or_default();
        cells.push(or_none(self.weights.map(|weights| weights.to_string())));
        cells.push(or_none(best.map(|v| format!("{:.4}", v.valid_loss))));
        cells.push(or_none(best.map(|v| v.update.to_string())));
        cells.push(or_none(self.validations.last().map(|v| format!("{:.0}", v.seconds))));
        cells.push(self.state().to_owned());
        cells
    }
}

/// Writes `sweep.csv`, `sweep.md` and `sweep.png` into the sweep's folder, the best run first; gives
/// the Markdown.
///
/// # Errors
/// When they cannot be written.
pub fn write(plan: &Plan) -> anyhow::Result<String> {
    let mut rows: Vec<Row<'_>> = plan.trials.iter().map(|trial| Row::of(plan, trial)).collect();
    let loss = |row: &Row<'_>| row.best().map_or(f64::INFINITY, |best| best.valid_loss);
    rows.sort_by(|a, b| loss(a).total_cmp(&loss(b)));
    let mut head = vec!["run".to_owned()];
    head.extend(plan.trials[0].varied.iter().map(|(name, _)| name.clone()));
    head.extend(["weights", "nats", "at update", "seconds", "state"].map(str::to_owned));

    let mut csv = csv_line(&head);
    let mut markdown = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    for row in &rows {
        let cells = row.cells();
        csv.push_str(&csv_line(&cells));
        let _ = writeln!(markdown, "| {} |", cells.join(" | "));
    }
    let curve = |row: &Row<'_>| Curve {
        name: row.trial.name.clone(),
        points: row.validations.iter().map(|v| (v.update as f64, v.valid_loss)).collect(),
    };
    let chart = Chart {
        across: "updates",
        upwards: "held-out nats".to_owned(),
        curves: rows.iter().take(CURVES).filter(|row| row.best().is_some()).map(curve).collect(),
    };
    for (name, bytes) in [
        ("sweep.csv", csv.as_bytes()),
        ("sweep.md", markdown.as_bytes()),
        ("sweep.png", &chart.png()),
    ] {
        write_atomically(&plan.out.join(name), bytes)?;
    }
    Ok(markdown)
}

/// A line of comma-separated values (RFC 4180).
fn csv_line(cells: &[String]) -> String {
    let quoted = |cell: &String| match cell.contains([',', '"', '\n']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.clone(),
    };
    cells.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n"
}
