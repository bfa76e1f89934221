//! Standard MIDI Files as timed actions, for the examples.

use midly::{MetaMessage, MidiMessage, Smf, Timing, TrackEventKind};
use musigan_synth::{Action, ChannelEvent, TimedAction};

/// The actions of a file in order, and its ticks per quarter note.
pub fn read(bytes: &[u8]) -> Result<(Vec<TimedAction>, u32), Box<dyn std::error::Error>> {
    let smf = Smf::parse(bytes)?;
    let Timing::Metrical(ppq) = smf.header.timing else {
        return Err("SMPTE time is the player's business, not this example's".into());
    };
    let mut actions = Vec::new();
    for track in &smf.tracks {
        let mut tick = 0;
        for event in track {
            tick += u64::from(event.delta.as_int());
            let action = match event.kind {
                TrackEventKind::Meta(MetaMessage::Tempo(tempo)) => {
                    Some(Action::Tempo(tempo.as_int()))
                }
                TrackEventKind::Midi { channel, message } => {
                    channel_event(channel.as_int(), message).map(Action::Channel)
                }
                _ => None,
            };
            actions.extend(action.map(|action| TimedAction { tick, action }));
        }
    }
    actions.sort_by_key(|a| a.tick);
    Ok((actions, u32::from(ppq.as_int())))
}

fn channel_event(channel: u8, message: MidiMessage) -> Option<ChannelEvent> {
    let status = |kind: u8| kind | channel;
    let bytes = match message {
        MidiMessage::NoteOff { key, vel } => [status(0x80), key.as_int(), vel.as_int()],
        MidiMessage::NoteOn { key, vel } => [status(0x90), key.as_int(), vel.as_int()],
        MidiMessage::Controller { controller, value } => {
            [status(0xB0), controller.as_int(), value.as_int()]
        }
        MidiMessage::ProgramChange { program } => [status(0xC0), program.as_int(), 0],
        MidiMessage::ChannelAftertouch { vel } => [status(0xD0), vel.as_int(), 0],
        MidiMessage::PitchBend { bend } => {
            let value = bend.0.as_int();
            [status(0xE0), (value & 0x7F) as u8, (value >> 7) as u8]
        }
        MidiMessage::Aftertouch { .. } => return None,
    };
    ChannelEvent::from_midi(&bytes)
}
