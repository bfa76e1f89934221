//! Pull the plug: whatever goes away, nothing panics, hangs or stays down.

use std::time::Duration;

use rustix::process::Signal;

use crate::measure::{Down, is_on};
use crate::probe::Probe;
use crate::program::{End, Late, Program, Summary, until};
use crate::server::Server;
use crate::terminal::Terminal;
use crate::witness::Witness;

/// Of a test that is about no period in particular.
const PERIOD: u32 = 128;

/// Below this nothing sounds.
const SILENCE: f32 = 1e-3;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Plays a key and hears it.
fn key_sounds(probe: &mut Probe) {
    probe.play_now(&[0x90, 64, 100]);
    let peak = probe.peak(Duration::from_millis(300));
    probe.play_now(&[0x80, 64, 0]);
    assert!(peak > 0.01, "a key does not sound: {peak}");
}

fn falls_silent(probe: &mut Probe) {
    until(seconds(15), "it falls silent", || probe.peak(Duration::from_millis(100)) < SILENCE);
}

#[test]
fn the_server_is_killed_while_a_piece_plays_and_comes_back() {
    let mut server = Server::start(PERIOD);
    let program = Program::start(&["play", "--seed", "5", "--length", "60", "60"]);
    let mut probe = Probe::new("probe");
    probe.hear_sound_of(program.pid());
    until(seconds(10), "it plays", || probe.peak(Duration::from_millis(200)) > 0.01);
    drop(probe);
    server.kill();
    program.says("the audio device is gone; waiting for it");
    std::thread::sleep(seconds(2));
    let _server = Server::start(PERIOD);
    program.says_times("playing on", 2);
    let mut probe = Probe::new("probe");
    probe.hear_sound_of(program.pid());
    until(seconds(10), "it plays again", || probe.peak(Duration::from_millis(200)) > 0.01);
    let said = program.stop();
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(Summary::of(&said).late, 0, "{said}");
}

#[test]
fn the_server_is_killed_while_someone_plays_and_comes_back() {
    let mut server = Server::start(PERIOD);
    let probe = Probe::new("probe");
    let before = probe.ports();
    let program = Program::instrument(16, "virtual", &["--clock", "send", "--out", "both"]);
    probe.play_with(&before, true);
    program.says("listening");
    drop(probe);
    server.kill();
    program.says("the audio device is gone; waiting for it");
    let _server = Server::start(PERIOD);
    let mut probe = Probe::new("probe");
    program.says("the audio device is back");
    program.says("musigan:in, is back");
    probe.hear_sound_of(program.pid());
    probe.play_with(&Default::default(), true);
    std::thread::sleep(Duration::from_millis(300));
    key_sounds(&mut probe);
    falls_silent(&mut probe);
    let clock = probe.take_heard().iter().filter(|event| event.bytes == [0xF8]).count();
    assert!(clock > 3, "the clock does not go on");
    program.stop();
}

#[test]
fn the_keyboard_goes_and_comes_back() {
    let _server = Server::start(PERIOD);
    let mut ear = Probe::new("ear");
    let mut keyboard = Probe::new("keyboard");
    let program = Program::instrument(16, "keyboard", &[]);
    ear.hear_sound_of(program.pid());
    program.says("keyboard:keys plays with you");
    // An organ: as long as the key is down it sounds.
    keyboard.play_now(&[0x90, 60, 100]);
    assert!(ear.peak(seconds(2)) > 0.01, "a key does not sound");
    assert!(ear.peak(seconds(1)) > 0.01, "a key that is down does not sound on");
    drop(keyboard);
    program.says("keyboard:keys is gone");
    falls_silent(&mut ear);
    let mut keyboard = Probe::new("keyboard");
    program.says("keyboard:keys is back");
    keyboard.play_now(&[0x90, 62, 100]);
    assert!(ear.peak(Duration::from_millis(500)) > 0.01, "a key does not sound again");
    keyboard.play_now(&[0x80, 62, 0]);
    falls_silent(&mut ear);
    program.stop();
}

#[test]
fn a_model_is_deleted_while_it_plays() {
    let _server = Server::start(PERIOD);
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model.mgi");
    let bundled = concat!(env!("CARGO_MANIFEST_DIR"), "/models/music-box.mgi");
    std::fs::copy(bundled, &model).unwrap();
    let name = model.to_str().unwrap();
    let short = ["--seed", "5", "--length", "2", "2", "--pieces", "4"];
    let program = Program::start(&[&["play", "--model", name], &short[..]].concat());
    program.says("piece 5:");
    std::fs::remove_file(&model).unwrap();
    until(seconds(60), "the last piece ends", || program.said().contains("underruns"));
    let End { code, said } = program.end();
    assert!(code == Some(0) && said.contains("piece 8:"), "{said}");
}

