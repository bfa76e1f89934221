//! Renders a Standard MIDI File through [`Player`] to a WAV file.
//!
//! `cargo run --release -p musigan-synth --example smf -- IN.mid OUT.wav`

mod midi;

use musigan_synth::{ChannelEvent, Config, Player};

const RATE: u32 = 48_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(input), Some(output)) = (args.next(), args.next()) else {
        return Err("usage: smf IN.mid OUT.wav".into());
    };
    let bytes = std::fs::read(input)?;
    let (actions, ppq) = midi::read(&bytes)?;
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
