//! The bars of a piece: where each begins in the source and in the score.
//!
//! The vocabulary speaks in bars, and files do not: they say time signatures at times. Bars are laid
//! out from each time signature to the next. What does not fit is mended, and counted:
//! - **Pickup.** A piece may begin with a part of a bar, and files do not tell. Where the first
//!   time signature lasts no whole number of bars, the rest is taken for a pickup; where it lasts for
//!   the whole piece, the pickup is heard (see [`pickup`]). The first bar then begins that much
//!   before the file does, silently.
//! - **Irregular bars.** A rest of a bar before a later time signature is a bar of its own metre (a
//!   quarter's length is 1/4), of the nearest length that a metre has.
//! - **Unknown metres.** A bar that no metre has is said as several (10/4 as 5/4 + 5/4), or two of
//!   them as one (7/16 as half of 7/8), or else as the bar with the nearest length.
//! - **Silence.** Bars before the first note are left out, and so are those of a silence in excess of
//!   [`LONGEST_SILENCE`]. So the number of bars is bounded by the number of notes, whatever times
//!   a file names.

use super::cycle::{Cycle, that_holds};
use super::pickup;
use super::track::Signature;
use musigan_score::{Metre, Pitch};

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

/// The beginning of a note, in score ticks from the beginning of the file; in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attack {
    /// When.
    pub onset: i64,
    /// How long the note lasts.
    pub duration: i64,
    /// Which pitch; `None` for percussion.
    pub pitch: Option<Pitch>,
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

impl Bars {
    /// Lays out the bars for notes (in order), under time signatures (in the order of their times;
    /// 4/4 before the first).
    pub fn lay(signatures: &[(i64, Signature)], attacks: &[Attack]) -> Self {
        let onsets: Vec<i64> = attacks.iter().map(|attack| attack.onset).collect();
        let mut sections = signatures.to_vec();
        if sections.first().is_none_or(|&(at, _)| at > 0) {
            sections.insert(0, (0, (4, 4)));
        }
        let mut layout = Layout {
            bars: Self { pickup: pickup(&mut sections, attacks), ..Self::default() },
            onsets: &onsets,
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
fn pickup(sections: &mut Vec<(i64, Signature)>, attacks: &[Attack]) -> u32 {
    let (from, signature, until, next) = match sections[..] {
        [] => return 0,
        [(_, signature)] => return pickup::heard(attacks, Cycle::of(signature).ticks()),
        [(from, signature), (until, next), ..] => (from, signature, until, next),
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn lay(signatures: &[(i64, Signature)], onsets: &[i64]) -> Bars {
        let attack = |&onset| Attack { onset, duration: 12, pitch: Pitch::new(60) };
        let attacks: Vec<Attack> = onsets.iter().map(attack).collect();
        Bars::lay(signatures, &attacks)
    }

    /// Metre and place in the source of every bar.
    fn said(bars: &Bars) -> Vec<((u8, u8), i64)> {
        let metre = |bar: &Bar| (bar.metre.numerator(), bar.metre.denominator());
        bars.bars.iter().map(|bar| (metre(bar), bar.source)).collect()
    }

    #[test]
    fn without_a_time_signature_it_is_common_time() {
        assert_eq!(said(&lay(&[], &[0, 100])), [((4, 4), 0), ((4, 4), 96)]);
        assert_eq!(said(&lay(&[(96, (3, 4))], &[0, 100])), [((4, 4), 0), ((3, 4), 96)]);
        assert_eq!(lay(&[], &[]), Bars::default());
    }

    #[test]
    fn a_rest_before_the_second_time_signature_is_a_pickup() {
        let bars = lay(&[(0, (3, 4)), (24 + 144, (4, 4))], &[0, 24, 100, 170]);
        assert_eq!(bars.pickup, 24);
        assert_eq!(said(&bars), [((3, 4), -48), ((3, 4), 24), ((3, 4), 96), ((4, 4), 168)]);
        assert_eq!(bars.place(0), Some(48));
        assert_eq!(bars.place(24), Some(72));
        assert_eq!(bars.approximated, 0);
    }

    #[test]
    fn a_short_first_time_signature_is_a_pickup() {
        let bars = lay(&[(0, (1, 4)), (24, (3, 4))], &[0, 24, 100]);
        assert_eq!((bars.pickup, bars.bars[0].source), (24, -48));
        assert_eq!(said(&bars).len(), 3);
    }

    #[test]
    fn a_rest_before_a_later_time_signature_is_a_bar_of_its_own() {
        let bars = lay(&[(0, (4, 4)), (96, (4, 4)), (216, (3, 4))], &[0, 100, 200, 220]);
        assert_eq!(said(&bars), [((4, 4), 0), ((4, 4), 96), ((1, 4), 192), ((3, 4), 216)]);
        // 7 ticks are no metre's: the bar is longer than they are, and what follows is moved.
        let bars = lay(&[(0, (4, 4)), (96, (4, 4)), (199, (3, 4))], &[0, 100, 194, 199]);
        assert_eq!(said(&bars), [((4, 4), 0), ((4, 4), 96), ((1, 8), 192), ((3, 4), 199)]);
        assert_eq!((bars.place(199), bars.approximated), (Some(204), 1));
    }

    #[test]
    fn unknown_metres_are_several_or_one_of_two() {
        let metres = |signature| {
            let bars = lay(&[(0, signature)], &(0..60).map(|at| at * 12).collect::<Vec<_>>());
            let said = said(&bars);
            (said[0].0, said[1].1)
        };
        assert_eq!(metres((10, 4)), ((5, 4), 120));
        assert_eq!(metres((9, 4)), ((3, 4), 72));
        assert_eq!(metres((15, 8)), ((5, 8), 60));
        assert_eq!(metres((7, 16)), ((7, 8), 84));
        assert_eq!(metres((4, 16)), ((1, 4), 24));
    }

    #[test]
    fn silence_is_cut_however_long() {
        let bars = lay(&[], &[960, 1_000_000_000_000, 1_000_000_000_100]);
        let bar = |onset: i64| onset / 96 * 96;
        assert_eq!(bars.bars[0].source, 960);
        assert_eq!(bars.bars[9].source, bar(1_000_000_000_000));
        assert_eq!(bars.bars.len(), 11);
        assert_eq!(bars.place(1_000_000_000_000), Some(9 * 96 + 64));
        // What is said in the silence happens where it was cut.
        assert_eq!(bars.place(5_000_000), Some(96));
    }
}
