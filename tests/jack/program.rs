use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a program may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits until something is so.
pub(crate) fn until(longest: Duration, what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < longest, "not within {longest:?}: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A program of ours with a home of its own; killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    said: PathBuf,
    home: tempfile::TempDir,
    processor: Option<usize>,
}

/// Programs that were started.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// How a program ended.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) code: Option<i32>,
    pub(crate) said: String,
}

/// `musigan` as a child that ends with this thread, run by `wrapper`, in a home of its own.
pub(crate) fn musigan(wrapper: &[&str], home: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]).args(wrapper).arg(env!("CARGO_BIN_EXE_musigan"));
    command.env("HOME", home).env("XDG_DATA_HOME", home).env("XDG_CACHE_HOME", home);
    command.current_dir(home);
    command
}

impl Program {
    /// Starts `musigan` with these arguments, what it says going to a file.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let said = home.path().join("said");
        let file = File::create(&said).unwrap();
        // It stays on one processor, by turns: so it is known which one stands still in a callback.
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let processor = STARTED.fetch_add(1, Relaxed) % processors;
        let child = musigan(&["taskset", "--cpu-list", &processor.to_string()], home.path())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        Self { child, said, home, processor: Some(processor) }
    }

    /// `musigan live` that is played on from `input` alone and does not answer within a test: its turn comes
    /// after 64 seconds.
    pub(crate) fn instrument(program: u8, input: &str, options: &[&str]) -> Self {
        let program = program.to_string();
        let turns = ["live", "--mode", "answer", "--bars", "8", "--tempo", "30"];
        let sound = ["--program", &program, "--latency", "low", "--in", input];
        Self::start(&[&turns[..], &sound, options].concat())
    }

    /// The processor on which it runs, if it is kept to one.
    pub(crate) fn processor(&self) -> Option<usize> {
        self.processor
    }

    /// A program that was started elsewhere.
    pub(crate) fn adopt(child: Child, home: tempfile::TempDir) -> Self {
        Self { child, said: home.path().join("said"), home, processor: None }
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap_or_default()
    }

    /// Waits until it says this.
    pub(crate) fn says(&self, what: &str) {
        self.says_times(what, 1);
    }

    pub(crate) fn says_times(&self, what: &str, times: usize) {
        let began = Instant::now();
        while self.said().matches(what).count() < times {
            let (said, late) = (self.said(), began.elapsed() > Duration::from_secs(20));
            assert!(!late, "it does not say {what:?} {times} times: {said}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> End {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                let said = format!("{status}; {}", self.said());
                return End { code: status.code(), said };
            }
            assert!(began.elapsed() < PATIENCE, "it does not end: {}", self.said());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Asks it to end, and insists that it does so well.
    pub(crate) fn stop(self) -> String {
        self.signal(Signal::TERM);
        let End { code, said } = self.end();
        assert_eq!(code, Some(0), "{said}");
        said
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The figures of the line with which a program closes.
#[allow(dead_code, reason = "some are only printed")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    pub(crate) underruns: u64,
    pub(crate) over: u64,
    pub(crate) late: u64,
    pub(crate) worst_load: f64,
}

impl Summary {
    pub(crate) fn of(said: &str) -> Self {
        let line = said.lines().rev().find(|line| line.contains("underruns"));
        let line = line.unwrap_or_else(|| panic!("no closing line: {said}"));
        let mut numbers = line.split(' ').filter_map(|word| word.parse::<f64>().ok());
        let mut next = || numbers.next().unwrap_or_else(|| panic!("{line}"));
        let [underruns, over, late] = [next(), next(), next()].map(|n| n as u64);
        Self { underruns, over, late, worst_load: next() }
    }
}

/// A callback that a program said took longer than its period, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Late {
    /// When it began, since midnight UTC.
    pub(crate) began: f64,
    pub(crate) took: f64,
    pub(crate) period: f64,
}

impl Late {
    /// Those of which it said so one by one: no more than 32 in a minute.
    pub(crate) fn all(said: &str) -> Vec<Self> {
        let told = said.lines().filter(|line| line.contains("a callback that began at"));
        told.map(|line| Self::of(line).unwrap_or_else(|| panic!("not understood: {line}")))
            .collect()
    }

    fn of(line: &str) -> Option<Self> {
        let words = line.split([' ', ':']).filter_map(|word| word.parse::<f64>().ok());
        let [hour, minute, second, took, period] = words.collect::<Vec<_>>()[..] else {
            return None;
        };
        let began = 3600.0 * hour + 60.0 * minute + second;
        Some(Self { began, took: took / 1000.0, period: period / 1000.0 })
    }
}
