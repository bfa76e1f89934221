//! Every bench of the project in one run: what they said, three pictures, and a line of history.
//!
//! `benches/LATEST.md` is written by this; `benches/RESULTS.md` is written by hand and tells what figures
//! mean.

mod chart;
mod history;
mod jitter;
mod steps;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::shell::{cargo, command, root, succeeds};
use crate::{onnxruntime, system};

const LATEST: &str = "benches/LATEST.md";
const STEPS: &str = "benches/steps.svg";
const JITTER: &str = "benches/jitter.svg";

/// Runs what compares us with Python's libraries, where it has them: the one of an environment that is active.
const PYTHON: &str = "python3";

/// A bench: what it tells, and how it is run.
struct Bench {
    title: &'static str,
    /// A script of Python's, or none for cargo.
    script: Option<&'static str>,
    arguments: Vec<String>,
}

impl Bench {
    /// What cargo is told, in words.
    fn new(title: &'static str, arguments: &str, more: &[&str]) -> Self {
        let words = arguments.split_whitespace().chain(more.iter().copied());
        Self { title, script: None, arguments: words.map(str::to_owned).collect() }
    }

    /// What a script is told.
    fn of_script(title: &'static str, script: &'static str, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&word| word.to_owned()).collect();
        Self { title, script: Some(script), arguments }
    }

    /// How it is run, without the folders of this machine.
    fn shown(&self) -> String {
        let short = |word: &String| {
            let path = Path::new(word);
            let name = path.file_name().filter(|_| path.is_absolute());
            let word =
                name.map_or_else(|| word.clone(), |name| name.to_string_lossy().into_owned());
            if word.contains(' ') { format!("'{word}'") } else { word }
        };
        let words: Vec<String> = self.arguments.iter().map(short).collect();
        let program = self.script.map_or("cargo".to_owned(), |script| format!("{PYTHON} {script}"));
        format!("{program} {}", words.join(" "))
    }

    /// Runs it; gives what it printed.
    fn run(&self) -> Result<String> {
        println!("xtask: {}", self.shown());
        let mut program = match self.script {
            Some(_) => command(PYTHON),
            None => cargo(),
        };
        let output = program.args(self.script).args(&self.arguments).output();
        let output = output.with_context(|| format!("cannot run {}", self.shown()))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        print!("{said}");
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}", error.trim());
        Ok(said)
    }
}

/// What is asked for.
struct Asked {
    quick: bool,
    /// A folder of MIDI files, to measure reading with.
    data: Option<String>,
    /// A SoundFont, to measure the samplers with, and a MIDI file.
    peers: Option<[String; 2]>,
    /// Earlier commits, which are measured instead of everything else.
    history: Vec<String>,
}

impl Asked {
    fn read(options: &[String]) -> Result<Self> {
        let mut asked = Self { quick: false, data: None, peers: None, history: Vec::new() };
        let mut rest = options.iter();
        while let Some(option) = rest.next() {
            let mut value = || rest.next().cloned().with_context(|| format!("{option} wants more"));
            match option.as_str() {
                "--quick" => asked.quick = true,
                "--data" => asked.data = Some(value()?),
                "--peers" => asked.peers = Some([value()?, value()?]),
                "--history" => {
                    asked.history = rest.by_ref().cloned().collect();
                    ensure!(!asked.history.is_empty(), "--history wants commits");
                }
                other => bail!(
                    "there is no option `{other}`, only --quick, --data FOLDER, --peers SOUNDFONT FILE.mid \
                     and --history COMMIT..."
                ),
            }
        }
        Ok(asked)
    }
}

