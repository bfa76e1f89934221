//! The program as users meet it: killed, interrupted, without a disk, without a library.

mod common;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{Scratch, metrics, tunes};
use musigan_train::train::Rng;

const PROGRAM: &str = env!("CARGO_BIN_EXE_musigan-train");

/// A folder of tunes and a folder for runs.
struct Bench {
    scratch: Scratch,
}

impl Bench {
    fn new() -> Self {
        let scratch = Scratch::new();
        fs::create_dir(scratch.path().join("data")).expect("a folder");
        tunes(&scratch.path().join("data"), 40);
        Self { scratch }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// A small run of so many updates.
    fn train(&self, out: &Path, updates: u64) -> Command {
        let mut command = program();
        command.arg("train").arg("--data").arg(self.path("data")).arg("--out").arg(out);
        command.args(["--hidden", "16", "--embed", "8", "--batch", "4", "--window", "16"]);
        command.args([
            "--threads",
            "1",
            "--validate-every",
            "40",
            "--save-every",
            "15",
            "--sample-every",
            "0",
        ]);
        command.args(["--updates", &updates.to_string()]);
        command
    }
}

/// Where the tests' programs keep what files made.
const CACHE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/cache");

/// The program, with a cache of its own.
fn program() -> Command {
    let mut command = Command::new(PROGRAM);
    command.env("XDG_CACHE_HOME", CACHE);
    command
}

fn resume(run: &Path) -> Command {
    let mut command = program();
    command.args(["train", "--resume"]).arg(run);
    command
}

fn succeed(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("the program");
    let said = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{said}");
    String::from_utf8_lossy(&stdout).into_owned()
}

/// The one line of an error.
fn fail(mut command: Command) -> String {
    let output = command.output().expect("the program");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("musigan-train: ") && said.lines().count() == 1, "{said}");
    said
}

fn spawn(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program")
}

#[test]
fn what_cannot_be_said_is_no_panic() {
    let bench = Bench::new();
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    // As with `musigan-train corpus FOLDER | head -1`, and a training whose reader goes away.
    let mut corpus = program();
    corpus.arg("corpus").arg(bench.path("data"));
    let output = corpus.stdout(writer.try_clone().expect("a pipe")).output().expect("it runs");
    assert!(output.status.success() && said(&output).is_empty(), "{}", said(&output));
    let mut train = bench.train(&bench.path("run"), 40);
    let output = train.stdout(writer).output().expect("it runs");
    assert!(output.status.success(), "{}", said(&output));
    // What is written is not all: that is to be known.
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux");
    let output = corpus.stdout(full).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("cannot write its output"), "{}", said(&output));
}

#[test]
fn killed_twenty_times_a_run_ends_at_the_same_losses() {
    let bench = Bench::new();
    let (calm, killed) = (bench.path("calm"), bench.path("killed"));
    let begun = Instant::now();
    succeed(bench.train(&calm, 600));
    let whole = begun.elapsed();
    let rng = &mut Rng::keyed(&[23]);
    for _ in 0..20 {
        let begun = fs::exists(killed.join("config.toml")).expect("to look");
        let command = if begun { resume(&killed) } else { bench.train(&killed, 600) };
        let mut child = spawn(command);
        sleep(whole.mul_f32(0.25 * rng.unit()));
        child.kill().expect("to kill");
        child.wait().expect("the end");
    }
    if fs::exists(killed.join("config.toml")).expect("to look") {
        succeed(resume(&killed));
    } else {
        succeed(bench.train(&killed, 600));
    }
    assert_eq!(metrics(&killed), metrics(&calm));
    let picture = |run: &Path| fs::read(run.join("loss.png")).expect("a picture");
    assert_eq!(picture(&killed), picture(&calm));
    let kept = |run: &Path| {
        let entries = fs::read_dir(run.join("checkpoints")).expect("the folder").flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        // What a kill left of a file that was being written has another ending.
        let mut names: Vec<_> = names.filter(|name| name.ends_with(".safetensors")).collect();
        names.sort();
        names
    };
    assert_eq!(kept(&killed), kept(&calm));
    assert_eq!(kept(&calm).len(), 4, "last, best and two more: {:?}", kept(&calm));
}

