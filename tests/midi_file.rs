//! What a standard MIDI file says is what is heard: ticks, tempi, programs, percussion, pedal, bend.

use midly::num::{u4, u7, u14, u15, u24, u28};
use midly::{
    Format, Fps, Header, MetaMessage, MidiMessage, PitchBend, Smf, Timing, TrackEvent,
    TrackEventKind,
};
use musigan::music::{Listener, Marker, Recording};
use musigan::{smf, wav};
use musigan_score::{Metre, Mode, Pitch, Program, Velocity};
use musigan_synth::{Action, Channel, ChannelEvent, TimedAction};

const RATE: u32 = 48_000;

/// Delta time and event, on a channel.
fn midi(delta: u32, channel: u8, message: MidiMessage) -> TrackEvent<'static> {
    let kind = TrackEventKind::Midi { channel: u4::new(channel), message };
    TrackEvent { delta: u28::new(delta), kind }
}

fn meta(delta: u32, message: MetaMessage<'static>) -> TrackEvent<'static> {
    TrackEvent { delta: u28::new(delta), kind: TrackEventKind::Meta(message) }
}

fn on(delta: u32, channel: u8, key: u8) -> TrackEvent<'static> {
    midi(delta, channel, MidiMessage::NoteOn { key: u7::new(key), vel: u7::new(90) })
}

fn off(delta: u32, channel: u8, key: u8) -> TrackEvent<'static> {
    midi(delta, channel, MidiMessage::NoteOn { key: u7::new(key), vel: u7::new(0) })
}

fn program(channel: u8, program: u8) -> TrackEvent<'static> {
    midi(0, channel, MidiMessage::ProgramChange { program: u7::new(program) })
}

fn controller(delta: u32, controller: u8, value: u8) -> TrackEvent<'static> {
    midi(
        delta,
        0,
        MidiMessage::Controller { controller: u7::new(controller), value: u7::new(value) },
    )
}

fn file(format: Format, timing: Timing, tracks: Vec<Vec<TrackEvent<'static>>>) -> Vec<u8> {
    let mut smf = Smf::new(Header::new(format, timing));
    smf.tracks = tracks;
    smf.tracks.iter_mut().for_each(|track| track.push(meta(0, MetaMessage::EndOfTrack)));
    let mut bytes = Vec::new();
    smf.write_std(&mut bytes).unwrap();
    bytes
}

fn single(track: Vec<TrackEvent<'static>>) -> Vec<u8> {
    file(Format::SingleTrack, Timing::Metrical(u15::new(480)), vec![track])
}

/// The sound of a file, left and right added.
fn heard(bytes: &[u8]) -> Vec<f32> {
    let song = smf::read(bytes).unwrap();
    let format = wav::Format {
        samples: wav::Samples::Int16,
        sample_rate: RATE,
        ticks_per_quarter: song.ticks_per_quarter,
        default_program: Program::PIANO,
    };
    let mut sound = Vec::new();
    wav::play(&song.actions, format, |left, right| {
        sound.extend(left.iter().zip(right).map(|(left, right)| left + right));
        Ok(())
    })
    .unwrap();
    sound
}

/// Loudest sample of a stretch in seconds.
fn peak(sound: &[f32], from: f64, to: f64) -> f32 {
    let at = |seconds: f64| ((seconds * f64::from(RATE)) as usize).min(sound.len());
    sound[at(from)..at(to)].iter().fold(0.0, |peak, sample| peak.max(sample.abs()))
}

/// Seconds at which a sound begins, from a time on: the first sample well above what rang before.
fn onset(sound: &[f32], from: f64) -> f64 {
    let ringing = peak(sound, from - 0.02, from);
    let from = (from * f64::from(RATE)) as usize;
    let louder = |sample: &f32| sample.abs() > 3.0 * ringing.max(1e-3);
    let at = sound[from..].iter().position(louder).unwrap();
    (from + at) as f64 / f64::from(RATE)
}

/// The fundamental of a steady stretch in Hz: the best lag of its autocorrelation, interpolated.
fn frequency(sound: &[f32], from: f64, low: f64, high: f64) -> f64 {
    let start = (from * f64::from(RATE)) as usize;
    let window = &sound[start..start + 12_000];
    let length = 8_000;
    let correlation = |lag: usize| -> f64 {
        let pairs = window[..length].iter().zip(&window[lag..lag + length]);
        let (product, energy) = pairs.fold((0.0, 0.0), |(product, energy), (&a, &b)| {
            (product + f64::from(a * b), energy + f64::from(b * b))
        });
        product / energy.sqrt()
    };
    let lags = (f64::from(RATE) / high) as usize..(f64::from(RATE) / low) as usize;
    let best = lags.max_by(|&a, &b| correlation(a).total_cmp(&correlation(b))).unwrap();
    let [before, here, after] = [best - 1, best, best + 1].map(correlation);
    let shift = 0.5 * (before - after) / (before - 2.0 * here + after);
    f64::from(RATE) / (best as f64 + shift)
}

