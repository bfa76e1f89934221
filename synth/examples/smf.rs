//! Renders a Standard MIDI File through [`Player`] to a WAV file.
//!
//! `cargo run --release -p musigan-synth --example smf -- IN.mid OUT.wav`

use midly::{MetaMessage, MidiMessage, Smf, Timing, TrackEventKind};
use musigan_synth::{Action, ChannelEvent, Config, Player, TimedAction};

const RATE: u32 = 48_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(input), Some(output)) = (args.next(), args.next()) else {
        return Err("usage: smf IN.mid OUT.wav".into());
    };
    let bytes = std::fs::read(input)?;
    let (actions, ppq) = read(&bytes)?;
    let mut player = Player::new(Config { sample_rate: RATE, ..Config::default() }, ppq);
    // A file starts on the piano, as General MIDI has it.
    for channel in 0..16 {
        player.send(ChannelEvent::from_midi(&[0xC0 | channel, 0]).ok_or("no program change")?);
    }
    let mut file = hound::WavWriter::create(
        output,
        hound::WavSpec {
            channels: 2,
            sample_rate: RATE,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        },
    )?;
    let mut source = actions.as_slice();
    let (mut left, mut right) = ([0.0; 512], [0.0; 512]);
    let (mut most, mut spent) = (0, std::time::Duration::ZERO);
    while !source.is_empty() || !player.synth().is_silent() {
        let start = std::time::Instant::now();
        player.render(&mut source, &mut left, &mut right);
        spent += start.elapsed();
        most = most.max(player.synth().active_voices());
        for (l, r) in left.iter().zip(&right) {
            file.write_sample(*l)?;
            file.write_sample(*r)?;
        }
    }
    file.finalize()?;
    let seconds = player.frame() as f64 / f64::from(RATE);
    println!(
        "{seconds:.1} s of music, at most {most} voices, {:.1} × real time",
        seconds / spent.as_secs_f64()
    );
    Ok(())
}

fn read(bytes: &[u8]) -> Result<(Vec<TimedAction>, u32), Box<dyn std::error::Error>> {
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
