//! Ports by way of JACK. An event's time is its frame: what comes in is heard at it, what goes out
//! is sent a little before it and falls on it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::Result;
use jack::{
    AsyncClient, Client, ClientOptions, ClientStatus, Control, MidiIn, MidiOut,
    NotificationHandler, PortFlags, ProcessHandler, ProcessScope, RawMidi,
};
use rtrb::{Consumer, Producer, RingBuffer};

use super::super::timeline::Timeline;
use super::{Hands, NAME, OUT, Port, Ports, WATCHER};

/// Messages on their way to the server.
const RING: usize = 4096;

/// As much earlier than a period before its frame an event is sent: so late may its sender wake up.
const SLACK: Duration = Duration::from_micros(1500);

/// Events are not sent further ahead than so: music is not known for longer.
const LEAD: Duration = Duration::from_millis(40);

/// How often an output looks whether anyone is connected with it.
const WATCH: Duration = Duration::from_secs(1);

fn client(name: &str) -> Result<Client> {
    Ok(Client::new(name, ClientOptions::NO_START_SERVER)?.0)
}

fn names(client: &Client, flags: PortFlags) -> Vec<String> {
    client.ports(None, Some(jack::jack_sys::RAW_MIDI_TYPE), flags)
}

/// All ports, ours too.
pub(super) fn ports() -> Result<Ports> {
    let client = client(WATCHER)?;
    let (inputs, outputs) = (PortFlags::IS_OUTPUT, PortFlags::IS_INPUT);
    Ok(Ports { inputs: names(&client, inputs), outputs: names(&client, outputs) })
}

/// Is told when the server goes away.
struct Notices(Arc<AtomicBool>);

impl NotificationHandler for Notices {
    #[allow(unsafe_code)]
    // SAFETY: a store into an atomic is all that is done, which a signal handler may do.
    unsafe fn shutdown(&mut self, _: ClientStatus, _: &str) {
        self.0.store(true, Relaxed);
    }
}

/// The server's frames in this computer's time. The server's own reckoning of it begins anew after
/// every underrun; this one is that by which the music is timed.
struct Frames {
    timeline: Timeline,
    /// The first frame of the period.
    now: u64,
    rate: f64,
}

impl Frames {
    fn new(client: &Client) -> Self {
        Self { timeline: Timeline::new(), now: 0, rate: client.sample_rate().into() }
    }

    /// A period begins.
    fn begin(&mut self, scope: &ProcessScope) {
        // The server's count wraps around after a day, and after an underrun it may step back.
        let passed = scope.last_frame_time().wrapping_sub(self.now as u32) as i32;
        self.now = self.now.saturating_add_signed(passed.into());
        self.timeline.observe(Instant::now(), self.now as f64, self.rate);
    }

    /// When the frame that is `offset` after the first one passes.
    fn when(&self, offset: u32) -> Instant {
        self.timeline.when((self.now + u64::from(offset)) as f64)
    }

    /// How many frames after the first one this instant is; 0 if it is before.
    fn offset(&self, when: Instant) -> u32 {
        (self.timeline.position(when) - self.now as f64).round().max(0.0) as u32
    }
}

/// The way in: a client with one port, connected or not.
pub(super) struct Input {
    client: AsyncClient<Notices, Ear>,
    port: String,
    gone: Arc<AtomicBool>,
    /// Where the hands come back when the client is closed.
    back: mpsc::Receiver<Box<Hands>>,
}

/// What runs in the server's callback.
struct Ear {
    frames: Frames,
    port: jack::Port<MidiIn>,
    hands: Option<Box<Hands>>,
    back: mpsc::Sender<Box<Hands>>,
}

impl ProcessHandler for Ear {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        self.frames.begin(scope);
        if let Some(hands) = &mut self.hands {
            for RawMidi { time, bytes } in self.port.iter(scope) {
                hands.receive(bytes, self.frames.when(time));
            }
        }
        Control::Continue
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        if let Some(hands) = self.hands.take() {
            // Nobody may be left to want them.
            let _ = self.back.send(hands);
        }
    }
}

impl Input {
    /// Gives the hands back if there is no server.
    pub(super) fn open(hands: Hands) -> Result<Self, Option<Box<Hands>>> {
        let hands = Box::new(hands);
        let Ok(client) = client(NAME) else { return Err(Some(hands)) };
        let Ok(port) = client.register_port("in", MidiIn::default()) else {
            return Err(Some(hands));
        };
        let Ok(name) = port.name() else { return Err(Some(hands)) };
        let gone = Arc::new(AtomicBool::new(false));
        let (give, back) = mpsc::channel();
        let ear = Ear { frames: Frames::new(&client), port, hands: Some(hands), back: give };
        match client.activate_async(Notices(Arc::clone(&gone)), ear) {
            Ok(client) => Ok(Self { client, port: name, gone, back }),
            Err(_) => Err(back.try_recv().ok()),
        }
    }

