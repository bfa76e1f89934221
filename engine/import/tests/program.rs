//! The program: one line and an exit code, and never half a file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name)
}

fn run(onnx: &Path, out: &Path) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_musigan-import"));
    program.arg(onnx).arg("--out").arg(out).output().unwrap()
}

/// A fresh folder of this test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

fn fails_in_one_line(output: &Output, what: &str) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains(what), "{message}");
}

#[test]
fn an_import_replaces_the_old_image() {
    let folder = folder("replaces");
    let out = folder.join("model.mgi");
    fs::write(&out, "old").unwrap();
    let output = run(&reference("lstm_one.onnx"), &out);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("0123456789abcdef"));
    assert!(musigan_engine::Image::open(&fs::read(&out).unwrap()).is_ok());
    assert_eq!(files(&folder), 1);
}

#[test]
fn a_reader_who_does_not_listen_is_no_failure() {
    let folder = folder("deaf");
    let out = folder.join("model.mgi");
    let mut program = Command::new(env!("CARGO_BIN_EXE_musigan-import"));
    program.arg(reference("lstm_one.onnx")).arg("--out").arg(&out);
    let mut program =
        program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the importer");
    drop(program.stdout.take());
    let output = program.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(out.exists());
}

#[test]
fn a_refused_model_leaves_the_old_image() {
    let folder = folder("refused");
    let out = folder.join("model.mgi");
    fs::write(&out, "old").unwrap();
    fails_in_one_line(&run(&reference("not_clipped.onnx"), &out), "clips its gates");
    fails_in_one_line(&run(&reference("make_models.py"), &out), "not an ONNX model");
    fails_in_one_line(&run(&folder.join("none.onnx"), &out), "cannot read");
    let crash = reference("../crashes/tract-asserts-an-axis.onnx");
    fails_in_one_line(&run(&crash, &out), "tract cannot run the model");
    assert_eq!(fs::read(&out).unwrap(), b"old");
    assert_eq!(files(&folder), 1);
}

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let folder = folder("unwritable");
    let onnx = reference("lstm_one.onnx");
    fails_in_one_line(&run(&onnx, &folder.join("none/model.mgi")), "cannot write");
    fails_in_one_line(&run(&onnx, &folder), "cannot write");
    assert_eq!(files(&folder), 0);
}
