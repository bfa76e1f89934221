//! The jobs.

use anyhow::{Context, Result, bail, ensure};

use crate::cross::Machine;
use crate::shell::{cargo, command, run, target};
use crate::slurm::Cluster;
use crate::{
    cross, deny, firmware, gates, jack, onnxruntime, package, pi, sanitize, slurm, system, web,
};

/// The player's exit code for a missing sound card.
const NO_DEVICE: i32 = 3;

/// Installs what training and the tests need.
pub fn setup() -> Result<()> {
    system::alsa()?;
    onnxruntime::ensure()
}

/// Builds the player and plays, or renders a piece into a file where there is no sound card.
pub fn play(options: &[String]) -> Result<()> {
    system::alsa()?;
    run(cargo().args(["build", "--release", "--package", "musigan", "--bin", "musigan"]))?;
    let player = target().join("release").join("musigan");
    let status =
        command(&player).arg("play").args(options).status().context("cannot start the player")?;
    if status.code() != Some(NO_DEVICE) {
        ensure!(status.success(), "the player failed ({status})");
        return Ok(());
    }
    let file = target().join("musigan.wav");
    println!("xtask: rendering a piece into a file instead");
    run(command(&player).arg("render").args(shared(options)).arg("--out").arg(&file))?;
    println!("xtask: listen to {}", file.display());
    Ok(())
}

/// Those of `musigan play`'s options that `musigan render` has, too.
fn shared(options: &[String]) -> Vec<&String> {
    let mut kept = Vec::new();
    let mut options = options.iter();
    while let Some(option) = options.next() {
        // How many values follow an option of `play` alone; `--name=value` holds the first itself.
        let (name, inline) =
            option.split_once('=').map_or((option.as_str(), 0), |(name, _)| (name, 1));
        let values = match name {
            "--quiet" | "-q" => 0,
            "--pieces" => 1,
            "--length" => 2,
            _ => {
                kept.push(option);
                continue;
            }
        };
        options.by_ref().take(values - inline.min(values)).for_each(drop);
    }
    kept
}

/// Runs every check, as CI does.
pub fn test(options: &[String]) -> Result<()> {
    let quick = match options {
        [] => false,
        [only] if only == "--quick" => true,
        other => bail!("`cargo xtask test` takes only --quick, not {}", other.join(" ")),
    };
    system::alsa()?;
    if !quick {
        onnxruntime::ensure()?;
    }
    let heavy: &[&str] =
        if quick { &["--exclude", "musigan-train", "--exclude", "musigan-import"] } else { &[] };
    run(cargo().args(["fmt", "--all", "--check"]))?;
    let clippy = ["clippy", "--locked", "--workspace", "--all-targets"];
    run(cargo().args(clippy).args(heavy).args(["--", "-D", "warnings"]))?;
    run(cargo().args(["test", "--locked", "--workspace"]).args(heavy))?;
    if !quick {
        match jack::prepare() {
            Ok(()) => jack::in_tests()?,
            Err(error) => println!("xtask: NOT PLAYED ON JACK: {error:#}"),
        }
        match Cluster::start() {
            Ok(cluster) => slurm::test(&cluster)?,
            Err(error) => println!("xtask: NOT HANDED TO SLURM: {error:#}"),
        }
    }
    // A workspace build unifies features: the crates for small computers must stand alone, too.
    for package in ["musigan-score", "musigan-engine"] {
        run(cargo().args(["build", "--locked", "--package", package]))?;
    }
    let mut rustdoc = cargo();
    rustdoc.env("RUSTDOCFLAGS", "-D warnings");
    run(rustdoc.args(["doc", "--locked", "--workspace", "--no-deps"]).args(heavy))?;
    if quick {
        return Ok(());
    }
    deny::licences()?;
    package::package(&[])?;
    if cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        match gates::prepare() {
            Ok(()) => gates::gates(&[])?,
            Err(error) => println!("xtask: INSTRUCTIONS NOT COUNTED: {error:#}"),
        }
        sanitize::in_tests()?;
    }
    elsewhere()
}

/// Checks other processors, where their compilers can be had: Debian's newer ones are not on every
/// system.
fn elsewhere() -> Result<()> {
    match cross::prepare() {
        Ok(()) => cross::cross()?,
        Err(error) => println!("xtask: NOT CHECKED for other processors: {error:#}"),
    }
    match pi::prepare() {
        Ok(()) => pi::renders_alike(Machine::ARM64)?,
        Err(error) => println!("xtask: PLAYER FOR AARCH64 NOT CHECKED: {error:#}"),
    }
    match firmware::prepare() {
        Ok(()) => firmware::firmware(&[])?,
        Err(error) => println!("xtask: FIRMWARE NOT CHECKED: {error:#}"),
    }
    match web::prepare() {
        Ok(()) => web::test(),
        Err(error) => {
            println!("xtask: WEB PAGE NOT CHECKED: {error:#}");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::shared;

    #[test]
    fn a_piece_is_rendered_as_it_would_be_played() {
        let kept = |line: &str| {
            let options: Vec<String> = line.split(' ').map(str::to_owned).collect();
            shared(&options).into_iter().cloned().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(kept("--seed 7 --pieces 2 -q --tempo 96"), "--seed 7 --tempo 96");
        assert_eq!(kept("--length 8 16 --program 10 --pieces=3"), "--program 10");
    }
}
