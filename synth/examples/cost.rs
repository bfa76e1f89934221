//! What voices cost: nanoseconds per voice-frame, and the share of the deadline of callbacks of 64
//! frames, for one program, for a mixture, or for each family of General MIDI.
//!
//! `cargo run --release -p musigan-synth --example cost -- [VOICES [SECONDS [PROGRAM]]] [families] [portable]`;
//! under
//! `valgrind --tool=callgrind` two runs of different length give the instructions per voice-frame.

use musigan_score::{Family, Pitch, Program, Velocity};
use musigan_synth::{Channel, ChannelEvent, Config, Kernels, Synth};
use std::time::Instant;

const MIXTURE: [u8; 16] = [0, 10, 4, 24, 33, 48, 48, 52, 56, 65, 73, 16, 0, 88, 11, 40];

fn main() {
    let has = |word: &str| std::env::args().any(|a| a == word);
    let mut numbers = std::env::args().skip(1).filter_map(|a| a.parse::<usize>().ok());
    let voices = numbers.next().unwrap_or(32);
    let seconds = numbers.next().unwrap_or(4);
    let only = numbers.next();
    let new = || {
        let synth = Synth::new(Config { voices, ..Config::default() });
        if has("portable") { synth.with_kernels(Kernels::PORTABLE) } else { synth }
    };
    let start = Instant::now();
    let mut synth = new();
    println!("ready after {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    if has("families") {
        for (family, first) in Family::ALL.into_iter().zip((0..).step_by(8)) {
            let programs: Vec<u8> = (first..first + 8).collect();
            println!(
                "{:20} {}",
                format!("{family:?}"),
                cost(&mut new(), &programs, voices, seconds)
            );
        }
        return;
    }
    let programs = only.map_or(MIXTURE.to_vec(), |only| vec![only as u8]);
    println!("{}", cost(&mut synth, &programs, voices, seconds));
}

/// What so many voices of these programs cost, one after the other, for so many seconds.
fn cost(synth: &mut Synth, programs: &[u8], voices: usize, seconds: usize) -> String {
    let mut played = 0_usize;
    let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
    let mut times = Vec::new();
    let mut voice_frames = 0;
    for block in 0..seconds * 750 {
        // Half a second for each note, evenly spread: the bank is always full.
        let due = (block + 1) * voices / 375;
        while played < due {
            let channel = Channel::new((played % 8) as u8);
            let program = Program::from_data(programs[played % programs.len()]);
            synth.send(ChannelEvent::Program { channel, program });
            let key = Pitch::from_data(40 + (played / 8 * 7 % 48) as u8);
            let velocity = Velocity::MEZZO_FORTE;
            synth.send(ChannelEvent::NoteOn { channel, key, velocity });
            played += 1;
        }
        voice_frames += 64 * synth.active_voices();
        let start = Instant::now();
        synth.render(&mut left, &mut right);
        times.push(start.elapsed().as_secs_f64());
    }
    let total: f64 = times.iter().sum();
    times.sort_by(f64::total_cmp);
    let (median, least) = (times[times.len() / 2], times[times.len() / 20]);
    let deadline = 64.0 / 48_000.0;
    format!(
        "{voices} voices: {voice_frames} voice-frames, {:.2} ns each; callback median {:.1} µs = {:.1} %, fastest twentieth {:.1} µs = {:.1} % of the deadline",
        total * 1e9 / voice_frames as f64,
        median * 1e6,
        100.0 * median / deadline,
        least * 1e6,
        100.0 * least / deadline,
    )
}
