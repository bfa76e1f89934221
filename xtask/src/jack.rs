//! The player on a JACK server of its own.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::alsa;
use crate::shell::{cargo, command, run, succeeds};
use crate::system;

/// As long each of the tests of time plays, and in `cargo xtask test`.
const SECONDS: u64 = 120;

/// The player as it is built for JACK.
const PLAYER: [&str; 5] = ["--locked", "--package", "musigan", "--features", "jack"];

/// The same as a part of the workspace, all else of which is built already.
const IN_WORKSPACE: [&str; 4] = ["--locked", "--workspace", "--features", "musigan/jack"];

/// So long after each other servers are started.
const APART: Duration = Duration::from_secs(5);

/// What `cargo xtask test` runs, at once.
const IN_TESTS: [&str; 2] = ["music_keeps_time_at_64_frames", "music_keeps_time_at_128_frames"];

/// And one by one afterwards: whatever goes away, a key's way to the sound, and that nothing else sounds than is
/// rendered.
const AFTERWARDS: [&str; 3] = ["plug::", "music::a_key", "music::what"];

/// Makes sure that there is a server that can keep time, and what the player needs to be built for it.
pub fn prepare() -> Result<()> {
    ensure!(cfg!(target_os = "linux"), "the tests' JACK server runs on Linux only");
    ensure!(
        succeeds(command("chrt").args(["--fifo", "10", "true"])),
        "real-time priority is not allowed here"
    );
    system::alsa()?;
    if !succeeds(command("pkg-config").args(["--exists", "jack"])) {
        println!("xtask: installing JACK's headers");
        system::install(&["libjack-jackd2-dev"])?;
    }
    system::install_missing("jackd", "a JACK server", &["jackd2"])
}

/// PipeWire in JACK's place, which one of the tests plays on.
fn prepare_pipewire() -> Result<()> {
    // Without its plugin for ALSA, which would make it the default device.
    let pipewire = ["pipewire", "pipewire-bin", "pipewire-jack", "wireplumber", "dbus"];
    if !succeeds(command("pw-jack").arg("-h")) {
        println!("xtask: installing PipeWire");
        system::install(&pipewire)?;
    }
    Ok(())
}

/// A music box and two players with a model keep time for [`SECONDS`], at both periods at once; then the shorter
/// tests.
pub fn in_tests() -> Result<()> {
    run(cargo().arg("clippy").args(IN_WORKSPACE).args(["--all-targets", "--", "-D", "warnings"]))?;
    let test = || {
        let mut test = cargo();
        test.arg("test").args(IN_WORKSPACE).args(["--test", "jack"]);
        test
    };
    // What tells the machine's time from a program's, first.
    run(test().args(["--", "witness::"]))?;
    let play = |names: &[&'static str]| -> Result<Vec<&'static str>> {
        let mut running = Vec::new();
        for &name in names {
            let mut test = test();
            test.args(["--", "--nocapture", "--exact", &format!("music::{name}")]);
            test.env("JACK_DEFAULT_SERVER", format!("musigan-{}-{name}", std::process::id()));
            test.env("MUSIGAN_JACK_SECONDS", SECONDS.to_string());
            let child = test.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
            running.push((name, child.context("cannot run cargo")?));
            // Servers that start at the same moment are in each other's way.
            std::thread::sleep(APART);
        }
        let mut failed = Vec::new();
        for (name, child) in running {
            let output = child.wait_with_output().context("cannot wait for cargo")?;
            print!("{}", String::from_utf8_lossy(&output.stdout));
            if !output.status.success() {
                eprint!("{}", String::from_utf8_lossy(&output.stderr));
                failed.push(name);
            }
        }
        Ok(failed)
    };
    let mut failed = play(&IN_TESTS)?;
    if !failed.is_empty() {
        // What is wrong with the player is wrong again; a disturbance of the machine's is over.
        println!("xtask: once more: {}", failed.join(", "));
        failed = play(&failed)?;
    }
    ensure!(failed.is_empty(), "on JACK, failed twice: {}", failed.join(", "));
    let rest = || {
        let mut test = test();
        test.args(["--", "--nocapture", "--test-threads=1"]).args(AFTERWARDS);
        run(test.env("JACK_DEFAULT_SERVER", format!("musigan-{}", std::process::id())))
    };
    rest().or_else(|why| {
        println!("xtask: once more: {why:#}");
        rest()
    })
}

/// Starts the server again and again, and the player on it.
pub fn jack(options: &[String]) -> Result<()> {
    let (virtually, options) = match options {
        [switch, rest @ ..] if switch == "--virtual" => (true, rest),
        all => (false, all),
    };
    let (seconds, filter) = match options {
        [] => (SECONDS, &[][..]),
        [name, seconds, filter @ ..] if name == "--seconds" => {
            (seconds.parse().context("--seconds wants a number")?, filter)
        }
        filter => (SECONDS, filter),
    };
    if let Some(unknown) = filter.iter().find(|word| word.starts_with('-')) {
        bail!("`cargo xtask jack` takes --virtual, --seconds N and names of tests, not {unknown}");
    }
    prepare()?;
    prepare_pipewire()?;
    run(cargo().arg("clippy").args(PLAYER).args(["--all-targets", "--", "-D", "warnings"]))?;
    let mut test = cargo();
    if virtually {
        test.args(["--config", &alsa::machine()?]);
    }
    test.args(["test", "--release"]).args(PLAYER).args(["--test", "jack", "--"]);
    test.args(["--nocapture", "--test-threads=1"]).args(filter);
    // A server of that name is nobody else's.
    test.env("JACK_DEFAULT_SERVER", format!("musigan-{}", std::process::id()));
    run(test.env("MUSIGAN_JACK_SECONDS", seconds.to_string()))
}
