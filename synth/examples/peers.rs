//! Renders a MIDI file with our kernels, with rustysynth and with FluidSynth, in turn, at 48 kHz
//! with effects, and prints the processor time of each per second of music.
//!
//! `cargo run --release -p musigan-synth --example peers -- SOUNDFONT FILE.mid [ROUNDS]`
//!
//! FluidSynth is the program of that name, rendering into /dev/null; what it needs to load the
//! SoundFont is measured with a file of no music and taken off. The others render into memory.

mod midi;

use musigan_synth::{ChannelEvent, Config, Kernels, Player, TimedAction};
use rustysynth::{MidiFile, MidiFileSequencer, SoundFont, Synthesizer, SynthesizerSettings};
use std::{error::Error, io::Cursor, path::Path, process::Command, sync::Arc};

const RATE: u32 = 48_000;
/// A file of one empty track.
const NOTHING: &[u8] = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x04\0\xFF\x2F\0";

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(font), Some(file)) = (args.next(), args.next()) else {
        return Err("usage: peers SOUNDFONT FILE.mid [ROUNDS]".into());
    };
    let rounds = args.next().and_then(|n| n.parse().ok()).unwrap_or(5);
    let bytes = std::fs::read(&file)?;
    let (actions, ppq) = midi::read(&bytes)?;
    let sounds = Arc::new(SoundFont::new(&mut std::fs::read(&font)?.as_slice())?);
    let song = Arc::new(MidiFile::new(&mut Cursor::new(&bytes))?);
    let seconds = song.get_length();
    let nothing = std::env::temp_dir().join("musigan-nothing.mid");
    std::fs::write(&nothing, NOTHING)?;

    let mut best = [f64::INFINITY; 5];
    for _ in 0..rounds {
        let times = [
            timed(|| ours(&actions, ppq, Kernels::PORTABLE, seconds))?,
            timed(|| ours(&actions, ppq, Kernels::detect(), seconds))?,
            timed(|| rusty(&sounds, &song, seconds))?,
            timed(|| fluid(&font, Path::new(&file)))?,
            timed(|| fluid(&font, &nothing))?,
        ];
        best.iter_mut().zip(times).for_each(|(b, t)| *b = b.min(t));
    }
    std::fs::remove_file(&nothing)?;
    best[3] -= best[4];
    println!("{seconds:.1} s of music, least processor time of {rounds} interleaved rounds");
    let detected = Kernels::detect().name();
    for (name, t) in ["portable", detected, "rustysynth", "FluidSynth"].iter().zip(best) {
        let against = best[3] / t;
        println!(
            "{name:12} {:7.2} ms per second of music, {against:5.2} x FluidSynth",
            t * 1e3 / seconds
        );
    }
    Ok(())
}

/// Seconds of processor time of this process and of the children it has waited for.
fn processor_time() -> Result<f64, Box<dyn Error>> {
    // Fields 14 to 17: user, system, children's user and system time, in hundredths of a second.
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit_once(')').ok_or("no process state")?.1.split_whitespace();
    let ticks = fields.skip(11).take(4).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(ticks as f64 / 100.0)
}

fn timed(work: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let start = processor_time()?;
    work()?;
    Ok(processor_time()? - start)
}

fn ours(
    actions: &[TimedAction],
    ppq: u32,
    kernels: Kernels,
    seconds: f64,
) -> Result<(), Box<dyn Error>> {
    let config = Config { sample_rate: RATE, ..Config::default() };
    let mut player = Player::new(config, ppq).with_kernels(kernels);
    for channel in 0..16 {
        player.send(ChannelEvent::from_midi(&[0xC0 | channel, 0]).ok_or("no program change")?);
    }
    let mut source = actions;
    let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
    for _ in 0..(seconds * f64::from(RATE)) as u64 / 64 {
        player.render(&mut source, &mut left, &mut right);
        std::hint::black_box((&left, &right));
    }
    Ok(())
}

fn rusty(
    sounds: &Arc<SoundFont>,
    song: &Arc<MidiFile>,
    seconds: f64,
) -> Result<(), Box<dyn Error>> {
    let mut settings = SynthesizerSettings::new(RATE as i32);
    settings.maximum_polyphony = 256;
    let mut sequencer = MidiFileSequencer::new(Synthesizer::new(sounds, &settings)?);
    sequencer.play(song, false);
    let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
    for _ in 0..(seconds * f64::from(RATE)) as u64 / 64 {
        sequencer.render(&mut left, &mut right);
        std::hint::black_box((&left, &right));
    }
    Ok(())
}

fn fluid(font: &str, file: &Path) -> Result<(), Box<dyn Error>> {
    let status = Command::new("fluidsynth")
        .args(["-n", "-i", "-q", "-r", "48000", "-O", "float", "-T", "raw", "-F", "/dev/null"])
        .args([font.as_ref(), file])
        .status()?;
    if status.success() { Ok(()) } else { Err("fluidsynth failed: is it installed?".into()) }
}
