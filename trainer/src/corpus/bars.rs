//! The bars of a piece: where each begins in the source and in the score.
//!
//! The vocabulary speaks in bars, and files do not: they say time signatures at times. Bars are laid
//! out from each time signature to the next. What does not fit is mended, and counted:
//! - **Pickup.** A piece may begin with a part of a bar, and files do not tell. Where the first
//!   time signature lasts no whole number of bars, the rest is taken for a pickup: the first bar
//!   begins that much before the file does, silently.
//! - **Irregular bars.** A rest of a bar before a later time signature is a bar of its own metre (a
//!   quarter's length is 1/4), of the nearest length that a metre has.
//! - **Unknown metres.** A bar that no metre has is said as several (10/4 as 5/4 + 5/4), or two of
//!   them as one (7/16 as half of 7/8), or else as the bar with the nearest length.
//! - **Silence.** Bars before the first note are left out, and so are those of a silence in excess of
//!   [`LONGEST_SILENCE`]. So the number of bars is bounded by the number of notes, whatever times
//!   a file names.

use super::track::Signature;
use musigan_score::{Metre, TICKS_PER_QUARTER};

/// How many bars without the beginning of a note may follow each other.
pub const LONGEST_SILENCE: u32 = 8;

/// A bar of a piece. Times in the source are score ticks from the beginning of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Where it begins in the source: before its beginning, if it holds a pickup.
    pub source: i64,
    /// Its length in the source, which differs from the metre's in an irregular bar only.
    pub length: i64,
    /// Its metre in the score.
    pub metre: Metre,
    /// Where it begins in the score.
    pub start: u32,
}

/// The bars of a piece, and what it took to lay them out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bars {
    /// The bars, in the order of time.
    pub bars: Vec<Bar>,
    /// Bars whose metre is not what the file says, irregular ones among them.
    pub approximated: u64,
    /// Silent bars that were left out.
    pub silences: u64,
    /// Length of the pickup, in ticks.
    pub pickup: u32,
}

/// How the bars of a time signature are said.
struct Cycle {
    /// Metres that follow each other, again and again.
    metres: Vec<Metre>,
    /// Whether they are what the signature says.
    exact: bool,
}

impl Cycle {
    fn of((numerator, denominator): Signature) -> Self {
        let (nearest, exact) = Metre::nearest(numerator, denominator);
        if exact {
            return Self { metres: vec![nearest], exact };
        }
        let wholes = u32::from(numerator) * 4 * TICKS_PER_QUARTER;
        let ticks = wholes / u32::from(denominator);
        let several = || {
            (2..=u32::from(numerator)).filter(|count| ticks.is_multiple_of(*count)).find_map(
                |count| {
                    let metre = of_length(ticks / count, denominator)?;
                    Some(vec![metre; count as usize])
                },
            )
        };
        let one_of_two = || Some(vec![of_length(2 * ticks, denominator)?]);
        let metres = (wholes.is_multiple_of(u32::from(denominator)))
            .then(|| several().or_else(one_of_two))
            .flatten();
        Self { metres: metres.unwrap_or_else(|| vec![nearest]), exact: false }
    }

    fn ticks(&self) -> i64 {
        self.metres.iter().map(|metre| i64::from(metre.bar_ticks())).sum()
    }
}

/// A metre whose bar has this many ticks, in this denominator if there is one.
fn of_length(ticks: u32, denominator: u8) -> Option<Metre> {
    all_metres()
        .filter(|metre| metre.bar_ticks() == ticks)
        .min_by_key(|metre| metre.denominator() != denominator)
}

/// The shortest metre that holds so many ticks, and its bar's length.
fn that_holds(ticks: i64, denominator: u8) -> (Metre, i64) {
    let holding = all_metres().filter(|metre| i64::from(metre.bar_ticks()) >= ticks);
    let metre = holding
        .min_by_key(|metre| (metre.bar_ticks(), metre.denominator() != denominator))
        .unwrap_or(Metre::COMMON);
    (metre, i64::from(metre.bar_ticks()))
}

fn all_metres() -> impl Iterator<Item = Metre> {
    (0..Metre::ALL.len() as u8).filter_map(Metre::from_index)
}