#[test]
fn a_signal_ends_it_with_every_key_up() {
    let _server = Server::start(PERIOD);
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut probe = Probe::new("probe");
        let before = probe.ports();
        let options = ["--mode", "accompany", "--tempo", "120", "--clock", "send", "--out", "both"];
        let live = Program::start(&[&["live", "--in", "virtual"], &options[..]].concat());
        probe.play_with(&before, true);
        probe.play_now(&[0x90, 60, 100]);
        let (mut down, mut stopped) = (Down::default(), false);
        until(seconds(20), "the model holds a key", || {
            probe.take_heard().iter().for_each(|event| down.hear(event));
            !down.is_empty()
        });
        live.signal(signal);
        let End { code, said } = live.end();
        assert_eq!(code, Some(0), "{signal:?}: {said}");
        for event in probe.take_heard() {
            down.hear(&event);
            stopped |= event.bytes == [0xFC];
        }
        assert!(down.is_empty() && stopped, "{signal:?}: a key is down, or the clock not stopped");

        let play = Program::start(&["play", "--seed", "5"]);
        probe.hear_sound_of(play.pid());
        until(seconds(10), "it plays", || probe.peak(Duration::from_millis(200)) > 0.02);
        probe.record(true);
        play.signal(signal);
        let End { code, said } = play.end();
        assert_eq!(code, Some(0), "{signal:?}: {said}");
        let sound = probe.take_sound();
        // The server's silence after the program's end is not its own.
        let last = sound.iter().rposition(|&(_, frame)| frame != [0.0; 2]).unwrap_or(0);
        let tail = &sound[last.saturating_sub(480)..last];
        let peak = tail.iter().fold(0.0_f32, |peak, (_, [l, r])| peak.max(l.abs()).max(r.abs()));
        assert!(peak < 0.02, "{signal:?}: it ends in the middle of a sound: {peak}");
    }
}

#[test]
fn a_terminal_is_resized_and_closed() {
    let _server = Server::start(PERIOD);
    let (terminal, mut program) = Terminal::with(&[], &["play", "--seed", "5"]);
    let mut screen = String::new();
    until(seconds(10), "it draws", || {
        screen.push_str(&terminal.take_screen());
        screen.contains("underruns")
    });
    for (columns, rows) in [(1, 1), (300, 100), (20, 5), (80, 24)] {
        terminal.resize(columns, rows);
        std::thread::sleep(Duration::from_millis(300));
        assert!(program.is_running(), "{columns} x {rows}: {}", terminal.take_screen());
    }
    assert!(terminal.take_screen().contains("underruns"), "it does not draw again");
    drop(terminal);
    assert_eq!(program.end().code, Some(0));
}

#[test]
fn a_full_disk_is_told_and_leaves_nothing_behind() {
    let _server = Server::start(PERIOD);
    // No file may grow beyond 100 KB: the recording's.
    let full = ["env", "--ignore-signal=XFSZ", "prlimit", "--fsize=100000"];
    let (mut terminal, mut program) =
        Terminal::with(&full, &["play", "--seed", "5", "--recordings", "."]);
    let mut probe = Probe::new("probe");
    probe.hear_sound_of(program.pid());
    until(seconds(10), "it plays", || probe.peak(Duration::from_millis(200)) > 0.01);
    std::thread::sleep(seconds(2));
    terminal.press("s");
    std::thread::sleep(seconds(2));
    // All is drawn anew.
    terminal.take_screen();
    terminal.resize(120, 30);
    std::thread::sleep(Duration::from_millis(500));
    let screen = terminal.take_screen();
    assert!(screen.contains("cannot write"), "{screen}");
    let left: Vec<_> =
        std::fs::read_dir(program.home()).unwrap().map(|f| f.unwrap().path()).collect();
    let recordings = left.iter().filter(|path| path.extension().is_some()).count();
    assert_eq!(recordings, 0, "{left:?}");
    assert!(program.is_running());
    assert!(probe.peak(seconds(1)) > 0.01, "it does not play on");
    terminal.press("q");
    assert_eq!(program.end().code, Some(0));
}