    /// The names of what can be heard; `None`: the server is gone.
    pub(super) fn sources(&self) -> Option<Vec<String>> {
        let there = names(self.client.as_client(), PortFlags::IS_OUTPUT);
        (!self.gone.load(Relaxed)).then_some(there)
    }

    /// Lets others connect with us: to JACK every port is such a one.
    pub(super) fn offer(&mut self) -> bool {
        true
    }

    /// Connects with the port of exactly this name.
    pub(super) fn connect(&mut self, name: &str) -> bool {
        self.client.as_client().connect_ports_by_name(name, &self.port).is_ok()
    }

    /// A port that is gone has disconnected itself.
    pub(super) fn disconnect(&mut self) {}

    /// Takes the hands out, if they are left.
    pub(super) fn close(self) -> Option<Box<Hands>> {
        let Self { client, back, .. } = self;
        drop(client);
        back.try_recv().ok()
    }
}

/// A message, and when it is due.
#[derive(Clone, Copy)]
struct Timed {
    due: Instant,
    bytes: [u8; 3],
    len: u8,
}

/// The way out.
pub(super) struct Output {
    #[allow(dead_code, reason = "the port is there as long as the client is")]
    client: AsyncClient<Notices, Mouth>,
    ring: Producer<Timed>,
    gone: Arc<AtomicBool>,
    lead: Duration,
    /// Our port and who hears it; `None`: whoever wants to.
    pair: Option<(jack::Port<jack::Unowned>, String)>,
    looked: Instant,
}

struct Mouth {
    frames: Frames,
    port: jack::Port<MidiOut>,
    ring: Consumer<Timed>,
}

impl ProcessHandler for Mouth {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        self.frames.begin(scope);
        let mut writer = self.port.writer(scope);
        let mut offset = 0;
        while let Ok(&Timed { due, bytes, len }) = self.ring.peek() {
            let time = self.frames.offset(due).max(offset);
            let bytes = &bytes[..usize::from(len)];
            // What has no room comes in the next period.
            if time >= scope.n_frames() || writer.write(&RawMidi { time, bytes }).is_err() {
                break;
            }
            offset = time;
            let _ = self.ring.pop();
        }
        Control::Continue
    }
}

impl Output {
    /// A port connected with that of this name, or one that others connect with.
    pub(super) fn open(name: Option<&str>) -> Option<Self> {
        let client = client(OUT).ok()?;
        let port = client.register_port("out", MidiOut::default()).ok()?;
        let ours = port.name().ok()?;
        let period = Duration::from_secs(1) * client.buffer_size() / client.sample_rate().max(1);
        let (ring, messages) = RingBuffer::new(RING);
        let gone = Arc::new(AtomicBool::new(false));
        let mouth = Mouth { frames: Frames::new(&client), port, ring: messages };
        let client = client.activate_async(Notices(Arc::clone(&gone)), mouth).ok()?;
        let pair = match name {
            Some(name) => {
                client.as_client().connect_ports_by_name(&ours, name).ok()?;
                Some((client.as_client().port_by_name(&ours)?, name.to_owned()))
            }
            None => None,
        };
        let lead = (period + SLACK).min(LEAD);
        Some(Self { client, ring, gone, lead, pair, looked: Instant::now() })
    }

    /// Whether somebody hears us, if somebody in particular is to.
    fn is_heard(&mut self) -> bool {
        let Some((port, name)) = &self.pair else { return true };
        if self.looked.elapsed() < WATCH {
            return true;
        }
        self.looked = Instant::now();
        port.is_connected_to(name).unwrap_or(false)
    }
}

impl Port for Output {
    fn send(&mut self, message: &[u8], due: Instant) -> bool {
        if self.gone.load(Relaxed) || !self.is_heard() {
            return false;
        }
        let mut bytes = [0; 3];
        let Some(kept) = bytes.get_mut(..message.len()) else { return true };
        kept.copy_from_slice(message);
        // A full ring is a server that takes nothing.
        self.ring.push(Timed { due, bytes, len: message.len() as u8 }).is_ok()
    }

    fn lead(&self) -> Duration {
        self.lead
    }
}
