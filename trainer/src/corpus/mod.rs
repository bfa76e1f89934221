//! From a folder of MIDI files to sentences of tokens.
//!
//! [`load`] reads every Standard MIDI File below a folder, on all cores, and gives the pieces as
//! tokens in three [`Splits`], what was read in numbers ([`Facts`]) and what was skipped and why
//! ([`Skipped`]). The outcome depends on the files and the [`Options`] alone: not on the number of
//! threads, nor on the order in which a file system lists its names.
//!
//! The way of a file: [`smf`] (container) → [`track`] (events → notes) → [`song`] (lines, pedal,
//! programs) → [`parts`] and [`bars`] → [`piece`] (the vocabulary's grid) → [`sentence`] (tokens).
//! A file that is broken anywhere on it is reported by name and left out; nothing panics.

pub mod bars;
pub mod baseline;
pub mod division;
pub mod facts;
mod files;
pub mod hash;
pub mod index;
pub mod key;
pub mod parts;
pub mod pickup;
pub mod piece;
pub mod report;
pub mod sentence;
pub mod smf;
pub mod song;
pub mod split;
pub mod track;

pub use baseline::{Baselines, baselines};
pub use facts::Facts;
pub use sentence::{TRANSPOSITIONS, TokenPiece, Told, augment, transpose};
pub use smf::Fault;
pub use song::Pedal;
pub use split::Share;

use index::Index;
use musigan_score::events::Style;
use piece::Arranged;
use rayon::prelude::*;
use song::Song;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How a corpus is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether the sustain pedal lengthens notes.
    pub pedal: Pedal,
    /// The style that all pieces are told to be of.
    pub style: Option<Style>,
    /// Styles of folders (relative to the one that is loaded) and all below them; the innermost
    /// counts.
    pub folder_styles: BTreeMap<PathBuf, Style>,
}

impl Options {
    /// The style of a file by its path relative to the folder that is loaded.
    pub fn style_of(&self, file: &Path) -> Option<Style> {
        let innermost = file.ancestors().skip(1).find_map(|folder| self.folder_styles.get(folder));
        innermost.copied().or(self.style)
    }
}

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
    #[error("none of {files} MIDI files in {} makes a piece; the first, {first}: {fault}", path.display())]
    NoPieces {
        /// The folder.
        path: PathBuf,
        /// How many files there are.
        files: usize,
        /// The first of them.
        first: String,
        /// What is wrong with it.
        fault: Fault,
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
    /// Pieces that were left out because the same music is in a share already.
    pub duplicates: Vec<Duplicate>,
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

/// Reads all MIDI files below `folder`.
///
/// # Errors
/// [`Error`], where a folder or an index cannot be read, or nothing makes a piece. A broken file is
/// no error: it is in [`Corpus::skipped`].
pub fn load(folder: &Path, options: &Options) -> Result<Corpus, Error> {
    let found = files::below(folder)?;
    if found.is_empty() {
        return Err(Error::NoFiles(folder.to_owned()));
    }
    let read: Vec<_> = found
        .par_iter()
        .map(|file| {
            let bytes = std::fs::read(&file.path);
            let bytes = bytes.map_err(|error| Fault::Unreadable(error.to_string()));
            let read = bytes.and_then(|bytes| {
                let share = Share::of(file.composer.as_deref(), &bytes);
                let pieces = pieces(&file.name, &bytes, options)?;
                Ok((share, bytes.len() as u64, pieces))
            });
            (file, read)
        })
        .collect();

    let mut corpus = Corpus {
        splits: Splits::default(),
        facts: Facts::default(),
        files: found.len(),
        bytes: 0,
        skipped: Vec::new(),
        duplicates: Vec::new(),
    };
    let mut shared = Vec::new();
    for (file, read) in read {
        match read {
            Ok((share, bytes, pieces)) => {
                corpus.bytes += bytes;
                for (piece, facts) in pieces {
                    corpus.facts.add(&facts);
                    shared.push((share, piece));
                }
            }
            Err(fault) => corpus.skipped.push(Skipped { name: file.name.clone(), fault }),
        }
    }
    match corpus.skipped.first() {
        Some(Skipped { name, fault }) if shared.is_empty() => Err(Error::NoPieces {
            path: folder.to_owned(),
            files: found.len(),
            first: name.clone(),
            fault: fault.clone(),
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
    for (track, song) in songs.iter().enumerate() {
        let Some(arranged) = Arranged::of(song) else { continue };
        let name = if several { format!("{name}#{track}") } else { name.to_owned() };
        let piece = TokenPiece::encode(name, &arranged, style)?;
        let facts = Facts::of(song, &arranged, piece.tokens.len());
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
fn index_of(folder: &Path) -> Result<Index, Error> {
    Index::read(folder).map_err(|reason| Error::Index { path: folder.join(Index::FILE), reason })
}
