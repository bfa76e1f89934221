//! Standard MIDI files (RP-001), written from a recording.

use alloc::vec::Vec;

use midly::num::{u4, u7, u14, u15, u24, u28};
use midly::{
    Format, Header, MetaMessage, MidiMessage, PitchBend, Smf, Timing, Track, TrackEvent,
    TrackEventKind,
};
use musigan_score::{Mode, TICKS_PER_QUARTER};
use musigan_synth::{Action, Channel, ChannelEvent, U7};

use crate::{Marker, Recording};

/// A recording as a standard MIDI file of type 1: a conductor's track with tempo, metre and key, then
/// a track for each channel. The same recording gives the same bytes. `None` if a track is longer
/// than a file can tell (4 GB).
#[must_use]
pub fn bytes(recording: &Recording) -> Option<Vec<u8>> {
    let header =
        Header::new(Format::Parallel, Timing::Metrical(u15::new(TICKS_PER_QUARTER as u16)));
    let mut smf = Smf::new(header);
    smf.tracks.push(conductor(recording));
    for channel in (0..Channel::COUNT as u8).map(Channel::new) {
        let events = recording.actions.iter().filter_map(|action| match action.action {
            Action::Channel(event) => Some((action.tick, message(event, channel)?)),
            Action::Tempo(_) => None,
        });
        let track = track(events);
        // The end of the track alone is no part.
        if track.len() > 1 {
            smf.tracks.push(track);
        }
    }
    let mut bytes = Vec::new();
    smf.write(&mut bytes).ok()?;
    Some(bytes)
}

fn conductor(recording: &Recording) -> Track<'static> {
    let tempi = recording.actions.iter().filter_map(|action| match action.action {
        Action::Tempo(tempo) => Some((action.tick, MetaMessage::Tempo(u24::new(tempo)))),
        Action::Channel(_) => None,
    });
    let markers = recording.markers.iter().filter_map(|&(tick, marker)| {
        let meta = match marker {
            Marker::Metre(metre) => {
                let denominator = metre.denominator().trailing_zeros() as u8;
                MetaMessage::TimeSignature(metre.numerator(), denominator, 24, 8)
            }
            Marker::Key(key) => {
                // The signature of the relative major key, −6 to 5 sharps.
                let minor = key.mode() == Mode::Minor;
                let major = if minor { key.tonic() + 3 } else { key.tonic() };
                let sharps = (i16::from(major) * 7 + 6).rem_euclid(12) - 6;
                MetaMessage::KeySignature(sharps as i8, minor)
            }
            Marker::Piece(_)
            | Marker::Part(..)
            | Marker::Bar
            | Marker::Note(_)
            | Marker::Dropped => {
                return None;
            }
        };
        Some((tick, meta))
    });
    let mut events: Vec<_> = tempi.chain(markers).collect();
    events.sort_by_key(|event| event.0);
    track(events.into_iter().map(|(tick, meta)| (tick, TrackEventKind::Meta(meta))))
}

/// Events in the order of ticks as a track, with its end.
fn track(events: impl Iterator<Item = (u64, TrackEventKind<'static>)>) -> Track<'static> {
    let mut before = 0;
    let mut track: Track<'_> = events
        .map(|(tick, kind)| {
            let delta = u28::new(u32::try_from(tick - before).unwrap_or(u32::MAX) & 0x0fff_ffff);
            before = tick;
            TrackEvent { delta, kind }
        })
        .collect();
    track.push(TrackEvent {
        delta: u28::new(0),
        kind: TrackEventKind::Meta(MetaMessage::EndOfTrack),
    });
    track
}

/// The event as a message, if it is on `channel`.
fn message(event: ChannelEvent, channel: Channel) -> Option<TrackEventKind<'static>> {
    let seven = |value: U7| u7::new(value.get());
    let (on, message) = match event {
        ChannelEvent::NoteOn { channel, key, velocity } => (
            channel,
            MidiMessage::NoteOn { key: u7::new(key.key()), vel: u7::new(velocity.value()) },
        ),
        ChannelEvent::NoteOff { channel, key } => {
            (channel, MidiMessage::NoteOff { key: u7::new(key.key()), vel: u7::new(64) })
        }
        ChannelEvent::Controller { channel, controller, value } => (
            channel,
            MidiMessage::Controller { controller: seven(controller), value: seven(value) },
        ),
        ChannelEvent::Program { channel, program } => {
            (channel, MidiMessage::ProgramChange { program: u7::new(program.number()) })
        }
        ChannelEvent::PitchBend { channel, value } => {
            (channel, MidiMessage::PitchBend { bend: PitchBend(u14::new(value.get())) })
        }
        ChannelEvent::ChannelPressure { channel, value } => {
            (channel, MidiMessage::ChannelAftertouch { vel: seven(value) })
        }
        ChannelEvent::SystemReset => return None,
    };
    (on == channel)
        .then(|| TrackEventKind::Midi { channel: u4::new(channel.index() as u8), message })
}
