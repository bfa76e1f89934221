use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use audio_thread_priority::promote_current_thread_to_real_time;
use rustix::thread::{CpuSet, sched_setaffinity};

use crate::program::Late;

/// How often it is looked.
const NAP: Duration = Duration::from_micros(100);

/// Before every callback: a program of ours has 10, a client of JACK's 5, its server 10.
const PRIORITY: &str = "50";

const DAY: f64 = 86_400.0;

/// Sees when the machine stands still, a processor at a time: a virtual machine does so, whatever its
/// threads' priorities. It looks on every processor, before every callback, so that it is late only where
/// whatever else ran there could not go on either.
pub(crate) struct Witness {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Vec<Stall>>>,
}

/// From the last look before the machine stood still until it went on, in seconds since midnight UTC, and for
/// how long the look that was due was late.
#[derive(Clone, Copy, Debug)]
struct Stall {
    from: f64,
    to: f64,
    late: f64,
}

/// What a [`Witness`] saw, by processor.
pub(crate) struct Stalls(Vec<Vec<Stall>>);

impl Witness {
    pub(crate) fn new() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let watch = |processor| {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || watch(processor, &stop))
        };
        let threads = (0..processors).map(watch).collect();
        Self { stop, threads }
    }

    /// Ends, and tells.
    pub(crate) fn end(self) -> Stalls {
        self.stop.store(true, Relaxed);
        Stalls(self.threads.into_iter().map(|thread| thread.join().unwrap()).collect())
    }
}

fn watch(processor: usize, stop: &AtomicBool) -> Vec<Stall> {
    let mut set = CpuSet::new();
    set.set(processor);
    sched_setaffinity(None, &set).unwrap();
    let thread = rustix::thread::gettid().as_raw_nonzero().to_string();
    let raised = Command::new("chrt").args(["--fifo", "--pid", PRIORITY, &thread]).status();
    assert!(raised.is_ok_and(|status| status.success()), "no real-time priority");
    let mut stalls = Vec::with_capacity(1 << 16);
    while !stop.load(Relaxed) {
        let due = Instant::now() + NAP;
        std::thread::sleep(NAP);
        let late = due.elapsed();
        if late >= NAP {
            let to = of_day(SystemTime::now());
            let late = late.as_secs_f64();
            stalls.push(Stall { from: to - late - NAP.as_secs_f64(), to, late });
        }
    }
    stalls
}

/// Seconds since midnight UTC.
pub(crate) fn of_day(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64()) % DAY
}

impl Stalls {
    /// How often it lasted as long as half a period or longer.
    pub(crate) fn count(&self, period: u32) -> usize {
        let longest = f64::from(period) / 48_000.0 / 2.0;
        self.0.iter().flatten().filter(|stall| stall.late >= longest).count()
    }

    /// Whether a processor stood still for a millisecond or longer in the tenth of a second before this time of the day.
    pub(crate) fn held_up(&self, time: f64) -> bool {
        let before = |stall: &Stall| {
            let since = (time - stall.to + 1.5 * DAY) % DAY - DAY / 2.0;
            (0.0..0.1).contains(&since)
        };
        self.0.iter().flatten().any(|stall| stall.late >= 0.001 && before(stall))
    }

    /// How long a callback would have taken if its processor had not stood still, in seconds.
    fn own(&self, late: &Late, processor: usize) -> f64 {
        let within = |stall: &Stall| {
            // Midnight may lie between.
            let from = (stall.from - late.began + 1.5 * DAY) % DAY - DAY / 2.0;
            let to = from + stall.to - stall.from;
            (to.min(late.took) - from.max(0.0)).max(0.0)
        };
        late.took - self.0[processor].iter().map(within).sum::<f64>()
    }

    /// Those callbacks, of as many as there were on this processor, that took longer than their period though it
    /// did not stand still for so long; all, if it is not known. They are printed, too.
    pub(crate) fn unexplained(&self, late: &[Late], over: u64, processor: Option<usize>) -> usize {
        let Some(processor) = processor else { return over as usize };
        let mut ours = (over as usize).saturating_sub(late.len());
        for late in late {
            let own = self.own(late, processor);
            let [took, own, period] = [late.took, own, late.period].map(|time| 1000.0 * time);
            println!("a callback of {took:.3} ms, {own:.3} of them while the machine went on");
            ours += usize::from(own > period);
        }
        ours
    }
}

#[test]
fn a_stand_still_explains_what_lies_within_it() {
    let stall = |from, to| Stall { from, to, late: to - from };
    let stalls = Stalls(vec![vec![stall(DAY - 0.001, DAY + 0.001)], vec![stall(5.0, 5.003)]]);
    let late = |began, took| Late { began, took, period: 0.0015 };
    for (began, took, processor, expected) in [
        (DAY - 0.002, 0.004, 0, 0.002),
        (0.0005, 0.004, 0, 0.0035),
        (4.999, 0.003, 1, 0.001),
        (4.999, 0.003, 0, 0.003),
        (5.004, 0.003, 1, 0.003),
    ] {
        let own = stalls.own(&late(began, took), processor);
        assert!((own - expected).abs() < 1e-9, "{began}: {own}");
    }
    assert_eq!(stalls.unexplained(&[late(4.999, 0.003)], 1, Some(1)), 0);
    assert_eq!(stalls.unexplained(&[late(4.999, 0.003)], 2, Some(1)), 1);
    assert_eq!(stalls.unexplained(&[late(4.999, 0.003)], 1, Some(0)), 1);
    assert_eq!(stalls.unexplained(&[late(4.999, 0.003)], 1, None), 1);
}

#[test]
fn what_a_stand_still_holds_up_comes_soon_after() {
    let stall = |from, to| Stall { from, to, late: to - from };
    let stalls = Stalls(vec![vec![stall(DAY - 0.001, DAY + 0.001)], vec![stall(5.0, 5.0005)]]);
    for (time, expected) in
        [(0.002, true), (0.1, true), (0.2, false), (DAY - 0.01, false), (5.01, false)]
    {
        assert_eq!(stalls.held_up(time), expected, "{time}");
    }
}

#[test]
fn a_callback_that_works_too_long_is_no_stand_still() {
    let witness = Witness::new();
    std::thread::sleep(Duration::from_millis(50));
    // As a callback of ours, which is before every other thread but the witness.
    let work = || {
        let mut set = CpuSet::new();
        set.set(0);
        sched_setaffinity(None, &set).unwrap();
        promote_current_thread_to_real_time(64, 48_000).unwrap();
        let mut all = Vec::new();
        for _ in 0..20 {
            let (at, began) = (of_day(SystemTime::now()), Instant::now());
            while began.elapsed() < Duration::from_millis(4) {
                std::hint::spin_loop();
            }
            all.push(Late { began: at, took: began.elapsed().as_secs_f64(), period: 0.001 });
            std::thread::sleep(Duration::from_millis(10));
        }
        all
    };
    let all = std::thread::spawn(work).join().unwrap();
    // The machine may stand still in some of them.
    assert!(witness.end().unexplained(&all, 20, Some(0)) > 10);
}
