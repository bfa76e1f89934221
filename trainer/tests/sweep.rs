//! A sweep as users meet it: run, stopped, gone on with, handed to Slurm.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use common::{Scratch, tunes};

const PROGRAM: &str = env!("CARGO_BIN_EXE_musigan-train");

fn sweep(file: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("sweep").arg(file).args(more);
    command
}

fn run(command: &mut Command) -> Result<String, String> {
    let Output { status, stdout, stderr } = command.output().expect("the program");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    if status.success() { Ok(text(stdout)) } else { Err(text(stderr)) }
}

/// A sweep of four runs over tunes, two at once.
fn prepare(scratch: &Scratch) -> (PathBuf, PathBuf) {
    prepare_long(scratch, 12)
}

/// The same, of so many updates each.
fn prepare_long(scratch: &Scratch, updates: u32) -> (PathBuf, PathBuf) {
    let (data, out) = (scratch.path().join("data"), scratch.path().join("a sweep"));
    let every = updates / 2;
    fs::create_dir(&data).expect("a folder");
    tunes(&data, 40);
    let file = scratch.path().join("sweep.toml");
    let text = format!(
        "out = {out:?}\njobs = 2\n[train]\ndata = {data:?}\nhidden = 8\nembed = 4\nbatch = 4\n\
         window = 16\nupdates = {updates}\nvalidate-every = {every}\nthreads = 1\nsample-every = 0\n\
         [vary]\nlr = [0.001, 0.02]\nkind = [\"lstm\", \"gru\"]\n[slurm]\ntime = \"1:00\"\n"
    );
    fs::write(&file, text).expect("a file");
    (file, out)
}

#[test]
fn runs_stand_side_by_side_and_are_not_done_twice() {
    let scratch = Scratch::new();
    let (file, out) = prepare(&scratch);
    assert_eq!(run(&mut sweep(&file, &["--dry-run"])).expect("commands").lines().count(), 4);
    assert!(!out.exists(), "nothing was started");
    // One run alone, as a job of an array does it; then the rest.
    run(&mut sweep(&file, &["--only", "2"])).expect("a run");
    let table = run(&mut sweep(&file, &["--table"])).expect("a table");
    assert_eq!(table.matches("| done |").count(), 1, "{table}");
    assert_eq!(table.matches("| to come |").count(), 3, "{table}");
    let metrics = out.join("run-002/metrics.jsonl");
    let before = fs::read(&metrics).expect("metrics");
    let table = run(&mut sweep(&file, &[])).expect("a sweep");
    assert_eq!(table.matches("| done |").count(), 4, "{table}");
    assert_eq!(fs::read(&metrics).expect("metrics"), before);
    let csv = fs::read_to_string(out.join("sweep.csv")).expect("the table");
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["run", "kind", "lr", "weights", "nats", "at update", "seconds", "state"]);
    let losses: Vec<f64> = rows[1..].iter().map(|row| row[4].parse().expect("nats")).collect();
    assert!(losses.is_sorted(), "the best first: {losses:?}");
    assert!(fs::read(out.join("sweep.png")).expect("a picture").starts_with(b"\x89PNG"));
}

#[test]
fn a_run_that_fails_is_named_and_the_others_are_done() {
    let scratch = Scratch::new();
    let (file, out) = prepare(&scratch);
    let text = fs::read_to_string(&file).expect("the file");
    fs::write(&file, text.replace("[0.001, 0.02]", "[0.001, -1.0]")).expect("a file");
    let said = run(&mut sweep(&file, &[])).expect_err("a rate below zero");
    assert!(said.contains("2 of 4 runs failed"), "{said}");
    let log = fs::read_to_string(out.join("run-001.log")).expect("a log");
    assert!(log.contains("lr"), "{log}");
    let table = fs::read_to_string(out.join("sweep.md")).expect("the table");
    assert_eq!(table.matches("| done |").count(), 2, "{table}");
}

