//! The live MIDI vocabulary that the synth understands.

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

/// A 7-bit MIDI data byte, 0 to 127: a key, a velocity, a program, a controller or its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct U7(u8);

impl U7 {
    /// 127.
    pub const MAX: Self = Self(127);

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
    /// A key goes down; velocity 0 means note-off, as in MIDI.
    NoteOn {
        /// The channel.
        channel: Channel,
        /// 60 = C4, 69 = A4 = 440 Hz.
        key: U7,
        /// 1 to 127; 64 to 80 is mezzo-forte.
        velocity: U7,
    },
    /// A key comes up.
    NoteOff {
        /// The channel.
        channel: Channel,
        /// The key that was played.
        key: U7,
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
        /// General MIDI program, counted from 0.
        program: U7,
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
