//! The rehearsal as a program.

use std::process::Command;

/// What a rehearsal of a bar on the STM32H743 says.
fn said(more: &[&str]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_firmware-sim"));
    let output = program.args(["--board", "stm32h743", "--bars", "1"]).args(more).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_was_counted_of_the_bundled_model_is_not_told_of_another() {
    assert!(said(&[]).contains("as counted when emulated"));
    let medley = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/medley.mgi");
    let other = said(&["--model", medley]);
    assert!(!other.contains("as counted when emulated"), "{other}");
    assert!(other.contains("model, in flash"), "{other}");
}