#[test]
fn an_interrupt_saves_and_says_how_to_go_on() {
    let bench = Bench::new();
    let run = bench.path("run");
    let child = spawn(bench.train(&run, 1_000_000));
    let begun = Instant::now();
    // At least one update.
    while fs::read(run.join("metrics.jsonl")).unwrap_or_default().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no update in a minute");
        sleep(Duration::from_millis(10));
    }
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.expect("kill").success());
    let output = child.wait_with_output().expect("the end");
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stdout);
    let how = format!("musigan-train train --resume {}", run.display());
    assert!(said.contains("Interrupted") && said.contains(&how), "{said}");
    let mut command = resume(&run);
    command.args(["--updates", "1"]);
    assert!(succeed(command).contains("All updates are done"));
}

#[test]
fn a_full_disk_leaves_the_older_checkpoint_and_one_clear_line() {
    let bench = Bench::new();
    let run = bench.path("run");
    succeed(bench.train(&run, 20));
    let checkpoints = run.join("checkpoints");
    let last = fs::read(checkpoints.join("last.safetensors")).expect("a checkpoint");
    // A limit on the size of a file fails a write as a full disk does, in the middle of the file;
    // its unit is 512 bytes or 1 KiB, and a checkpoint is several times as long.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 20; exec \"$0\" \"$@\"", PROGRAM]);
    limited.args(["train", "--updates", "60", "--resume"]).arg(&run).env("XDG_CACHE_HOME", CACHE);
    let said = fail(limited);
    assert!(said.contains("last.safetensors cannot be written"), "{said}");
    assert_eq!(fs::read(checkpoints.join("last.safetensors")).expect("a checkpoint"), last);
    let left: Vec<_> = fs::read_dir(&checkpoints).expect("the folder").flatten().collect();
    assert_eq!(left.len(), 3, "last, best and that of the one validation: {left:?}");
    let mut command = resume(&run);
    command.args(["--updates", "60"]);
    succeed(command);
}

#[test]
fn what_cannot_be_done_is_said_in_one_line_with_a_remedy() {
    let bench = Bench::new();
    let (run, file) = (bench.path("run"), bench.path("file"));
    fs::write(&file, "no folder").expect("a file");
    let unwritable = fail(bench.train(&file.join("run"), 1));
    assert!(unwritable.contains(&file.display().to_string()), "{unwritable}");

    let mut command = bench.train(&run, 1);
    command.env("ORT_DYLIB_PATH", bench.path("absent.so"));
    let missing = fail(command);
    assert!(missing.contains("absent.so") && missing.contains("cargo xtask setup"), "{missing}");
    assert!(!run.exists());

    let mut command = bench.train(&run, 1);
    command.args(["--device", "cuda"]);
    assert!(fail(command).contains("--device cpu"));

    let mut command = bench.train(&run, 1);
    command.args(["--dropout", "1.5"]);
    assert!(fail(command).contains("dropout = 1.5: 0 to 0.9"));

    assert!(fail(resume(&bench.path("absent"))).contains("config.toml"));

    succeed(bench.train(&run, 1));
    assert!(fail(bench.train(&run, 1)).contains("--resume"));
}

