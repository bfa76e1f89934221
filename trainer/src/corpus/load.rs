//! Folders of MIDI files become a corpus.

use super::index::Index;
use super::piece::Arranged;
use super::resemblance::{self, Near};
use super::separation::take_apart;
use super::song::Song;
use super::{Facts, Fault, LeftOut, Options, Share, TokenPiece, files};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Why there is no corpus.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder that cannot be listed.
    #[error("cannot list {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// An index that cannot be read. Without it composers would be split apart silently.
    #[error("{} is no list of files and composers: {reason}; mend or remove it", path.display())]
    Index {
        /// The index.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// No file to read.
    #[error("no MIDI file (.mid, .midi or .smf) in {}", .0.display())]
    NoFiles(PathBuf),
    /// No file that makes a piece.
    #[error("none of {files} MIDI files in {folders} makes a piece; the first, {first}: {fault}")]
    NoPieces {
        /// The folders.
        folders: String,
        /// How many files there are.
        files: usize,
        /// The first of them.
        first: String,
        /// What is wrong with it.
        fault: Fault,
    },
    /// Nowhere to leave the tokens.
    #[error(
        "the tokens cannot be written to {}: {source}; make room, or name a folder for temporary files \
         (TMPDIR) that has some",
        path.display()
    )]
    NoRoom {
        /// Where they were to be.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Tokens that were written cannot be read.
    #[error("the tokens in {} cannot be read: {source}; start again to make them anew", path.display())]
    Lost {
        /// Where they were.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No piece that is wanted.
    #[error("none of {pieces} pieces in {folders} is wanted ({left_out}): ask for less")]
    NothingWanted {
        /// The folders.
        folders: String,
        /// How many pieces there are.
        pieces: u64,
        /// Which rules left them out.
        left_out: LeftOut,
    },
}

/// A corpus, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Corpus<P = TokenPiece> {
    /// The pieces.
    pub splits: Splits<P>,
    /// What was read, in numbers.
    pub facts: Facts,
    /// How many files were found.
    pub files: usize,
    /// Their size, in bytes.
    pub bytes: u64,
    /// Files that make no piece.
    pub skipped: Vec<Skipped>,
    /// Pieces that nobody asked for.
    pub left_out: LeftOut,
    /// Pieces that were left out because the same music is in a share already.
    pub duplicates: Vec<Duplicate>,
    /// Training pieces that were left out because they are nearly held-out ones.
    pub near: Vec<Near>,
}

/// The pieces of a corpus in three shares, each in the order of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splits<P = TokenPiece> {
    /// Heard in training.
    pub train: Vec<P>,
    /// Held out; chooses the best model.
    pub valid: Vec<P>,
    /// Held out; judges it.
    pub test: Vec<P>,
}

impl<P> Default for Splits<P> {
    fn default() -> Self {
        Self { train: Vec::new(), valid: Vec::new(), test: Vec::new() }
    }
}

/// What is kept of a piece when a corpus is read: the [`TokenPiece`], or where it can be read again.
pub trait Kept: Send + Sync {
    /// The piece's name.
    fn name(&self) -> &str;
    /// The hash of its plain tokens.
    fn hash(&self) -> u64;
    /// How many notes it says.
    fn notes(&self) -> u32;
    /// How many tokens it has, with all tags told.
    fn tokens(&self) -> usize;
}

impl Kept for TokenPiece {
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
        self.tokens.len()
    }
}

/// Where a piece was found.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The file, relative to its folder.
    pub file: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// How it was read.
    pub options: &'a Options,
    /// Which of its pieces it is.
    pub nth: usize,
}

/// A file that makes no piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file, relative to the folder.
    pub name: String,
    /// Why.
    pub fault: Fault,
}

/// A piece that is the same as another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The piece that was left out.
    pub name: String,
    /// The piece that was kept.
    pub of: String,
}

/// A folder of a corpus, and how it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The folder.
    pub folder: PathBuf,
    /// How it is read.
    pub options: Options,
}

