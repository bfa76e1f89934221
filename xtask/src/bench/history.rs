//! What a note took, run by run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::Machine;
use super::chart::{Chart, Line};
use crate::shell::{cargo, command, output, root, run, succeeds, target};

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
    let medians = medians(&target());
    for ((_, name), median) in BENCHES.iter().zip(&medians) {
        ensure!(median.is_some(), "criterion tells no median of {name}");
    }
    add(machine, &medians)
}

/// Adds a line; a bench that the commit does not have leaves its field empty.
fn add(machine: &Machine, medians: &[Option<f64>]) -> Result<()> {
    let path = root().join(HISTORY);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let names = BENCHES.map(|(_, name)| name).join(",");
    let mut history = fs::read_to_string(&path)
        .unwrap_or_else(|_| format!("date,commit,committed,load,{names},compiler,processor\n"));
    let figure =
        |median: &Option<f64>| median.map_or_else(String::new, |micros| format!("{micros:.3}"));
    let figures: Vec<String> = medians.iter().map(figure).collect();
    // No field of these has a comma but by accident.
    let plain = |text: &str| text.replace(',', ";");
    history.push_str(&format!(
        "{},{},{},{},{},{},{}\n",
        machine.date,
        machine.commit,
        machine.committed,
        machine.load,
        figures.join(","),
        plain(&machine.compiler),
        plain(&machine.processor)
    ));
    fs::write(&path, &history)?;
    fs::write(root().join(PICTURE), picture(&history))?;
    Ok(())
}