#[test]
fn export_and_evaluate_agree_and_refuse_what_they_cannot_do() {
    let bench = Bench::new();
    let run = bench.path("run");
    let mut command = bench.train(&run, 60);
    command.args(["--style", "chorale", "--no-pedal"]);
    succeed(command);
    let config = fs::read_to_string(run.join("config.toml")).expect("the configuration");
    assert!(config.contains("styles = [\"chorale\"]") && config.contains("pedal = false"));
    let (onnx, image) = (bench.path("model.onnx"), bench.path("model.mgi"));
    let export = |out: &Path| {
        let mut command = program();
        command.arg("export").arg(&run).arg("--out").arg(out);
        command.args(["--license", "CC0-1.0", "--corpus", "tunes of the tests"]);
        command
    };
    assert!(fail(export(&bench.path("model.bin"))).contains(".onnx"));
    assert!(fail(export(&bench.path("absent/model.onnx"))).contains("absent"));
    let said = succeed(export(&onnx));
    assert!(said.contains("trainer") && said.contains("engine"), "{said}");
    assert!(onnx.exists());
    let noted = fs::read(&image).expect("the image");
    let styles = b"\nstyles=chorale\n";
    assert!(noted.windows(styles.len()).any(|bytes| bytes == styles), "a style can be asked for");

    let evaluate = |model: &Path| {
        let mut command = program();
        command.arg("evaluate").arg(model).arg("--data").arg(bench.path("data"));
        command.args(["--split", "valid"]);
        command
    };
    let table = |model: &Path| {
        let said = succeed(evaluate(model));
        let lines = said.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        assert!(["engine", "bigram", "unigram"].iter().all(|who| said.contains(who)), "{said}");
        lines
    };
    let of_run = table(&run);
    assert!(of_run.iter().any(|line| line.contains("ONNX Runtime")), "{of_run:?}");
    assert_eq!(table(&onnx), of_run);
    assert_eq!(table(&image).len() + 1, of_run.len());
    let mut command = program();
    command.arg("evaluate").arg(&run).args(["--split", "valid"]);
    let said = succeed(command);
    assert_eq!(said.lines().skip(1).collect::<Vec<_>>(), of_run, "a run knows its data");
    let mut command = program();
    command.arg("evaluate").arg(&onnx);
    assert!(fail(command).contains("--data"));

    let measured = |command: &str, more: &[&Path]| {
        let mut program = program();
        program.arg(command).arg(&image).args(more);
        program.args(["--pieces", "6", "--bars", "4", "--density", "3"]);
        succeed(program)
    };
    let said =
        measured("metrics", &[&bench.path("data"), "--training".as_ref(), &bench.path("data")]);
    // Of the tunes that were learnt from all is copied, of the others some.
    let copied = said.lines().find(|line| line.contains("copied")).expect("a row");
    assert_eq!(copied.split('|').count(), 5, "{said}");
    let report = bench.path("report");
    let data = bench.path("data");
    let said = measured("compare", &["--data".as_ref(), &data, "--out".as_ref(), &report]);
    let told = ["trigram", "model", "reference", "density 3"];
    assert!(told.iter().all(|what| said.contains(what)), "{said}");
    let page = fs::read_to_string(report.join("report.html")).expect("a report");
    assert!(page.contains("<svg") && !page.contains("model-6.mid"), "{page}");
    for file in ["report.md", "overlap.svg", "model.svg", "model-1.mid", "test-1.mid"] {
        assert!(report.join(file).exists(), "{file}");
    }

    fs::write(&onnx, b"no model").expect("to damage it");
    assert!(fail(evaluate(&onnx)).contains("not an ONNX model"));
    let mut bytes = fs::read(&image).expect("the image");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&image, bytes).expect("to damage it");
    assert!(fail(evaluate(&image)).contains("model.mgi"));
    assert!(fail(evaluate(&bench.path("absent.onnx"))).contains("absent.onnx"));
}

