//! Emulated boards: firmware is built for them, run on them, counted on them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::cross::{self, Toolchain};
use crate::shell::{command, run, target};

/// An emulated board, and whose profiles it can count.
pub struct Emulated {
    pub target: &'static str,
    /// The emulator's names of boards with such a core; the first is counted on.
    pub machines: &'static [&'static str],
    /// Profiles of boards with such a core.
    pub profiles: &'static [&'static str],
    /// The compiler's, where the target is not all there is to say of the core.
    pub flags: &'static str,
}

pub const ARMV7: Emulated = Emulated {
    target: "thumbv7em-none-eabihf",
    // A Cortex-M4 and a Cortex-M7.
    machines: &["mps2-an386", "mps2-an500"],
    profiles: &["stm32h743", "imxrt1062", "stm32f407", "stm32f411"],
    flags: "",
};
pub const ALL: [Emulated; 3] = [
    ARMV7,
    Emulated {
        target: "thumbv8m.main-none-eabihf",
        machines: &["mps2-an505"],
        profiles: &["rp2350"],
        // DSP instructions are the core's choice there.
        flags: "-Ctarget-feature=+dsp",
    },
    // A Cortex-M3, which runs what is built for a Cortex-M0+ instruction by instruction.
    Emulated {
        target: "thumbv6m-none-eabi",
        machines: &["mps2-an385"],
        profiles: &["rp2040"],
        flags: "",
    },
];

/// Bars and seed of what is counted; `firmware-sim --judge` plays the same.
pub const BARS: &str = "8";
pub const SEED: &str = "1";

/// Seeds of other pieces of as many bars, and the board that they are composed on: one without sound,
/// whose notes are those of all. `firmware-sim --judge` plays them, too.
const OTHERS: [&str; 3] = ["2", "3", "5"];
const SILENT: &str = "rp2040";

/// What other pieces than the one that is counted have shown.
#[derive(Default)]
pub struct Others {
    /// Instructions of the dearest note, and of the dearest token.
    most: [u64; 2],
    /// All their notes' hash.
    hash: u64,
}

/// Columns of what the firmware says, behind the board's name: the dearest note and the dearest token.
const MOST: [usize; 2] = [5, 8];
/// That of the notes' hash.
const SCORE: usize = 13;

/// The firmware's program.
pub const FIRMWARE: &str = "firmware-elf";

/// Links for Cortex-M.
pub const LINKER: &str = "arm-none-eabi-ld";
/// Runs a Cortex-M.
pub const EMULATOR: &str = "qemu-system-arm";

impl Emulated {
    /// Builds one of the firmware's programs for this core.
    pub fn build(&self, program: &str) -> Result<PathBuf> {
        let toolchain = cross::toolchain(self.target)?;
        let mut build = toolchain.cargo();
        if let Toolchain::Debian = toolchain {
            build.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=core,alloc");
            build.env(cross::variable(self.target, "LINKER"), LINKER);
        }
        if !self.flags.is_empty() {
            build.env(cross::variable(self.target, "RUSTFLAGS"), self.flags);
        }
        build.args(["build", "--locked", "--release", "--target", self.target]);
        run(build.args(["--package", "firmware-sim", "--bin", program]))?;
        Ok(target().join("cross").join(self.target).join("release").join(program))
    }

    /// Runs the firmware with these words; gives its output, and whether it ended well.
    pub fn run(&self, elf: &Path, words: &[&str]) -> Result<(bool, String)> {
        self.run_on(self.machines[0], elf, words)
    }

    /// The same on one of the machines.
    pub fn run_on(&self, machine: &str, elf: &Path, words: &[&str]) -> Result<(bool, String)> {
        let words: String = words.iter().fold(String::new(), |all, word| all + ",arg=" + word);
        let mut emulator: Command = command(EMULATOR);
        emulator
            .args(["-M", machine, "-nographic", "-monitor", "none", "-serial", "none"])
            // 64 ns for an instruction: the firmware counts them by a timer. Nobody waits while it sleeps.
            .args(["-icount", "shift=6,sleep=off", "-semihosting-config"])
            .arg(format!("enable=on,target=native,arg=firmware{words}"))
            .arg("-kernel")
            .arg(elf);
        let output = emulator.output().context("cannot run the emulator")?;
        let text = [output.stdout, output.stderr].concat();
        Ok((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
    }

    /// Composes other pieces than the one that is counted.
    pub fn others(&self, elf: &Path) -> Result<Others> {
        let mut others = Others::default();
        for seed in OTHERS {
            let cells = self.counted(elf, SILENT, seed)?;
            for (most, at) in others.most.iter_mut().zip(MOST) {
                *most = (*most).max(cells[at].parse()?);
            }
            let hash = u64::from_str_radix(cells[SCORE].trim_start_matches("0x"), 16)?;
            others.hash = others.hash.rotate_left(1) ^ hash;
        }
        Ok(others)
    }

    /// The counts of a profile, as a line of the file; the dearest are those of all pieces.
    pub fn count(&self, elf: &Path, profile: &str, others: &Others) -> Result<String> {
        let mut cells = self.counted(elf, profile, SEED)?;
        for (&most, at) in others.most.iter().zip(MOST) {
            cells[at] = most.max(cells[at].parse()?).to_string();
        }
        let (flash, statics) = sizes(elf)?;
        Ok(format!("{profile},{flash},{statics},{},{:#018x}", cells.join(","), others.hash))
    }

    /// What the firmware has counted, cell by cell.
    fn counted(&self, elf: &Path, profile: &str, seed: &str) -> Result<Vec<String>> {
        let (good, said) = self.run(elf, &[profile, BARS, seed, "plain", "none"])?;
        let line = said.lines().find_map(|line| line.strip_prefix("counted,"));
        let line = line.filter(|_| good).with_context(|| format!("{profile}: {said}"))?;
        let cells: Vec<String> = line.split(',').skip(1).map(str::to_owned).collect();
        ensure!(cells.len() == SCORE + 2, "{profile}: {line}");
        Ok(cells)
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

/// The firmware's whole heap (`Profile::MOST_HEAP`); how much of it is used is counted apart.
const HEAP: u64 = 342 * 1_024;
