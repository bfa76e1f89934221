use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use audio_thread_priority::promote_current_thread_to_real_time;
use rustix::thread::{CpuSet, sched_setaffinity};

/// How often it is looked.
const NAP: Duration = Duration::from_micros(500);

/// Counts how often the machine stands still, a processor at a time, for longer than a callback may
/// be held up: a virtual machine does so, whatever its threads' priorities.
pub(crate) struct Witness {
    stop: Arc<AtomicBool>,
    stalls: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
}

impl Witness {
    /// Counts what lasts as long as half a period or longer.
    pub(crate) fn new(period: u32) -> Self {
        let (stop, stalls) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let longest = Duration::from_secs(1) * period / 48_000 / 2;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let watch = |processor| {
            let (stop, stalls) = (Arc::clone(&stop), Arc::clone(&stalls));
            std::thread::spawn(move || watch(processor, longest, &stop, &stalls))
        };
        let threads = (0..processors).map(watch).collect();
        Self { stop, stalls, threads }
    }

    /// Ends, and tells how often.
    pub(crate) fn stalls(self) -> u64 {
        self.stop.store(true, Relaxed);
        for thread in self.threads {
            thread.join().unwrap();
        }
        self.stalls.load(Relaxed)
    }
}

fn watch(processor: usize, longest: Duration, stop: &AtomicBool, stalls: &AtomicU64) {
    let mut set = CpuSet::new();
    set.set(processor);
    // Where one or the other is refused, it sees more stalls, as our callbacks then do.
    let _ = sched_setaffinity(None, &set);
    let _ = promote_current_thread_to_real_time(64, 48_000);
    while !stop.load(Relaxed) {
        let due = Instant::now() + NAP;
        std::thread::sleep(NAP);
        if due.elapsed() >= longest {
            stalls.fetch_add(1, Relaxed);
        }
    }
}

/// Callbacks that may take longer than their period because the machine stood still so often: they
/// take a small part of the time, so that few of its stalls hit one. None, if it never did.
pub(crate) fn may_be_over(stalls: u64) -> u64 {
    stalls / 5
}
