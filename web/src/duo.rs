use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use musigan_engine::generator::Generator;
use musigan_music::partner::{Memory, Mode, Partner, Plan};
use musigan_music::{Listener, Marker};
use musigan_score::{Instrument, Metre, Program, Tempo};
use musigan_synth::{Action, Channel, ChannelEvent, TimedAction};

use crate::wishes::Wishes;

/// A MIDI message at a tick: tick, status, and two bytes of data.
pub type Message = [u32; 4];

/// One who plays with the listener, in a worker beside the audio thread: it may allocate, and be late.
pub struct Duo<G: 'static> {
    partner: Partner<'static, G>,
    said: Said,
}

/// What is to be played, as messages.
#[derive(Default)]
struct Said(VecDeque<Message>);

impl Listener for Said {
    fn action(&mut self, timed: TimedAction) {
        if let Action::Channel(event) = timed.action
            && let Some([status, first, second]) = message(event)
        {
            self.0.push_back([timed.tick as u32, status, first, second]);
        }
    }

    fn marker(&mut self, _: u64, _: Marker) {}
}

impl<G: Generator> Duo<G> {
    /// A partner in this mode, for one who plays on `voice`: it plays on the same, or on the piano where
    /// it accompanies. The first bar begins at the tick `origin`.
    pub fn new(
        generator: &'static G,
        mode: Mode,
        wishes: &Wishes,
        voice: Program,
        origin: u64,
    ) -> Self {
        let mut parts = Vec::from([Instrument::Program(voice)]);
        if mode == Mode::Accompany {
            parts.push(Instrument::Program(Program::PIANO));
        }
        let plan = Plan {
            mode,
            bars: 2,
            metre: Metre::COMMON,
            tempo: Tempo::from_bpm(100),
            style: wishes.opening.style,
            key: wishes.opening.key,
            parts: parts.leak(),
        };
        // A module has one partner, for as long as it is there.
        let memory = Box::leak(Box::new(Memory::of(generator)));
        // Chance begins elsewhere with every duet: the origin serves as its seed.
        let mut partner = Partner::new(generator, memory, wishes.settings, plan, origin);
        partner.begin_at(i64::try_from(origin).unwrap_or(i64::MAX));
        let mut said = Said::default();
        for event in partner.cast() {
            said.action(TimedAction { tick: origin, action: Action::Channel(event) });
        }
        Self { partner, said }
    }

    /// Hears what the listener played, at the tick at which it sounded.
    pub fn hear(&mut self, tick: u64, event: ChannelEvent) {
        self.partner.hear(tick, event);
    }

    /// Listens or composes a little, for what is to sound before `horizon`; whether there is more to do.
    pub fn turn(&mut self, now: u64, horizon: u64) -> bool {
        self.partner.turn(now, horizon, &mut self.said)
    }

    /// The next message that is to be played.
    pub fn message(&mut self) -> Option<Message> {
        self.said.0.pop_front()
    }
}

/// The bytes of an event that a partner may tell.
fn message(event: ChannelEvent) -> Option<[u32; 3]> {
    let status = |kind: u32, channel: Channel| kind | channel.index() as u32;
    match event {
        ChannelEvent::NoteOn { channel, key, velocity } => {
            Some([status(0x90, channel), key.key().into(), velocity.value().into()])
        }
        ChannelEvent::NoteOff { channel, key } => {
            Some([status(0x80, channel), key.key().into(), 64])
        }
        ChannelEvent::Program { channel, program } => {
            Some([status(0xC0, channel), program.number().into(), 0])
        }
        _ => None,
    }
}