/// What makes pieces of a file's name (relative to its folder), bytes and options: [`pieces`], or what
/// gives the same without reading it again.
pub type Reader<'a> =
    dyn Fn(&str, &[u8], &Options) -> Result<Vec<(TokenPiece, Facts)>, Fault> + Sync + 'a;

/// Reads all MIDI files below `folder`.
///
/// # Errors
/// [`Error`], where a folder or an index cannot be read, or nothing makes a piece. A broken file is
/// no error: it is in [`Corpus::skipped`].
pub fn load(folder: &Path, options: &Options) -> Result<Corpus, Error> {
    load_all(&[Source { folder: folder.to_owned(), options: options.clone() }])
}

/// Reads all MIDI files below several folders as one corpus: the same music in two of them is one
/// piece, a composer in two of them is in one share. Of several folders the names begin with the
/// folder's own.
///
/// # Errors
/// As [`load`]; every folder must have a file to read. No folder at all is an empty corpus.
pub fn load_all(sources: &[Source]) -> Result<Corpus, Error> {
    load_all_by(sources, &pieces)
}

/// As [`load_all`], by a reader of files.
///
/// # Errors
/// As [`load_all`].
pub fn load_all_by(sources: &[Source], reader: &Reader<'_>) -> Result<Corpus, Error> {
    let mut corpus = gather(sources, reader, &|_, piece| piece)?;
    if let Some(percent) = sources.iter().filter_map(|source| source.options.dedupe).min() {
        let Splits { train, valid, test } = &mut corpus.splits;
        let held_out: Vec<&TokenPiece> = valid.iter().chain(&*test).collect();
        corpus.near = resemblance::remove(train, &held_out, percent);
    }
    Ok(corpus)
}

/// Files that are read at a time, for each thread: all that is in memory of them besides what is kept.
const AT_A_TIME: usize = 16;

