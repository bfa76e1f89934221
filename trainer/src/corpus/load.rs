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
pub struct Corpus {
    /// The pieces.
    pub splits: Splits,
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Splits {
    /// Heard in training.
    pub train: Vec<TokenPiece>,
    /// Held out; chooses the best model.
    pub valid: Vec<TokenPiece>,
    /// Held out; judges it.
    pub test: Vec<TokenPiece>,
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
    let read: Vec<_> = found
        .par_iter()
        .map(|(prefix, file, options)| {
            let name = format!("{prefix}{}", file.name);
            let bytes = std::fs::read(&file.path);
            let bytes = bytes.map_err(|error| Fault::Unreadable(error.to_string()));
            let read = bytes.and_then(|bytes| {
                let share = Share::of(file.composer.as_deref(), &bytes);
                let mut pieces = reader(&file.name, &bytes, options)?;
                let mut left_out = Vec::new();
                pieces.retain_mut(|(piece, _)| {
                    piece.name.insert_str(0, prefix);
                    let broken = options.filter.broken(&piece.tokens);
                    left_out.extend(broken);
                    broken.is_none()
                });
                Ok((share, bytes.len() as u64, pieces, left_out))
            });
            (name, read)
        })
        .collect();

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
    for (name, read) in read {
        match read {
            Ok((share, bytes, pieces, left_out)) => {
                corpus.bytes += bytes;
                left_out.into_iter().for_each(|rule| corpus.left_out.count(rule));
                for (piece, facts) in pieces {
                    corpus.facts.add(&facts);
                    shared.push((share, piece));
                }
            }
            Err(fault) => corpus.skipped.push(Skipped { name, fault }),
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
            if let Some(percent) = sources.iter().filter_map(|source| source.options.dedupe).min() {
                let Splits { train, valid, test } = &mut corpus.splits;
                let held_out: Vec<&TokenPiece> = valid.iter().chain(&*test).collect();
                corpus.near = resemblance::remove(train, &held_out, percent);
            }
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
fn distribute(pieces: Vec<(Share, TokenPiece)>) -> (Splits, Vec<Duplicate>) {
    let mut kept = BTreeMap::<u64, (Share, usize)>::new();
    for (at, (share, piece)) in pieces.iter().enumerate() {
        let first = kept.entry(piece.hash).or_insert((*share, at));
        if *share > first.0 {
            *first = (*share, at);
        }
    }
    let names: BTreeMap<u64, String> =
        kept.iter().map(|(&hash, &(_, at))| (hash, pieces[at].1.name.clone())).collect();
    let keep: BTreeSet<usize> = kept.into_values().map(|(_, at)| at).collect();
    let (mut splits, mut duplicates) = (Splits::default(), Vec::new());
    for (at, (share, piece)) in pieces.into_iter().enumerate() {
        match share {
            _ if !keep.contains(&at) => {
                let of = names.get(&piece.hash).cloned().unwrap_or_default();
                duplicates.push(Duplicate { name: piece.name, of });
            }
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
