//! Hostile input: the crates that read foreign bytes under the address sanitizer, and fuzzed.
//!
//! The compiler's own sanitizers and coverage passes, and libFuzzer from its crate: what `cargo fuzz`
//! does, without installing it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result, anyhow, bail, ensure};

use crate::shell::{cargo, command, output, root, run, target};
use crate::system;

/// A program that feeds a part of the project with what libFuzzer makes up.
struct Target {
    name: &'static str,
    /// Folders of good inputs to begin with, and how their names end.
    seeds: &'static [(&'static str, &'static str)],
    /// The longest input in bytes.
    len: u32,
    /// Seconds within which an input must be done with.
    timeout: u32,
}

const TARGETS: [Target; 8] = [
    Target {
        name: "image",
        seeds: &[("engine/tests", ".mgi"), ("tests/fuzz/seeds", ".mgi")],
        len: 1 << 15,
        timeout: 10,
    },
    Target { name: "tokens", seeds: &[], len: 1 << 12, timeout: 10 },
    Target { name: "smf", seeds: MIDI_FILES, len: 1 << 13, timeout: 10 },
    Target { name: "corpus", seeds: MIDI_FILES, len: 1 << 13, timeout: 10 },
    Target { name: "live", seeds: &[("tests/fuzz/seeds", ".live")], len: 1 << 9, timeout: 10 },
    Target { name: "config", seeds: &[("tests/fuzz/seeds", ".toml")], len: 1 << 12, timeout: 10 },
    Target {
        name: "checkpoint",
        seeds: &[("tests/fuzz/seeds", ".safetensors")],
        len: 1 << 12,
        timeout: 10,
    },
    Target {
        name: "import",
        seeds: &[
            ("engine/import/tests/reference", ".onnx"),
            ("engine/import/tests/crashes", ".onnx"),
        ],
        len: 1 << 16,
        timeout: 60,
    },
];

const MIDI_FILES: &[(&str, &str)] =
    &[("trainer/tests/fixtures/midi", ".mid"), ("tests/fuzz/seeds", ".mid")];

/// Seconds of fuzzing per target where none are asked for.
const SECONDS: u32 = 60;

/// What begins the fuzzers' random numbers among all the other tests: what they try there is the same
/// every time, so that what a change broke is told from what nobody had come upon yet.
const SEED_IN_TESTS: u32 = 1;

/// What `cargo xtask test` runs: the tests under the sanitizers, and every fuzzer. (The importer's takes four
/// minutes to build.)
pub fn in_tests() -> Result<()> {
    sanitize(&["--seed".to_owned(), SEED_IN_TESTS.to_string()])
}

/// `--seconds N`, `--seed N` (at random where it is not told) and the names of targets; without names,
/// all of them after the tests of `score` and `engine` under the address sanitizer and the synth under that
/// for real time.
pub fn sanitize(options: &[String]) -> Result<()> {
    ensure!(
        cfg!(all(target_arch = "x86_64", target_os = "linux")),
        "the sanitizers are set up for x86-64 Linux only"
    );
    let (mut seconds, mut seed) = (SECONDS, 0);
    let mut names: Vec<&str> = Vec::new();
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        match option.as_str() {
            "--seconds" | "--seed" => {
                let number = rest.next().and_then(|number| number.parse().ok());
                let number = number.with_context(|| format!("{option} wants a number"))?;
                *if option == "--seed" { &mut seed } else { &mut seconds } = number;
            }
            name if TARGETS.iter().any(|target| target.name == name) => names.push(name),
            other => {
                let known = TARGETS.map(|target| target.name).join(", ");
                bail!("there is no target `{other}`, only {known}, --seconds N and --seed N");
            }
        }
    }
    if names.is_empty() {
        tests()?;
        real_time()?;
    }
    system::install_missing("g++", "a C++ compiler, which libFuzzer is built with", &["g++"])?;
    run(cargo().args(["fmt", "--check", "--manifest-path", "tests/fuzz/Cargo.toml"]))?;
    let chosen = |target: &&Target| names.is_empty() || names.contains(&target.name);
    let targets: Vec<&Target> = TARGETS.iter().filter(chosen).collect();
    targets.iter().try_for_each(|target| build(target))?;
    // Each of them keeps one processor busy.
    let left = Mutex::new(targets.into_iter());
    let next = || left.lock().ok()?.next();
    let work = || std::iter::from_fn(next).try_for_each(|target| fuzz(target, seconds, seed));
    let processors = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..processors).map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().map(|worker| worker.join());
        ended.collect::<Vec<_>>().into_iter().try_for_each(|end| {
            end.unwrap_or_else(|_| Err(anyhow!("a thread that looks after fuzzers panicked")))
        })
    })
}

/// What is tested under the address sanitizer: all but the tests of allocation, which bring an
/// allocator of their own that the sanitizer would watch instead.
const TESTS: &str = "test --locked --package musigan-score --package musigan-engine --lib --test agreement \
    --test image --test math --test composer --test hearing --test codec --test grids";

