//! What files of a corpus made when they were read before.
//!
//! A [`Cache`] is a folder of shards, each written once and whole. An entry is found by the content
//! of a file (its length, its CRC-32 and its FNV-1a hash), the style that it was told to be of and, by the
//! folder's name, how files were read; all shards name the vocabulary and the [reader](READER). So no name
//! and no date matters: a file that was changed is read anew, one that was moved is not. Entries are checked
//! when they are used. What is damaged is told, and made anew.
//!
//! Only the list of entries is in memory. A shard of whose entries less than half are still used is written
//! anew by [`Cache::finish`], as one with a damaged entry is, so the folder is at most about twice as large as what it is for.

mod entry;
mod shard;
mod store;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use musigan_import::write_atomically;
use musigan_score::events;

use crate::corpus::hash::Fnv;
use crate::corpus::{self, Facts, Fault, Options, TokenPiece};
use shard::{Key, Shard};
pub use store::{Store, Stored};

/// Raised when the same file makes another sentence or other facts. `tests/cache.rs` notices.
pub const READER: u32 = 1;

/// Names the folder of music that a cache is for.
const MUSIC: &str = "music.txt";

/// Bytes after which entries are written as a shard.
const SHARD: usize = 16 << 20;

/// What files made when they were read before, and what they make now.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    version: u64,
    /// The shards, and whether an entry of each was found damaged.
    shards: Vec<(Shard, AtomicBool)>,
    /// The shard of each entry, its place there, and whether it was used.
    index: HashMap<Key, (usize, usize, AtomicBool)>,
    fresh: Mutex<Fresh>,
    recalled: AtomicU64,
    damaged: AtomicU64,
}

/// Entries that no shard has yet.
#[derive(Debug, Default)]
struct Fresh {
    entries: Vec<(Key, Vec<u8>)>,
    /// The keys of all that was ever pushed: copies of a file are one entry.
    known: HashSet<Key>,
    bytes: usize,
    made: u64,
    written: Vec<PathBuf>,
    failed: Option<String>,
}

/// What a cache was good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Files that did not have to be read as music.
    pub recalled: u64,
    /// Files that did, and are remembered now.
    pub made: u64,
    /// Bytes of the folder.
    pub bytes: u64,
    /// Shards and entries that were damaged.
    pub damaged: u64,
    /// Why something could not be written.
    pub failed: Option<String>,
}

