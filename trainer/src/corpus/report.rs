//! What was read, in words.

use super::{Baseline, Corpus, Kept};
use musigan_score::Instrument;
use std::fmt::{self, Display, Formatter};

/// Displays a corpus: what was read, lost, split and skipped.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a, P> {
    /// The corpus.
    pub corpus: &'a Corpus<P>,
    /// How long reading took.
    pub seconds: f64,
    /// How many skipped files and duplicates are listed.
    pub listed: usize,
}

impl<P: Kept> Display for Report<'_, P> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.read(f)?;
        self.odd(f)?;
        self.lost(f)?;
        self.splits(f)?;
        self.unwanted(f)?;
        self.left_out(f)
    }
}

impl<P: Kept> Report<'_, P> {
    fn read(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Corpus { facts, files, bytes, skipped, .. } = self.corpus;
        let megabytes = *bytes as f64 / 1e6;
        writeln!(
            f,
            "files    {files} read in {:.2} s ({megabytes:.1} MB, {:.1} MB/s), {} skipped",
            self.seconds,
            megabytes / self.seconds.max(1e-9),
            skipped.len()
        )?;
        writeln!(
            f,
            "pieces   {} with {} notes, {:.1} hours",
            facts.pieces,
            facts.notes,
            facts.seconds / 3600.0
        )?;
        writeln!(
            f,
            "tokens   {}, {:.2} per note, tags included",
            facts.tokens,
            facts.tokens as f64 / facts.notes.max(1) as f64
        )?;
        write!(f, "parts    ")?;
        list(f, facts.parts.iter().map(|(parts, &pieces)| (parts.to_string(), pieces)))?;
        write!(f, "programs ")?;
        list(
            f,
            facts
                .instruments
                .iter()
                .map(|(&instrument, &parts)| (self::instrument(instrument), parts)),
        )?;
        write!(f, "metres   ")?;
        list(
            f,
            facts.metres.iter().map(|(metre, &pieces)| {
                (format!("{}/{}", metre.numerator(), metre.denominator()), pieces)
            }),
        )
    }

    fn odd(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let odd = &self.corpus.facts.oddities;
        write!(f, "odd      ")?;
        list(
            f,
            [
                ("keys struck while down", odd.restruck),
                ("keys struck twice at once", odd.struck_twice),
                ("notes of no length", odd.zero_length),
                ("notes without an end", odd.hanging),
                ("note-offs without a note", odd.stray_offs),
            ]
            .into_iter()
            .filter(|&(_, count)| count > 0)
            .map(|(what, count)| (what.to_owned(), count)),
        )
    }

    fn lost(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let loss = &self.corpus.facts.loss;
        let mean = |sum: u64, of: u64| sum as f64 / of.max(1) as f64;
        let share = |part: u64| 100.0 * mean(part, loss.notes);
        writeln!(f, "lost     of {} notes in the files", loss.notes)?;
        let moved = [
            ("onsets moved to the grid", loss.onsets_moved, loss.onset_ticks),
            ("durations changed", loss.durations_changed, loss.duration_ticks),
        ];
        for (what, count, ticks) in moved {
            writeln!(
                f,
                "         {what}: {count} ({:.2} %), by {:.2} ticks each, {:.4} over all",
                share(count),
                mean(ticks, count),
                mean(ticks, loss.notes)
            )?;
        }
        for (what, count) in [
            ("notes moved by octaves into the 88 keys", loss.octaves_moved),
            ("strokes outside the percussion map dropped", loss.drums_dropped),
            ("notes alike in part, onset and pitch merged", loss.duplicates),
            ("lines merged into other parts", loss.parts_merged),
            ("bars in another metre than the file's", loss.bars_approximated),
            ("silent bars left out", loss.silences),
        ] {
            writeln!(f, "         {what}: {count}")?;
        }
        writeln!(f, "pickups  {} pieces begin with one", loss.pickups)
    }

    fn splits(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let splits = &self.corpus.splits;
        for (name, pieces) in
            [("train", &splits.train), ("valid", &splits.valid), ("test", &splits.test)]
        {
            let notes: u64 = pieces.iter().map(|piece| u64::from(piece.notes())).sum();
            let tokens: usize = pieces.iter().map(Kept::tokens).sum();
            writeln!(
                f,
                "{name:<8} {} pieces, {notes} notes ({:.1} %), {tokens} tokens",
                pieces.len(),
                100.0 * notes as f64 / self.notes_kept().max(1) as f64
            )?;
        }
        Ok(())
    }

    fn notes_kept(&self) -> u64 {
        let splits = &self.corpus.splits;
        let all = splits.train.iter().chain(&splits.valid).chain(&splits.test);
        all.map(|piece| u64::from(piece.notes())).sum()
    }

    fn unwanted(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.corpus.left_out {
            left_out if left_out.pieces() > 0 => {
                writeln!(f, "unwanted {} pieces: {left_out}", left_out.pieces())
            }
            _ => Ok(()),
        }
    }

    fn left_out(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Corpus { duplicates, near, skipped, .. } = self.corpus;
        if !duplicates.is_empty() {
            writeln!(f, "same     {} pieces are in the corpus already", duplicates.len())?;
        }
        for duplicate in duplicates.iter().take(self.listed) {
            writeln!(f, "         {} = {}", duplicate.name, duplicate.of)?;
        }
        self.more(f, duplicates.len())?;
        if !near.is_empty() {
            writeln!(f, "near     {} training pieces are nearly held-out ones", near.len())?;
        }
        for near in near.iter().take(self.listed) {
            writeln!(f, "         {} ≈ {} ({} %)", near.name, near.of, near.percent)?;
        }
        self.more(f, near.len())?;
        if !skipped.is_empty() {
            writeln!(f, "skipped  {} files", skipped.len())?;
        }
        for file in skipped.iter().take(self.listed) {
            writeln!(f, "         {}: {}", file.name, file.fault)?;
        }
        self.more(f, skipped.len())
    }

    fn more(&self, f: &mut Formatter<'_>, count: usize) -> fmt::Result {
        match count.saturating_sub(self.listed) {
            0 => Ok(()),
            more => writeln!(f, "         and {more} more"),
        }
    }
}

