//! The firmware as a program for emulated Cortex-M cores: built, run, counted, judged.

mod emulated;
mod models;
mod proofs;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::cross::Toolchain;
use crate::shell::{cargo, root, target};
use crate::{cross, system};
use emulated::{ALL, ARMV7, EMULATOR, LINKER};

/// The columns of the counts, as `firmware-sim` reads them.
const COLUMNS: &str = "board,flash,statics,heap,state,stack,notes,note_mean,note_most,tokens,\
                       token_mean,token_most,head_most,halves,half_mean,half_most,score,\
                       audio,others";

const BASELINE: &str = "firmware-sim/baseline.csv";
const MARKERS: [&str; 2] = ["<!-- firmware -->", "<!-- /firmware -->"];

/// Makes sure that there are compilers, a linker and an emulator.
pub fn prepare() -> Result<()> {
    for emulated in &ALL {
        cross::toolchain(emulated.target)?;
    }
    system::install_missing(LINKER, "a linker for Cortex-M", &["binutils-arm-none-eabi"])?;
    system::install_missing(EMULATOR, "an emulated Cortex-M", &["qemu-system-arm"])
}

/// Builds, runs and judges the firmware on every emulated core; with `--update` its counts become
/// the baseline.
pub fn firmware(options: &[String]) -> Result<()> {
    let update = match options {
        [] => false,
        [only] if only == "--update" => true,
        other => bail!("`cargo xtask firmware` takes only --update, not {}", other.join(" ")),
    };
    prepare()?;
    let compiler = compiler()?;
    let baseline = fs::read_to_string(root().join(BASELINE)).unwrap_or_default();
    let comparable = baseline.lines().next() == Some(compiler.as_str());
    if !(comparable || update) {
        println!(
            "xtask: INSTRUCTIONS NOT COMPARED: this compiler is {compiler}, the baseline\'s is {}",
            baseline.lines().next().unwrap_or("none")
        );
    }
    let mut counts = format!("{compiler}\n{COLUMNS}\n");
    let mut composing = format!("{compiler}\n{}\n", models::COLUMNS);
    for emulated in &ALL {
        let elf = emulated.build(emulated::FIRMWARE)?;
        proofs::overflow(emulated, &elf)?;
        let others = emulated.others(&elf)?;
        let mut preemptions = 0;
        for profile in emulated.profiles {
            let counted = emulated.count(&elf, profile, &others)?;
            preemptions += proofs::live(emulated, &elf, profile, &counted)?;
            writeln!(counts, "{counted}")?;
        }
        ensure!(
            preemptions > 0,
            "{}: no interrupt came while a token was composed",
            emulated.target
        );
        proofs::agreement(emulated)?;
        composing += &models::compose(emulated)?;
    }
    proofs::faults(&ARMV7)?;
    proofs::step_never_panics(&ARMV7)?;
    // The example of a port: it must link within its board's memory.
    ARMV7.build("board-stm32f411")?;
    let folder = target().join("firmware");
    fs::create_dir_all(&folder)?;
    let counted = folder.join("counted.csv");
    fs::write(&counted, &counts)?;
    let table = judge(&counted, comparable && !update)?;
    let models = root().join(models::BASELINE);
    if update {
        fs::write(root().join(BASELINE), &counts)?;
        fs::write(models, &composing)?;
        println!("xtask: {BASELINE} and {} have these counts now", models::BASELINE);
        return into_readme(&table);
    }
    if comparable {
        let rows = composing.lines().skip(2).collect::<Vec<_>>().join("\n");
        models::judge(&rows, &fs::read_to_string(models).unwrap_or_default())?;
    }
    // Whatever is counted here: the README tells the counts that others are held against.
    let (_, table, _) = verdict(&root().join(BASELINE), false)?;
    let readme = fs::read_to_string(root().join("README.md"))?;
    ensure!(
        with_table(&readme, &table)? == readme,
        "README.md has another table than {BASELINE}: run `cargo xtask firmware --update`"
    );
    Ok(())
}

/// The compiler of the firmware, as a line of comment: another one makes other instructions.
fn compiler() -> Result<String> {
    let rustc = match cross::toolchain(ARMV7.target)? {
        Toolchain::Usual => "rustc",
        Toolchain::Debian => "/usr/bin/rustc",
    };
    Ok(format!("# {}", cross::version(rustc)))
}

/// Lets `firmware-sim` say what it thinks of the counts, compared with the baseline or not; gives its
/// table.
fn judge(counted: &Path, compare: bool) -> Result<String> {
    let (good, table, complaint) = verdict(counted, compare)?;
    print!("{table}");
    ensure!(good, "{complaint}");
    Ok(table)
}

/// Whether `firmware-sim` is content, its table, and what it complains of.
fn verdict(counted: &Path, compare: bool) -> Result<(bool, String, String)> {
    let mut judge = cargo();
    judge.args(["run", "--quiet", "--locked", "--package", "firmware-sim"]);
    judge.args(["--bin", "firmware-sim", "--", "--judge"]).arg(counted);
    if compare {
        judge.args(["--baseline", BASELINE]);
    }
    let output = judge.output().context("cannot run firmware-sim")?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let complaint = text(&output.stderr).trim().to_owned();
    Ok((output.status.success(), text(&output.stdout), complaint))
}

/// Puts the table between its markers in the README.
fn into_readme(table: &str) -> Result<()> {
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path)?;
    let new = with_table(&readme, table)?;
    if new != readme {
        fs::write(&path, new)?;
        println!("xtask: README.md has the new table");
    }
    Ok(())
}

/// The README with this table between its markers.
fn with_table(readme: &str, table: &str) -> Result<String> {
    let missing = || format!("README.md lacks the marker {}", MARKERS[0]);
    let (before, rest) = readme.split_once(MARKERS[0]).with_context(missing)?;
    let (_, after) = rest.split_once(MARKERS[1]).with_context(missing)?;
    Ok(format!("{before}{}\n{table}{}{after}", MARKERS[0], MARKERS[1]))
}
