//! The sequencer: ports of other programs, of keyboards that come and go, and of our own.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::card::{Recorder, peak, plug};
use crate::program::{Program, until};

/// The driver of the keyboards: each is a file to play on, and a port of the sequencer.
const KEYBOARDS: &str = "snd_virmidi";

/// What a keyboard's port is called.
fn port(number: u8) -> String {
    format!("VirMIDI 1-{number}")
}

/// The keyboard's own side: what is written is played, what is read was sent to it.
fn keyboard(number: u8) -> File {
    let file = format!("/dev/snd/midiC1D{number}");
    let mut options = OpenOptions::new();
    let mut open = || options.read(true).write(true).open(&file);
    open().unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Connects two ports, named as `aconnect` names them.
fn connect(from: &str, to: &str) {
    let connected = || Command::new("aconnect").args([from, to]).stderr(Stdio::null()).status();
    until(Duration::from_secs(10), &format!("{from} plays on {to}"), || {
        connected().is_ok_and(|status| status.success())
    });
}

/// An organ that answers after eight slow bars, which no test lasts.
const INSTRUMENT: [&str; 13] = [
    "live",
    "--mode",
    "answer",
    "--bars",
    "8",
    "--tempo",
    "30",
    "--program",
    "16",
    "--device",
    "Loopback",
    "--latency",
    "safe",
];

/// Hears the keyboard's next key sound, and fall silent.
fn key_sounds(keyboard: &mut File) {
    let recorder = Recorder::start(48_000);
    keyboard.write_all(&[0x90, 60, 100]).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    keyboard.write_all(&[0x80, 60, 0]).unwrap();
    std::thread::sleep(Duration::from_secs(4));
    let heard = recorder.stop();
    assert!(peak(&heard) > 0.01, "a key does not sound: {}", peak(&heard));
    let end = &heard[heard.len() - 4_800..];
    assert!(peak(end) < 1e-3, "a key sounds on: {}", peak(end));
}

#[test]
#[ignore = "wants ALSA's sequencer: cargo xtask alsa"]
fn a_keyboard_is_unplugged_with_a_key_down_and_comes_back() {
    let program = Program::start(&[&INSTRUMENT[..], &["--in", &port(0)]].concat());
    program.says(&format!("{} 20:0 plays with you", port(0)));
    let mut keys = keyboard(0);
    key_sounds(&mut keys);
    keys.write_all(&[0x90, 64, 100]).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    // The kernel waits for whoever holds a keyboard that is pulled out.
    drop(keys);
    plug(KEYBOARDS, false);
    program.says("is gone");
    std::thread::sleep(Duration::from_secs(4));
    let recorder = Recorder::start(48_000);
    std::thread::sleep(Duration::from_millis(500));
    assert!(peak(&recorder.stop()) < 1e-3, "the key of a keyboard that is gone sounds on");
    plug(KEYBOARDS, true);
    program.says("is back");
    key_sounds(&mut keyboard(0));
    program.stop();
}

/// `aseqdump` on a port: a line for each event.
struct Listener(Child, Receiver<String>);

impl Listener {
    fn on(port: &str) -> Self {
        let mut child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "stdbuf", "--output=L", "aseqdump", "--port", port])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
        let (tell, told) = channel();
        std::thread::spawn(move || {
            lines.map_while(Result::ok).try_for_each(|line| tell.send(line))
        });
        let first = told.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(first.starts_with("Waiting"), "{first}");
        Self(child, told)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.0), Signal::TERM);
        let _ = self.0.wait();
    }
}

/// A file of four quarters at 120 a minute.
fn phrase() -> tempfile::NamedTempFile {
    let mut track = vec![0, 0xFF, 0x51, 3, 0x07, 0xA1, 0x20];
    for key in [60, 64, 67, 72] {
        track.extend([0, 0x90, key, 90, 96, 0x80, key, 0]);
    }
    track.extend([0, 0xFF, 0x2F, 0]);
    let mut file = tempfile::Builder::new().suffix(".mid").tempfile().unwrap();
    file.write_all(b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk").unwrap();
    file.write_all(&(track.len() as u32).to_be_bytes()).unwrap();
    file.write_all(&track).unwrap();
    file
}

#[test]
#[ignore = "wants ALSA's sequencer: cargo xtask alsa"]
fn a_phrase_from_another_program_is_answered_to_another_program() {
    let options = ["live", "--mode", "continue", "--tempo", "120", "--in", "virtual", "--out"];
    let rest = ["both", "--device", "Loopback", "--latency", "safe"];
    let program = Program::start(&[&options[..], &rest].concat());
    program.says("listening");
    let listener = Listener::on("musigan-out:0");
    let file = phrase();
    let played = Command::new("aplaymidi").args(["--port", "musigan:0"]).arg(file.path()).status();
    assert!(played.unwrap().success());
    let (mut down, mut notes) = (Vec::new(), 0);
    let mut hear = |line: &str| {
        // "128:0   Note on                 0, note 60, velocity 90"
        let key = || line.split("note ").nth(1).and_then(|rest| rest.split(',').next());
        let channel = || line.split(',').next().and_then(|head| head.split_whitespace().last());
        let which =
            || (channel().unwrap_or_default().to_owned(), key().unwrap_or_default().to_owned());
        if line.contains("Note on") && !line.ends_with("velocity 0") {
            down.push(which());
            notes += 1;
        } else if line.contains("Note o") {
            let which = which();
            down.retain(|it| *it != which);
        }
        (down.len(), notes)
    };
    let end = Instant::now() + Duration::from_secs(40);
    while Instant::now() < end {
        let Ok(line) = listener.1.recv_timeout(Duration::from_secs(40)) else { break };
        let (down, notes) = hear(&line);
        if notes >= 12 && down > 0 {
            break;
        }
    }
    let said = program.stop();
    let mut last = (usize::MAX, 0);
    while let Ok(line) = listener.1.recv_timeout(Duration::from_secs(1)) {
        last = hear(&line);
    }
    println!("{} notes answered", last.1);
    assert!(last.1 >= 12, "it does not answer: {} notes; {said}", last.1);
    assert_eq!(last.0, 0, "keys are down that nobody lets go");
}

#[test]
#[ignore = "wants ALSA's sequencer: cargo xtask alsa"]
fn a_clock_that_is_sent_keeps_time() {
    // The other card's time goes by the kernel's ticks of 4 ms, and a small buffer is too small for it.
    const PULSES: usize = 24 * 60;
    let mut heard = keyboard(1);
    let options =
        ["live", "--tempo", "100", "--clock", "send", "--out", "virtual", "--in", "virtual"];
    let program = Program::start(&[&options[..], &["--device", "Dummy"]].concat());
    program.says("listening");
    connect("musigan-out:0", "21:0");
    let mut pulses = Vec::new();
    let mut byte = [0];
    while pulses.len() < PULSES {
        heard.read_exact(&mut byte).unwrap();
        if byte == [0xF8] {
            pulses.push(Instant::now());
        }
    }
    program.stop();
    let mut off: Vec<f64> = pulses[24..]
        .windows(2)
        .map(|pair| ((pair[1] - pair[0]).as_secs_f64() * 1000.0 - 25.0).abs())
        .collect();
    off.sort_by(f64::total_cmp);
    let (p99, worst) = (off[off.len() * 99 / 100], off[off.len() - 1]);
    println!(
        "a pulse after the last, off 25 ms: median {:.3}, p99 {p99:.3}, worst {worst:.3} ms",
        off[off.len() / 2]
    );
    assert!(p99 <= 1.0, "p99 {p99} ms");
}
