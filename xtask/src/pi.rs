//! The player for small computers: cross-built and packed for Debian.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::cross::{Machine, toolchain_with_std};
use crate::shell::{cargo, command, root, run, target};
use crate::system;

/// Builds the player for the machine of this name and packs it; tells where the package is.
pub fn pi(options: &[String]) -> Result<()> {
    let machine = match options {
        [] => Machine::ARM64,
        [name] if name == "aarch64" => Machine::ARM64,
        [name] if name == "armv7" => Machine::ARMV7,
        [only] if only == "--test" => return renders_alike(Machine::ARM64),
        [first, name] if first == "--test" && name == "armv7" => {
            return renders_alike(Machine::ARMV7);
        }
        other => {
            bail!(
                "`cargo xtask pi` takes aarch64, armv7 or --test [armv7], not {}",
                other.join(" ")
            )
        }
    };
    let player = build(machine, "release")?;
    let package = pack(machine, &player)?;
    println!("xtask: install {} with `apt install ./FILE`", package.display());
    Ok(())
}

/// What is rendered on both machines: pieces of a single model and of linked ones.
const RENDERED: [&[&str]; 2] = [
    &["--seed", "3", "--bars", "12"],
    &["--model", "duo", "--seed", "5", "--bars", "8", "--canon", "1"],
];

/// Lets the player of a Raspberry Pi, on an emulated one, render what the player for this machine renders: the
/// same bytes, as sound and as MIDI.
pub fn renders_alike(machine: Machine) -> Result<()> {
    if machine.triple.starts_with(std::env::consts::ARCH) {
        return Ok(()); // there is no other machine
    }
    // As tests are built: on this machine it is there already.
    run(cargo().args(["build", "--locked", "--package", "musigan", "--bin", "musigan"]))?;
    let here = target().join("debug").join("musigan");
    let there = build(machine, "dev")?;
    let folder = target().join("alike");
    fs::create_dir_all(&folder)?;
    for (number, options) in RENDERED.iter().enumerate() {
        for ending in ["wav", "mid"] {
            let file = |whose: &str| folder.join(format!("{whose}-{number}.{ending}"));
            let (mine, theirs) = (file("here"), file(machine.debian));
            for (mut program, to) in [(command(&here), &mine), (machine.program(&there)?, &theirs)]
            {
                run(program.arg("render").args(*options).arg("--out").arg(to))?;
            }
            let same = fs::read(&mine)? == fs::read(&theirs)?;
            ensure!(same, "{} and {} differ", mine.display(), theirs.display());
        }
    }
    println!("xtask: the player for {} renders the bytes of this machine's", machine.debian);
    Ok(())
}

/// Makes sure that there is what it takes to build and run that player.
pub fn prepare() -> Result<()> {
    let machine = Machine::ARM64;
    toolchain_with_std(machine)?;
    machine.linker()?;
    system::alsa_of(machine.debian, machine.libraries)?;
    machine.program(Path::new("")).map(drop)
}

/// Builds the player for a machine in this profile and tells where it is.
fn build(machine: Machine, profile: &str) -> Result<PathBuf> {
    let toolchain = toolchain_with_std(machine)?;
    machine.linker()?;
    system::alsa_of(machine.debian, machine.libraries)?;
    let mut cargo = toolchain.cargo();
    cargo
        .env(machine.variable("LINKER"), machine.gcc)
        .env("PKG_CONFIG_ALLOW_CROSS", "1")
        .env("PKG_CONFIG_LIBDIR", format!("/usr/lib/{}/pkgconfig", machine.libraries))
        .args(["build", "--locked", "--profile", profile, "--target", machine.triple])
        .args(["--package", "musigan", "--bin", "musigan"]);
    run(&mut cargo)?;
    let folder = if profile == "dev" { "debug" } else { profile };
    Ok(target().join("cross").join(machine.triple).join(folder).join("musigan"))
}

/// Packs the player with its service, its manual and its licences.
fn pack(machine: Machine, player: &Path) -> Result<PathBuf> {
    let version = env!("CARGO_PKG_VERSION");
    let name = format!("musigan_{version}_{}", machine.debian);
    let tree = target().join("packages").join(&name);
    if tree.exists() {
        fs::remove_dir_all(&tree)?;
    }
    let packaging = root().join("packaging");
    let file = |from: &Path, to: &str, mode: &str| -> Result<()> {
        let to = tree.join(to);
        run(command("install").args(["-D", "-m", mode]).arg(from).arg(to))
    };
    file(player, "usr/bin/musigan", "755")?;
    file(&packaging.join("musigan.service"), "lib/systemd/system/musigan.service", "644")?;
    file(&packaging.join("default"), "etc/default/musigan", "644")?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        file(&root().join(licence), &format!("usr/share/doc/musigan/{licence}"), "644")?;
    }
    for script in ["postinst", "prerm"] {
        file(&packaging.join(script), &format!("DEBIAN/{script}"), "755")?;
    }
    file(&packaging.join("conffiles"), "DEBIAN/conffiles", "644")?;
    let control = fs::read_to_string(packaging.join("control"))?;
    let control = control.replace("@VERSION@", version).replace("@ARCHITECTURE@", machine.debian);
    fs::write(tree.join("DEBIAN").join("control"), control)?;
    manual(machine, player, &tree)?;
    let package = target().join(format!("{name}.deb"));
    run(command("dpkg-deb").args(["--root-owner-group", "--build"]).arg(&tree).arg(&package))?;
    Ok(package)
}

/// Lets the player write its manual, on an emulated machine where it has to be.
fn manual(machine: Machine, player: &Path, tree: &Path) -> Result<()> {
    let pages = tree.join("usr/share/man/man1");
    fs::create_dir_all(&pages)?;
    run(machine.program(player)?.arg("manual").arg(&pages))?;
    for page in fs::read_dir(&pages).context("the manual was not written")?.flatten() {
        run(command("gzip").args(["-9", "-n"]).arg(page.path()))?;
    }
    Ok(())
}