#[test]
fn a_run_learns_on_from_an_exported_network() {
    let bench = Bench::new();
    let (run, onnx) = (bench.path("run"), bench.path("model.onnx"));
    succeed(bench.train(&run, 80));
    let mut command = program();
    command.arg("export").arg(&run).arg("--out").arg(&onnx);
    succeed(command);

    let on = bench.path("on");
    let from = |file: &Path| {
        let mut command = program();
        command.arg("train").arg("--data").arg(bench.path("data")).arg("--out").arg(&on);
        command.arg("--from").arg(file);
        command.args(["--batch", "4", "--window", "16", "--threads", "1", "--sample-every", "0"]);
        command.args(["--updates", "1", "--lr", "1e-9"]);
        command
    };
    let mut other = from(&onnx);
    other.args(["--hidden", "32"]);
    let refused = other.output().expect("the program");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("cannot be used with '--hidden"));
    assert!(fail(from(&bench.path("absent.onnx"))).contains("absent.onnx cannot be read"));
    let said = fail(from(&onnx.with_extension("mgi")));
    assert!(said.contains("model.mgi is no network to begin with"), "{said}");

    succeed(from(&onnx));
    let config = fs::read_to_string(on.join("config.toml")).expect("the configuration");
    assert!(config.contains("model.onnx") && config.contains("hidden = 16"), "{config}");
    let losses = |run: &Path| -> Vec<f64> {
        let records = metrics(run).into_iter();
        let records = records.map(|line| serde_json::from_str::<serde_json::Value>(&line).unwrap());
        records.filter_map(|record| record["valid_loss"].as_f64()).collect()
    };
    let learnt = losses(&run).into_iter().fold(f64::INFINITY, f64::min);
    let begun = losses(&on);
    assert!(begun.len() == 1 && (begun[0] - learnt).abs() < 1e-4, "{begun:?} after {learnt}");

    // Killed before its first checkpoint it begins with the same weights.
    fs::remove_dir_all(on.join("checkpoints")).expect("checkpoints");
    fs::create_dir(on.join("checkpoints")).expect("a folder");
    succeed(resume(&on));
    assert_eq!(losses(&on), begun);
}

#[test]
#[cfg(unix)]
fn samples_are_played_where_there_is_a_player() {
    use std::os::unix::fs::OpenOptionsExt as _;

    let bench = Bench::new();
    // The program in a folder of its own: what is beside it is looked for there.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("samples-are-played");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).expect("a folder");
    let alone = folder.join("musigan-train");
    fs::hard_link(PROGRAM, &alone).expect("a link");
    let train = |out: &str| {
        let usual = bench.train(&bench.path(out), 40);
        let mut command = Command::new(&alone);
        command.args(usual.get_args()).env("XDG_CACHE_HOME", CACHE);
        command.args(["--sample-every", "1", "--sample-wav"]);
        command
    };
    let mut without = train("without");
    without.env("PATH", &folder);
    let said = fail(without);
    assert!(said.contains("cargo build --release -p musigan"), "{said}");
    assert!(!bench.path("without").exists());

    let player = folder.join("musigan");
    let mut file = fs::OpenOptions::new();
    let file = file.write(true).create_new(true).mode(0o755).open(player).expect("a file");
    let played = "#!/bin/sh\nif [ $1 = synth ]; then cp $2 $4; fi\n";
    (&file).write_all(played.as_bytes()).expect("to write");
    drop(file);
    succeed(train("with"));
    let samples = bench.path("with/samples");
    let sample = |ending| fs::read(samples.join(format!("update-000000040.{ending}")));
    assert_eq!(sample("wav").expect("what was played"), sample("mid").expect("a piece"));
}

#[test]
fn a_run_is_a_folder_with_all_that_happened() {
    let bench = Bench::new();
    let run = bench.path("run");
    let mut command = bench.train(&run, 80);
    command.args(["--sample-every", "2"]);
    succeed(command);
    let log = fs::read_to_string(run.join("log.txt")).expect("a log");
    let said = |what: &str| log.lines().filter(|line| line.contains(what)).count();
    assert_eq!((said("validation"), said("composed"), said("ended")), (2, 1, 1), "{log}");
    assert!(log.lines().all(|line| line.starts_with("20") && line.contains("Z ")), "{log}");
    // What was composed is a piece that the corpus reader reads.
    let mut command = program();
    let table = bench.path("classes.csv");
    command.arg("corpus").arg(run.join("samples")).arg("--classes").arg(&table);
    let said = succeed(command);
    let table = fs::read_to_string(table).expect("a table");
    // Every bar has a metre, in the report and in the table.
    let bars = |line: &str| {
        let counts: Vec<u64> = line.split(',').skip(3).filter_map(|it| it.parse().ok()).collect();
        counts.iter().sum::<u64>()
    };
    let all =
        |begin: &str| table.lines().filter(|line| line.starts_with(begin)).map(bars).sum::<u64>();
    assert!(all("metre,") > 0 && all("metre,") == all("family,bar,"), "{table}");
    assert!(said.contains("metre    (bars)") && said.contains(" of 88 tokens"), "{said}");
    assert!(run.join("samples/update-000000080.mid").exists());
    let events = fs::read(run.join("events.out.tfevents.0.musigan")).expect("the event file");
    let tagged = |tag: &[u8]| events.windows(tag.len()).filter(|part| *part == tag).count();
    assert_eq!((tagged(b"train/nats"), tagged(b"valid/nats")), (80, 2));
    assert!(fs::read(run.join("loss.png")).expect("a picture").starts_with(b"\x89PNG"));
}