/// Names with their counts on one line, the most frequent first.
pub(super) fn list(
    f: &mut Formatter<'_>,
    counts: impl Iterator<Item = (String, u64)>,
) -> fmt::Result {
    let mut counts: Vec<(String, u64)> = counts.collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    for (index, (name, count)) in counts.iter().enumerate() {
        write!(f, "{}{name}: {count}", if index == 0 { "" } else { ", " })?;
    }
    writeln!(f, "{}", if counts.is_empty() { "none" } else { "" })
}

/// An instrument's name.
pub(super) fn instrument(instrument: Instrument) -> String {
    match instrument {
        Instrument::Program(program) => {
            format!("{:?} {}", program.family(), program.number())
        }
        Instrument::Percussion => "Percussion".to_owned(),
    }
}

/// Displays what counting achieves, or that there is nothing to judge it by.
#[derive(Clone, Debug)]
pub struct BaselineReport(pub Option<[Baseline; 3]>);

impl Display for BaselineReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(baselines) = &self.0 else {
            return writeln!(f, "baseline none: a share of the corpus is empty");
        };
        for (Baseline { name, smoothing, valid, test, .. }, kind) in
            baselines.iter().zip(["α", "discount", "discount"])
        {
            writeln!(
                f,
                "{name:<8} valid {:.4} nats per token, {:.3} per note; test {:.4} and {:.3} \
                 ({kind} {smoothing})",
                valid.per_token, valid.per_note, test.per_token, test.per_note,
            )?;
        }
        Ok(())
    }
}