impl Cache {
    /// The folder in the user's cache for music below `music` that is read like this, by the XDG Base
    /// Directory Specification; none where there is no place for it.
    pub fn folder(music: &Path, options: &Options) -> Option<PathBuf> {
        let set =
            |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let base = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))?;
        let music = fs::canonicalize(music).ok()?;
        let how = format!("{:?} {:?}", options.pedal, options.separate);
        let hash = Fnv::new().with(music.as_os_str().as_encoded_bytes()).with(how.as_bytes());
        Some(base.join("musigan/corpora").join(format!("{:016x}", hash.mixed())))
    }

    /// Opens the cache in `folder`, which need not be there. Shards for another vocabulary or reader count
    /// as none.
    pub fn open(folder: PathBuf) -> Self {
        let version = Fnv::new().with_u64(events::FINGERPRINT.0).with_u64(READER.into()).finish();
        let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "tokens"))
            .collect();
        paths.sort();
        let (mut shards, mut index, mut damaged) = (Vec::new(), HashMap::new(), 0);
        for path in paths {
            match Shard::open(&path, version) {
                Ok(shard) => {
                    for (at, key) in shard.keys().enumerate() {
                        index.insert(key, (shards.len(), at, AtomicBool::new(false)));
                    }
                    shards.push((shard, AtomicBool::new(false)));
                }
                Err(unusable) => {
                    damaged += u64::from(unusable == shard::Unusable::Damaged);
                    let _ = fs::remove_file(&path);
                }
            }
        }
        Self {
            folder,
            version,
            shards,
            index,
            fresh: Mutex::default(),
            recalled: AtomicU64::new(0),
            damaged: AtomicU64::new(damaged),
        }
    }

    /// The pieces of one file, as [`corpus::pieces`] gives them. Files that make none are not remembered.
    ///
    /// # Errors
    /// Those of [`corpus::pieces`].
    pub fn pieces(
        &self,
        name: &str,
        file: &[u8],
        options: &Options,
    ) -> Result<Vec<(TokenPiece, Facts)>, Fault> {
        let key = Key::of(file, options.style_of(Path::new(name)));
        if let Some((shard, at, used)) = self.index.get(&key) {
            let (shard, is_damaged) = &self.shards[*shard];
            let entry = shard.read(*at);
            if let Some(pieces) = entry.and_then(|entry| entry::read(&entry, name)) {
                used.store(true, Ordering::Relaxed);
                self.recalled.fetch_add(1, Ordering::Relaxed);
                return Ok(pieces);
            }
            is_damaged.store(true, Ordering::Relaxed);
            self.damaged.fetch_add(1, Ordering::Relaxed);
        }
        let pieces = corpus::pieces(name, file, options)?;
        let entry = entry::write(&pieces, name);
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        fresh.made += 1;
        fresh.push(key, entry);
        if fresh.bytes >= SHARD {
            fresh.write(&self.folder, self.version);
        }
        Ok(pieces)
    }

    /// Piece `nth` of the file with this key, without a name; none where it is not there or damaged.
    fn recall(&self, key: &Key, nth: usize) -> Option<TokenPiece> {
        let (shard, at, _) = self.index.get(key)?;
        entry::read_one(&self.shards[*shard].0.read(*at)?, nth)
    }

    /// Notes beside the shards which music they are for, and removes those of the user's other caches whose
    /// music is no longer there. What cannot be noted or removed stays: it harms nobody.
    pub fn forget_lost(&self, music: &Path) {
        let Ok(music) = fs::canonicalize(music) else { return };
        let name = music.as_os_str().as_encoded_bytes();
        let _ = fs::create_dir_all(&self.folder)
            .and_then(|()| write_atomically(&self.folder.join(MUSIC), name));
        let others = self.folder.parent().and_then(|all| fs::read_dir(all).ok());
        for other in others.into_iter().flatten().flatten().map(|entry| entry.path()) {
            let music = fs::read_to_string(other.join(MUSIC));
            if music.is_ok_and(|music| !Path::new(&music).exists()) {
                let _ = fs::remove_dir_all(other);
            }
        }
    }

    /// Writes what is not written yet, and removes what was not used.
    pub fn finish(self) -> Outcome {
        let mut fresh = self.fresh.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut used = vec![Vec::new(); self.shards.len()];
        for (key, (shard, at, is_used)) in self.index {
            if is_used.into_inner() {
                used[shard].push((at, key));
            }
        }
        let mut old = Vec::new();
        for ((shard, is_damaged), mut used) in self.shards.iter().zip(used) {
            if 2 * used.len() >= shard.len() && !is_damaged.load(Ordering::Relaxed) {
                continue;
            }
            used.sort_unstable_by_key(|&(at, _)| at);
            for (at, key) in used {
                if let Some(entry) = shard.read(at) {
                    fresh.push(key, entry);
                }
            }
            old.push(shard.path().to_owned());
        }
        fresh.write(&self.folder, self.version);
        if fresh.failed.is_none() {
            // Where it has the same entries as before, a new shard has taken an old one's place.
            old.retain(|path| !fresh.written.contains(path));
            for path in old {
                let _ = fs::remove_file(path);
            }
        }
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let bytes = files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum();
        Outcome {
            recalled: self.recalled.into_inner(),
            made: fresh.made,
            bytes,
            damaged: self.damaged.into_inner(),
            failed: fresh.failed,
        }
    }
}

impl Fresh {
    fn push(&mut self, key: Key, entry: Vec<u8>) {
        if self.known.insert(key) {
            self.bytes += entry.len();
            self.entries.push((key, entry));
        }
    }

    /// Writes all entries as a shard. Where that fails they are forgotten: music is read all the same.
    fn write(&mut self, folder: &Path, version: u64) {
        self.bytes = 0;
        let entries = std::mem::take(&mut self.entries);
        if entries.is_empty() || self.failed.is_some() {
            return;
        }
        match shard::write(folder, version, entries) {
            Ok(path) => self.written.push(path),
            Err(error) => self.failed = Some(error.to_string()),
        }
    }
}
