//! `musigan-train separate`.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::data::Loaded;
use super::reading::ReadingArgs;
use crate::cli::say::say;
use crate::corpus::TokenPiece;
use crate::corpus::separation::{F1, in_order, melody, skyline, voices};
use crate::corpus::song::Sounding;
use crate::metrics::Piece;

/// Ticks of a quarter note in pieces of tokens.
const QUARTER: u64 = musigan_score::TICKS_PER_QUARTER as u64;

/// Tells how well parts are told apart where they share one track: merges the parts of held-out pieces on
/// purpose, takes them apart again by the notes alone, and counts the notes that come back.
///
/// Pieces of two parts are taken apart into melody and accompaniment, pieces of three and more into as many
/// voices.
#[derive(Debug, Args)]
pub struct SeparateArgs {
    /// Folder of MIDI files
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    reading: ReadingArgs,
    /// Pieces of so many parts
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(2..=8))]
    parts: u8,
}

/// A way of telling parts apart: the part of each note of a merged piece.
type Way<'w> = (&'w str, &'w dyn Fn(&[Sounding]) -> Vec<usize>);

impl SeparateArgs {
    /// Prints the table.
    ///
    /// # Errors
    /// One sentence for the user.
    pub fn run(self) -> anyhow::Result<()> {
        let corpus =
            Loaded::read(&self.folder, &self.reading.options()?, self.reading.cached())?.corpus;
        let count = usize::from(self.parts);
        let lead = |found: Vec<bool>| found.into_iter().map(|is| usize::from(!is)).collect();
        let by_skyline = |notes: &[Sounding]| -> Vec<usize> { lead(skyline(notes)) };
        let by_melody = |notes: &[Sounding]| -> Vec<usize> { lead(melody(notes, QUARTER)) };
        let by_contigs = |notes: &[Sounding]| voices(notes, count);
        let ways: &[Way<'_>] = match count {
            2 => &[("skyline", &by_skyline), ("melody", &by_melody)],
            _ => &[("contig mapping", &by_contigs)],
        };
        say!(
            "{:>24}{:>8}{:>8}{:>8}{:>12}{:>10}{:>8}",
            "",
            "set",
            "pieces",
            "part",
            "precision",
            "recall",
            "F1"
        );
        let sets = [("train", &corpus.train), ("valid", &corpus.valid), ("test", &corpus.test)];
        let mut any = false;
        for (set, pieces) in sets {
            let merged: Vec<_> = pieces.iter().filter_map(|piece| merged(piece, count)).collect();
            any |= !merged.is_empty();
            for (name, way) in ways.iter().filter(|_| !merged.is_empty()) {
                let mut counts = vec![F1::default(); count];
                for (notes, parts) in &merged {
                    let found = way(notes);
                    for (part, counts) in counts.iter_mut().enumerate() {
                        let pairs = found.iter().zip(parts);
                        // A note that several parts share counts for whichever of them is found.
                        let is = |&(found, is): &(&usize, &u16)| {
                            let mine = is >> part & 1 != 0;
                            (*found == part, mine && (*found == part || is.count_ones() == 1))
                        };
                        counts.add(F1::of(pairs.map(|pair| is(&pair))));
                    }
                }
                for (part, f1) in counts.iter().enumerate() {
                    say!(
                        "{name:>24}{set:>8}{:>8}{:>8}{:>12.3}{:>10.3}{:>8.3}",
                        merged.len(),
                        part + 1,
                        f1.precision(),
                        f1.recall(),
                        f1.value()
                    );
                }
            }
        }
        if !any {
            bail!("no piece of {} has {count} parts", self.folder.display());
        }
        Ok(())
    }
}

/// The notes of a piece of so many parts as if they were one track's, and the parts of each, a bit for each.
fn merged(piece: &TokenPiece, count: usize) -> Option<(Vec<Sounding>, Vec<u16>)> {
    let piece = Piece::of_tokens(&piece.tokens);
    let mut all: Vec<(Sounding, u16)> = piece
        .pitched()
        .map(|note| {
            let (onset, end) = (note.onset.0.into(), note.end().0.into());
            let (key, velocity) = (note.pitch.key(), note.velocity.value());
            (Sounding { onset, end, key, velocity }, 1 << note.part.index())
        })
        .collect();
    let parts = all.iter().fold(0_u16, |set, (_, part)| set | part);
    if parts.count_ones() as usize != count || u32::from(parts) + 1 != 1 << count {
        return None;
    }
    // Two parts that strike one key together are one note of the track.
    all.sort_by_key(|(note, _)| (note.onset, note.key, note.end));
    all.dedup_by(|later, former| {
        let same = (later.0.onset, later.0.key) == (former.0.onset, former.0.key);
        if same {
            former.0.end = former.0.end.max(later.0.end);
            former.1 |= later.1;
        }
        same
    });
    all.sort_by_key(|(note, _)| (note.onset, note.key, note.end));
    let (mut notes, parts): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    in_order(&mut notes);
    Some((notes, parts))
}