/// Runs every bench that can be run here. One that fails is told of, and the others go on.
pub fn bench(options: &[String]) -> Result<()> {
    let asked = Asked::read(options)?;
    system::alsa()?;
    if !asked.history.is_empty() {
        return history::measure(&asked.history);
    }
    history::forget()?;
    let machine = Machine::here();
    let mut report = format!(
        "# The last run of `cargo xtask bench{}`\n\nWritten by that job; what figures mean stands in \
         [RESULTS.md](RESULTS.md).\n\n{machine}\n\n![µs per token by width](steps.svg)\n\n\
         ![How much times vary](jitter.svg)\n\n![Per note, run by run](history/per_note.svg)\n",
        if asked.quick { " --quick" } else { "" },
    );
    let mut failed = Vec::new();
    let mut all = Vec::new();
    for bench in light() {
        tell(&bench, &mut report, &mut failed, &mut all)?;
    }
    let lines = steps::lines(&all);
    if lines.iter().any(|line| !line.points.is_empty()) {
        fs::write(root().join(STEPS), steps::picture(&lines))?;
    }
    let lines = jitter::lines(&all);
    if !lines.is_empty() {
        fs::write(root().join(JITTER), jitter::picture(&lines))?;
    }
    history::grow(&machine)?;
    let (heavy, missing) = heavy(&asked);
    for bench in heavy {
        tell(&bench, &mut report, &mut failed, &mut all)?;
    }
    if !missing.is_empty() {
        report.push_str("\n## Not run\n\n");
        missing.iter().try_for_each(|why| writeln!(report, "- {why}"))?;
    }
    fs::write(root().join(LATEST), report)?;
    println!("xtask: {LATEST} tells of this run");
    ensure!(failed.is_empty(), "failed: {}", failed.join("; "));
    Ok(())
}

/// Runs a bench and puts what it said into the report.
fn tell(
    bench: &Bench,
    report: &mut String,
    failed: &mut Vec<String>,
    all: &mut Vec<String>,
) -> Result<()> {
    writeln!(report, "\n## {}\n\n`{}`\n", bench.title, bench.shown())?;
    match bench.run() {
        Ok(said) => {
            writeln!(report, "```text\n{}\n```", said.trim())?;
            all.push(said);
        }
        Err(error) => {
            writeln!(report, "It failed: {error:#}")?;
            failed.push(bench.title.to_owned());
        }
    }
    Ok(())
}

/// What needs neither the trainer nor a foreign library.
fn light() -> Vec<Bench> {
    let steps = "run --quiet --locked --release --package musigan-engine --example step_cost --";
    let voices = "run --quiet --locked --release --package musigan-synth --example cost --";
    vec![
        Bench::new(
            "The bundled model: a step, a token, a note, the same from the model to the sound, opening it, a block \
             of sound",
            "bench --quiet --locked --package musigan --bench per_note",
            &[],
        ),
        Bench::new(
            "How much a note and a block of sound vary",
            "bench --quiet --locked --package musigan --bench jitter",
            &[],
        ),
        Bench::new("A step of an LSTM by width, weights and kernels", steps, &["lstm"]),
        Bench::new("A step of a GRU by width, weights and kernels", steps, &["gru"]),
        Bench::new("64 mixed voices", voices, &["64", "8"]),
        Bench::new("64 mixed voices, portable kernels", voices, &["64", "8", "portable"]),
        Bench::new("256 mixed voices", voices, &["256", "4"]),
        Bench::new("64 voices of each family", voices, &["64", "2", "families"]),
    ]
}

