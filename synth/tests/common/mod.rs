//! What the tests share: short words for events, and renderings.
#![allow(dead_code)]

mod measure;

#[allow(unused_imports, reason = "not every test measures")]
pub use measure::*;
use musigan_score::{Pitch, Program, Velocity};
use musigan_synth::{Channel, ChannelEvent, Config, Synth, U7, U14};

pub const RATE: u32 = 48_000;

pub fn synth(voices: usize) -> Synth {
    Synth::new(Config { sample_rate: RATE, voices, ..Config::default() })
}

pub fn on(channel: u8, key: u8, velocity: u8) -> ChannelEvent {
    ChannelEvent::NoteOn {
        channel: Channel::new(channel),
        key: Pitch::from_data(key),
        velocity: Velocity::new(velocity).unwrap(),
    }
}

pub fn off(channel: u8, key: u8) -> ChannelEvent {
    ChannelEvent::NoteOff { channel: Channel::new(channel), key: Pitch::from_data(key) }
}

pub fn program(channel: u8, program: u8) -> ChannelEvent {
    ChannelEvent::Program { channel: Channel::new(channel), program: Program::from_data(program) }
}

pub fn cc(channel: u8, controller: u8, value: u8) -> ChannelEvent {
    ChannelEvent::Controller {
        channel: Channel::new(channel),
        controller: U7::new(controller),
        value: U7::new(value),
    }
}

pub fn wheel(channel: u8, value: u16) -> ChannelEvent {
    ChannelEvent::PitchBend { channel: Channel::new(channel), value: U14::new(value) }
}

/// Channel 0 on `number`, without reverb and chorus.
pub fn dry(number: u8) -> Synth {
    let mut s = synth(32);
    s.send(program(0, number));
    s.send(cc(0, 91, 0));
    s
}

/// The next frames, left and right.
pub fn frames(synth: &mut Synth, count: usize) -> [Vec<f32>; 2] {
    let (mut left, mut right) = (vec![0.0; count], vec![0.0; count]);
    synth.render(&mut left, &mut right);
    [left, right]
}

/// The next frames as the mean of left and right.
pub fn mono(synth: &mut Synth, count: usize) -> Vec<f32> {
    let [left, right] = frames(synth, count);
    left.iter().zip(&right).map(|(l, r)| 0.5 * (l + r)).collect()
}

/// A pseudo-random stream for tests (xorshift).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }

    /// Any event at all, notes most often.
    pub fn event(&mut self) -> ChannelEvent {
        let channel = self.roll(16) as u8;
        let byte = |d: &mut Self| d.roll(128) as u8;
        match self.roll(20) {
            0..=8 => on(channel, byte(self), 1 + self.roll(127) as u8),
            9..=13 => off(channel, byte(self)),
            14 | 15 => cc(channel, byte(self), byte(self)),
            16 => program(channel, byte(self)),
            17 => wheel(channel, self.roll(16_384) as u16),
            18 => ChannelEvent::ChannelPressure {
                channel: Channel::new(channel),
                value: U7::new(byte(self)),
            },
            _ if self.roll(50) == 0 => ChannelEvent::SystemReset,
            _ => cc(channel, 64, byte(self)),
        }
    }
}
