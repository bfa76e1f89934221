//! MIDI ingest against what mido and pretty_midi read in the same files
//! (`reference/midi_fixtures.py` wrote both).

use musigan_score::Instrument;
use musigan_train::corpus::song::Song;
use musigan_train::corpus::{Fault, Pedal};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What the other implementation found in a song.
#[derive(Deserialize)]
struct Expected {
    tempi: Vec<(u64, u32)>,
    metres: Vec<(u64, (u8, u8))>,
    keys: Vec<(u64, (i8, bool))>,
    /// Track, channel, program (−1 for percussion), onset, end, key, velocity.
    notes: Vec<Row>,
    /// The same under the sustain pedal.
    sustained: Vec<Row>,
    /// File ticks and the score ticks that they are.
    score_ticks: Vec<(u64, u64)>,
}

type Row = (usize, u8, i16, u64, u64, u8, u8);

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/midi");
    std::fs::read(format!("{folder}/{name}")).unwrap()
}

fn expected() -> BTreeMap<String, Vec<Expected>> {
    serde_json::from_slice(&fixture("expected.json")).unwrap()
}

fn rows(song: &Song) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in &song.lines {
        let program = match line.instrument {
            Instrument::Program(program) => i16::from(program.number()),
            Instrument::Percussion => -1,
        };
        rows.extend(line.notes.iter().map(|note| {
            (line.track, line.channel, program, note.onset, note.end, note.key, note.velocity)
        }));
    }
    rows.sort_unstable();
    rows
}

#[test]
fn notes_and_maps_are_those_that_mido_and_pretty_midi_read() {
    let expected = expected();
    assert!(expected.len() > 10);
    for (name, songs) in expected {
        let file = fixture(&format!("{name}.mid"));
        let (plain, sustained) = (
            Song::read(&file, Pedal::Ignored).unwrap(),
            Song::read(&file, Pedal::Sustains).unwrap(),
        );
        assert_eq!(plain.len(), songs.len(), "{name}");
        for (at, song) in songs.iter().enumerate() {
            // In a type-2 file every song is its own track 0, there as here.
            assert_eq!(rows(&plain[at]), song.notes, "{name} {at}");
            assert_eq!(rows(&sustained[at]), song.sustained, "{name} {at} with pedal");
            assert_eq!(plain[at].tempi, song.tempi, "{name} {at}");
            assert_eq!(plain[at].metres, song.metres, "{name} {at}");
            assert_eq!(plain[at].keys, song.keys, "{name} {at}");
            for &(file, score) in &song.score_ticks {
                assert_eq!(plain[at].score_ticks(file), score, "{name} {at}: tick {file}");
            }
        }
    }
}

#[test]
fn the_pedal_fixture_tells_the_pedal_from_none() {
    let songs = &expected()["pedal"];
    assert_ne!(songs[0].notes, songs[0].sustained);
}

#[test]
fn odd_things_are_counted() {
    let odd = |name| Song::read(&fixture(name), Pedal::Ignored).unwrap()[0].oddities;
    let restrike = odd("restrike.mid");
    assert_eq!((restrike.restruck, restrike.struck_twice, restrike.zero_length), (2, 1, 2));
    let hanging = odd("hanging.mid");
    assert_eq!((hanging.hanging, hanging.stray_offs), (2, 1));
}

#[test]
fn a_file_cut_anywhere_is_reported_with_the_reason() {
    let file = fixture("type1.mid");
    for length in 0..file.len() {
        let fault = Song::read(&file[..length], Pedal::Sustains).unwrap_err();
        match fault {
            Fault::NotMidi => assert!(length < 8, "{length}"),
            Fault::Truncated { at, said, left } => {
                assert_eq!(at + left, length);
                assert!(left < said as usize);
            }
            Fault::MissingTracks { said: 3, found } => assert!(found < 3),
            other => panic!("cut at {length}: {other}"),
        }
    }
}

#[test]
fn what_is_no_midi_says_so() {
    let mut file = fixture("type1.mid");
    file[9] = 7;
    assert_eq!(Song::read(&file, Pedal::Sustains), Err(Fault::Type(7)));
    file[9] = 1;
    (file[12], file[13]) = (0, 0);
    assert_eq!(Song::read(&file, Pedal::Sustains), Err(Fault::Division(0)));
    assert_eq!(Song::read(b"RIFF....RMID", Pedal::Sustains), Err(Fault::NotMidi));
    let short = b"MThd\0\0\0\x02\0\x01";
    assert_eq!(Song::read(short, Pedal::Sustains), Err(Fault::ShortHeader(2)));
}

#[test]
fn an_event_that_is_none_is_reported_with_its_place() {
    let mut file = fixture("running_status.mid");
    let track = 14 + 8;
    // The first status byte becomes a data byte: there is no running status yet.
    file[track + 1] = 0x10;
    assert_eq!(Song::read(&file, Pedal::Sustains), Err(Fault::Event { track: 0, at: 0 }));
    assert_eq!(
        Fault::Event { track: 0, at: 0 }.to_string(),
        "malformed: no MIDI event at byte 0 of track 0"
    );
}

#[test]
fn a_file_may_have_65_535_tracks() {
    let mut file = b"MThd\0\0\0\x06\0\x01\xff\xff\0\x60".to_vec();
    for track in 0..65_535u32 {
        // One note in each, on the channel of its number.
        let channel = (track % 16) as u8;
        let events = [0, 0x90 | channel, 60, 80, 96, 60, 0, 0, 0xff, 0x2f, 0];
        file.extend(b"MTrk\0\0\0\x0b");
        file.extend(events);
    }
    let songs = Song::read(&file, Pedal::Sustains).unwrap();
    assert_eq!(songs[0].lines.len(), 65_535);
    let pieces = musigan_train::corpus::pieces("crowd.mid", &file, &Default::default()).unwrap();
    // Fifteen channels are one piano, the tenth strikes a high bongo: all at the same time.
    assert_eq!(pieces[0].0.notes, 2);
}
