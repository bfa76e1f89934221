//! What is remembered of a corpus is what reading it makes, and nothing else is taken for it.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::Scratch;
use musigan_score::events::Style;
use musigan_train::cache::{Cache, Outcome, READER};
use musigan_train::corpus::hash::Fnv;
use musigan_train::corpus::{self, Corpus, Options, Pedal, Source};

/// A file of one track; of several, where `kind` is 2, each a piece.
fn file(number: u64, kind: u8) -> Vec<u8> {
    let tracks = if kind == 2 { 3 } else { 1 };
    let mut file = b"MThd\0\0\0\x06\0".to_vec();
    file.extend([kind, 0, tracks, 0, 96]);
    for of in 0..tracks {
        let mut track = vec![0, 0xc0, of * 8, 0, 0xff, 0x58, 4, 3, 2, 24, 8];
        for at in 0..12 {
            let key = 48 + (Fnv::new().with_u64(number).with(&[of, at]).mixed() % 32) as u8;
            track.extend([0, 0x90, key, 80, 96, key, 0]);
        }
        track.extend([0, 0xff, 0x2f, 0]);
        file.extend(b"MTrk");
        file.extend((track.len() as u32).to_be_bytes());
        file.extend(track);
    }
    file
}

/// A folder of 20 files: one is broken, four have several pieces.
fn music(scratch: &Scratch) -> PathBuf {
    let folder = scratch.path().join("music");
    fs::create_dir_all(&folder).expect("a folder");
    for at in 0..20 {
        let kind = if at % 5 == 1 { 2 } else { 0 };
        fs::write(folder.join(format!("{at}.mid")), file(at, kind)).expect("a file");
    }
    fs::write(folder.join("3.mid"), b"no music").expect("a file");
    folder
}

fn load(music: &Path, cache: &Path, options: &Options) -> (Corpus, Outcome) {
    let cache = Cache::open(cache.to_owned());
    let reader = |name: &str, file: &[u8], options: &Options| cache.pieces(name, file, options);
    let source = Source { folder: music.to_owned(), options: options.clone() };
    let corpus = corpus::load_all_by(&[source], &reader).expect("a corpus");
    (corpus, cache.finish())
}

fn shards(cache: &Path) -> Vec<PathBuf> {
    let mut shards: Vec<_> =
        fs::read_dir(cache).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    shards.sort();
    shards
}

#[test]
fn what_is_remembered_is_what_reading_makes() {
    let scratch = Scratch::new();
    let (music, cache) = (music(&scratch), scratch.path().join("cache"));
    let options = Options { style: Some(Style::Folk), ..Options::default() };
    let plain = corpus::load(&music, &options).expect("a corpus");
    let (cold, first) = load(&music, &cache, &options);
    let (warm, second) = load(&music, &cache, &options);
    assert_eq!((&cold, &warm), (&plain, &plain));
    assert_eq!((first.recalled, first.made, second.recalled, second.made), (0, 19, 19, 0));
    assert_eq!((second.damaged, &second.failed), (0, &None));
    assert!(second.bytes > 1000 && shards(&cache).len() == 1);
    // A style is in the sentence: told to be of another, no file was read before.
    let jazz = Options { style: Some(Style::Jazz), ..Options::default() };
    let (other, outcome) = load(&music, &cache, &jazz);
    assert_eq!((other, outcome.recalled), (corpus::load(&music, &jazz).expect("a corpus"), 0));
}

#[test]
fn what_changed_is_read_and_what_moved_is_not() {
    let scratch = Scratch::new();
    let (music, cache) = (music(&scratch), scratch.path().join("cache"));
    let options = Options::default();
    load(&music, &cache, &options);
    fs::rename(music.join("6.mid"), music.join("moved.mid")).expect("a new name");
    fs::write(music.join("7.mid"), file(700, 0)).expect("a file");
    let (corpus, outcome) = load(&music, &cache, &options);
    assert_eq!(corpus, corpus::load(&music, &options).expect("a corpus"));
    assert_eq!((outcome.recalled, outcome.made), (18, 1));
    // What is no longer used goes, when it is more than half of a shard.
    for at in 8..20 {
        fs::write(music.join(format!("{at}.mid")), file(at + 1000, 0)).expect("a file");
    }
    let (_, outcome) = load(&music, &cache, &options);
    assert_eq!((outcome.recalled, outcome.made), (7, 12));
    let (corpus, outcome) = load(&music, &cache, &options);
    assert_eq!((outcome.recalled, outcome.made), (19, 0));
    assert_eq!(corpus, corpus::load(&music, &options).expect("a corpus"));
    assert!(shards(&cache).len() <= 2, "{:?}", shards(&cache));
}

