use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
use std::time::{Duration, Instant};

use jack::{
    AsyncClient, AudioIn, Client, ClientOptions, Control, MidiIn, MidiOut, NotificationHandler,
    Port, PortFlags, ProcessHandler, ProcessScope, RawMidi,
};
use rtrb::{Consumer, Producer, RingBuffer};

use crate::program::until;

/// Messages that a probe may have before it.
const EVENTS: usize = 100_000;

/// Another client of the server: plays keys at exact frames, and writes down what comes back.
pub(crate) struct Probe {
    client: AsyncClient<Notices, Head>,
    name: String,
    keys: Producer<Key>,
    played: u64,
    heard: Consumer<Event>,
    sound: Consumer<(u32, [f32; 2])>,
    skips: Consumer<(u32, u32)>,
    told: Arc<Told>,
}

/// A message at a frame of the server's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) frame: u32,
    pub(crate) bytes: Vec<u8>,
}

/// The frame of a message, its number, itself: in their order they are played.
type Key = (u32, u64, Vec<u8>);

#[derive(Default)]
struct Told {
    /// The first frame of this period.
    frame: AtomicU32,
    /// Underruns of which the server told.
    xruns: AtomicU64,
    records: AtomicBool,
    paces: AtomicBool,
    /// Something did not fit.
    lost: AtomicBool,
}

struct Notices(Arc<Told>);

impl NotificationHandler for Notices {
    fn xrun(&mut self, _: &Client) -> Control {
        self.0.xruns.fetch_add(1, Relaxed);
        Control::Continue
    }
}

struct Head {
    keys: Port<MidiOut>,
    heard: Port<MidiIn>,
    ears: [Port<AudioIn>; 2],
    playing: Consumer<Key>,
    pending: BinaryHeap<Reverse<Key>>,
    hearing: Producer<Event>,
    recording: Producer<(u32, [f32; 2])>,
    told: Arc<Told>,
    skipping: Producer<(u32, u32)>,
    /// The frame at which the next period begins.
    due: Option<u32>,
    next: Option<Instant>,
}

impl ProcessHandler for Head {
    fn process(&mut self, client: &Client, scope: &ProcessScope) -> Control {
        let (start, frames) = (scope.last_frame_time(), scope.n_frames());
        if let Some(due) = self.due.replace(start + frames)
            && due != start
        {
            self.told
                .lost
                .fetch_or(self.skipping.push((start, start.abs_diff(due))).is_err(), Relaxed);
        }
        self.told.frame.store(start, Relaxed);
        let mut writer = self.keys.writer(scope);
        while let Ok(event) = self.playing.pop() {
            self.pending.push(Reverse(event));
        }
        while let Some(Reverse((frame, _, bytes))) = self.pending.peek() {
            let time = frame.saturating_sub(start);
            if time >= frames || writer.write(&RawMidi { time, bytes }).is_err() {
                break;
            }
            let _ = self.pending.pop();
        }
        for RawMidi { time, bytes } in self.heard.iter(scope) {
            let event = Event { frame: start.wrapping_add(time), bytes: bytes.to_vec() };
            self.told.lost.fetch_or(self.hearing.push(event).is_err(), Relaxed);
        }
        if self.told.records.load(Relaxed) {
            let [left, right] = [0, 1].map(|ear: usize| self.ears[ear].as_slice(scope));
            for (n, (&left, &right)) in (0..).zip(left.iter().zip(right)) {
                let frame = (start.wrapping_add(n), [left, right]);
                self.told.lost.fetch_or(self.recording.push(frame).is_err(), Relaxed);
            }
        }
        if self.told.paces.load(Relaxed) {
            // Without a driver the server goes as fast as its slowest client.
            let period = Duration::from_secs(1) * frames / client.sample_rate();
            let next = self.next.map_or_else(Instant::now, |next| next + period);
            self.next = Some(next.max(Instant::now()));
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        Control::Continue
    }
}

impl Probe {
    pub(crate) fn new(name: &str) -> Self {
        let client = Client::new(name, ClientOptions::NO_START_SERVER).unwrap().0;
        let name = client.name().to_owned();
        let (keys, playing) = RingBuffer::new(EVENTS);
        let (hearing, heard) = RingBuffer::new(EVENTS);
        let (recording, sound) = RingBuffer::new(1 << 20);
        let (skipping, skips) = RingBuffer::new(EVENTS);
        let told = Arc::new(Told::default());
        let ear = |name| client.register_port(name, AudioIn::default()).unwrap();
        let head = Head {
            keys: client.register_port("keys", MidiOut::default()).unwrap(),
            heard: client.register_port("heard", MidiIn::default()).unwrap(),
            ears: [ear("left"), ear("right")],
            playing,
            pending: BinaryHeap::with_capacity(EVENTS),
            hearing,
            recording,
            told: Arc::clone(&told),
            skipping,
            due: None,
            next: None,
        };
        let client = client.activate_async(Notices(Arc::clone(&told)), head).unwrap();
        Self { client, name, keys, played: 0, heard, sound, skips, told }
    }

