//! A folder becomes a corpus: recursively, split by composer, the same on any number of threads.

use musigan_score::events::{Style, kind};
use musigan_train::corpus::filter::metre;
use musigan_train::corpus::report::Report;
use musigan_train::corpus::{
    self, Corpus, Error, Fault, Filter, Options, Share, Source, Spread, TokenPiece,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// An empty folder of this name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// A tune of its own for every number: a file of one track, in C major.
fn tune(number: u64) -> Vec<u8> {
    let mut track = vec![0, 0xff, 0x59, 2, 0, 0];
    for at in 0..12 {
        let key = 48 + ((number >> (5 * at)) % 32) as u8;
        track.extend([0, 0x90, key, 80, 96, key, 0]);
    }
    track.extend([0, 0xff, 0x2f, 0]);
    let mut file = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk".to_vec();
    file.extend((track.len() as u32).to_be_bytes());
    file.extend(track);
    file
}

/// Numbers whose tunes have little in common.
fn number(at: u64) -> u64 {
    corpus::hash::Fnv::new().with_u64(at).mixed()
}

fn names(pieces: &[TokenPiece]) -> Vec<&str> {
    pieces.iter().map(|piece| piece.name.as_str()).collect()
}

fn all(corpus: &Corpus) -> impl Iterator<Item = &TokenPiece> {
    let splits = &corpus.splits;
    splits.train.iter().chain(&splits.valid).chain(&splits.test)
}

#[test]
fn folders_are_read_to_their_depth_and_what_is_broken_is_named() {
    let dir = folder("depth");
    write(&dir, "b.mid", &tune(number(0)));
    write(&dir, "deep/er/a.MIDI", &tune(number(1)));
    write(&dir, "deep/notes.txt", b"no music");
    write(&dir, "cut.mid", &tune(number(2))[..30]);
    write(&dir, "text.mid", b"not MIDI at all");
    write(&dir, "silent.mid", b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x04\0\xff\x2f\0");
    let corpus = corpus::load(&dir, &Options::default()).unwrap();
    let mut found: Vec<_> = all(&corpus).map(|piece| piece.name.as_str()).collect();
    found.sort_unstable();
    assert_eq!(found, ["b.mid", "deep/er/a.MIDI"]);
    let skipped: Vec<_> =
        corpus.skipped.iter().map(|file| (file.name.as_str(), file.fault.clone())).collect();
    assert_eq!(
        skipped,
        [
            ("cut.mid", Fault::Truncated { at: 22, said: 94, left: 8 }),
            ("silent.mid", Fault::Silent),
            ("text.mid", Fault::NotMidi),
        ]
    );
    let report = Report { corpus: &corpus, seconds: 1.0, listed: 10 }.to_string();
    assert!(report.contains("cut.mid: truncated: the chunk at byte 22 says 94 bytes, 8 are there"));
    assert!(report.contains("pieces   2 with 24 notes"), "{report}");
}

#[test]
fn without_music_there_is_an_error_that_says_why() {
    let dir = folder("nothing");
    assert!(matches!(corpus::load(&dir, &Options::default()), Err(Error::NoFiles(_))));
    write(&dir, "text.mid", b"not MIDI at all");
    let error = corpus::load(&dir, &Options::default()).unwrap_err();
    assert!(error.to_string().contains("the first, text.mid: malformed"), "{error}");
    let missing = corpus::load(&dir.join("missing"), &Options::default()).unwrap_err();
    assert!(matches!(missing, Error::Folder { .. }), "{missing}");
    write(&dir, "index.json", b"{}");
    let index = corpus::load(&dir, &Options::default()).unwrap_err();
    assert!(matches!(index, Error::Index { .. }), "{index}");
}

#[test]
fn a_composer_is_in_one_share_only() {
    let dir = folder("composers");
    let mut index = Vec::new();
    for composer in 0..60 {
        for song in 0..3 {
            let file = format!("{composer}-{song}.mid");
            write(&dir, &file, &tune(number(composer * 10 + song)));
            index.push(format!(r#"{{"file": "{file}", "composer": "Composer {composer}"}}"#));
        }
    }
    write(&dir, "index.json", format!("[{}]", index.join(",")).as_bytes());
    let corpus = corpus::load(&dir, &Options::default()).unwrap();
    let splits = &corpus.splits;
    for (share, pieces) in
        [(Share::Train, &splits.train), (Share::Valid, &splits.valid), (Share::Test, &splits.test)]
    {
        assert!(!pieces.is_empty(), "{share:?}");
        assert_eq!(pieces.len() % 3, 0);
        for piece in pieces {
            let composer = format!("Composer {}", piece.name.split('-').next().unwrap());
            assert_eq!(Share::of(Some(&composer), b""), share, "{}", piece.name);
        }
    }
}

#[test]
fn the_same_music_is_held_out_rather_than_heard() {
    let dir = folder("same");
    for at in 0..100 {
        let file = tune(number(at));
        write(&dir, &format!("a{at}.mid"), &file);
        // The same notes in another file: its hash, and so its share, may differ.
        let mut copy = file[..18].to_vec();
        let text = [0, 0xff, 1, 1, b'x'];
        copy.extend((file.len() as u32 - 22 + text.len() as u32).to_be_bytes());
        copy.extend(text);
        copy.extend(&file[22..]);
        write(&dir, &format!("b{at}.mid"), &copy);
    }
    let corpus = corpus::load(&dir, &Options::default()).unwrap();
    assert_eq!((all(&corpus).count(), corpus.duplicates.len()), (100, 100));
    let share = |name: &str| Share::of(None, &std::fs::read(dir.join(name)).unwrap());
    let mut moved = 0;
    for duplicate in &corpus.duplicates {
        assert_eq!(duplicate.name[1..], duplicate.of[1..]);
        assert!(share(&duplicate.of) >= share(&duplicate.name));
        moved += usize::from(share(&duplicate.of) > share(&duplicate.name));
    }
    assert!(moved > 5, "{moved}");
}

#[test]
fn any_number_of_threads_reads_the_same_corpus() {
    let dir = folder("threads");
    for at in 0..40 {
        let mut file = tune(number(at));
        if at % 7 == 0 {
            file.truncate(40);
        }
        write(&dir, &format!("{}/{at}.mid", at % 3), &file);
    }
    let load = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| corpus::load(&dir, &Options::default()).unwrap())
    };
    let one = load(1);
    assert_eq!(one, load(5));
    assert_eq!(one, load(2));
    let sorted = |pieces| {
        let names = names(pieces);
        names.is_sorted()
    };
    assert!(sorted(&one.splits.train) && sorted(&one.splits.valid) && sorted(&one.splits.test));
}

#[test]
fn styles_are_told_by_folder() {
    let dir = folder("styles");
    write(&dir, "a.mid", &tune(number(1)));
    write(&dir, "songs/b.mid", &tune(number(2)));
    write(&dir, "songs/jazz/c.mid", &tune(number(3)));
    let options = Options {
        style: Some(Style::Folk),
        folder_styles: [("songs".into(), Style::ArtSong), ("songs/jazz".into(), Style::Jazz)]
            .into(),
        ..Options::default()
    };
    let corpus = corpus::load(&dir, &options).unwrap();
    for piece in all(&corpus) {
        let style = match piece.name.as_str() {
            "a.mid" => Style::Folk,
            "songs/b.mid" => Style::ArtSong,
            _ => Style::Jazz,
        };
        assert_eq!(piece.tokens[1], kind::STYLE.start + style as u16, "{}", piece.name);
        assert!(!piece.plain().iter().any(|token| kind::STYLE.contains(token)));
    }
}

#[test]
fn variations_reach_every_key_and_tell_each_tag_half_of_the_time() {
    let dir = folder("variations");
    write(&dir, "a.mid", &tune(number(5)));
    let options = Options { style: Some(Style::Folk), ..Options::default() };
    let corpus = corpus::load(&dir, &options).unwrap();
    let piece = all(&corpus).next().unwrap();
    let plain = piece.plain();
    let first = |tokens: &[u16]| tokens.iter().copied().find(|token| kind::PITCH.contains(token));
    let mut moved = std::collections::BTreeMap::<i32, u32>::new();
    let mut told = [0; 3];
    for seed in 0..3000 {
        let heard = corpus::augment(piece, seed);
        assert_eq!(heard, corpus::augment(piece, seed));
        let by = i32::from(first(&heard).unwrap()) - i32::from(first(&plain).unwrap());
        *moved.entry(by).or_default() += 1;
        for (count, kind) in told.iter_mut().zip([kind::STYLE, kind::KEY, kind::DENSITY]) {
            *count += u32::from(heard.iter().any(|token| kind.contains(token)));
        }
    }
    assert_eq!(moved.keys().copied().collect::<Vec<_>>(), (-5..=6).collect::<Vec<_>>());
    assert!(moved.values().all(|count| (180..320).contains(count)), "{moved:?}");
    assert!(told.iter().all(|count| (1350..1650).contains(count)), "{told:?}");
}

#[test]
fn variations_reach_every_tempo_and_velocity_that_the_spread_and_the_vocabulary_allow() {
    let dir = folder("spread");
    write(&dir, "a.mid", &tune(number(5)));
    let corpus = corpus::load(&dir, &Options::default()).unwrap();
    let piece = all(&corpus).next().unwrap();
    // 120 quarters a minute is step 21 of 32, velocity 80 is step 10 of 16.
    let steps = |tokens: &[u16], kind: std::ops::Range<u16>| -> Vec<u16> {
        let of_kind = tokens.iter().filter(|token| kind.contains(*token));
        of_kind.map(|token| token - kind.start).collect()
    };
    assert_eq!(steps(&piece.tokens, kind::TEMPO), [21]);
    let spread = Spread { tempo: 3, velocity: 9 };
    let (mut tempi, mut velocities) = (BTreeSet::new(), BTreeSet::new());
    for seed in 0..300 {
        let plain = corpus::augment(piece, seed);
        assert_eq!(corpus::augment_by(piece, Spread::default(), seed), plain);
        let varied = corpus::augment_by(piece, spread, seed);
        assert_eq!(corpus::augment_by(piece, spread, seed), varied);
        tempi.extend(steps(&varied, kind::TEMPO));
        velocities.extend(steps(&varied, kind::VELOCITY));
        let is_spread = |token: &u16| kind::TEMPO.contains(token) || kind::VELOCITY.contains(token);
        let rest = |tokens: Vec<u16>| -> Vec<u16> {
            tokens.into_iter().filter(|token| !is_spread(token)).collect()
        };
        assert_eq!(rest(varied), rest(plain), "the rest stays as it is");
    }
    assert!(tempi.into_iter().eq(18..=24) && velocities.into_iter().eq(1..=15));
}

#[test]
fn several_folders_are_one_corpus() {
    let dir = folder("several");
    for at in 0..30 {
        write(&dir, &format!("a/{at}.mid"), &tune(number(at)));
        write(&dir, &format!("b/{at}.mid"), &tune(number(at + 20)));
    }
    write(&dir, "b/text.mid", b"not MIDI at all");
    let source = |folder, style| Source {
        folder: dir.join(folder),
        options: Options { style, ..Options::default() },
    };
    let sources = [source("a", Some(Style::Folk)), source("b", Some(Style::Jazz))];
    let corpus = corpus::load_all(&sources).unwrap();
    assert_eq!((all(&corpus).count(), corpus.duplicates.len()), (50, 10));
    assert_eq!(corpus.skipped[0].name, "b/text.mid");
    for piece in all(&corpus) {
        let style = if piece.name.starts_with("a/") { Style::Folk } else { Style::Jazz };
        assert_eq!(piece.tokens[1], kind::STYLE.start + style as u16, "{}", piece.name);
    }
    assert!(matches!(corpus::load_all(&[]), Ok(corpus) if corpus.files == 0));
}

#[test]
fn what_nobody_asked_for_is_left_out_and_counted() {
    let dir = folder("filter");
    for at in 0..20 {
        let mut file = tune(number(at));
        // Seven of them are played on strings.
        if at % 3 == 1 {
            let program = [0, 0xc0, 48];
            file.splice(22..22, program);
            let length = file.len() as u32 - 22;
            file.splice(18..22, length.to_be_bytes());
        }
        write(&dir, &format!("{at}.mid"), &file);
    }
    let load = |filter: Filter| corpus::load(&dir, &Options { filter, ..Options::default() });
    let everything = load(Filter::default()).unwrap();
    assert_eq!((all(&everything).count(), everything.left_out.pieces()), (20, 0));
    let strings = vec!["ensemble".parse().unwrap()];
    let some = load(Filter { only: strings.clone(), ..Filter::default() }).unwrap();
    assert_eq!((all(&some).count(), some.left_out.pieces(), some.facts.pieces), (7, 13, 7));
    // What is left is what it was, in the share that it was in.
    let kept: Vec<_> = all(&everything).filter(|piece| all(&some).any(|it| it == *piece)).collect();
    assert_eq!(kept.len(), 7);
    let report = Report { corpus: &some, seconds: 1.0, listed: 10 }.to_string();
    assert!(report.contains("unwanted 13 pieces: 13 by --only-program"), "{report}");
    let common = [metre("4/4").unwrap()].into();
    assert!(load(Filter { metres: common, bars: "3".parse().ok(), ..Filter::default() }).is_ok());
    let none = load(Filter { parts: "2..".parse().ok(), with: strings, ..Filter::default() });
    assert_eq!(
        none.unwrap_err().to_string(),
        format!(
            "none of 20 pieces in {} is wanted (20 by --only-parts): ask for less",
            dir.display()
        )
    );
}
