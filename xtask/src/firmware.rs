//! The firmware as a program for emulated Cortex-M cores: built, run, counted, judged.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::cross::Toolchain;
use crate::shell::{cargo, command, root, run, target};
use crate::{cross, system};

/// An emulated board, and whose profiles it can count.
struct Emulated {
    target: &'static str,
    machine: &'static str,
    profiles: &'static [&'static str],
}

const ARMV7: Emulated = Emulated {
    target: "thumbv7em-none-eabihf",
    machine: "mps2-an386",
    profiles: &["stm32h743", "imxrt1062", "stm32f407", "stm32f411"],
};
const ALL: [Emulated; 3] = [
    ARMV7,
    Emulated { target: "thumbv8m.main-none-eabihf", machine: "mps2-an505", profiles: &["rp2350"] },
    // A Cortex-M3, which runs what is built for a Cortex-M0+ instruction by instruction.
    Emulated { target: "thumbv6m-none-eabi", machine: "mps2-an385", profiles: &["rp2040"] },
];

/// Bars and seed of what is counted; `firmware-sim --judge` plays the same.
const BARS: &str = "8";
const SEED: &str = "1";

/// The columns of the counts, as `firmware-sim` reads them.
const COLUMNS: &str = "board,flash,statics,heap,state,stack,notes,note_mean,note_most,halves,\
                       half_mean,half_most,score,audio";

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

const LINKER: &str = "arm-none-eabi-ld";
const EMULATOR: &str = "qemu-system-arm";

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
    for emulated in &ALL {
        let elf = emulated.build()?;
        for profile in emulated.profiles {
            writeln!(counts, "{}", emulated.count(&elf, profile)?)?;
        }
    }
    faults(&ARMV7)?;
    let folder = target().join("firmware");
    fs::create_dir_all(&folder)?;
    let counted = folder.join("counted.csv");
    fs::write(&counted, &counts)?;
    let table = judge(&counted, comparable && !update)?;
    if update {
        fs::write(root().join(BASELINE), &counts)?;
        println!("xtask: {BASELINE} has these counts now");
    }
    if comparable || update { into_readme(&table) } else { Ok(()) }
}

/// The compiler of the firmware, as a line of comment: another one makes other instructions.
fn compiler() -> Result<String> {
    let rustc = match cross::toolchain(ARMV7.target)? {
        Toolchain::Usual => "rustc",
        Toolchain::Debian => "/usr/bin/rustc",
    };
    let version = command(rustc).arg("--version").output().context("cannot run rustc")?;
    Ok(format!("# {}", String::from_utf8_lossy(&version.stdout).trim()))
}

/// Lets `firmware-sim` say what it thinks of the counts, compared with the baseline or not; gives its
/// table.
fn judge(counted: &Path, compare: bool) -> Result<String> {
    let mut judge = cargo();
    judge.args([
        "run",
        "--quiet",
        "--locked",
        "--package",
        "firmware-sim",
        "--bin",
        "firmware-sim",
    ]);
    judge.arg("--").arg("--judge").arg(counted);
    if compare {
        judge.args(["--baseline", BASELINE]);
    }
    let output = judge.output().context("cannot run firmware-sim")?;
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    print!("{table}");
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(table)
}

/// Puts the table between its markers in the README.
fn into_readme(table: &str) -> Result<()> {
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path)?;
    let missing = || format!("README.md lacks the marker {}", MARKERS[0]);
    let (before, rest) = readme.split_once(MARKERS[0]).with_context(missing)?;
    let (_, after) = rest.split_once(MARKERS[1]).with_context(missing)?;
    let new = format!("{before}{}\n{table}{}{after}", MARKERS[0], MARKERS[1]);
    if new != readme {
        fs::write(&path, new)?;
        println!("xtask: README.md has the new table");
    }
    Ok(())
}

impl Emulated {
    /// Builds the firmware for this core.
    fn build(&self) -> Result<PathBuf> {
        let toolchain = cross::toolchain(self.target)?;
        let mut build = toolchain.cargo();
        if let Toolchain::Debian = toolchain {
            build.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=core,alloc");
            build.env(cross::variable(self.target, "LINKER"), LINKER);
        }
        build.args(["build", "--locked", "--release", "--target", self.target]);
        run(build.args(["--package", "firmware-sim", "--bin", "firmware-elf"]))?;
        Ok(target().join("cross").join(self.target).join("release").join("firmware-elf"))
    }

