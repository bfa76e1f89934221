//! PipeWire in JACK's place.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{Program, Summary, musigan, until};
use crate::sound::{frames, rendered, tenths};

/// Speakers that are heard by whoever records them.
const SPEAKERS: &str = r#"context.objects = [{ factory = adapter args = {
    factory.name = support.null-audio-sink node.name = speakers media.class = Audio/Sink
    audio.rate = 48000 audio.position = [ FL FR ] } }]"#;

/// PipeWire and its session manager; both end with the bus, and that when nobody writes to it any more.
struct Session {
    bus: Child,
    folder: tempfile::TempDir,
}

impl Session {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("pipewire/pipewire.conf.d");
        fs::create_dir_all(&config).unwrap();
        fs::write(config.join("speakers.conf"), SPEAKERS).unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let mut bus = Command::new("dbus-run-session");
        bus.args([
            "--",
            "sh",
            "-c",
            "pipewire & p=$!; sleep 1; wireplumber & w=$!; cat; kill $w $p; wait",
        ]);
        let bus = within(&mut bus, folder.path())
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("run `cargo xtask jack`");
        let session = Self { bus, folder };
        until(Duration::from_secs(20), "PipeWire has its speakers", || {
            session.told("wpctl", &["status"]).contains("speakers")
        });
        session
    }

    /// What a tool of PipeWire's says.
    fn told(&self, tool: &str, arguments: &[&str]) -> String {
        let output = within(Command::new(tool).args(arguments), self.folder.path()).output();
        String::from_utf8_lossy(&output.expect("run `cargo xtask jack`").stdout).into_owned()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.bus.stdin.take());
        let _ = self.bus.wait();
    }
}

/// A command that finds the PipeWire of this folder.
fn within<'c>(command: &'c mut Command, folder: &Path) -> &'c mut Command {
    command.env("XDG_RUNTIME_DIR", folder).env("XDG_CONFIG_HOME", folder)
}

#[test]
fn a_piece_over_pipewire_is_what_is_rendered() {
    let whole = rendered("5", "4", &[]);
    let session = Session::start();
    let heard = session.folder.path().join("heard.wav");
    let mut recorder = Command::new("pw-cat");
    recorder.args(["--record", "--format", "f32", "--rate", "48000", "--channels", "2"]);
    recorder.args(["--properties", "{ stream.capture.sink = true }", "--target", "speakers"]);
    let mut recorder = within(recorder.arg(&heard), session.folder.path()).spawn().unwrap();
    until(Duration::from_secs(10), "the recorder hears the speakers", || {
        session.told("pw-link", &["--links"]).contains("speakers:monitor_FL")
    });

    let home = tempfile::tempdir().unwrap();
    let said = File::create(home.path().join("said")).unwrap();
    let mut play = musigan(&["pw-jack"], home.path());
    play.args(["play", "--seed", "5", "--length", "4", "4", "--pieces", "1"]);
    let child = within(&mut play, session.folder.path())
        .env_remove("JACK_DEFAULT_SERVER")
        .stdin(Stdio::null())
        .stdout(said.try_clone().unwrap())
        .stderr(said)
        .spawn()
        .unwrap();
    let mut play = Program::adopt(child, home);
    play.says("playing on JACK");
    until(Duration::from_secs(60), "the piece ends", || !play.is_running());
    let said = play.end().said;
    kill_process(Pid::from_child(&recorder), Signal::INT).unwrap();
    recorder.wait().unwrap();

    let summary = Summary::of(&said);
    let (found, all) = tenths(&frames(&heard), &whole, 48_000);
    println!("PipeWire: {found} of {all} tenths of a second as rendered; {summary:?}");
    assert!(all > 50 && summary.late == 0, "{said}");
    // On a busy machine it skips, as any server does.
    assert!(found * 10 >= all * 9, "{found} of {all}");
}