#[test]
fn a_run_that_was_never_validated_is_not_exported() {
    let bench = Bench::new();
    let run = bench.path("run");
    succeed(bench.train(&run, 1));
    fs::remove_file(run.join("checkpoints/best.safetensors")).expect("to remove it");
    let mut command = program();
    command.arg("export").arg(&run).arg("--out").arg(bench.path("model.onnx"));
    assert!(fail(command).contains("--resume"));
}

#[test]
fn a_damaged_run_is_refused_in_one_line_by_all_that_read_it() {
    let bench = Bench::new();
    let run = bench.path("run");
    succeed(bench.train(&run, 1));
    let commands = || {
        let mut evaluate = program();
        evaluate.arg("evaluate").arg(&run);
        let mut export = program();
        export.arg("export").arg(&run).arg("--out").arg(bench.path("model.onnx"));
        let mut further = resume(&run);
        further.args(["--updates", "2"]);
        [further, evaluate, export]
    };
    let refused = |what: &str| {
        for command in commands() {
            let said = fail(command);
            assert!(said.contains(what), "{what}: {said}");
        }
    };
    let file = run.join("config.toml");
    let config = fs::read_to_string(&file).expect("the configuration");
    let write = |text: &str| fs::write(&file, text).expect("to damage it");
    write(&config.replace("hidden = 16", "hidden = 4000000000"));
    refused("config.toml is not a run's configuration: hidden = 4000000000: 1 to 65536");
    write(&config.replace("lr = 0.002", "lr = nan"));
    refused("lr = NaN: a number above 0");
    write(&format!("seed = 2\n{config}"));
    refused("duplicate key");
    // A GAN's run is judged as one, also where it is damaged.
    write(&format!("kind = \"gan\"\n{config}"));
    let [further, evaluate, export] = commands();
    assert!(fail(evaluate).contains("is a GAN's run"));
    for command in [further, export] {
        let said = fail(command);
        assert!(!said.contains("unknown field `kind`"), "{said}");
    }
    write(&config);

    // A run from elsewhere goes on with the device that there is.
    write(&config.replace("device = \"auto\"", "device = \"cuda\""));
    assert!(fail(resume(&run)).contains("--device cpu"));
    let mut command = resume(&run);
    command.args(["--device", "cpu"]);
    succeed(command);
    write(&config);

    // Threads that cannot be do not spoil the run for good.
    let mut command = resume(&run);
    command.args(["--threads", "0"]);
    assert!(fail(command).contains("threads = 0: 1 to 1024"));
    assert_eq!(fs::read_to_string(&file).expect("the configuration"), config);

    let checkpoints = ["last", "best"].map(|name| {
        let file = run.join(format!("checkpoints/{name}.safetensors"));
        let whole = fs::read(&file).expect("a checkpoint");
        (file, whole)
    });
    let damage = |change: fn(&mut Vec<u8>)| {
        for (file, whole) in &checkpoints {
            let mut bytes = whole.clone();
            change(&mut bytes);
            fs::write(file, bytes).expect("to damage it");
        }
    };
    damage(|bytes| bytes.truncate(bytes.len() / 2));
    refused("is not a checkpoint");
    damage(|bytes| bytes[7] = 0x7f);
    refused("is not a checkpoint: it ends in its header");
    damage(|bytes| {
        let end = bytes.len();
        bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    refused("holds the number NaN");
}