impl Bars {
    /// Lays out the bars for notes that begin at `onsets` (in order), under time signatures (in the
    /// order of their times; 4/4 before the first).
    pub fn lay(signatures: &[(i64, Signature)], onsets: &[i64]) -> Self {
        let mut sections = signatures.to_vec();
        if sections.first().is_none_or(|&(at, _)| at > 0) {
            sections.insert(0, (0, (4, 4)));
        }
        let mut layout = Layout {
            bars: Self { pickup: pickup(&mut sections), ..Self::default() },
            onsets,
            silent: 0,
            start: 0,
        };
        for (index, &(from, signature)) in sections.iter().enumerate() {
            let until = sections.get(index + 1).map_or(i64::MAX, |&(at, _)| at);
            let from = match layout.bars.pickup {
                0 => from,
                pickup if index == 0 => from + i64::from(pickup) - Cycle::of(signature).ticks(),
                _ => from,
            };
            layout.section(from, until, signature);
        }
        layout.bars
    }
}

/// Finds the pickup before the first whole bar, in ticks, and makes its section begin in time.
fn pickup(sections: &mut Vec<(i64, Signature)>) -> u32 {
    let [(from, signature), (until, next), ..] = sections[..] else { return 0 };
    let lasts = until - from;
    // A short first time signature stands for the pickup of the next one.
    if lasts < Cycle::of(next).ticks() && lasts <= Cycle::of(signature).ticks() {
        sections.remove(0);
        sections[0].0 = from;
        return lasts as u32;
    }
    let bar = Cycle::of(signature).ticks();
    match lasts % bar {
        // Nearer than a 32nd to a whole bar: the file's rounding.
        rest if rest < 3 || rest > bar - 3 => 0,
        rest => rest as u32,
    }
}

/// The work of laying out.
struct Layout<'a> {
    bars: Bars,
    /// The onsets that are in no bar yet.
    onsets: &'a [i64],
    /// Silent bars since the last note.
    silent: u32,
    /// Where the next bar begins in the score.
    start: u32,
}

impl Layout<'_> {
    fn section(&mut self, from: i64, until: i64, signature: Signature) {
        let cycle = Cycle::of(signature);
        let mut at = from;
        'section: loop {
            for (index, &metre) in cycle.metres.iter().enumerate() {
                let Some(&next) = self.onsets.first().filter(|_| at < until) else {
                    break 'section;
                };
                let whole = i64::from(metre.bar_ticks());
                if index == 0 {
                    // Times are far apart in files that mean harm: no loop may count bars there.
                    let silent =
                        (next.min(until) - at) / cycle.ticks() - i64::from(LONGEST_SILENCE);
                    if silent > 0 {
                        at += silent * cycle.ticks();
                        self.bars.silences += silent as u64 * cycle.metres.len() as u64;
                        continue 'section;
                    }
                }
                if at + whole <= until {
                    self.bar(at, whole, metre, cycle.exact);
                    at += whole;
                } else {
                    let rest = until - at;
                    let (metre, length) = that_holds(rest, signature.1);
                    // A rest of less than a 32nd in which nothing begins is the file's rounding.
                    if rest >= 3 || next < until {
                        self.bar(at, rest, metre, length == rest);
                    }
                    break 'section;
                }
            }
        }
    }

    fn bar(&mut self, source: i64, length: i64, metre: Metre, exact: bool) {
        let begun = self.onsets.partition_point(|&onset| onset < source + length);
        self.onsets = &self.onsets[begun..];
        self.silent = if begun > 0 { 0 } else { self.silent + 1 };
        if self.silent > LONGEST_SILENCE || (begun == 0 && self.bars.bars.is_empty()) {
            self.bars.silences += 1;
            return;
        }
        self.bars.approximated += u64::from(!exact);
        self.bars.bars.push(Bar { source, length, metre, start: self.start });
        self.start = self.start.saturating_add(metre.bar_ticks());
    }
}

impl Bars {
    /// Where a time of the source is in the score; in a silence that was left out, where the next
    /// bar begins. `None` after the last bar.
    pub fn place(&self, source: i64) -> Option<u32> {
        let bar = self.bars.partition_point(|bar| bar.source + bar.length <= source);
        let bar = self.bars.get(bar)?;
        let into = (source - bar.source).clamp(0, bar.metre.bar_ticks().into());
        Some(bar.start.saturating_add(into as u32))
    }
}