/// The tests of the crates without an operating system, every access to memory checked.
fn tests() -> Result<()> {
    run(sanitized(&["-Zsanitizer=address"]).args(TESTS.split_whitespace()))
}

/// The synth playing under the real-time sanitizer, whose runtime comes with the compiler; and that it sees
/// what it is to see.
fn real_time() -> Result<()> {
    let sysroot = output(command("rustc").args(["--print", "sysroot"]))?;
    let libraries = Path::new(sysroot.trim()).join("lib/rustlib").join(TRIPLE).join("lib");
    let runtime = fs::read_dir(&libraries)
        .with_context(|| format!("cannot read {}", libraries.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.to_string_lossy().ends_with("_rt.rtsan.a"))
        .context("the compiler came without the real-time sanitizer's runtime")?;
    let watched = |test: &str| {
        let mut cargo = cargo();
        cargo.env("RTSAN_ENABLE", "1").env("RTSAN_LIB_PATH", &runtime);
        cargo.env("CARGO_TARGET_DIR", folder().join("real-time"));
        cargo.args(["test", "--locked", "--package", "musigan-synth", "--test", "sanitized", "--"]);
        cargo.args(["--include-ignored", "--exact", test]);
        cargo
    };
    run(&mut watched("playing_never_waits"))?;
    let seen = watched("an_allocation_is_seen").output().context("cannot run cargo")?;
    let said = String::from_utf8_lossy(&seen.stderr);
    ensure!(
        !seen.status.success() && said.contains("RealtimeSanitizer: unsafe-library-call"),
        "the real-time sanitizer saw no allocation: {}",
        said.trim()
    );
    println!(
        "xtask: the real-time sanitizer has nothing against the synth, and sees an allocation"
    );
    Ok(())
}

/// Builds a fuzzer.
fn build(what: &Target) -> Result<()> {
    // The flags that `cargo fuzz` gives: coverage of edges, and of what is compared.
    let mut build = sanitized(&[
        "-Zsanitizer=address",
        "-Cpasses=sancov-module",
        "-Cllvm-args=-sanitizer-coverage-level=4",
        "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
        "-Cllvm-args=-sanitizer-coverage-pc-table",
        "-Cllvm-args=-sanitizer-coverage-trace-compares",
        "--cfg=fuzzing",
    ]);
    build.args(["build", "--locked", "--release", "--manifest-path", "tests/fuzz/Cargo.toml"]);
    build.args(["--bin", what.name]);
    if what.name == "import" {
        build.args(["--features", "import"]);
    }
    run(&mut build)
}

/// Lets a fuzzer that is built work for so many seconds.
fn fuzz(what: &Target, seconds: u32, seed: u32) -> Result<()> {
    let work = folder().join(what.name);
    let (corpus, findings) = (work.join("corpus"), work.join("findings"));
    for folder in [&corpus, &findings] {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    for (folder, end) in what.seeds {
        for entry in
            fs::read_dir(root().join(folder)).with_context(|| format!("no folder {folder}"))?
        {
            let entry = entry?;
            if entry.file_name().to_string_lossy().ends_with(end) {
                fs::copy(entry.path(), corpus.join(entry.file_name()))?;
            }
        }
    }
    let mut fuzzer = command(folder().join(TRIPLE).join("release").join(what.name));
    fuzzer.arg(&corpus).args([
        format!("-max_total_time={seconds}"),
        format!("-seed={seed}"),
        format!("-max_len={}", what.len),
        format!("-timeout={}", what.timeout),
        "-rss_limit_mb=4096".to_owned(),
        "-print_final_stats=1".to_owned(),
        format!("-artifact_prefix={}/", findings.display()),
    ]);
    let log = work.join("log");
    let said = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    fuzzer.stdout(Stdio::null()).stderr(said);
    let done = run(&mut fuzzer);
    let said = fs::read(&log).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.lines().collect();
    match done {
        Ok(()) => {
            let figures = lines.iter().filter(|line| line.starts_with("stat::number_of_executed"));
            figures.for_each(|line| println!("xtask: {}: {line}", what.name));
            Ok(())
        }
        Err(error) => {
            lines[lines.len().saturating_sub(60)..].iter().for_each(|line| println!("{line}"));
            Err(error.context(format!("the input that did it lies in {}", findings.display())))
        }
    }
}

const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// Where the programs under the sanitizer are built, and what the fuzzers found is kept.
fn folder() -> PathBuf {
    target().join("sanitize")
}

/// The usual cargo, allowed the compiler's unstable flags.
fn sanitized(flags: &[&str]) -> Command {
    let mut command = cargo();
    command
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", flags.join(" "))
        .env("CARGO_BUILD_TARGET", TRIPLE)
        .env("CARGO_TARGET_DIR", folder());
    command
}