/// Forgets what criterion has filed of earlier runs.
pub fn forget() -> Result<()> {
    match fs::remove_dir_all(target().join("criterion")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Measures earlier commits on this machine, a line of the history each: their own bench, model and
/// dependencies, with this compiler. All are built before the first is measured.
pub fn measure(commits: &[String]) -> Result<()> {
    let trees = commits.iter().map(|commit| Tree::of(commit)).collect::<Result<Vec<_>>>()?;
    for tree in &trees {
        run(tree.bench().arg("--no-run"))?;
    }
    for tree in &trees {
        run(&mut tree.bench())?;
        let medians = medians(&tree.target());
        ensure!(
            medians.iter().any(Option::is_some),
            "criterion tells no median of {}",
            tree.commit
        );
        let (commit, committed) = (tree.commit.clone(), super::committed(&tree.commit));
        add(&Machine { commit, committed, ..Machine::here() }, &medians)?;
    }
    Ok(())
}

/// A commit in a folder of its own, for as long as this lives.
struct Tree {
    commit: String,
    folder: PathBuf,
}

impl Tree {
    fn of(commit: &str) -> Result<Self> {
        let mut parse = command("git");
        parse.args(["rev-parse", "--short", "--verify", &format!("{commit}^{{commit}}")]);
        let commit = output(&mut parse)?.trim().to_owned();
        let tree = Self { folder: target().join("history").join(&commit), commit };
        // One that an interrupted run has left is as good.
        if !tree.folder.is_dir() {
            let mut add = command("git");
            add.args(["worktree", "add", "--quiet", "--force", "--detach"]);
            run(add.arg(&tree.folder).arg(&tree.commit))?;
        }
        Ok(tree)
    }

    fn bench(&self) -> Command {
        let mut bench = cargo();
        bench.args(["bench", "--quiet", "--locked", "--package", "musigan", "--bench", "per_note"]);
        // Not one folder for all: cargo takes a crate of one tree for the same crate of another.
        bench.current_dir(&self.folder).env("CARGO_TARGET_DIR", self.target());
        bench
    }

    fn target(&self) -> PathBuf {
        self.folder.join("target")
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        // One that stays is taken by the next run.
        let mut remove = command("git");
        let _ = succeeds(remove.args(["worktree", "remove", "--force"]).arg(&self.folder));
    }
}

/// What criterion has filed of [`BENCHES`] in a folder of what was built, in µs.
fn medians(target: &Path) -> [Option<f64>; BENCHES.len()] {
    BENCHES.map(|(bench, _)| median(target, bench))
}

/// The median that criterion has filed of a bench, in µs.
fn median(target: &Path, bench: &str) -> Option<f64> {
    let estimates = target.join("criterion").join(bench).join("new").join("estimates.json");
    read_median(&fs::read_to_string(estimates).ok()?)
}

/// The median in criterion's `estimates.json`, which is in ns.
fn read_median(estimates: &str) -> Option<f64> {
    let (_, rest) = estimates.split_once("\"median\":")?;
    let (_, rest) = rest.split_once("\"point_estimate\":")?;
    let nanos: f64 = rest.split([',', '}']).next()?.trim().parse().ok()?;
    Some(nanos / 1e3)
}

/// Step, token, note and block, commit by commit, and processor by processor: what two of them take is no history.
fn picture(history: &str) -> String {
    let rows: Vec<Vec<&str>> = history.lines().map(|line| line.split(',').collect()).collect();
    let (head, runs) = rows.split_first().map_or((&[][..], &[][..]), |(head, runs)| (head, runs));
    let column = |name: &str| head.iter().position(|other| *other == name);
    let field = |run: &[&str], name: &str| Some((*run.get(column(name)?)?).to_owned());
    let mut processors: Vec<String> = Vec::new();
    for processor in runs.iter().filter_map(|run| field(run, "processor")) {
        if !processors.contains(&processor) {
            processors.push(processor);
        }
    }
    let mut runs: Vec<&Vec<&str>> = runs.iter().collect();
    runs.sort_by_key(|run| {
        let processor = field(run, "processor");
        let part = processors.iter().position(|of| Some(of) == processor.as_ref());
        (part, field(run, "committed"))
    });
    let placed: Vec<(f64, &Vec<&str>)> = (1..).map(f64::from).zip(runs).collect();
    let line = |name: &str| {
        let points =
            placed.iter().filter_map(|(at, run)| Some((*at, field(run, name)?.parse().ok()?)));
        Line { name: name.to_owned(), points: points.collect() }
    };
    // More than a dozen names would stand over one another.
    let every = placed.len().div_ceil(12).max(1);
    let names = placed.iter().step_by(every);
    let names = names.filter_map(|(at, run)| Some((*at, field(run, "commit")?)));
    let first = |processor: String| {
        let begin =
            placed.iter().find(|(_, run)| field(run, "processor").as_ref() == Some(&processor))?;
        Some((begin.0, processor))
    };
    Chart {
        title: "The bundled model, run by run",
        x: "commit",
        y: "µs, median",
        logarithmic: [false, true],
        names: names.collect(),
        parts: processors.iter().cloned().filter_map(first).collect(),
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
            "date,commit,committed,load,step,token,note,open,block,compiler,processor\n\
             2026-01-01,abc,2026-01-01 10:00:00,0.1,1,2,10,90,8,rustc,some\n\
             2026-01-02,def,2026-01-02 10:00:00,0.1,1,2,11,90,8,rustc,some\n",
        );
        assert_eq!(svg.matches("<circle").count(), 8);
        assert_eq!(svg.matches("<polyline").count(), 4);
        assert!(svg.contains("abc") && svg.contains("def"));
    }

    #[test]
    fn runs_on_different_processors_are_not_joined_and_commits_come_in_order() {
        let svg = picture(
            "date,commit,committed,load,step,token,note,open,block,compiler,processor\n\
             2026-01-01,ghi,2026-01-03 10:00:00,0.1,1,2,10,90,8,rustc,some\n\
             2026-01-02,def,2026-01-02 10:00:00,0.1,1,2,11,90,,rustc,other\n\
             2026-01-03,abc,2026-01-01 10:00:00,0.1,1,2,10,90,8,rustc,some\n",
        );
        assert_eq!(svg.matches("<circle").count(), 11, "one has no block");
        assert_eq!(svg.matches("<polyline").count(), 7, "two lines of each but the block");
        let place = |name| svg.find(name).expect("it is written");
        assert!(place(">abc<") < place(">ghi<") && place(">ghi<") < place(">def<"));
    }
}
