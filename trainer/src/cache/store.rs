//! A corpus whose tokens stay in the shards of a cache.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use musigan_score::events::kind;

use super::shard::Key;
use super::{Cache, Outcome};
use crate::corpus::resemblance::Tokens;
use crate::corpus::{
    self, Corpus, Error, Kept, Options, Origin, Source, Splits, TokenPiece, resemblance,
};

/// A piece whose tokens are in a [`Store`]: what is in memory of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    name: Box<str>,
    hash: u64,
    key: Key,
    nth: u32,
    /// Notes.
    pub notes: u32,
    /// Tokens, with all tags told.
    pub tokens: u32,
    /// Tokens of the [plain](TokenPiece::plain) sentence.
    pub plain: u32,
    /// Parts that it declares.
    pub parts: u8,
}

impl Stored {
    fn of(origin: Origin<'_>, piece: TokenPiece) -> Self {
        let count = |wanted: &dyn Fn(&u16) -> bool| {
            piece.tokens.iter().filter(|token| wanted(token)).count()
        };
        let is_tag = |token: &u16| {
            [kind::STYLE, kind::KEY, kind::DENSITY].iter().any(|tag| tag.contains(token))
        };
        let style = origin.options.style_of(Path::new(origin.file));
        Self {
            hash: piece.hash,
            key: Key::of(origin.bytes, style),
            nth: origin.nth as u32,
            notes: piece.notes,
            tokens: piece.tokens.len() as u32,
            plain: count(&|token| !is_tag(token)) as u32,
            parts: count(&|token| kind::PROGRAM.contains(token)).try_into().unwrap_or(u8::MAX),
            name: piece.name.into(),
        }
    }
}

impl Kept for Stored {
    fn name(&self) -> &str {
        &self.name
    }

    fn hash(&self) -> u64 {
        self.hash
    }

    fn notes(&self) -> u32 {
        self.notes
    }

    fn tokens(&self) -> usize {
        self.tokens as usize
    }
}

/// The tokens of a corpus, on disk. Files are open as long as it lives, so they are there even where
/// another program removes their names.
#[derive(Debug)]
pub struct Store {
    cache: Cache,
    /// What goes when the store does.
    _folder: Option<Passing>,
}

impl Store {
    /// Reads the MIDI files below `music` as [`corpus::load`] does, but leaves their tokens in the cache in
    /// `folder`, or, where there is none or it cannot hold them, in a folder for temporary files, which is
    /// gone with the store.
    ///
    /// # Errors
    /// Those of [`corpus::load`], and [`Error::NoRoom`] where the tokens can be written nowhere.
    pub fn load(
        music: &Path,
        options: &Options,
        folder: Option<PathBuf>,
    ) -> Result<(Corpus<Stored>, Self, Option<Outcome>), Error> {
        let mut outcome = None;
        if let Some(folder) = folder {
            let (corpus, made) = gather(music, options, &folder, |cache| cache.forget_lost(music))?;
            let store = Self { cache: Cache::open(folder), _folder: None };
            let complete = made.failed.is_none() && store.has(&corpus.splits);
            outcome = Some(made);
            if complete {
                let corpus = store.without_near(corpus, options)?;
                return Ok((corpus, store, outcome));
            }
        }
        let no_room = |path: &Path, source| Error::NoRoom { path: path.to_owned(), source };
        let passing = Passing::new().map_err(|error| no_room(&std::env::temp_dir(), error))?;
        let (corpus, made) = gather(music, options, &passing.0, |_| ())?;
        if let Some(why) = made.failed {
            return Err(no_room(&passing.0, io::Error::other(why)));
        }
        let cache = Cache::open(passing.0.clone());
        // Open files stay, so that nothing is left even of a program that is killed.
        let folder = (!cfg!(unix)).then_some(passing);
        let store = Self { cache, _folder: folder };
        let corpus = store.without_near(corpus, options)?;
        Ok((corpus, store, outcome))
    }

    /// A piece, without its name.
    ///
    /// # Errors
    /// Where it cannot be read, or is another than it was.
    pub fn piece(&self, stored: &Stored) -> io::Result<TokenPiece> {
        let piece = self.cache.recall(&stored.key, stored.nth as usize);
        piece.filter(|piece| piece.hash == stored.hash).ok_or_else(|| {
            let folder = self.cache.folder.display();
            io::Error::other(format!("what {folder} has of {} is damaged", stored.name))
        })
    }

    /// Whether all pieces are there.
    fn has(&self, splits: &Splits<Stored>) -> bool {
        let Splits { train, valid, test } = splits;
        [train, valid, test]
            .into_iter()
            .flatten()
            .all(|piece| self.cache.index.contains_key(&piece.key))
    }

    fn without_near(
        &self,
        mut corpus: Corpus<Stored>,
        options: &Options,
    ) -> Result<Corpus<Stored>, Error> {
        if let Some(percent) = options.dedupe {
            let Splits { train, valid, test } = &mut corpus.splits;
            let held_out: Vec<&Stored> = valid.iter().chain(&*test).collect();
            let tokens: &Tokens<'_, Stored, io::Error> =
                &|stored| self.piece(stored).map(|piece| Cow::Owned(piece.tokens));
            let near = resemblance::remove_by(train, &held_out, percent, tokens);
            let path = &self.cache.folder;
            corpus.near = near.map_err(|source| Error::Lost { path: path.clone(), source })?;
        }
        Ok(corpus)
    }
}

/// Reads files, and leaves in a cache what they make.
fn gather(
    music: &Path,
    options: &Options,
    folder: &Path,
    before: impl FnOnce(&Cache),
) -> Result<(Corpus<Stored>, Outcome), Error> {
    let cache = Cache::open(folder.to_owned());
    let source = Source { folder: music.to_owned(), options: options.clone() };
    let reader = |name: &str, file: &[u8], options: &Options| cache.pieces(name, file, options);
    let corpus = corpus::gather(&[source], &reader, &Stored::of)?;
    before(&cache);
    Ok((corpus, cache.finish()))
}

/// A folder that is removed when it is dropped.
#[derive(Debug)]
struct Passing(PathBuf);

impl Passing {
    fn new() -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let all = std::env::temp_dir();
        loop {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let folder = all.join(format!("musigan-corpus-{}-{number}", std::process::id()));
            match fs::create_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Self(folder)),
            }
        }
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