    /// All ports of the server.
    pub(crate) fn ports(&self) -> BTreeSet<String> {
        self.client.as_client().ports(None, None, PortFlags::empty()).into_iter().collect()
    }

    /// Connects with the ports of a program's process.
    pub(crate) fn hear_sound_of(&self, pid: u32) {
        for (side, ear) in ["0", "1"].into_iter().zip(["left", "right"]) {
            let port = format!("cpal_client_{pid}_out:out_{side}");
            let ear = format!("{}:{ear}", self.name);
            until(Duration::from_secs(10), &port, || {
                self.client.as_client().connect_ports_by_name(&port, &ear).is_ok()
            });
        }
    }

    /// Connects with the MIDI ports that a program has besides those that were there before.
    pub(crate) fn play_with(&self, before: &BTreeSet<String>, out: bool) {
        let client = self.client.as_client();
        let connect = |what: &str, to: &dyn Fn(&str) -> bool| {
            until(Duration::from_secs(10), what, || {
                self.ports()
                    .iter()
                    .any(|port| !before.contains(port) && port.starts_with("musigan") && to(port))
            });
        };
        connect("a port to play on", &|port| {
            let keys = format!("{}:keys", self.name);
            port.ends_with(":in") && client.connect_ports_by_name(&keys, port).is_ok()
        });
        if out {
            connect("a port to hear", &|port| {
                let heard = format!("{}:heard", self.name);
                port.ends_with(":out") && client.connect_ports_by_name(port, &heard).is_ok()
            });
        }
    }

    /// The frame at which the server is.
    pub(crate) fn now(&self) -> u32 {
        self.told.frame.load(Relaxed)
    }

    /// Where this client missed frames, and how many, since this was last asked.
    pub(crate) fn take_skips(&mut self) -> Vec<(u32, u32)> {
        std::iter::from_fn(|| self.skips.pop().ok()).collect()
    }

    pub(crate) fn xruns(&self) -> u64 {
        self.told.xruns.load(Relaxed)
    }

    /// Plays a message at a frame, or in the next period if that is over.
    pub(crate) fn play(&mut self, frame: u32, bytes: &[u8]) {
        self.played += 1;
        self.keys
            .push((frame, self.played, bytes.to_vec()))
            .expect("the script runs too far ahead");
    }

    /// Plays a message in the next period.
    pub(crate) fn play_now(&mut self, bytes: &[u8]) {
        self.play(self.now(), bytes);
    }

    /// What came since this was last asked.
    pub(crate) fn take_heard(&mut self) -> Vec<Event> {
        assert!(!self.told.lost.load(Relaxed), "the probe was too slow");
        std::iter::from_fn(|| self.heard.pop().ok()).collect()
    }

    /// From now on what sounds is kept, or no more.
    pub(crate) fn record(&self, records: bool) {
        self.told.records.store(records, Relaxed);
    }

    /// What sounded since this was last asked, with its frames.
    pub(crate) fn take_sound(&mut self) -> Vec<(u32, [f32; 2])> {
        assert!(!self.told.lost.load(Relaxed), "the probe was too slow");
        std::iter::from_fn(|| self.sound.pop().ok()).collect()
    }

    /// The greatest magnitude within this time.
    pub(crate) fn peak(&mut self, within: Duration) -> f32 {
        self.take_sound();
        self.record(true);
        std::thread::sleep(within);
        self.record(false);
        let loudest = |peak: f32, (_, [l, r]): (u32, [f32; 2])| peak.max(l.abs()).max(r.abs());
        self.take_sound().into_iter().fold(0.0, loudest)
    }

    /// Lets the server go as this client does, which takes its time: no period is skipped.
    pub(crate) fn set_freewheel(&self, on: bool) {
        self.told.paces.store(on, Relaxed);
        #[allow(unsafe_code)]
        // SAFETY: the client is open as long as `self` is, and the call takes nothing else.
        let done = unsafe {
            jack::jack_sys::jack_set_freewheel(self.client.as_client().raw(), i32::from(on))
        };
        assert_eq!(done, 0, "the server does not freewheel");
    }
}