#[test]
fn a_clock_that_stops_stops_the_model_and_goes_on() {
    let _server = Server::start(PERIOD);
    let mut probe = Probe::new("probe");
    let before = probe.ports();
    let follow = ["--mode", "accompany", "--clock", "external", "--out", "both", "--in", "virtual"];
    let program = Program::start(&[&["live"], &follow[..]].concat());
    probe.play_with(&before, true);
    program.says("waiting for the clock");
    for word in [0xFA, 0xFB] {
        let start = probe.now() + 9_600;
        probe.play(start, &[word]);
        // Ten seconds of 120 quarters a minute, and then nothing, not even a stop.
        for pulse in 0..480 {
            probe.play(start + pulse * 1000, &[0xF8]);
        }
        for beat in 0..20 {
            probe.play(start + beat * 24_000 + 500, &[0x90, 60, 90]);
            probe.play(start + beat * 24_000 + 12_000, &[0x80, 60, 0]);
        }
        let (mut down, mut notes) = (Down::default(), 0);
        until(seconds(20), "the clock's end", || {
            for event in probe.take_heard() {
                down.hear(&event);
                notes += usize::from(is_on(&event));
            }
            probe.now() > start + 480_000
        });
        // It may have waited before, where the server and with it the clock stood still.
        until(seconds(2), "it waits for the clock", || {
            program.said().trim_end().ends_with("waiting for the clock")
        });
        std::thread::sleep(Duration::from_millis(300));
        probe.take_heard().iter().for_each(|event| down.hear(event));
        assert!(notes > 3, "the model did not play: {notes} notes");
        assert!(down.is_empty(), "a key hangs: {down:?}");
        std::thread::sleep(seconds(1));
        assert!(!probe.take_heard().iter().any(is_on), "it plays on without a clock");
    }
    program.stop();
}

#[test]
fn floods_and_nonsense_are_survived() {
    let _server = Server::start(64);
    let witness = Witness::new();
    let mut probe = Probe::new("probe");
    let before = probe.ports();
    let program = Program::instrument(16, "virtual", &["--out", "both"]);
    probe.hear_sound_of(program.pid());
    probe.play_with(&before, true);
    std::thread::sleep(Duration::from_millis(500));
    key_sounds(&mut probe);
    falls_silent(&mut probe);

    // Twelve thousand notes a second for three seconds.
    let mut at = probe.now() + 4_800;
    let end = at + 3 * 48_000;
    for n in 0_u32.. {
        if at + 20 >= end {
            break;
        }
        until(seconds(5), "the flood flows", || at < probe.now() + 24_000);
        for _ in 0..100 {
            let key = (n.wrapping_mul(7).wrapping_add(at) & 127) as u8;
            probe.play(at, &[0x90, key, 100]);
            probe.play(at + 4, &[0x80, key, 0]);
            at += 4;
        }
    }
    std::thread::sleep(seconds(2));
    falls_silent(&mut probe);
    key_sounds(&mut probe);
    falls_silent(&mut probe);

    // System exclusive that does not end, ends at once, is huge or says what no key says; messages
    // that are cut off, or begin with data.
    let long = [&[0xF0_u8][..], &[0x55; 3000], &[0xF7]].concat();
    let nonsense: [&[u8]; 14] = [
        &[0xF0],
        &[0xF0, 0xF7],
        &[0xF7],
        &[0xF0, 0x7E, 0x7F, 0x09],
        &[0xF0, 0x90, 60, 100, 0xF7],
        &[0xF0, 0x7E, 0x7F, 0x09, 0x01, 0xF7],
        &long,
        &[0x90],
        &[0x90, 60],
        &[0x90, 0xFF, 100],
        &[60, 100],
        &[0xC0],
        &[0xF2, 0x10],
        &[0xFF],
    ];
    for _ in 0..20 {
        for message in nonsense {
            probe.play_now(message);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    falls_silent(&mut probe);
    key_sounds(&mut probe);
    falls_silent(&mut probe);
    let processor = program.processor();
    let said = program.stop();
    let stalls = witness.end();
    let summary = Summary::of(&said);
    println!(
        "floods and nonsense: {summary:?}; the machine stood still {} times",
        stalls.count(64)
    );
    let ours = stalls.unexplained(&Late::all(&said), summary.over, processor);
    assert_eq!(ours, 0, "a callback was held up: {said}");
    assert!(!said.contains("panicked"), "{said}");
}
