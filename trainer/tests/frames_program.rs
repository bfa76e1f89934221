//! Training and judging on a file of frames, as users do it.

mod common;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::Scratch;

const PROGRAM: &str = env!("CARGO_BIN_EXE_musigan-train");

fn run(command: &mut Command) -> Result<String, String> {
    let Output { status, stdout, stderr } = command.output().expect("the program");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    if status.success() { Ok(text(stdout)) } else { Err(text(stderr)) }
}

/// Broken chords of four parts, higher from piece to piece.
fn chords(path: &Path) {
    let piece = |at: usize| {
        let frame = |t: usize| {
            let root = 48 + (at + 5 * t) % 12;
            format!("[{}, {}, {}, {}]", root + 24, root + 16, root + 7, root)
        };
        let frames: Vec<String> = (0..20 + at).map(frame).collect();
        format!("[{}]", frames.join(", "))
    };
    let set = |from: usize| (from..from + 4).map(piece).collect::<Vec<_>>().join(", ");
    let mut json = String::new();
    write!(json, r#"{{"train": [{}], "valid": [{}], "test": [{}]}}"#, set(0), set(4), set(8))
        .expect("text");
    fs::write(path, json).expect("a file");
}

#[test]
fn every_task_trains_is_judged_at_the_end_and_again_alone() {
    let scratch = Scratch::new();
    let file = scratch.path().join("chords.json");
    chords(&file);
    // Frames after the first of each piece; or every part of every frame.
    let (frames, notes) = (27 + 28 + 29 + 30, 4 * (28 + 29 + 30 + 31));
    for (task, kind, count) in [
        ("keys", "gru", frames),
        ("keys", "lstm", frames),
        ("chain", "gru", frames),
        ("lines", "lstm", notes),
    ] {
        let out = scratch.path().join(format!("{task}-{kind}"));
        let mut command = Command::new(PROGRAM);
        command.args(["train", "--as", task, "--kind", kind, "--frames"]).arg(&file);
        command.arg("--out").arg(&out);
        command.args(["--hidden", "12", "--embed", "6", "--batch", "4", "--window", "16"]);
        command.args(["--updates", "12", "--threads", "1", "--input-dropout", "0.1"]);
        command.args(["--recurrent-dropout", "0.1"]);
        let said = run(&mut command).expect("training");
        let table = |said: &str| {
            let rows = said.lines().skip_while(|line| !line.contains("mean of pieces"));
            rows.map(str::to_owned).collect::<Vec<_>>()
        };
        let at_end = table(&said);
        let test = at_end.iter().find(|row| row.contains("test")).expect("the test set");
        assert!(test.contains(&count.to_string()), "{task}: {test}");
        assert_eq!(at_end.iter().any(|row| row.contains("engine")), task != "keys");

        let mut alone = Command::new(PROGRAM);
        alone.arg("evaluate").arg(&out);
        if task == "chain" {
            alone.arg("--frames").arg(&file);
        }
        assert_eq!(table(&run(&mut alone).expect("a judgement")), at_end);
        if task == "lines" {
            continue;
        }

        let model = scratch.path().join(format!("{task}.onnx"));
        let exported = run(Command::new(PROGRAM).arg("export").arg(&out).arg("--out").arg(&model));
        if task == "keys" {
            assert!(exported.expect_err("no engine holds it").contains("--as chain"));
        } else {
            exported.expect("an export");
            let image = model.with_extension("mgi");
            let said =
                run(Command::new(PROGRAM).arg("evaluate").arg(&image).arg("--frames").arg(&file));
            let rows = table(&said.expect("a judgement"));
            assert!(rows.iter().skip(1).all(|row| at_end.contains(row)), "{rows:?}");
        }
    }
}

#[test]
fn a_run_on_frames_resumes_and_refuses_other_music() {
    let scratch = Scratch::new();
    let (file, out) = (scratch.path().join("chords.json"), scratch.path().join("run"));
    chords(&file);
    let train = |updates: &str| {
        let mut command = Command::new(PROGRAM);
        command.args(["train", "--frames"]).arg(&file).arg("--out").arg(&out);
        command.args(["--hidden", "8", "--batch", "2", "--window", "8", "--threads", "1"]);
        run(command.args(["--updates", updates]))
    };
    train("6").expect("training");
    let mut resume = Command::new(PROGRAM);
    resume.args(["train", "--updates", "9", "--resume"]).arg(&out);
    let said = run(&mut resume).expect("more training");
    assert!(said.contains("after update 9"), "{said}");
    assert!(
        said.contains("The learning rate falls until update") && said.contains("2 %"),
        "{said}"
    );
    fs::write(&file, r#"{"train": [[[60],[61]]], "valid": [[[60],[61]]], "test": []}"#)
        .expect("a file");
    assert!(run(&mut resume).expect_err("other music").contains("training tokens"));
    let mut wrong = Command::new(PROGRAM);
    wrong.arg("evaluate").arg(&out).arg("--data").arg(scratch.path());
    assert!(run(&mut wrong).is_err());
}
