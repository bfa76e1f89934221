//! Any bytes as what the port of a MIDI keyboard gives while `musigan live` plays: the partner, the clock
//! that is followed and the synth go on, and no key stays down.
//!
//! A byte below 128 lets so many ticks pass; another one is the length, 0 to 3 or to 127, of the message
//! that follows.
#![no_main]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use musigan_engine::Generator;
use musigan_engine::composer::Settings;
use musigan_music::partner::{Memory, Mode, Partner, Plan};
use musigan_music::{Listener, Marker};
use musigan_score::{Instrument, Metre, Program, Tempo, Token, events};
use musigan_synth::{Action, ChannelEvent, Config, Synth, TimedAction};

// The player's own sources, without its ports and its sound card.
#[path = "../../../src/live/follower.rs"]
#[allow(dead_code, reason = "the band uses the rest")]
mod follower;
#[path = "../../../src/live/wire.rs"]
#[allow(dead_code, reason = "the outlet uses the rest")]
mod wire;

/// What the follower needs of the player's timeline, which knows the sound card.
mod timeline {
    use std::time::Instant;

    pub fn seconds(from: Instant, to: Instant) -> f64 {
        to.saturating_duration_since(from).as_secs_f64()
            - from.saturating_duration_since(to).as_secs_f64()
    }
}

/// Who plays: the player, then the model's two.
const PARTS: [Instrument; 3] = [
    Instrument::Program(Program::PIANO),
    Instrument::Program(Program::MUSIC_BOX),
    Instrument::Percussion,
];

/// Turns of the partner in which it must have done what there is to do at a moment.
const TURNS: usize = 200;

/// Ticks that the partner's music is handed over ahead.
const AHEAD: u64 = 3;

/// A generator of the events vocabulary that is cheap: its logits are a hash of what was heard.
struct Chance;

impl Generator for Chance {
    fn vocab_len(&self) -> usize {
        events::VOCABULARY
    }

    fn state_len(&self) -> usize {
        1
    }

    fn macs_per_step(&self) -> usize {
        0
    }

    fn reset(&self, state: &mut [f32]) {
        state.fill(1.0);
    }

    fn step(&self, state: &mut [f32], heard: Token, logits: &mut [f32]) {
        let [state] = state else { return };
        let mut bits = state.to_bits().wrapping_mul(0x9e37_79b9) ^ u32::from(heard.0);
        for logit in logits {
            bits ^= bits << 13;
            bits ^= bits >> 17;
            bits ^= bits << 5;
            *logit = (bits >> 24) as f32 / 32.0;
        }
        *state = f32::from_bits(0x3f80_0000 | bits >> 9);
    }
}

thread_local! {
    // Its tables take longer to make than most inputs to play.
    static SYNTH: Cell<Option<Synth>> = const { Cell::new(None) };
}

/// The synth, and the keys that the partner holds.
struct Room {
    synth: Synth,
    down: BTreeMap<(usize, u8), i64>,
    last: u64,
}

impl Listener for Room {
    fn action(&mut self, action: TimedAction) {
        assert!(action.tick >= self.last, "the partner goes back in time");
        self.last = action.tick;
        let Action::Channel(event) = action.action else { return };
        let count = match event {
            ChannelEvent::NoteOn { channel, key, .. } => Some((channel, key, 1)),
            ChannelEvent::NoteOff { channel, key } => Some((channel, key, -1)),
            _ => None,
        };
        if let Some((channel, key, by)) = count {
            *self.down.entry((channel.index(), key.key())).or_default() += by;
        }
        self.synth.send(event);
    }

    fn marker(&mut self, _: u64, _: Marker) {}
}

fuzz_target!(|data: &[u8]| {
    let Some((&first, mut data)) = data.split_first() else { return };
    let mode = [Mode::Continue, Mode::Answer, Mode::Accompany][usize::from(first % 3)];
    let plan = Plan {
        mode,
        bars: u32::from(first >> 2 & 3),
        metre: Metre::nearest(first >> 4 & 7, 4).0,
        tempo: Tempo::from_bpm(120),
        style: None,
        key: None,
        parts: &PARTS,
    };
    let mut memory = Memory::of(&Chance);
    let mut partner = Partner::new(&Chance, &mut memory, Settings::default(), plan, 7);
    let synth =
        SYNTH.take().unwrap_or_else(|| Synth::new(Config { voices: 8, ..Config::default() }));
    let mut room = Room { synth, down: BTreeMap::new(), last: 0 };
    room.synth.reset();
    let mut clock = follower::Follower::default();
    let start = Instant::now();
    let (mut tick, mut position) = (0_u64, 0_u64);
    let (mut left, mut right) = ([0.0; 16], [0.0; 16]);
    while let Some((&byte, rest)) = data.split_first() {
        data = rest;
        let now = start + Duration::from_millis(20 * tick);
        if byte < 0x80 {
            tick += u64::from(byte);
            turn(&mut partner, tick, &mut room);
            room.synth.render(&mut left, &mut right);
            assert!(left.iter().chain(&right).all(|sample| sample.abs() <= 1.0));
            continue;
        }
        let length =
            if byte & 1 == 0 { usize::from(byte >> 1 & 3) } else { usize::from(byte & 0x7f) };
        let (message, rest) = data.split_at(length.min(data.len()));
        data = rest;
        match wire::Message::read(message) {
            Some(wire::Message::Channel(event)) => {
                let event = wire::as_player(event);
                room.synth.send(event);
                partner.hear(tick, event);
            }
            Some(wire::Message::Clock) => {
                clock.pulse(now);
                let tempo = clock.steer(now, tick as f64);
                assert!(tempo.is_none_or(|tempo| (200_000..=3_000_000).contains(&tempo)));
            }
            Some(wire::Message::Start) => partner.begin_at(tick as i64),
            Some(wire::Message::Continue) => partner.begin_at(tick as i64 - position as i64),
            Some(wire::Message::Stop) => partner.halt(),
            Some(wire::Message::SongPosition(at)) => position = u64::from(at) * 6,
            None => {}
        }
    }
    partner.halt();
    turn(&mut partner, tick + AHEAD, &mut room);
    assert!(room.down.values().all(|&count| count <= 0), "a key stays down: {:?}", room.down);
    SYNTH.set(Some(room.synth));
});

fn turn(partner: &mut Partner<'_, Chance>, tick: u64, room: &mut Room) {
    for _ in 0..TURNS {
        if !partner.turn(tick, tick + AHEAD, room) {
            return;
        }
    }
}