#[test]
fn tempo_changes_move_what_follows() {
    // A wood block (percussion 76) on beats 1, 3 and 5 at 480 PPQ; 120 per minute, from beat 3 on 60.
    let track = vec![
        on(0, 9, 76),
        meta(960, MetaMessage::Tempo(u24::new(1_000_000))),
        on(0, 9, 76),
        on(960, 9, 76),
    ];
    let sound = heard(&single(track));
    assert!(onset(&sound, 0.0) < 0.005);
    for expected in [1.0, 3.0] {
        let found = onset(&sound, expected - 0.02);
        assert!((found - expected).abs() < 0.005, "{found} for {expected}");
    }
}

#[test]
fn smpte_time_counts_frames() {
    // 25 frames of 40 subframes a second: a thousand ticks a second, whatever the tempo says.
    let track = vec![meta(0, MetaMessage::Tempo(u24::new(250_000))), on(1500, 9, 76)];
    let sound = heard(&file(Format::SingleTrack, Timing::Timecode(Fps::Fps25, 40), vec![track]));
    let found = onset(&sound, 0.0);
    assert!((found - 1.5).abs() < 0.005, "{found}");
}

#[test]
fn tracks_sound_together_and_sequences_one_after_the_other() {
    let tracks = || vec![vec![on(480, 9, 76)], vec![on(960, 9, 76), off(0, 9, 76)]];
    let timing = Timing::Metrical(u15::new(480));
    let together = heard(&file(Format::Parallel, timing, tracks()));
    assert!((onset(&together, 0.0) - 0.5).abs() < 0.005);
    assert!((onset(&together, 0.98) - 1.0).abs() < 0.005);
    let sequence = heard(&file(Format::Sequential, timing, tracks()));
    assert!((onset(&sequence, 0.0) - 0.5).abs() < 0.005);
    assert!((onset(&sequence, 1.48) - 1.5).abs() < 0.005);
}

#[test]
fn keys_sound_at_their_pitch_and_the_wheel_bends_them() {
    // A flute (program 73) on A4; the wheel a whole tone up, its default range.
    let up = MidiMessage::PitchBend { bend: PitchBend(u14::new(16_383)) };
    let sound =
        heard(&single(vec![program(0, 73), on(0, 0, 69), midi(960, 0, up), off(960, 0, 69)]));
    let straight = frequency(&sound, 0.4, 300.0, 700.0);
    let bent = frequency(&sound, 1.4, 300.0, 700.0);
    let cents = |a: f64, b: f64| 1200.0 * (a / b).log2();
    // The flute's vibrato is within these bounds.
    assert!(cents(straight, 440.0).abs() < 12.0, "{straight}");
    assert!((cents(bent, straight) - 200.0).abs() < 15.0, "{straight} {bent}");
}

#[test]
fn the_pedal_holds_and_programs_differ() {
    // An organ holds as long as its key; with the pedal down, as long as that.
    let plain = heard(&single(vec![program(0, 16), on(0, 0, 60), off(480, 0, 60)]));
    let held = heard(&single(vec![
        program(0, 16),
        controller(0, 64, 127),
        on(0, 0, 60),
        off(480, 0, 60),
        controller(1440, 64, 0),
    ]));
    let loud = peak(&plain, 0.2, 0.4);
    assert!(peak(&plain, 1.2, 1.6) < loud / 4.0, "it stops with its key");
    assert!(peak(&held, 1.2, 1.6) > loud / 2.0, "the pedal holds it");
    assert!(peak(&held, 3.5, 4.0) < loud / 20.0, "and lets it go");
    let piano = heard(&single(vec![program(0, 0), on(0, 0, 60), off(480, 0, 60)]));
    let untold = heard(&single(vec![on(0, 0, 60), off(480, 0, 60)]));
    assert_eq!(untold, piano, "a file that names no program is for piano");
    let same = piano.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-3);
    assert!(!same, "a piano is no organ");
}

