use anyhow::{Context, Result, bail, ensure};
use midly::{Format, Fps, MetaMessage, MidiMessage, Smf, Timing, TrackEventKind};
use musigan_score::{Pitch, Program, Velocity};
use musigan_synth::{Action, Channel, ChannelEvent, TimedAction, U7, U14};

/// A file as the synth plays it.
#[derive(Clone, Debug, PartialEq)]
pub struct Song {
    /// Ticks to the quarter (or, for SMPTE time, to the second, at a tempo of a quarter a second).
    pub ticks_per_quarter: u32,
    /// What happens, in the order of ticks.
    pub actions: Vec<TimedAction>,
}

/// Reads a standard MIDI file: types 0 and 1, and the sequences of a type 2 one after the other.
///
/// # Errors
/// What is wrong with the file, and that it is left alone.
pub fn read(bytes: &[u8]) -> Result<Song> {
    check_chunks(bytes)?;
    let smf = Smf::parse(bytes).context("not a playable MIDI file")?;
    let (ticks_per_quarter, frames_tempo) = match smf.header.timing {
        Timing::Metrical(ppq) => (u32::from(ppq.as_int()), None),
        Timing::Timecode(fps, subframes) => {
            // 30 drop-frame is 29.97 frames a second: 30 of them take 1.001 seconds.
            let tempo = if fps == Fps::Fps29 { 1_001_000 } else { 1_000_000 };
            (u32::from(fps.as_int()).max(1) * u32::from(subframes), Some(tempo))
        }
    };
    ensure!(ticks_per_quarter > 0, "not a playable MIDI file: its division is 0 ticks");
    let mut actions = Vec::new();
    if let Some(tempo) = frames_tempo {
        actions.push(TimedAction { tick: 0, action: Action::Tempo(tempo) });
    }
    let mut start = 0;
    for track in &smf.tracks {
        let mut tick = start;
        for event in track {
            tick += u64::from(event.delta.as_int());
            let action = match event.kind {
                TrackEventKind::Midi { channel, message } => {
                    channel_event(Channel::new(channel.as_int()), message).map(Action::Channel)
                }
                TrackEventKind::Meta(MetaMessage::Tempo(tempo)) if frames_tempo.is_none() => {
                    Some(Action::Tempo(tempo.as_int().max(1)))
                }
                TrackEventKind::SysEx(data) if is_reset(data) => {
                    Some(Action::Channel(ChannelEvent::SystemReset))
                }
                _ => None,
            };
            actions.extend(action.map(|action| TimedAction { tick, action }));
        }
        if smf.header.format == Format::Sequential {
            start = tick;
        }
    }
    actions.sort_by_key(|action| action.tick);
    Ok(Song { ticks_per_quarter, actions })
}

/// Refuses what is no MIDI file, and one that ends before its last track does: a lenient reader would
/// play the torso without a word.
fn check_chunks(bytes: &[u8]) -> Result<()> {
    ensure!(bytes.starts_with(b"MThd"), "not a MIDI file: it does not begin with MThd");
    let (mut at, mut tracks) = (0, 0);
    while let Some((id, length)) =
        bytes.get(at..at + 8).and_then(|head| head.split_first_chunk::<4>())
    {
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
        let left = bytes.len() - at - 8;
        if length > left {
            let name = id.escape_ascii();
            bail!(
                "the MIDI file is cut short: its chunk {name} has {length} bytes, but only {left} \
                 are left; get the file again"
            );
        }
        tracks += u16::from(id == b"MTrk");
        at += 8 + length;
    }
    let declared = bytes.get(10..12).map_or(1, |count| u16::from_be_bytes([count[0], count[1]]));
    ensure!(
        tracks >= declared,
        "the MIDI file is cut short: it says {declared} tracks and has {tracks}; get the file again"
    );
    Ok(())
}

fn channel_event(channel: Channel, message: MidiMessage) -> Option<ChannelEvent> {
    Some(match message {
        MidiMessage::NoteOn { key, vel } => {
            let key = Pitch::from_data(key.as_int());
            match Velocity::new(vel.as_int()) {
                Some(velocity) => ChannelEvent::NoteOn { channel, key, velocity },
                None => ChannelEvent::NoteOff { channel, key },
            }
        }
        MidiMessage::NoteOff { key, .. } => {
            ChannelEvent::NoteOff { channel, key: Pitch::from_data(key.as_int()) }
        }
        MidiMessage::Controller { controller, value } => ChannelEvent::Controller {
            channel,
            controller: U7::new(controller.as_int()),
            value: U7::new(value.as_int()),
        },
        MidiMessage::ProgramChange { program } => {
            ChannelEvent::Program { channel, program: Program::from_data(program.as_int()) }
        }
        MidiMessage::PitchBend { bend } => {
            ChannelEvent::PitchBend { channel, value: U14::new(bend.0.as_int()) }
        }
        MidiMessage::ChannelAftertouch { vel } => {
            ChannelEvent::ChannelPressure { channel, value: U7::new(vel.as_int()) }
        }
        MidiMessage::Aftertouch { .. } => return None,
    })
}

/// Whether a system exclusive message (without its F0) turns on General MIDI, GS or XG.
fn is_reset(data: &[u8]) -> bool {
    matches!(
        data.strip_suffix(&[0xf7]).unwrap_or(data),
        [0x7e, _, 0x09, 0x01 | 0x03]
            | [0x41, _, 0x42, 0x12, 0x40, 0x00, 0x7f, 0x00, 0x41]
            | [0x43, _, 0x4c, 0x00, 0x00, 0x7e, 0x00]
    )
}
