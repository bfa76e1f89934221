use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::program::until;

/// A JACK server on its dummy driver at 48 kHz; stopped when it is dropped.
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
    // Deleted with the server.
    _folder: tempfile::TempDir,
}

impl Server {
    /// Starts the server that this process and its children find by their environment.
    pub(crate) fn start(period: u32) -> Self {
        let name = std::env::var("JACK_DEFAULT_SERVER").expect("run `cargo xtask jack`");
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let file = File::create(&log).unwrap();
        // If this test is killed, so is the server.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "jackd", "-n", &name, "--realtime", "-d", "dummy"])
            .args(["-r", "48000", "-p", &period.to_string()])
            .env("JACK_NO_AUDIO_RESERVATION", "1")
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        let server = Self { child, log, _folder: folder };
        until(Duration::from_secs(15), "the server runs", || {
            jack::Client::new("waits", jack::ClientOptions::NO_START_SERVER).is_ok()
        });
        server
    }

    /// Pulls its plug.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// How often it told that a client of this name was not done in time.
    pub(crate) fn late(&self, client: &str) -> usize {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        log.lines().filter(|l| l.contains("not finished") && l.contains(client)).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        for _ in 0..300 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.kill();
    }
}
