//! A sound card.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{Program, Summary, until};
use crate::sound::{rendered, tenths};

/// The card: what is played on its device 0 is heard from its device 1.
const CARD: &str = "Loopback";

/// The driver of the card, and its only device.
pub(crate) const DRIVER: &str = "snd_aloop";

/// Pulls a card out, or plugs it in again.
pub(crate) fn plug(driver: &str, is_in: bool) {
    let action = if is_in { "bind" } else { "unbind" };
    let switch = format!("/sys/bus/platform/drivers/{driver}/{action}");
    std::fs::write(&switch, format!("{driver}.0"))
        .unwrap_or_else(|error| panic!("{switch}: {error}"));
}

/// `arecord` at the other side of the card.
pub(crate) struct Recorder {
    child: Child,
    file: PathBuf,
    folder: tempfile::TempDir,
}

impl Recorder {
    /// Hears everything from now on, at this rate.
    pub(crate) fn start(rate: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("heard");
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "arecord", "--quiet", "--device", "hw:Loopback,1,0"])
            .args([
                "--file-type",
                "raw",
                "--format",
                "FLOAT_LE",
                "--channels",
                "2",
                "--rate",
                &rate.to_string(),
            ])
            .arg(&file)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let recorder = Self { child, file, folder };
        recorder.hears(1);
        recorder
    }

    /// Waits until there are so many bytes more.
    fn hears(&self, bytes: u64) {
        let len = || self.file.metadata().map_or(0, |it| it.len());
        let before = len();
        until(Duration::from_secs(20), "arecord hears", || len() >= before + bytes);
    }

    /// What it has heard.
    pub(crate) fn stop(mut self) -> Vec<[f32; 2]> {
        // The card may be gone, and arecord with it.
        if matches!(self.child.try_wait(), Ok(None)) {
            kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        }
        self.child.wait().unwrap();
        let bytes = std::fs::read(&self.file).unwrap();
        drop(self.folder);
        let sample = |bytes: &[u8; 4]| f32::from_le_bytes(*bytes);
        bytes
            .as_chunks()
            .0
            .iter()
            .map(|frame: &[u8; 8]| {
                let (samples, _) = frame.as_chunks();
                [sample(&samples[0]), sample(&samples[1])]
            })
            .collect()
    }
}

/// The loudest sample.
pub(crate) fn peak(frames: &[[f32; 2]]) -> f32 {
    frames.iter().flatten().fold(0.0, |peak, sample| peak.max(sample.abs()))
}

/// A piece is played at the rate that the card has, and sounds as it is rendered.
fn sounds_as_rendered(rate: u32) {
    let mut whole = rendered("5", "4", &["--rate", &rate.to_string()]);
    // The program ends when all is below -100 dB, which may be a little before the file does.
    whole.truncate(whole.len() - rate as usize / 2);
    let recorder = Recorder::start(rate);
    let play = ["play", "--device", CARD, "--seed", "5", "--length", "4", "4", "--pieces", "1"];
    let mut program = Program::start(&play);
    program.says(&format!("at {rate} Hz"));
    until(Duration::from_secs(120), "the piece ends", || !program.is_running());
    let said = program.end().said;
    let (found, all) = tenths(&recorder.stop(), &whole, rate as usize);
    println!(
        "{rate} Hz: {found} of {all} tenths of a second as rendered; {:?}",
        Summary::of(&said)
    );
    assert!(all > 50 && found == all, "{found} of {all}: {said}");
    let Summary { underruns, over, late, .. } = Summary::of(&said);
    assert_eq!((underruns, over, late), (0, 0, 0), "{said}");
}

#[test]
#[ignore = "wants ALSA's loopback: cargo xtask alsa"]
fn a_piece_over_alsa_is_what_is_rendered() {
    sounds_as_rendered(48_000);
}

#[test]
#[ignore = "wants ALSA's loopback: cargo xtask alsa"]
fn the_rate_is_the_cards() {
    // The loopback's other side has 44.1 kHz, so that this has no other.
    sounds_as_rendered(44_100);
}

#[test]
#[ignore = "wants ALSA's loopback: cargo xtask alsa"]
fn the_card_is_unplugged_and_comes_back() {
    let program = Program::start(&["play", "--device", CARD, "--seed", "5"]);
    program.says("playing on");
    let recorder = Recorder::start(48_000);
    std::thread::sleep(Duration::from_secs(3));
    plug(DRIVER, false);
    program.says("the audio device is gone; waiting for it");
    assert!(peak(&recorder.stop()) > 0.01, "it does not play");
    std::thread::sleep(Duration::from_secs(2));
    plug(DRIVER, true);
    program.says_times("playing on", 2);
    let recorder = Recorder::start(48_000);
    std::thread::sleep(Duration::from_secs(3));
    assert!(peak(&recorder.stop()) > 0.01, "it does not play again");
    let said = program.stop();
    let Summary { over, late, .. } = Summary::of(&said);
    assert!((over, late) == (0, 0) && !said.contains("panicked"), "{said}");
}
