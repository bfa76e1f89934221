//! From a folder of MIDI files to sentences of tokens.
//!
//! [`load`] reads every Standard MIDI File below a folder ([`load_all`]: several), on all cores, and gives the pieces as
//! tokens in three [`Splits`], what was read in numbers ([`Facts`]), what was skipped and why
//! ([`Skipped`]), and how many pieces nobody asked for ([`Filter`]). The outcome depends on the files and the [`Options`] alone: not on the number of
//! threads, nor on the order in which a file system lists its names.
//!
//! The way of a file: [`smf`] (container) → [`track`] (events → notes) → [`song`] (lines, pedal,
//! programs) → [`parts`] and [`bars`] → [`piece`] (the vocabulary's grid) → [`sentence`] (tokens).
//! A file that is broken anywhere on it is reported by name and left out; nothing panics.

pub mod bars;
pub mod baseline;
pub mod classes;
mod cycle;
pub mod division;
pub mod facts;
mod files;
pub mod filter;
pub mod hash;
pub mod index;
pub mod key;
mod load;
mod ngram;
pub mod parts;
pub mod pickup;
pub mod piece;
pub mod report;
pub mod resemblance;
pub mod sentence;
pub mod separation;
pub mod smf;
pub mod song;
pub mod split;
pub mod track;

pub use baseline::{Baseline, baselines};
pub use facts::Facts;
pub use filter::{Filter, LeftOut};
pub use load::{
    Corpus, Duplicate, Error, Kept, Origin, Reader, Skipped, Source, Splits, gather, load,
    load_all, load_all_by, pieces,
};
pub use ngram::NGram;
pub use resemblance::Near;
pub use sentence::{Spread, TRANSPOSITIONS, TokenPiece, Told, augment, augment_by, transpose};
pub use smf::Fault;
pub use song::Pedal;
pub use split::Share;

use musigan_score::events::Style;
use std::collections::BTreeMap;
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
    /// Pieces whose pitched notes all share one track are taken apart into so many parts
    /// ([`separation::take_apart`]).
    pub separate: Option<u8>,
    /// Which pieces are wanted.
    pub filter: Filter,
    /// Training pieces that [resemble](resemblance) a held-out one by so many percent are left out.
    pub dedupe: Option<u8>,
}

impl Options {
    /// The styles that pieces are told to be of, in the vocabulary's order.
    pub fn styles(&self) -> Vec<Style> {
        let told =
            |style| self.style == Some(style) || self.folder_styles.values().any(|&of| of == style);
        Style::ALL.into_iter().filter(|&style| told(style)).collect()
    }

    /// The style of a file by its path relative to the folder that is loaded.
    pub fn style_of(&self, file: &Path) -> Option<Style> {
        let innermost = file.ancestors().skip(1).find_map(|folder| self.folder_styles.get(folder));
        innermost.copied().or(self.style)
    }
}
