//! The live MIDI vocabulary that the synth understands.

use musigan_score::{Pitch, Program, Velocity};

/// A MIDI channel, 0 to 15. Channel 9 (the tenth) is percussion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Channel(u8);

impl Channel {
    /// How many channels there are.
    pub const COUNT: usize = 16;
    /// The percussion channel of General MIDI.
    pub const PERCUSSION: Self = Self(9);

    /// The channel `index`; only its low four bits count, as in a MIDI status byte.
    #[must_use]
    pub const fn new(index: u8) -> Self {
        Self(index & 15)
    }

    /// 0 to 15.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A 7-bit MIDI data byte, 0 to 127: a controller, its value, a pressure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct U7(u8);

impl U7 {
    /// `value`, held at 127 where it is above.
    #[must_use]
    pub const fn new(value: u8) -> Self {
        Self(if value > 127 { 127 } else { value })
    }

    /// 0 to 127.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// 0.0 to 1.0.
    #[must_use]
    pub fn unit(self) -> f32 {
        f32::from(self.0) / 127.0
    }
}

/// A 14-bit MIDI value, 0 to 16383; 8192 is the middle of the pitch wheel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct U14(u16);

impl U14 {
    /// The wheel at rest.
    pub const CENTRE: Self = Self(8192);

    /// `value`, held at 16383 where it is above.
    #[must_use]
    pub const fn new(value: u16) -> Self {
        Self(if value > 16383 { 16383 } else { value })
    }

    /// 0 to 16383.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// −1.0 to +1.0, 0.0 at the centre.
    #[must_use]
    pub fn bipolar(self) -> f32 {
        (f32::from(self.0) - 8192.0) / if self.0 >= 8192 { 8191.0 } else { 8192.0 }
    }
}

/// Something that happens on a channel (or, for the reset, to all of them).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelEvent {
    /// A key goes down.
    NoteOn {
        /// The channel.
        channel: Channel,
        /// The key; on the percussion channel it chooses the drum.
        key: Pitch,
        /// How hard.
        velocity: Velocity,
    },
    /// A key comes up.
    NoteOff {
        /// The channel.
        channel: Channel,
        /// The key that was played.
        key: Pitch,
    },
    /// A controller (CC) moves.
    Controller {
        /// The channel.
        channel: Channel,
        /// Controller number; see [`crate::controller`].
        controller: U7,
        /// Its new value.
        value: U7,
    },
    /// Another instrument for the notes that follow.
    Program {
        /// The channel.
        channel: Channel,
        /// The General MIDI program.
        program: Program,
    },
    /// The pitch wheel moves.
    PitchBend {
        /// The channel.
        channel: Channel,
        /// 8192 is the centre.
        value: U14,
    },
    /// Aftertouch of the whole channel: adds vibrato.
    ChannelPressure {
        /// The channel.
        channel: Channel,
        /// 0 to 127.
        value: U7,
    },
    /// A GM, GS or XG "system on": every channel back to its power-on state, all sound off.
    SystemReset,
}

impl ChannelEvent {
    /// The channel on which it happens; `None` for what happens to all.
    #[must_use]
    pub const fn channel(&self) -> Option<Channel> {
        match *self {
            Self::NoteOn { channel, .. }
            | Self::NoteOff { channel, .. }
            | Self::Controller { channel, .. }
            | Self::Program { channel, .. }
            | Self::PitchBend { channel, .. }
            | Self::ChannelPressure { channel, .. } => Some(channel),
            Self::SystemReset => None,
        }
    }

    /// The event in a MIDI message: status and data bytes, or a whole system-exclusive message
    /// from `F0` to `F7`. Bit 7 of data bytes is ignored; a note-on with velocity 0 is a
    /// note-off. `None` for messages that the synth has no use for or that are cut short.
    ///
    /// # Real-time
    /// Allocates nothing.
    #[must_use]
    pub fn from_midi(message: &[u8]) -> Option<Self> {
        let (&status, data) = message.split_first()?;
        if status == 0xF0 {
            return is_system_on(data).then_some(Self::SystemReset);
        }
        let channel = Channel::new(status);
        let first = *data.first()?;
        let key = Pitch::from_data(first);
        let second = data.get(1).map(|&d| d & 0x7F);
        Some(match status & 0xF0 {
            0x80 => Self::NoteOff { channel, key },
            0x90 => match Velocity::new(second?) {
                Some(velocity) => Self::NoteOn { channel, key, velocity },
                None => Self::NoteOff { channel, key },
            },
            0xB0 => Self::Controller {
                channel,
                controller: U7::new(first & 0x7F),
                value: U7::new(second?),
            },
            0xC0 => Self::Program { channel, program: Program::from_data(first) },
            0xD0 => Self::ChannelPressure { channel, value: U7::new(first & 0x7F) },
            0xE0 => {
                let value = u16::from(second?) << 7 | u16::from(first & 0x7F);
                Self::PitchBend { channel, value: U14::new(value) }
            }
            _ => return None,
        })
    }
}

/// Whether this, after the `F0`, is a "system on" of GM 1, GM 2, GS or XG.
fn is_system_on(data: &[u8]) -> bool {
    matches!(
        data.strip_suffix(&[0xF7]).unwrap_or(data),
        [0x7E, _, 0x09, 0x01 | 0x03]
            | [0x41, _, 0x42, 0x12, 0x40, 0x00, 0x7F, 0x00, 0x41]
            | [0x43, _, 0x4C, 0x00, 0x00, 0x7E, 0x00]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_as_midi_means_them() {
        let channel = Channel::new(3);
        let key = Pitch::from_data(60);
        let on = ChannelEvent::from_midi(&[0x93, 60, 100]);
        assert!(
            matches!(on, Some(ChannelEvent::NoteOn { velocity, .. }) if velocity.value() == 100)
        );
        let off = Some(ChannelEvent::NoteOff { channel, key });
        assert_eq!(ChannelEvent::from_midi(&[0x93, 60, 0]), off);
        assert_eq!(ChannelEvent::from_midi(&[0x83, 60, 64]), off);
        let wheel = Some(ChannelEvent::PitchBend { channel, value: U14::CENTRE });
        assert_eq!(ChannelEvent::from_midi(&[0xE3, 0, 64]), wheel);
        assert_eq!(ChannelEvent::from_midi(&[0x93, 60]), None);
        assert_eq!(ChannelEvent::from_midi(&[0xF8]), None);
        assert_eq!(ChannelEvent::from_midi(&[]), None);
    }

    #[test]
    fn system_on_is_recognised_in_all_dialects() {
        let resets: [&[u8]; 4] = [
            &[0xF0, 0x7E, 0x7F, 0x09, 0x01, 0xF7],
            &[0xF0, 0x7E, 0x7F, 0x09, 0x03, 0xF7],
            &[0xF0, 0x41, 0x10, 0x42, 0x12, 0x40, 0x00, 0x7F, 0x00, 0x41, 0xF7],
            &[0xF0, 0x43, 0x10, 0x4C, 0x00, 0x00, 0x7E, 0x00, 0xF7],
        ];
        for reset in resets {
            assert_eq!(ChannelEvent::from_midi(reset), Some(ChannelEvent::SystemReset));
        }
        assert_eq!(ChannelEvent::from_midi(&[0xF0, 0x7E, 0x7F, 0x06, 0x01, 0xF7]), None);
    }
}