    /// Runs the firmware with these words; gives its output, and whether it ended well.
    fn run(&self, elf: &Path, words: &[&str]) -> Result<(bool, String)> {
        let words: String = words.iter().fold(String::new(), |all, word| all + ",arg=" + word);
        let mut emulator: Command = command(EMULATOR);
        emulator
            .args(["-M", self.machine, "-nographic", "-monitor", "none", "-serial", "none"])
            // 64 ns for an instruction: the firmware counts them by a timer.
            .args(["-icount", "shift=6", "-semihosting-config"])
            .arg(format!("enable=on,target=native,arg=firmware{words}"))
            .arg("-kernel")
            .arg(elf);
        let output = emulator.output().context("cannot run the emulator")?;
        let text = [output.stdout, output.stderr].concat();
        Ok((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
    }

    /// The counts of a profile, as a line of the file.
    fn count(&self, elf: &Path, profile: &str) -> Result<String> {
        let (good, said) = self.run(elf, &[profile, BARS, SEED, "plain", "none"])?;
        let line = said.lines().find_map(|line| line.strip_prefix("counted,"));
        let line = line.filter(|_| good).with_context(|| format!("{profile}: {said}"))?;
        let (board, rest) = line.split_once(',').with_context(|| format!("{profile}: {line}"))?;
        let (flash, statics) = sizes(elf)?;
        Ok(format!("{board},{flash},{statics},{rest}"))
    }
}

/// Bytes of the program in flash, and of its static memory but heap and stack.
fn sizes(elf: &Path) -> Result<(u64, u64)> {
    let output = command("arm-none-eabi-size").arg("-A").arg(elf).output()?;
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    let of = |names: &[&str]| -> u64 {
        let lines = output.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let sizes = lines.filter(|words| words.first().is_some_and(|name| names.contains(name)));
        sizes.filter_map(|words| words.get(1)?.parse::<u64>().ok()).sum()
    };
    let flash = of(&[".vector_table", ".text", ".rodata", ".data"]);
    let statics = of(&[".data", ".bss", ".uninit"]);
    ensure!(flash > 0 && statics > HEAP, "cannot read the sizes of {}", elf.display());
    Ok((flash, statics - HEAP))
}

/// The firmware's whole heap; how much of it is used is counted apart.
const HEAP: u64 = 192 * 1_024;

/// Every fault must end the firmware with a word about it.
fn faults(emulated: &Emulated) -> Result<()> {
    let elf = emulated.build()?;
    let corrupt = target().join("firmware-corrupt");
    let mut bytes = fs::read(&elf)?;
    let image = b"\x89MGI\r\n\x1a\n";
    let mut found = 0;
    for at in 0..bytes.len() - 100_000 {
        if bytes[at..].starts_with(image) {
            // A byte in the midst of the weights.
            bytes[at + 100_000] ^= 4;
            found += 1;
        }
    }
    ensure!(found > 0, "there is no model in {}", elf.display());
    fs::write(&corrupt, bytes)?;
    let board = emulated.profiles[0];
    let cases: [(&Path, &str, &str, bool, &str); 6] = [
        (&corrupt, "plain", "none", false, "fault: the model in flash is not intact"),
        (&elf, "plain", "heap", false, "fault: 100 bytes asked of the sealed heap"),
        (&elf, "plain", "stack", false, "fault: the stack is full"),
        (&elf, "slow", "none", true, "underrun: the composer is late"),
        (&elf, "jitter", "none", true, "the temperature knob jitters"),
        (&elf, "hands", "none", true, "paused"),
    ];
    for (elf, script, sabotage, survives, word) in cases {
        let (good, said) = emulated.run(elf, &[board, "8", SEED, script, sabotage])?;
        ensure!(
            said.contains(word) && good == survives,
            "{script}, {sabotage}: the firmware should say \"{word}\", but said:\n{said}"
        );
        println!("xtask: {script}, {sabotage}: \"{word}\", as it should");
    }
    Ok(())
}