#[test]
fn percussion_ignores_programs_and_reset_is_obeyed() {
    let snare = heard(&single(vec![on(0, 9, 38)]));
    let same = heard(&single(vec![program(0, 40), on(0, 9, 38)]));
    assert_eq!(snare, same);
    let gm_on = TrackEvent {
        delta: u28::new(0),
        kind: TrackEventKind::SysEx(&[0x7e, 0x7f, 0x09, 0x01, 0xf7]),
    };
    let song = smf::read(&single(vec![gm_on])).unwrap();
    let reset = TimedAction { tick: 0, action: Action::Channel(ChannelEvent::SystemReset) };
    assert_eq!(song.actions, [reset]);
}

#[test]
fn after_the_last_release_there_is_silence() {
    let chord = [36, 48, 55, 60, 64, 67, 72].map(|key| on(0, 0, key));
    let end = [36, 48, 55, 60, 64, 67, 72].map(|key| off(240, 0, key));
    let sound = heard(&single(chord.into_iter().chain(end).collect()));
    assert!(peak(&sound, 0.0, 1.0) > 0.05);
    let seconds = sound.len() as f64 / f64::from(RATE);
    assert!(seconds < 20.0, "the sound ends by itself: {seconds} s");
    assert!(peak(&sound, seconds - 0.005, seconds) < 1e-4);
}

#[test]
fn a_recording_survives_its_file() {
    let mut recording = Recording::default();
    let channel = Channel::new(2);
    let mut tell =
        |tick, event| recording.action(TimedAction { tick, action: Action::Channel(event) });
    tell(0, ChannelEvent::Program { channel, program: Program::MUSIC_BOX });
    tell(
        6,
        ChannelEvent::NoteOn {
            channel,
            key: Pitch::from_data(60),
            velocity: Velocity::MEZZO_FORTE,
        },
    );
    tell(30, ChannelEvent::NoteOff { channel, key: Pitch::from_data(60) });
    recording.action(TimedAction { tick: 96, action: Action::Tempo(487_804) });
    recording.marker(0, Marker::Metre(Metre::nearest(6, 8).0));
    recording.marker(0, Marker::Key(musigan_score::Key::new(9, Mode::Minor).unwrap()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording.mid");
    smf::write(&path, &recording).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let song = smf::read(&bytes).unwrap();
    assert_eq!(song.ticks_per_quarter, 24);
    assert_eq!(song.actions, recording.actions);
    let parsed = Smf::parse(&bytes).unwrap();
    let metas: Vec<_> = parsed.tracks[0].iter().map(|event| event.kind).collect();
    assert!(metas.contains(&TrackEventKind::Meta(MetaMessage::TimeSignature(6, 3, 24, 8))));
    assert!(metas.contains(&TrackEventKind::Meta(MetaMessage::KeySignature(0, true))));
}

/// Files that lie about their sizes, or ask for more than there is; the fuzzers begin with them, too.
#[test]
fn hostile_files_are_refused_or_played() {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/seeds");
    let read = |name: &str| {
        let bytes = std::fs::read(format!("{seeds}/{name}.mid")).unwrap();
        smf::read(&bytes).map_err(|error| format!("{error:#}"))
    };
    for (name, complaint) in [
        ("lies-about-its-length", "cut short"),
        ("says-65535-tracks", "says 65535 tracks and has 1"),
        ("header-of-4-gigabytes", "cut short"),
        ("division-0", "division is 0"),
        ("minus-128-frames-a-second", "frames of 128 a second"),
        ("a-second-header", "frames of 128 a second"),
    ] {
        let error = read(name).unwrap_err();
        assert!(error.contains(complaint), "{name}: {error}");
    }
    for (name, actions) in [("thousand-empty-tracks", 0), ("longest-deltas", 17), ("sequences", 6)]
    {
        assert_eq!(read(name).unwrap().actions.len(), actions, "{name}");
    }
    let mut tracks = b"MThd\0\0\0\x06\0\x01\xff\xff\0\x60".to_vec();
    (0..0xffff).for_each(|_| tracks.extend(b"MTrk\0\0\0\0"));
    assert_eq!(smf::read(&tracks).unwrap().actions, []);
}

#[test]
fn music_that_no_file_could_hold_is_refused_before_it_is_rendered() {
    let seed = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/seeds/longest-deltas.mid");
    let song = smf::read(&std::fs::read(seed).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("years.wav");
    let format = wav::Format {
        samples: wav::Samples::Int16,
        sample_rate: RATE,
        ticks_per_quarter: song.ticks_per_quarter,
        default_program: Program::PIANO,
    };
    let error = wav::render(&path, &song.actions, format).unwrap_err().to_string();
    assert!(error.contains("hours") && error.contains("--rate"), "{error}");
    assert!(!path.exists());
}
