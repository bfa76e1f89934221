//! What must hold on an emulated core, whatever it costs.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::emulated::{BARS, Emulated, FIRMWARE, SEED};
use crate::shell::{cargo, command, target};

/// Every core must stop a program that has used up its stack.
pub fn overflow(emulated: &Emulated, elf: &Path) -> Result<()> {
    let (good, said) = emulated.run(elf, &[emulated.profiles[0], BARS, SEED, "plain", "stack"])?;
    let word = "fault: the stack is full";
    ensure!(
        !good && said.contains(word),
        "{}: a full stack is not noticed: {said}",
        emulated.target
    );
    println!("xtask: {}, stack: \"{word}\", as it should", emulated.target);
    Ok(())
}

/// Plays the same once more, the audio interrupt coming by itself: it must have come in time and changed
/// nothing. Gives how often it cut into the composing of a token.
pub fn live(emulated: &Emulated, elf: &Path, profile: &str, counted: &str) -> Result<u32> {
    let (good, said) = emulated.run(elf, &[profile, BARS, SEED, "plain", "live"])?;
    let line = said.lines().find_map(|line| line.strip_prefix("live,"));
    let line = line.filter(|_| good).with_context(|| format!("{profile}, live: {said}"))?;
    let number = |at: usize| line.split(',').nth(at)?.parse::<u32>().ok();
    let [Some(taken), Some(preemptions), Some(late)] = [0, 1, 2].map(number) else {
        bail!("{profile}, live: {line}")
    };
    ensure!(late == 0 && !said.contains("underrun"), "{profile}: not in time: {said}");
    ensure!(
        hashes(line) == hashes(counted.rsplit_once(',').map_or("", |cells| cells.0)),
        "{profile}: pre-empted, it plays otherwise: {line} after {taken} half-buffers, not {counted}"
    );
    println!(
        "xtask: {profile}, live: {preemptions} of {taken} interrupts came in the midst of a token"
    );
    Ok(preemptions)
}

/// The columns of the piece's hashes, the last that the firmware says.
fn hashes(line: &str) -> Vec<&str> {
    line.rsplit(',').take(2).collect()
}

/// Small random models of every kind must have the bits that they have on this machine; `machine` may be
/// another with this core's instructions.
pub fn agreement(emulated: &Emulated) -> Result<()> {
    let elf = emulated.build("agree-elf")?;
    for (path, hash) in golden(&[])? {
        for machine in emulated.machines {
            let (good, said) = emulated.run_on(machine, &elf, &[&path])?;
            ensure!(
                good && said.trim() == hash,
                "{machine}: {path} has other bits than on this machine, {hash}: {said}"
            );
        }
    }
    println!(
        "xtask: {} on {}: LSTM and GRU in f32, bf16 and int8 have the bits of this machine",
        emulated.target,
        emulated.machines.join(" and ")
    );
    Ok(())
}

/// Paths and hashes on this machine, of small random models and of these images.
pub fn golden(images: &[String]) -> Result<Vec<(String, String)>> {
    let folder = target().join("firmware").join("golden");
    let mut example = cargo();
    example.args(["run", "--quiet", "--locked", "--package", "musigan-engine"]);
    example.args(["--example", "golden", "--"]).arg(&folder).args(images);
    let output = example.output().context("cannot run the example golden")?;
    ensure!(output.status.success(), "golden: {}", String::from_utf8_lossy(&output.stderr));
    let here = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(here.lines().count() >= 6 + images.len(), "golden: {here}");
    let line = |line: &str| -> Result<(String, String)> {
        let (name, hash) = line.rsplit_once(' ').with_context(|| format!("golden: {line}"))?;
        // Those of the folder are said by their names; a path that is absolute stays what it is.
        let path = folder.join(name);
        let path = path.to_str().context("the folder's name is not Unicode")?;
        Ok((path.to_owned(), hash.to_owned()))
    };
    here.lines().map(line).collect()
}

/// A program that is nothing but a step of a model must have nothing of what panics.
pub fn step_never_panics(emulated: &Emulated) -> Result<()> {
    let elf = emulated.build("step-elf")?;
    let output = command("arm-none-eabi-nm").arg("--demangle").arg(&elf).output()?;
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(names.contains("musigan_engine"), "cannot read the names in {}", elf.display());
    let panics: Vec<&str> = names.lines().filter(|name| name.contains("panicking")).collect();
    ensure!(panics.is_empty(), "a step of a model can panic:\n{}", panics.join("\n"));
    println!(
        "xtask: {}: a step of LSTM, GRU, GAN or linked parts has nothing that panics",
        emulated.target
    );
    Ok(())
}

/// Every fault must end the firmware with a word about it.
pub fn faults(emulated: &Emulated) -> Result<()> {
    let elf = emulated.build(FIRMWARE)?;
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
    let cases: [(&Path, &str, &str, bool, &str); 5] = [
        (&corrupt, "plain", "none", false, "fault: the model in flash is not intact"),
        (&elf, "plain", "heap", false, "fault: 100 bytes asked of the sealed heap"),
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
