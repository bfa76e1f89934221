//! Instructions of what must stay cheap, counted by callgrind and held against a baseline.
//!
//! Counts are the same at every run of one compiler's code, whatever else a machine does, so that a
//! growth of some percent is a finding and no weather.

mod arm64;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::shell::{cargo, command, output, root, run, target};
use crate::system;

const BASELINE: &str = "benches/instructions.csv";
const COLUMNS: &str = "work,instructions";

/// By how much a count may grow, in percent.
const GROWTH: u64 = 2;

/// What makes a change of counts deliberate.
const REMEDY: &str = "`cargo xtask gates --update` in the same commit";

/// Instructions of a unit of each work, in the order of the rows.
type Counts = Vec<(String, u64)>;

/// Makes sure that there is something to count with.
pub fn prepare() -> Result<()> {
    ensure!(
        cfg!(all(target_arch = "x86_64", target_os = "linux")),
        "instructions are counted on x86-64 Linux only"
    );
    system::install_missing("valgrind", "valgrind, which counts instructions", &["valgrind"])
}

/// Counts, and compares with the baseline; with `--update` the counts become the baseline, with `--aarch64`
/// some rows are counted on an emulated one instead.
pub fn gates(options: &[String]) -> Result<()> {
    let update = match options {
        [] => false,
        [only] if only == "--update" => true,
        [first, rows @ ..] if first == "--aarch64" && !rows.is_empty() => {
            return arm64::count(rows);
        }
        other => bail!(
            "`cargo xtask gates` takes --update, or --aarch64 and rows of {BASELINE}, not {}",
            other.join(" ")
        ),
    };
    prepare()?;
    run(cargo().args(["build", "--locked", "--release", "--package", "musigan-counted"]))?;
    let program = target().join("release").join("musigan-counted");
    let folder = target().join("gates");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;

    let listed = output(&mut valgrind(&["-q", "--tool=none"], &program))?;
    let (kernels, names) = listed.split_once('\n').context("nothing is listed to be counted")?;
    let conditions = format!("# {}; {kernels}", compiler()?);
    let mut counts = Counts::new();
    for name in names.lines() {
        counts.push((name.to_owned(), count(&program, name, &folder)?));
    }
    let baseline = fs::read_to_string(root().join(BASELINE)).unwrap_or_default();
    if update {
        let mut text = format!("{conditions}\n{COLUMNS}\n");
        counts.iter().try_for_each(|(name, count)| writeln!(text, "{name},{count}"))?;
        fs::write(root().join(BASELINE), text)?;
        println!("xtask: {BASELINE} has these counts now");
        return Ok(());
    }
    let (made_with, before) = read(&baseline);
    let wrong = judge(&before, &counts);
    if made_with != conditions {
        println!(
            "xtask: INSTRUCTIONS NOT COMPARED: here it is {conditions}, the baseline's is {made_with}"
        );
        return Ok(());
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("; "));
    Ok(())
}

/// The instructions of a unit of the work called `name`.
fn count(program: &Path, name: &str, folder: &Path) -> Result<u64> {
    let profile = folder.join(name.replace(' ', "-"));
    // Nothing of an earlier run is taken for this one's.
    let _ = fs::remove_file(&profile);
    let to = format!("--callgrind-out-file={}", profile.display());
    let mut callgrind = valgrind(&["-q", "--tool=callgrind", TOGGLE, &to], program);
    callgrind.arg(name);
    let units: u64 = output(&mut callgrind)?.trim().parse().context("no number of units")?;
    let profile = fs::read_to_string(&profile).context("callgrind has written nothing")?;
    let all: u64 = profile
        .lines()
        .find_map(|line| line.strip_prefix("summary: ")?.trim().parse().ok())
        .context("callgrind tells no sum")?;
    let each = all.checked_div(units).unwrap_or(0);
    ensure!(each > 0, "nothing was counted of `{name}`");
    Ok(each)
}

/// Counting begins and ends with this function of `tests/counted`.
const TOGGLE: &str = "--toggle-collect=*counted::counted";

fn valgrind(options: &[&str], program: &Path) -> Command {
    let mut valgrind = command("valgrind");
    valgrind.args(options).arg(program);
    valgrind
}

/// The compiler: another one makes other instructions.
fn compiler() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = command(rustc).arg("--version").output().context("cannot run rustc")?;
    Ok(String::from_utf8_lossy(&version.stdout).trim().to_owned())
}

/// What a baseline was made with, and its counts.
fn read(baseline: &str) -> (&str, Counts) {
    let mut lines = baseline.lines();
    let made_with = lines.next().unwrap_or("none");
    let row = |line: &str| {
        let (name, count) = line.rsplit_once(',')?;
        Some((name.to_owned(), count.parse().ok()?))
    };
    (made_with, lines.filter_map(row).collect())
}

/// Prints the counts beside those before; gives a sentence for each that must not be.
fn judge(before: &Counts, now: &Counts) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, count) in now {
        let Some((_, before)) = before.iter().find(|(before, _)| before == name) else {
            println!("xtask: {name}: {count} instructions, new");
            wrong.push(format!("{name} is not in {BASELINE}: {REMEDY}"));
            continue;
        };
        let percent = (*count as f64 / *before as f64 - 1.0) * 100.0;
        println!("xtask: {name}: {count} instructions, {percent:+.2} %");
        if count * 100 > before * (100 + GROWTH) {
            wrong.push(format!(
                "{name} takes {count} instructions, {before} before: more than {GROWTH} % more \
                 (if that is meant, {REMEDY})"
            ));
        }
    }
    let gone = before.iter().filter(|(name, _)| now.iter().all(|(other, _)| other != name));
    wrong.extend(gone.map(|(name, _)| format!("{name} is counted no more: {REMEDY}")));
    wrong
}

#[cfg(test)]
mod tests {
    use super::{judge, read};

    #[test]
    fn two_percent_may_come_and_no_row_goes_unseen() {
        let baseline = "# rustc 1; kernels\nwork,instructions\nstep,1000\nblock of 64,50\n";
        let (made_with, before) = read(baseline);
        assert_eq!(made_with, "# rustc 1; kernels");
        let now = |step, block| vec![("step".to_owned(), step), ("block of 64".to_owned(), block)];
        assert_eq!(before, now(1000, 50));
        assert!(judge(&before, &now(1020, 1)).is_empty());
        let worse = judge(&before, &now(1021, 52));
        assert_eq!(worse.len(), 2);
        assert!(worse[0].contains("cargo xtask gates --update"), "{worse:?}");
        assert_eq!(judge(&before, &now(1000, 50)[..1].to_vec()).len(), 1);
        assert_eq!(judge(&before[..1].to_vec(), &now(1000, 50)).len(), 1);
    }
}