#[test]
fn every_damage_is_noticed_and_mended() {
    let scratch = Scratch::new();
    let (music, cache) = (music(&scratch), scratch.path().join("cache"));
    let options = Options::default();
    let (plain, _) = load(&music, &cache, &options);
    let [shard] = &shards(&cache)[..] else { panic!("one shard") };
    let whole = fs::read(shard).expect("a shard");
    let places = (0..whole.len()).step_by(97).chain([0, 8, 16, 20, 24, whole.len() - 1]);
    let flipped = places.map(|at| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        (bytes, format!("byte {at}"), !(8..16).contains(&at))
    });
    let cut = [0, 7, 23, 100, whole.len() - 1];
    let cut = cut.map(|length| (whole[..length].to_vec(), format!("{length} bytes"), true));
    for (bytes, what, is_damage) in flipped.chain(cut) {
        fs::remove_dir_all(&cache).expect("to clean up");
        fs::create_dir(&cache).expect("a folder");
        fs::write(shard, bytes).expect("a shard");
        let (corpus, outcome) = load(&music, &cache, &options);
        assert!(corpus == plain, "{what}");
        // Another version is no damage: it is the vocabulary's or the reader's.
        assert_eq!(outcome.damaged > 0, is_damage, "{what}");
        let (corpus, outcome) = load(&music, &cache, &options);
        assert!(corpus == plain && outcome.made == 0, "{what}");
        assert_eq!((outcome.damaged, outcome.recalled), (0, 19), "{what}");
    }
}

#[test]
fn where_nothing_can_be_written_music_is_read_all_the_same() {
    let scratch = Scratch::new();
    let music = music(&scratch);
    let taken = scratch.path().join("taken");
    fs::write(&taken, b"a file").expect("a file");
    let (corpus, outcome) = load(&music, &taken.join("cache"), &Options::default());
    assert_eq!(corpus, corpus::load(&music, &Options::default()).expect("a corpus"));
    assert!(outcome.failed.is_some() && outcome.made == 19);
}

#[test]
fn what_is_kept_of_music_that_is_gone_goes_too() {
    let scratch = Scratch::new();
    let music = music(&scratch);
    let [mine, lost, foreign] =
        ["mine", "lost", "foreign"].map(|it| scratch.path().join("all").join(it));
    fs::create_dir_all(&foreign).expect("a folder");
    let gone = scratch.path().join("gone");
    fs::create_dir(&gone).expect("a folder");
    for (folder, of) in [(&lost, &gone), (&mine, &music)] {
        load(&music, folder, &Options::default());
        Cache::open(folder.clone()).forget_lost(of);
    }
    fs::remove_dir(&gone).expect("to clean up");
    Cache::open(mine.clone()).forget_lost(&music);
    assert!(mine.is_dir() && foreign.is_dir() && !lost.exists());
}

#[test]
fn ways_of_reading_have_folders_of_their_own() {
    let scratch = Scratch::new();
    let music = music(&scratch);
    let place = |options: &Options| Cache::folder(&music, options);
    let plain = Options::default();
    let others = [
        Options { pedal: Pedal::Ignored, ..Options::default() },
        Options { separate: Some(2), ..Options::default() },
    ];
    let all: BTreeMap<_, _> = others.iter().chain([&plain]).map(|how| (place(how), how)).collect();
    assert_eq!(all.len(), if place(&plain).is_some() { 3 } else { 1 });
    // A filter leaves out pieces that were read: it needs no reading of its own.
    let some = corpus::Filter { bars: "4..".parse().ok(), ..Default::default() };
    assert_eq!(place(&Options { filter: some, ..Options::default() }), place(&plain));
}

/// Whoever changes what a file makes raises [`READER`]: else what was kept would be taken for it.
#[test]
fn the_reader_has_the_version_that_it_says() {
    let mut hash = Fnv::new();
    for number in 0..50 {
        let kind = [0, 1, 2][number as usize % 3];
        for separate in [None, Some(2), Some(3)] {
            let options = Options { separate, ..Options::default() };
            let pieces = corpus::pieces("a.mid", &file(number, kind), &options).expect("pieces");
            hash = hash.with(format!("{pieces:?}").as_bytes());
        }
    }
    let found = (READER, hash.finish());
    assert_eq!(
        found,
        (1, 13_404_995_456_738_775_408),
        "the reader has changed: raise `READER`, and note the hash here"
    );
}