/// What takes long to build or wants something from outside; and what cannot be run, with the reason.
fn heavy(asked: &Asked) -> (Vec<Bench>, Vec<String>) {
    let (mut benches, mut missing) = (Vec::new(), Vec::new());
    match &asked.peers {
        Some([font, file]) => benches.push(Bench::new(
            "Beside FluidSynth and rustysynth",
            "run --quiet --locked --release --package musigan-synth --example peers --",
            &[font, file, "3"],
        )),
        None => missing.push("samplers: no `--peers SOUNDFONT FILE.mid`".to_owned()),
    }
    let trainer = if asked.quick {
        Err("`--quick`".to_owned())
    } else {
        onnxruntime::ensure().map_err(|error| format!("{error:#}"))
    };
    if let Err(why) = trainer {
        missing.push(format!("tract, ONNX Runtime, training and reading MIDI files: {why}"));
        return (benches, missing);
    }
    let bench = "bench --quiet --locked --package musigan-train --bench";
    benches.push(Bench::new(
        "Beside tract and ONNX Runtime, µs per token",
        &format!("{bench} per_note --"),
        &[],
    ));
    for kind in ["lstm", "gru"] {
        let arguments = ["1", "20", kind];
        benches.push(Bench::new("An update", &format!("{bench} update --"), &arguments));
    }
    let update = format!("cargo {bench} update --");
    match lacking(&["torch"]) {
        None => benches.push(Bench::of_script(
            "An update beside PyTorch's",
            "trainer/benches/update.py",
            &[&update, "1", "7"],
        )),
        Some(why) => missing.push(format!("an update beside PyTorch's: {why}")),
    }
    let Some(folder) = &asked.data else {
        missing.push("reading MIDI files: no `--data FOLDER`".to_owned());
        return (benches, missing);
    };
    let run = "run --quiet --locked --release --package musigan-train";
    benches.push(Bench::new("Reading MIDI files", &format!("{run} -- corpus"), &[folder]));
    let ingest = format!("{run} --example ingest --");
    match lacking(&["symusic", "miditok", "mido", "pretty_midi"]) {
        None => benches.push(Bench::of_script(
            "Reading MIDI files beside others",
            "trainer/benches/ingest.py",
            &[folder, &format!("cargo {ingest}"), "3"],
        )),
        Some(why) => {
            benches.push(Bench::new("Reading MIDI files, step by step", &ingest, &[folder]));
            missing.push(format!("reading MIDI files beside others: {why}"));
        }
    }
    (benches, missing)
}

/// What of these packages Python lacks.
fn lacking(packages: &[&str]) -> Option<String> {
    let there =
        |package: &&str| succeeds(command(PYTHON).args(["-c", &format!("import {package}")]));
    let lacking: Vec<&str> = packages.iter().copied().filter(|package| !there(package)).collect();
    (!lacking.is_empty()).then(|| {
        format!("{PYTHON} cannot import {}: install it and run this anew", lacking.join(", "))
    })
}

/// Where and of what the figures are.
struct Machine {
    processor: String,
    cores: usize,
    load: String,
    compiler: String,
    commit: String,
    /// When that was made.
    committed: String,
    date: String,
}

impl Machine {
    fn here() -> Self {
        let cpuinfo = fs::read_to_string(Path::new("/proc/cpuinfo")).unwrap_or_default();
        let told = |what: &str| {
            let mut pairs = cpuinfo.lines().filter_map(|line| line.split_once(':'));
            pairs.find(|(name, _)| name.trim() == what).map(|(_, value)| value.trim())
        };
        // A virtual processor's name is the same for several generations.
        let processor = match (told("model name"), told("cpu family"), told("model")) {
            (Some(name), Some(family), Some(model)) => {
                format!("{name} (family {family} model {model})")
            }
            (name, ..) => name.unwrap_or("unknown").to_owned(),
        };
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let changed = said(command("git").args(["status", "--porcelain", "--untracked-files=no"]));
        let commit = said(command("git").args(["rev-parse", "--short", "HEAD"]));
        Self {
            processor,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            load: load.split(' ').next().unwrap_or("unknown").to_owned(),
            compiler: said(command("rustc").arg("--version")),
            committed: committed("HEAD"),
            commit: if changed.is_empty() { commit } else { commit + "+" },
            date: said(command("date").args(["-u", "+%F"])),
        }
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
        let flags = if flags.is_empty() { "no flags" } else { &flags };
        let Self { processor, cores, load, compiler, commit, date, .. } = self;
        write!(
            f,
            "{date}, commit {commit} (with a + if files were changed after it); {cores} cores of {processor}, \
             load average {load} when it began; {compiler}, {flags}."
        )
    }
}

/// When a commit was made, to the second, in universal time.
fn committed(commit: &str) -> String {
    let mut log = command("git");
    log.env("TZ", "UTC").args(["log", "-1", "--date=format-local:%F %T", "--format=%cd", commit]);
    said(&mut log)
}

/// What a program says, in one line; nothing where it cannot be run.
fn said(command: &mut Command) -> String {
    let output = command.output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).trim().to_owned()
}