#[test]
fn slurm_is_given_an_array_that_does_one_run_each() {
    let scratch = Scratch::new();
    let (file, out) = prepare(&scratch);
    let bin = scratch.path().join("bin");
    fs::create_dir(&bin).expect("a folder");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let slurm = |path: &str| run(sweep(&file, &["--launcher", "slurm"]).env("PATH", path));
    let missing = slurm(&bin.display().to_string()).expect_err("no Slurm");
    assert!(missing.contains("sbatch"), "{missing}");
    // A stand-in that checks what `sbatch` would be given and says a job's number.
    let sbatch = bin.join("sbatch");
    fs::write(&sbatch, "#!/bin/sh\ntest \"$1\" = --parsable && sh -n \"$2\" && echo 4711\n")
        .expect("a script");
    fs::set_permissions(&sbatch, fs::Permissions::from_mode(0o755)).expect("a program");
    assert!(slurm(&path).expect("submitted").contains("job 4711"));
    let script = out.join("sweep.sbatch");
    let text = fs::read_to_string(&script).expect("the script");
    assert!(
        text.contains("#SBATCH --array=0-3%2\n") && text.contains("#SBATCH --time=1:00\n"),
        "{text}"
    );
    // The script is what Slurm runs: here task 3.
    let mut task = Command::new("sh");
    task.arg(&script).env("SLURM_ARRAY_TASK_ID", "3").env("SLURM_SUBMIT_DIR", scratch.path());
    run(&mut task).expect("the task");
    assert!(out.join("run-003/checkpoints/best.safetensors").exists());
}

/// Tries something every tenth of a second, for two minutes at most.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..1200 {
        if is_so() {
            return;
        }
        sleep(Duration::from_millis(100));
    }
    panic!("in two minutes: {what}");
}

/// How many updates a run has told of.
fn updates(out: &Path, run: &str) -> usize {
    let metrics = fs::read_to_string(out.join(run).join("metrics.jsonl"));
    metrics.unwrap_or_default().lines().count()
}

#[test]
fn the_runs_of_a_sweep_that_is_killed_save_themselves() {
    for signal in ["TERM", "KILL"] {
        let scratch = Scratch::new();
        let (file, out) = prepare_long(&scratch, 100_000);
        let mut program = sweep(&file, &[]).stdout(Stdio::null()).spawn().expect("the program");
        let first = ["run-000", "run-001"];
        until("two runs are on their way", || first.iter().all(|run| updates(&out, run) > 20));
        // The sweep alone, not what it has started.
        let sent = Command::new("kill").args(["-s", signal, &program.id().to_string()]).status();
        assert!(sent.expect("kill").success());
        program.wait().expect("its end");
        for run in first {
            until("it is saved", || {
                let log = fs::read_to_string(out.join(format!("{run}.log"))).expect("a log");
                log.contains("Interrupted")
            });
            let ended = updates(&out, run);
            sleep(Duration::from_millis(200));
            assert_eq!(updates(&out, run), ended, "{signal}: it goes on");
            assert!(out.join(run).join("checkpoints/last.safetensors").exists());
        }
        assert!(!out.join("run-002").exists(), "{signal}: another run was begun");
    }
}

fn submitted(file: &Path) -> String {
    let said = run(&mut sweep(file, &["--launcher", "slurm"])).expect("submitted");
    let job = said.split("as job ").nth(1).and_then(|rest| rest.split('.').next());
    job.expect("a number").to_owned()
}

fn wait_for(job: &str) {
    let queue = || run(Command::new("squeue").args(["--noheader", "--jobs", job]));
    until("the queue is empty", || queue().is_ok_and(|queue| queue.is_empty()));
}

fn done(file: &Path) -> usize {
    run(&mut sweep(file, &["--table"])).expect("a table").matches("| done |").count()
}

#[test]
#[ignore = "wants a Slurm of its own: `cargo xtask slurm`"]
fn slurm_does_the_runs() {
    let scratch = Scratch::new();
    let (file, out) = prepare(&scratch);
    wait_for(&submitted(&file));
    assert_eq!(done(&file), 4);
    for task in 0..4 {
        let log = fs::read_to_string(out.join(format!("slurm-{task}.log"))).expect("a log");
        assert!(log.contains(&format!("run-00{task}: musigan-train train")), "{log}");
    }
}

#[test]
#[ignore = "wants a Slurm of its own: `cargo xtask slurm`"]
fn what_slurm_cancels_is_saved_and_goes_on() {
    let scratch = Scratch::new();
    let (file, out) = prepare_long(&scratch, 5_000);
    let job = submitted(&file);
    until("a run is on its way", || updates(&out, "run-000") > 100);
    run(Command::new("scancel").arg(&job)).expect("cancelled");
    wait_for(&job);
    let log = fs::read_to_string(out.join("run-000.log")).expect("a log");
    assert!(log.contains("--resume"), "{log}");
    let before = updates(&out, "run-000");
    assert!((100..5_000).contains(&before) && done(&file) == 0, "{before} updates");
    wait_for(&submitted(&file));
    assert_eq!(done(&file), 4);
    assert!(updates(&out, "run-000") >= 5_000);
}