/// As [`load_all_by`], keeping of every piece what `keep` makes of it, and near-duplicates, too:
/// [`resemblance::remove_by`] finds them. Of the tokens no more is in memory than of
/// some files for each thread.
///
/// # Errors
/// As [`load_all`].
pub fn gather<P: Kept>(
    sources: &[Source],
    reader: &Reader<'_>,
    keep: &(dyn Fn(Origin<'_>, TokenPiece) -> P + Sync),
) -> Result<Corpus<P>, Error> {
    let mut found = Vec::new();
    for Source { folder, options } in sources {
        let files = files::below(folder)?;
        if files.is_empty() {
            return Err(Error::NoFiles(folder.clone()));
        }
        let prefix = match folder.file_name() {
            Some(name) if sources.len() > 1 => format!("{}/", name.to_string_lossy()),
            _ => String::new(),
        };
        found.extend(files.into_iter().map(|file| (prefix.clone(), file, options)));
    }
    let read = |(prefix, file, options): &(String, files::File, &Options)| {
        let bytes = std::fs::read(&file.path);
        let bytes = bytes.map_err(|error| Fault::Unreadable(error.to_string()))?;
        let share = Share::of(file.composer.as_deref(), &bytes);
        let (mut kept, mut left_out) = (Vec::new(), Vec::new());
        for (nth, (mut piece, facts)) in
            reader(&file.name, &bytes, options)?.into_iter().enumerate()
        {
            piece.name.insert_str(0, prefix);
            match options.filter.broken(&piece.tokens) {
                Some(rule) => left_out.push(rule),
                None => {
                    let origin = Origin { file: &file.name, bytes: &bytes, options, nth };
                    kept.push((keep(origin, piece), facts));
                }
            }
        }
        Ok((share, bytes.len() as u64, kept, left_out))
    };

    let mut corpus = Corpus {
        splits: Splits::default(),
        facts: Facts::default(),
        files: found.len(),
        bytes: 0,
        skipped: Vec::new(),
        left_out: LeftOut::default(),
        duplicates: Vec::new(),
        near: Vec::new(),
    };
    let mut shared = Vec::new();
    for some in found.chunks(AT_A_TIME * rayon::current_num_threads()) {
        let made: Vec<Result<_, Fault>> = some.par_iter().map(read).collect();
        for ((prefix, file, _), made) in some.iter().zip(made) {
            match made {
                Ok((share, bytes, pieces, left_out)) => {
                    corpus.bytes += bytes;
                    left_out.into_iter().for_each(|rule| corpus.left_out.count(rule));
                    for (piece, facts) in pieces {
                        corpus.facts.add(&facts);
                        shared.push((share, piece));
                    }
                }
                Err(fault) => {
                    let name = format!("{prefix}{}", file.name);
                    corpus.skipped.push(Skipped { name, fault });
                }
            }
        }
    }
    let folders = || {
        let folders = sources.iter().map(|source| source.folder.display().to_string());
        folders.collect::<Vec<_>>().join(", ")
    };
    let left_out = corpus.left_out.pieces();
    match corpus.skipped.first() {
        _ if shared.is_empty() && left_out > 0 => {
            let (folders, left_out) = (folders(), corpus.left_out.clone());
            Err(Error::NothingWanted { folders, pieces: left_out.pieces(), left_out })
        }
        Some(first) if shared.is_empty() => Err(Error::NoPieces {
            folders: folders(),
            files: found.len(),
            first: first.name.clone(),
            fault: first.fault.clone(),
        }),
        _ => {
            (corpus.splits, corpus.duplicates) = distribute(shared);
            Ok(corpus)
        }
    }
}

/// The pieces of one file. Of a type-2 file those that sound.
///
/// # Errors
/// [`Fault`], where the file makes no piece.
pub fn pieces(
    name: &str,
    file: &[u8],
    options: &Options,
) -> Result<Vec<(TokenPiece, Facts)>, Fault> {
    let songs = Song::read(file, options.pedal)?;
    let several = songs.len() > 1;
    let style = options.style_of(Path::new(name));
    let mut pieces = Vec::new();
    for (track, song) in songs.into_iter().enumerate() {
        let song = match options.separate {
            Some(parts) => take_apart(song, parts.into()),
            None => song,
        };
        let Some(arranged) = Arranged::of(&song) else { continue };
        let name = if several { format!("{name}#{track}") } else { name.to_owned() };
        let piece = TokenPiece::encode(name, &arranged, style)?;
        let facts = Facts::of(&song, &arranged, piece.tokens.len());
        pieces.push((piece, facts));
    }
    if pieces.is_empty() { Err(Fault::Silent) } else { Ok(pieces) }
}

/// Puts the pieces into their shares; of the same music only one, a held-out one if there is one.
fn distribute<P: Kept>(pieces: Vec<(Share, P)>) -> (Splits<P>, Vec<Duplicate>) {
    let mut kept = BTreeMap::<u64, (Share, usize)>::new();
    for (at, (share, piece)) in pieces.iter().enumerate() {
        let first = kept.entry(piece.hash()).or_insert((*share, at));
        if *share > first.0 {
            *first = (*share, at);
        }
    }
    let mut duplicates = Vec::new();
    for (at, (_, piece)) in pieces.iter().enumerate() {
        let of = kept.get(&piece.hash()).map_or(at, |&(_, of)| of);
        if of != at {
            let (name, of) = (piece.name().to_owned(), pieces[of].1.name().to_owned());
            duplicates.push(Duplicate { name, of });
        }
    }
    let keep: BTreeSet<usize> = kept.into_values().map(|(_, at)| at).collect();
    let mut splits = Splits::default();
    for (at, (share, piece)) in pieces.into_iter().enumerate() {
        match share {
            _ if !keep.contains(&at) => {}
            Share::Train => splits.train.push(piece),
            Share::Valid => splits.valid.push(piece),
            Share::Test => splits.test.push(piece),
        }
    }
    (splits, duplicates)
}

/// The index of a folder, or the error that names it.
pub(super) fn index_of(folder: &Path) -> Result<Index, Error> {
    Index::read(folder).map_err(|reason| Error::Index { path: folder.join(Index::FILE), reason })
}
