//! The shipped models on emulated cores: the pieces that they compose elsewhere, and what a step costs.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, ensure};

use super::emulated::Emulated;
use super::proofs::golden;
use crate::shell::root;

/// Counts that are committed.
pub const BASELINE: &str = "firmware-sim/models.csv";
/// Instructions of a step that begins a bar, and of the others: mean and dearest.
pub const COLUMNS: &str = "target,model,bar_mean,bar_most,other_mean,other_most";
/// By how much a count may grow, in percent.
const GROWTH: u64 = 2;

/// The models' images, in the order of their names.
fn images() -> Result<Vec<String>> {
    let folder = root().join("models");
    let mut images = Vec::new();
    for entry in fs::read_dir(&folder).context("cannot read the models")? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "mgi") {
            images.push(path.to_str().context("the folder's name is not Unicode")?.to_owned());
        }
    }
    images.sort();
    ensure!(!images.is_empty(), "there are no models in {}", folder.display());
    Ok(images)
}

/// Every shipped model must compose on this core what it composes on this machine; gives the counts, as lines
/// of the file.
pub fn compose(emulated: &Emulated) -> Result<String> {
    let images = images()?;
    let elf = emulated.build("agree-elf")?;
    let mut counts = String::new();
    for (path, hash) in golden(&images)?.iter().filter(|(name, _)| images.contains(name)) {
        let (good, said) = emulated.run(&elf, &[path])?;
        let (there, steps) = said.trim().split_once(',').unwrap_or_default();
        ensure!(
            good && there == hash,
            "{}: {path} composes another piece than on this machine, {hash}: {said}",
            emulated.target
        );
        let name = path.rsplit('/').next().unwrap_or(path);
        writeln!(counts, "{},{name},{steps}", emulated.target)?;
    }
    println!(
        "xtask: {}: {} shipped models compose what they compose here",
        emulated.target,
        images.len()
    );
    Ok(counts)
}

/// Holds counts against the baseline.
pub fn judge(counts: &str, baseline: &str) -> Result<()> {
    let key = |line: &str| line.splitn(3, ',').take(2).collect::<Vec<_>>().join(",");
    let numbers = |line: &str| -> Vec<u64> {
        line.split(',').skip(2).filter_map(|cell| cell.parse().ok()).collect()
    };
    for line in counts.lines() {
        let before = baseline.lines().find(|before| key(before) == key(line));
        let before = before.with_context(|| format!("{} is not in {BASELINE}", key(line)))?;
        let (now, before) = (numbers(line), numbers(before));
        let dearer = |(now, before): (&u64, &u64)| now * 100 > before * (100 + GROWTH);
        ensure!(
            now.len() == 4 && before.len() == 4 && !now.iter().zip(&before).any(dearer),
            "{} takes {now:?} instructions, not {before:?}: `cargo xtask firmware --update` in the same commit",
            key(line)
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::judge;

    #[test]
    fn what_has_become_dearer_is_seen() {
        let baseline = "# compiler\ncolumns\na,m.mgi,1000,1100,50,60\n";
        assert!(judge("a,m.mgi,1020,1100,50,60\n", baseline).is_ok());
        assert!(judge("a,m.mgi,1000,1123,50,60\n", baseline).is_err());
        assert!(judge("a,m.mgi,1000,1100,50,62\n", baseline).is_err());
        assert!(judge("b,m.mgi,1000,1100,50,60\n", baseline).is_err());
        assert!(judge("a,m.mgi,1000\n", baseline).is_err());
    }
}
