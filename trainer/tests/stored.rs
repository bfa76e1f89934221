//! A corpus whose tokens stay on disk is the corpus in memory, and needs little memory.

mod common;

use std::fs;
use std::path::Path;

use common::Scratch;
use musigan_train::cache::{Store, Stored};
use musigan_train::corpus::hash::Fnv;
use musigan_train::corpus::{self, Corpus, Error, Options, TokenPiece};

/// A file of so many notes.
fn file(number: u64, notes: u64) -> Vec<u8> {
    let mut track = vec![0, 0xff, 0x58, 4, 3, 2, 24, 8];
    for at in 0..notes {
        let draw = Fnv::new().with_u64(number).with_u64(at).mixed();
        let (key, ticks) = (48 + (draw % 32) as u8, [24, 48, 96][(draw >> 32) as usize % 3]);
        track.extend([0, 0x90, key, 80, ticks, key, 0]);
    }
    track.extend([0, 0xff, 0x2f, 0]);
    let mut file = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk".to_vec();
    file.extend((track.len() as u32).to_be_bytes());
    file.extend(track);
    file
}

/// A folder with so many files, a copy, one that is nearly another, and one that is broken.
fn music(folder: &Path, files: u64, notes: u64) {
    fs::create_dir_all(folder).expect("a folder");
    for at in 0..files {
        fs::write(folder.join(format!("{at:04}.mid")), file(at, notes)).expect("a file");
        // Each is there again with one note more, so that one of the two may be held out.
        if at < 20 {
            fs::write(folder.join(format!("{at:04}b.mid")), file(at, notes + 1)).expect("a file");
        }
    }
    fs::write(folder.join("copy.mid"), file(0, notes)).expect("a file");
    fs::write(folder.join("broken.mid"), b"no music").expect("a file");
}

/// Compares with the corpus in memory, piece by piece.
fn is_the_same(memory: &Corpus, disk: &Corpus<Stored>, store: &Store) {
    let facts = |corpus: &Corpus| {
        let Corpus { facts, files, bytes, skipped, left_out, duplicates, near, .. } =
            corpus.clone();
        (facts, files, bytes, skipped, left_out, duplicates, near)
    };
    let Corpus { facts: all, files, bytes, skipped, left_out, duplicates, near, splits } =
        disk.clone();
    assert_eq!(facts(memory), (all, files, bytes, skipped, left_out, duplicates, near));
    let sets = [
        (&memory.splits.train, &splits.train),
        (&memory.splits.valid, &splits.valid),
        (&memory.splits.test, &splits.test),
    ];
    for (pieces, stored) in sets {
        assert_eq!(pieces.len(), stored.len());
        for (piece, stored) in pieces.iter().zip(stored) {
            let read = store.piece(stored).expect("a piece");
            assert_eq!(*piece, TokenPiece { name: piece.name.clone(), ..read });
            assert_eq!(stored.tokens as usize, piece.tokens.len());
            assert_eq!(stored.plain as usize, piece.plain().len());
            assert_eq!((stored.notes, stored.parts), (piece.notes, 1));
        }
    }
}

#[test]
fn pieces_on_disk_are_those_in_memory() {
    let scratch = Scratch::new();
    let (folder, cache) = (scratch.path().join("music"), scratch.path().join("cache"));
    music(&folder, 60, 60);
    let taken = scratch.path().join("taken");
    fs::write(&taken, b"a file").expect("a file");
    for dedupe in [None, Some(50)] {
        let options = Options { dedupe, ..Options::default() };
        let memory = corpus::load(&folder, &options).expect("a corpus");
        assert_eq!(memory.near.is_empty(), dedupe.is_none(), "{:?}", memory.near);
        assert!(!memory.duplicates.is_empty() && !memory.splits.valid.is_empty());
        // Into an empty cache, out of a full one, and where there is none or none can be made.
        for place in [Some(&cache), Some(&cache), None, Some(&taken)] {
            let (disk, store, outcome) =
                Store::load(&folder, &options, place.cloned()).expect("a corpus");
            is_the_same(&memory, &disk, &store);
            let failed = outcome.and_then(|outcome| outcome.failed);
            assert_eq!(failed.is_some(), place == Some(&taken), "{failed:?}");
        }
    }
}

