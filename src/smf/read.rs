use anyhow::{Context, Result, bail, ensure};
use midly::{Format, Fps, MetaMessage, Smf, Timing, TrackEventKind};
use musigan_synth::{Action, ChannelEvent, TimedAction};

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
    let (mut start, mut message) = (0, Vec::new());
    for track in &smf.tracks {
        let mut tick = start;
        for event in track {
            tick += u64::from(event.delta.as_int());
            let action = match event.kind {
                TrackEventKind::Meta(MetaMessage::Tempo(tempo)) => {
                    Some(Action::Tempo(tempo.as_int().max(1))).filter(|_| frames_tempo.is_none())
                }
                kind => channel_event(kind, &mut message)?.map(Action::Channel),
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

/// The high byte of the divisions that are frames: minus 24, 25, 29 (29.97) and 30 a second.
const FRAMES: [u8; 4] = [0xE8, 0xE7, 0xE3, 0xE2];

/// Refuses what is no MIDI file, one whose time is none (midly 0.5 panics at minus 128 frames, in
/// whichever header they stand), and one that ends before its last track does: a lenient reader
/// would play the torso without a word.
fn check_chunks(bytes: &[u8]) -> Result<()> {
    ensure!(bytes.starts_with(b"MThd"), "not a MIDI file: it does not begin with MThd");
    let (mut at, mut tracks) = (0, 0_u32);
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
        if id == b"MThd" {
            check_frames(&bytes[at + 8..][..length])?;
        }
        tracks += u32::from(id == b"MTrk");
        at += 8 + length;
    }
    let declared =
        bytes.get(10..12).map_or(1, |count| u16::from_be_bytes([count[0], count[1]]).into());
    ensure!(
        tracks >= declared,
        "the MIDI file is cut short: it says {declared} tracks and has {tracks}; get the file again"
    );
    Ok(())
}

/// Refuses a header whose time is in frames of an unknown number a second.
fn check_frames(header: &[u8]) -> Result<()> {
    let frames = header.get(4).copied().filter(|high| high & 0x80 != 0);
    ensure!(
        frames.is_none_or(|high| FRAMES.contains(&high)),
        "not a playable MIDI file: its time is in frames of {} a second; 24, 25, 29 and 30 are known",
        frames.map_or(0, |high| high.wrapping_neg())
    );
    Ok(())
}

/// The event as the synth understands it; `message` is memory for its bytes.
fn channel_event(kind: TrackEventKind<'_>, message: &mut Vec<u8>) -> Result<Option<ChannelEvent>> {
    let Some(live) = kind.as_live_event() else { return Ok(None) };
    message.clear();
    live.write_std(&mut *message)?;
    Ok(ChannelEvent::from_midi(message))
}
