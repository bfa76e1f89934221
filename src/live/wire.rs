use musigan_music::partner::PLAYER_CHANNEL;
use musigan_synth::{Channel, ChannelEvent};

/// A MIDI message that means something here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// Something on a channel.
    Channel(ChannelEvent),
    /// A tick of the MIDI clock, 24 to the quarter.
    Clock,
    /// The song begins with the next clock.
    Start,
    /// The song goes on with the next clock.
    Continue,
    /// The song stops.
    Stop,
    /// The song goes on at this 16th when it goes on.
    SongPosition(u16),
}

impl Message {
    /// What the bytes of one message say; `None` if they are cut short, malformed, or nothing to
    /// us. A keyboard's "system on" is nothing to us: it would take the model's instruments away.
    ///
    /// # Real-time
    /// Allocates nothing.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        Some(match *bytes {
            [0xF8, ..] => Self::Clock,
            [0xFA, ..] => Self::Start,
            [0xFB, ..] => Self::Continue,
            [0xFC, ..] => Self::Stop,
            [0xF2, low, high, ..] if low < 0x80 && high < 0x80 => {
                Self::SongPosition(u16::from(high) << 7 | u16::from(low))
            }
            [0x80..=0xEF, first, ref rest @ ..]
                if first < 0x80 && rest.first().is_none_or(|&second| second < 0x80) =>
            {
                Self::Channel(ChannelEvent::from_midi(bytes)?)
            }
            _ => return None,
        })
    }
}

/// The event on the player's channel, whatever channel his keyboard sends on; pads stay on the
/// percussion channel.
pub(super) fn as_player(event: ChannelEvent) -> ChannelEvent {
    let moved = |channel| {
        if channel == Channel::PERCUSSION { channel } else { PLAYER_CHANNEL }
    };
    match event {
        ChannelEvent::NoteOn { channel, key, velocity } => {
            ChannelEvent::NoteOn { channel: moved(channel), key, velocity }
        }
        ChannelEvent::NoteOff { channel, key } => {
            ChannelEvent::NoteOff { channel: moved(channel), key }
        }
        ChannelEvent::Controller { channel, controller, value } => {
            ChannelEvent::Controller { channel: moved(channel), controller, value }
        }
        ChannelEvent::Program { channel, program } => {
            ChannelEvent::Program { channel: moved(channel), program }
        }
        ChannelEvent::PitchBend { channel, value } => {
            ChannelEvent::PitchBend { channel: moved(channel), value }
        }
        ChannelEvent::ChannelPressure { channel, value } => {
            ChannelEvent::ChannelPressure { channel: moved(channel), value }
        }
        ChannelEvent::SystemReset => event,
    }
}

/// The bytes of an event, and how many of them count; none for a reset.
pub(super) fn bytes(event: ChannelEvent) -> ([u8; 3], usize) {
    let status = |kind: u8, channel: Channel| kind | channel.index() as u8;
    match event {
        ChannelEvent::NoteOn { channel, key, velocity } => {
            ([status(0x90, channel), key.key(), velocity.value()], 3)
        }
        ChannelEvent::NoteOff { channel, key } => ([status(0x80, channel), key.key(), 64], 3),
        ChannelEvent::Controller { channel, controller, value } => {
            ([status(0xB0, channel), controller.get(), value.get()], 3)
        }
        ChannelEvent::Program { channel, program } => {
            ([status(0xC0, channel), program.number(), 0], 2)
        }
        ChannelEvent::PitchBend { channel, value } => {
            let (low, high) = (value.get() & 0x7F, value.get() >> 7);
            ([status(0xE0, channel), low as u8, high as u8], 3)
        }
        ChannelEvent::ChannelPressure { channel, value } => {
            ([status(0xD0, channel), value.get(), 0], 2)
        }
        ChannelEvent::SystemReset => ([0; 3], 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn malformed_messages_are_passed_over() {
        let nothing: [&[u8]; 12] = [
            &[],
            &[0x90],
            &[0x90, 60],
            &[0x90, 0xF8, 60],
            &[0x90, 60, 0x80],
            &[60, 100],
            &[0xF0],
            &[0xF0, 0x7E, 0x7F, 0x09, 0x01, 0xF7],
            &[0xF0, 1, 2, 3, 0x90, 60, 100],
            &[0xF2, 0x80, 0],
            &[0xF7],
            &[0xFF],
        ];
        for bytes in nothing {
            assert_eq!(Message::read(bytes), None, "{bytes:?}");
        }
        assert_eq!(Message::read(&[0xF2, 1, 2]), Some(Message::SongPosition(257)));
        assert_eq!(Message::read(&[0xFA]), Some(Message::Start));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(message in prop::collection::vec(any::<u8>(), 0..5)) {
            if let Some(Message::Channel(event)) = Message::read(&message) {
                let (bytes, len) = bytes(event);
                prop_assert_eq!(Message::read(&bytes[..len]), Some(Message::Channel(event)));
                prop_assert_eq!(as_player(as_player(event)), as_player(event));
            }
        }
    }
}