#[test]
#[cfg(unix)]
fn what_another_program_removes_or_damages_is_not_taken_for_music() {
    let scratch = Scratch::new();
    let (folder, cache) = (scratch.path().join("music"), scratch.path().join("cache"));
    music(&folder, 10, 60);
    let options = Options::default();
    let (corpus, store, _) = Store::load(&folder, &options, Some(cache.clone())).expect("a corpus");
    let shards = || {
        let files =
            fs::read_dir(&cache).expect("a folder").map(|file| file.expect("a file").path());
        files.filter(|file| file.extension().is_some_and(|it| it == "tokens")).collect::<Vec<_>>()
    };
    let [shard] = &shards()[..] else { panic!("one shard") };
    let last = corpus.splits.train.last().expect("a piece");
    let piece = store.piece(last).expect("a piece");
    // Another name for the same file, so that it can be written to when its own is gone.
    let other = scratch.path().join("other");
    fs::hard_link(shard, &other).expect("a link");
    fs::remove_file(shard).expect("to remove it");
    assert_eq!(store.piece(last).expect("a piece"), piece);
    let mut bytes = fs::read(&other).expect("a shard");
    let length = bytes.len();
    bytes[length / 2..].fill(0);
    fs::write(&other, bytes).expect("a shard");
    let error = corpus.splits.train.iter().find_map(|piece| store.piece(piece).err());
    assert!(error.expect("an error").to_string().contains("damaged"));
}

#[test]
fn where_there_is_no_music_the_error_is_that_of_a_corpus_in_memory() {
    let scratch = Scratch::new();
    let none = Store::load(scratch.path(), &Options::default(), None);
    assert!(matches!(none, Err(Error::NoFiles(_))));
}

/// Most memory that `train` ever had, in kilobytes, on the folder of music: two updates and a validation.
#[cfg(target_os = "linux")]
fn most_memory(scratch: &Path, music: &Path, run: &str) -> u64 {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_musigan-train"));
    command.env("XDG_CACHE_HOME", scratch.join("cache"));
    command.arg("train").arg("--data").arg(music).arg("--out").arg(scratch.join(run));
    command.args(["--hidden", "8", "--embed", "8", "--layers", "1", "--batch", "8"]);
    command.args(["--threads", "1", "--updates", "2"]).stdout(std::process::Stdio::null());
    let mut child = command.spawn().expect("the program");
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        most = most.max(now.unwrap_or(0));
        if let Some(status) = child.try_wait().expect("a child") {
            assert!(status.success() && most > 0);
            return most;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// Six million tokens more: 12 MB to hold them once, and 40 MB as it was when they were in memory as a corpus,
/// as sentences and joined for an epoch.
#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_corpus() {
    let scratch = Scratch::new();
    let most = [("few", 150), ("many", 720)].map(|(name, files)| {
        let folder = scratch.path().join(name);
        music(&folder, files, 4000);
        // The first fills the cache.
        most_memory(scratch.path(), &folder, &format!("{name} first"));
        most_memory(scratch.path(), &folder, name)
    });
    let tokens = |name: &str| -> u64 {
        let config = fs::read_to_string(scratch.path().join(name).join("config.toml"));
        let config = config.expect("a configuration");
        let line = config.lines().find_map(|line| line.strip_prefix("train_tokens = "));
        line.expect("tokens").parse().expect("a number")
    };
    let (more, grown) = (tokens("many") - tokens("few"), most[1].saturating_sub(most[0]) * 1024);
    println!("{most:?} kB, {more} more tokens");
    assert!(more > 5_000_000, "{more}");
    assert!(grown < more / 2, "{grown} bytes for {more} tokens: {most:?} kB");
}
