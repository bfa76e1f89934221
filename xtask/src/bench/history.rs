//! What a note took, run by run.

use std::fs;

use anyhow::{Context, Result};

use super::Machine;
use super::chart::{Chart, Line};
use crate::shell::{root, target};

const HISTORY: &str = "benches/history/per_note.csv";
const PICTURE: &str = "benches/history/per_note.svg";

/// The medians that `benches/per_note.rs` measures, as criterion files them, and what they are called here.
const BENCHES: [(&str, &str); 5] = [
    ("step", "step"),
    ("token", "token"),
    ("note", "note"),
    ("image mapped and proven, first step", "open"),
    ("block of 64 frames at 48 kHz", "block"),
];

/// Adds a line with the medians of the last run, in µs, and draws the whole history.
pub fn grow(machine: &Machine) -> Result<()> {
    let mut medians = Vec::new();
    for (bench, name) in BENCHES {
        medians
            .push(median(bench).with_context(|| format!("criterion tells no median of {name}"))?);
    }
    let path = root().join(HISTORY);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let names = BENCHES.map(|(_, name)| name).join(",");
    let mut history = fs::read_to_string(&path)
        .unwrap_or_else(|_| format!("date,commit,load,{names},compiler,processor\n"));
    let figures: Vec<String> = medians.iter().map(|micros| format!("{micros:.3}")).collect();
    // No field of these has a comma but by accident.
    let plain = |text: &str| text.replace(',', ";");
    history.push_str(&format!(
        "{},{},{},{},{},{}\n",
        machine.date,
        machine.commit,
        machine.load,
        figures.join(","),
        plain(&machine.compiler),
        plain(&machine.processor)
    ));
    fs::write(&path, &history)?;
    fs::write(root().join(PICTURE), picture(&history))?;
    Ok(())
}

/// The median that criterion has filed of a bench, in µs.
fn median(bench: &str) -> Option<f64> {
    let estimates = target().join("criterion").join(bench).join("new").join("estimates.json");
    read_median(&fs::read_to_string(estimates).ok()?)
}

/// The median in criterion's `estimates.json`, which is in ns.
fn read_median(estimates: &str) -> Option<f64> {
    let (_, rest) = estimates.split_once("\"median\":")?;
    let (_, rest) = rest.split_once("\"point_estimate\":")?;
    let nanos: f64 = rest.split([',', '}']).next()?.trim().parse().ok()?;
    Some(nanos / 1e3)
}

/// Token, note and block over the runs.
fn picture(history: &str) -> String {
    let rows: Vec<Vec<&str>> = history.lines().map(|line| line.split(',').collect()).collect();
    let (head, runs) = rows.split_first().map_or((&[][..], &[][..]), |(head, runs)| (head, runs));
    let line = |name: &str| {
        let column = head.iter().position(|other| *other == name);
        let value = |run: &Vec<&str>| run.get(column?)?.parse().ok();
        let points = (1..).zip(runs).filter_map(|(at, run)| Some((f64::from(at), value(run)?)));
        Line { name: name.to_owned(), points: points.collect() }
    };
    // More than a dozen names would stand over one another.
    let every = runs.len().div_ceil(12).max(1);
    let names = (1..).zip(runs).step_by(every);
    let names =
        names.filter_map(|(at, run): (u32, _)| Some((f64::from(at), (*run.get(1)?).to_owned())));
    Chart {
        title: "The bundled model, run by run",
        x: "commit",
        y: "µs, median",
        logarithmic: false,
        names: names.collect(),
    }
    .draw(&["step", "token", "note", "block"].map(line))
}

#[cfg(test)]
mod tests {
    use super::{picture, read_median};

    #[test]
    fn a_median_is_found_among_the_estimates() {
        let estimates = r#"{"mean":{"confidence_interval":{"confidence_level":0.95,"lower_bound":1.0,
            "upper_bound":9.0},"point_estimate":2500.0,"standard_error":1.0},"median":{
            "confidence_interval":{"confidence_level":0.95,"lower_bound":1.0,"upper_bound":9.0},
            "point_estimate":1500.0,"standard_error":1.0}}"#;
        assert_eq!(read_median(estimates), Some(1.5));
        assert_eq!(read_median("{}"), None);
    }

    #[test]
    fn every_run_is_a_point() {
        let svg = picture(
            "date,commit,load,step,token,note,open,block,compiler,processor\n\
             2026-01-01,abc,0.1,1,2,10,90,8,rustc,some\n2026-01-02,def,0.1,1,2,11,90,8,rustc,some\n",
        );
        assert_eq!(svg.matches("<circle").count(), 8);
        assert!(svg.contains("abc") && svg.contains("def"));
    }
}
