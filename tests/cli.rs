//! Bad input: one clear line, a non-zero exit code, nothing half-written.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const BUNDLED: &[u8] = include_bytes!("../models/music-box.mgi");

fn musigan(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_musigan"))
        .current_dir(folder)
        .env("HOME", folder)
        .env_remove("XDG_CACHE_HOME")
        .env_remove("XDG_DATA_HOME")
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs it, insists on a refusal in one line that says all of `words`, and that the folder has
/// nothing new.
fn refuses(folder: &TempDir, arguments: &[&str], words: &[&str]) {
    let before = names(folder.path());
    let output = musigan(folder.path(), arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{arguments:?}: {said}");
    for word in words {
        assert!(said.contains(word), "{arguments:?} does not say {word:?}: {said}");
    }
    assert_eq!(names(folder.path()), before, "{arguments:?} left something behind");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn folder_with(name: &str, bytes: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    folder
}

/// A type 0 file with one note, a second long.
fn small_midi() -> Vec<u8> {
    let mut bytes = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x0e".to_vec();
    bytes.extend([0x00, 0xc0, 10, 0x00, 0x90, 69, 80, 0x81, 0x40, 69, 0, 0x00, 0xff, 0x2f]);
    bytes.push(0);
    bytes[21] = 15;
    bytes
}

#[test]
fn a_whole_midi_file_becomes_sound() {
    let folder = folder_with("note.mid", &small_midi());
    let output = musigan(folder.path(), &["synth", "note.mid", "--out", "note.wav"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut wav = hound::WavReader::open(folder.path().join("note.wav")).unwrap();
    assert_eq!((wav.spec().channels, wav.spec().sample_rate), (2, 48_000));
    let peak = wav.samples::<i16>().map(|sample| sample.unwrap().unsigned_abs()).max().unwrap();
    assert!((1000..32_000).contains(&peak), "{peak}");
}

/// As with `musigan models | head -1`.
#[test]
fn who_reads_no_further_ends_nothing_in_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let render = ["render", "--seed", "5", "--bars", "1", "--out", "piece.mid"];
    for arguments in [&["models"][..], &["info"], &["devices"], &["completions", "bash"], &render] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut child = Command::new(env!("CARGO_BIN_EXE_musigan"));
        child.current_dir(folder.path()).env("HOME", folder.path()).args(arguments);
        let output = child.stdout(writer).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{arguments:?}: {said}");
    }
    assert!(folder.path().join("piece.mid").exists());
}

#[test]
fn a_midi_file_cut_short_is_refused() {
    let whole = small_midi();
    for length in [10, 13, 18, 25, whole.len() - 1] {
        let folder = folder_with("cut.mid", &whole[..length]);
        refuses(&folder, &["synth", "cut.mid", "--out", "cut.wav"], &["cut.mid"]);
    }
}

#[test]
fn a_file_that_is_no_midi_is_refused() {
    let folder = folder_with("noise.mid", &[0x5a; 1000]);
    refuses(
        &folder,
        &["synth", "noise.mid", "--out", "noise.wav"],
        &["noise.mid", "not a MIDI file"],
    );
    refuses(&folder, &["synth", "none.mid", "--out", "none.wav"], &["cannot read none.mid"]);
}

#[test]
fn a_model_is_as_adventurous_as_suits_it_or_as_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let rendered = |options: &[&str]| {
        let usual = ["render", "--seed", "5", "--bars", "4", "--out", "piece.mid"];
        let output = musigan(folder.path(), &[&usual[..], options].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read(folder.path().join("piece.mid")).unwrap()
    };
    let of = |model, temperature| rendered(&["--model", model, "--temperature", temperature]);
    let chorale = rendered(&["--model", "chorale"]);
    assert_eq!(chorale, of("chorale", "0.8"));
    assert_ne!(chorale, of("chorale", "1"));
    assert_eq!(rendered(&[]), of("music-box", "1"));
}

#[test]
fn a_style_is_asked_of_a_model_that_has_learnt_it() {
    let folder = tempfile::tempdir().unwrap();
    let render = ["render", "--bars", "1", "--out", "piece.mid"];
    let asked = |more: &[&'static str]| [&render[..], more].concat();
    refuses_usage(
        &folder,
        &asked(&["--style", "polka"]),
        "no style: write one of art-song, chamber",
    );
    refuses(&folder, &asked(&["--style", "jazz"]), &["music-box", "jazz", "none"]);
    let jazz = asked(&["--model", "medley", "--style", "jazz"]);
    refuses(&folder, &jazz, &["medley", "jazz", "art-song, chamber, chorale"]);
    let pieces = ["art-song", "chamber", "chorale"].map(|style| {
        let options = asked(&["--seed", "3", "--model", "medley", "--style", style]);
        let output = musigan(folder.path(), &options);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read(folder.path().join("piece.mid")).unwrap()
    });
    assert!(pieces[0] != pieces[1] && pieces[1] != pieces[2] && pieces[2] != pieces[0]);
}

#[test]
fn phrases_come_again_as_suits_the_model_or_as_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let rendered = |options: &[&str]| {
        let usual = ["render", "--seed", "5", "--bars", "16", "--out", "piece.mid"];
        let output = musigan(folder.path(), &[&usual[..], options].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read(folder.path().join("piece.mid")).unwrap()
    };
    let of = |model, bars| rendered(&["--model", model, "--phrases", bars]);
    let band = rendered(&["--model", "band"]);
    assert_eq!(band, of("band", "4"));
    assert_ne!(band, of("band", "0"));
    assert_eq!(rendered(&[]), of("music-box", "0"));
    let different: BTreeSet<_> = ["0", "2", "4"].map(|bars| of("music-box", bars)).into();
    assert_eq!(different.len(), 3);
    let output = musigan(folder.path(), &["render", "--phrases", "9", "--out", "piece.mid"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("0..=8"), "{said}");
}

#[test]
fn a_generator_of_bars_jumps_drifts_or_holds() {
    let folder = tempfile::tempdir().unwrap();
    let rendered = |options: &[&str]| {
        let usual = ["render", "--seed", "5", "--bars", "6", "--out", "piece.mid"];
        let output = musigan(folder.path(), &[&usual[..], options].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read(folder.path().join("piece.mid")).unwrap()
    };
    let walks = ["jump", "drift", "hold"];
    let of = |model| walks.map(|walk| rendered(&["--model", model, "--walk", walk]));
    let different: BTreeSet<_> = of("gan").into_iter().collect();
    assert_eq!(different.len(), 3);
    assert!(different.contains(&rendered(&["--model", "gan"])));
    // Others have no latent.
    assert_eq!(of("music-box"), walks.map(|_| rendered(&[])));
    let output = musigan(folder.path(), &["render", "--walk", "run", "--out", "piece.mid"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("jump, drift, hold"), "{said}");
}

#[test]
fn a_damaged_image_is_refused() {
    for at in [0, 9, 70, BUNDLED.len() / 2, BUNDLED.len() - 1] {
        let mut image = BUNDLED.to_vec();
        image[at] ^= 0x10;
        let folder = folder_with("model.mgi", &image);
        refuses(&folder, &["render", "--model", "model.mgi", "--out", "x.wav"], &["model.mgi"]);
        refuses(&folder, &["play", "--model", "model.mgi"], &["model.mgi"]);
    }
    for len in [12, 100, BUNDLED.len() / 2, BUNDLED.len() - 100, BUNDLED.len() - 1] {
        let folder = folder_with("model.mgi", &BUNDLED[..len]);
        refuses(&folder, &["render", "--model", "model.mgi", "--out", "x.mid"], &["model.mgi"]);
        refuses(&folder, &["play", "--model", "model.mgi"], &["model.mgi"]);
    }
    let folder = folder_with("model.mgi", b"");
    refuses(&folder, &["render", "--model", "model.mgi", "--out", "x.mid"], &["model.mgi"]);
}

#[test]
fn a_missing_model_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    refuses(
        &folder,
        &["render", "--model", "none.mgi", "--out", "x.wav"],
        &["cannot read", "none.mgi"],
    );
    refuses(
        &folder,
        &["render", "--model", "none.onnx", "--out", "x.wav"],
        &["cannot read", "none.onnx"],
    );
}

#[test]
fn an_unwritable_output_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for out in ["no/such/folder/x.wav", "no/such/folder/x.mid"] {
        refuses(
            &folder,
            &["render", "--bars", "1", "--out", out],
            &["cannot write", out, "choose"],
        );
    }
    refuses(&folder, &["render", "--out", "x.mp3"], &["x.mp3", ".wav", ".mid"]);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let render = |seed: &str, out: &str| {
        let output =
            musigan(folder.path(), &["render", "--seed", seed, "--bars", "4", "--out", out]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read(folder.path().join(out)).unwrap()
    };
    assert_eq!(render("7", "a.mid"), render("7", "b.mid"));
    assert_ne!(render("7", "a.mid"), render("8", "c.mid"));
    assert_eq!(render("7", "a.wav"), render("7", "b.wav"));
    // A piece is found by its title, too.
    let title = musigan::title::Title(7).to_string();
    assert_eq!(render("7", "a.mid"), render(&title, "d.mid"));
}

#[test]
fn a_scale_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["render", "--key", "D", "--scale", "pentatonic", "--bars", "8", "--seed", "7"];
    let output = musigan(folder.path(), &[&options[..], &["--out", "x.mid"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes = fs::read(folder.path().join("x.mid")).unwrap();
    let midi = midly::Smf::parse(&bytes).unwrap();
    let mut keys = midi.tracks.iter().flatten().filter_map(|event| match event.kind {
        midly::TrackEventKind::Midi { message: midly::MidiMessage::NoteOn { key, .. }, .. } => {
            Some(key.as_int())
        }
        _ => None,
    });
    assert!(keys.clone().count() > 20);
    assert!(keys.all(|key| [2, 4, 6, 9, 11].contains(&(key % 12))));
    let output = musigan(folder.path(), &["render", "--scale", "0,13", "--out", "y.mid"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("harmonic-minor"), "{said}");
}

/// Ticks and keys that are struck on a channel of the piece of seed 7, two parts and four bars of it.
fn struck(folder: &Path, options: &[&str], channel: u8) -> BTreeSet<(u32, u8)> {
    let piece = ["render", "--seed", "7", "--bars", "4", "--program", "10", "--program", "46"];
    let arguments = [&piece[..], options, &["--out", "x.mid"]].concat();
    let output = musigan(folder, &arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes = fs::read(folder.join("x.mid")).unwrap();
    let midi = midly::Smf::parse(&bytes).unwrap();
    let mut struck = BTreeSet::new();
    for track in &midi.tracks {
        let mut tick = 0;
        for event in track {
            tick += event.delta.as_int();
            if let midly::TrackEventKind::Midi {
                channel: on,
                message: midly::MidiMessage::NoteOn { key, vel },
            } = event.kind
                && on.as_int() == channel
                && vel.as_int() > 0
            {
                struck.insert((tick, key.as_int()));
            }
        }
    }
    struck
}

#[test]
fn parts_are_transposed_doubled_and_in_canon() {
    let folder = tempfile::tempdir().unwrap();
    let notes = |options: &[&str], channel| struck(folder.path(), options, channel);
    let (first, second) = (notes(&[], 0), notes(&[], 1));
    assert!(first.len() > 4 && second.len() > 4);
    let moved = |notes: &BTreeSet<(u32, u8)>, later: u32, higher: i8| -> BTreeSet<_> {
        notes.iter().map(|&(tick, key)| (tick + later, key.strict_add_signed(higher))).collect()
    };
    let both = |a: &BTreeSet<_>, b: &BTreeSet<_>| a.union(b).copied().collect::<BTreeSet<_>>();
    let transposed = ["--transpose", "0", "--transpose", "-5"];
    assert_eq!(notes(&transposed, 0), first);
    assert_eq!(notes(&transposed, 1), moved(&second, 0, -5));
    assert_eq!(notes(&["--double", "12"], 0), both(&first, &moved(&first, 0, 12)));
    assert_eq!(notes(&["--canon", "2q"], 0), both(&first, &moved(&first, 48, 0)));
    let bar = moved(&second, 96, 0);
    assert_eq!(notes(&["--canon", "0", "--canon", "1"], 1), both(&second, &bar));
    refuses_usage(&folder, &["render", "--canon", "9", "--out", "y.mid"], "32q");
    refuses_usage(&folder, &["render", "--transpose", "37", "--out", "y.mid"], "-36..=36");
}

#[test]
fn parts_are_muted_and_heard_alone() {
    let folder = tempfile::tempdir().unwrap();
    let notes = |options: &[&str], channel| struck(folder.path(), options, channel);
    let (first, second) = (notes(&[], 0), notes(&[], 1));
    assert_eq!((notes(&["--mute", "1"], 0).len(), notes(&["--mute", "1"], 1)), (0, second));
    assert_eq!((notes(&["--solo", "1"], 0), notes(&["--solo", "1"], 1).len()), (first, 0));
    refuses_usage(&folder, &["render", "--mute", "0", "--out", "y.mid"], "1 to 16");
}

/// Runs it with an option that makes no sense; nothing is written.
fn refuses_usage(folder: &TempDir, arguments: &[&str], word: &str) {
    let output = musigan(folder.path(), arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(said.contains(word) && !folder.path().join("y.mid").exists(), "{said}");
}

#[test]
fn stems_and_samples_of_other_kinds() {
    let folder = tempfile::tempdir().unwrap();
    for (samples, bits) in [("16", 16), ("24", 24), ("float", 32)] {
        let options = ["render", "--seed", "7", "--bars", "2", "--samples", samples, "--stems"];
        let output = musigan(folder.path(), &[&options[..], &["--out", "x.wav"]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let wav = hound::WavReader::open(folder.path().join("x.wav")).unwrap();
        assert_eq!(wav.spec().bits_per_sample, bits);
    }
    let stems = names(folder.path()).into_iter().filter(|name| name.starts_with("x - "));
    assert!(stems.count() >= 1);
}

#[test]
fn models_are_told_of_and_found_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join(".local/share/musigan/models");
    fs::create_dir_all(&models).unwrap();
    fs::write(models.join("mine.mgi"), BUNDLED).unwrap();
    let said = |arguments: &[&str]| {
        let output = musigan(folder.path(), arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let list = said(&["models"]);
    assert!(list.contains("music-box") && list.contains("mine.mgi"), "{list}");
    assert!(list.contains("band                     game music"), "{list}");
    assert!(said(&["info", "mine"]).contains("layers of 96 and 96"));
    assert!(said(&["info", "music-box"]).contains("layers of 96 and 96"));
    refuses(&folder, &["info", "theirs"], &["theirs", "musigan models"]);
    assert!(said(&["completions", "bash"]).contains("musigan"));
}
