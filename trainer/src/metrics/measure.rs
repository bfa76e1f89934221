//! Measures of a piece that are one number each.

use super::loops::{distinct_phrases, longest_loop};
use super::piece::{Bar, Piece};
use super::{Voices, centroid, distance, mean};
use musigan_score::Note;

/// Notes this short, in ticks, are fragments: less than a 32nd (MuseGAN's three of 96 steps to a bar).
const FRAGMENT: u16 = 3;

/// A measure of a piece. Percussion counts for rhythm alone. Not a number where the piece has nothing
/// to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Entropy of the notes' pitches, in bits (MusPy).
    PitchEntropy,
    /// Entropy of the notes' pitch classes, in bits (MusPy).
    ClassEntropy,
    /// Share of the notes that are in the major or minor scale which holds most of them (MusPy).
    ScaleConsistency,
    /// Different pitches that sound at once, on average while any does (MusPy).
    Polyphony,
    /// Share of the time at which two or more different pitches sound (MusPy, its threshold at 1).
    PolyphonyRate,
    /// Share of a bar's ticks that agree with those of the bar before in having an onset or none (Wu and
    /// Yang, 2020; MusPy), over bars of one length.
    GrooveConsistency,
    /// Share of the bars in which nothing sounds (MusPy, MuseGAN).
    EmptyBars,
    /// Different pitch classes of the notes that begin in a bar, where any does (MuseGAN).
    ClassesPerBar,
    /// Notes that begin in a bar.
    NotesPerBar,
    /// Share of the notes that are a 32nd or longer (MuseGAN's qualified notes).
    QualifiedNotes,
    /// Distance in tonal space of each bar from the one before.
    BarToBar,
    /// Distance in tonal space of the first part from all others, bar by bar (MuseGAN).
    PartToPart,
    /// Share of the time at which the first part sounds with others in which it makes a second, a seventh or
    /// a tritone with one of them.
    Dissonance,
    /// Share of different ones among the phrases of four notes.
    DistinctPhrases,
    /// The longest loop of one to four notes, in bars.
    LongestLoop,
    /// Of four voices: share of triads among the chords, sixteenth by sixteenth.
    Triads,
    /// Of four voices: share of the notes that are held, sixteenth by sixteenth.
    Holds,
    /// Of four voices: parallel fifths in a thousand pairs of moving voices.
    ParallelFifths,
    /// Of four voices: parallel octaves in a thousand pairs of moving voices.
    ParallelOctaves,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::PitchEntropy,
        Self::ClassEntropy,
        Self::ScaleConsistency,
        Self::Polyphony,
        Self::PolyphonyRate,
        Self::GrooveConsistency,
        Self::EmptyBars,
        Self::ClassesPerBar,
        Self::NotesPerBar,
        Self::QualifiedNotes,
        Self::BarToBar,
        Self::PartToPart,
        Self::Dissonance,
        Self::DistinctPhrases,
        Self::LongestLoop,
        Self::Triads,
        Self::Holds,
        Self::ParallelFifths,
        Self::ParallelOctaves,
    ];

    /// What it is called in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PitchEntropy => "pitch entropy (bits)",
            Self::ClassEntropy => "pitch-class entropy (bits)",
            Self::ScaleConsistency => "scale consistency",
            Self::Polyphony => "polyphony",
            Self::PolyphonyRate => "polyphony rate",
            Self::GrooveConsistency => "groove consistency",
            Self::EmptyBars => "empty bars",
            Self::ClassesPerBar => "pitch classes per bar",
            Self::NotesPerBar => "notes per bar",
            Self::QualifiedNotes => "notes of a 32nd or longer",
            Self::BarToBar => "tonal distance, bar to bar",
            Self::PartToPart => "tonal distance, part to part",
            Self::Dissonance => "dissonance, part to part",
            Self::DistinctPhrases => "distinct phrases of four notes",
            Self::LongestLoop => "longest loop of ≤ 4 notes (bars)",
            Self::Triads => "four voices: triads",
            Self::Holds => "four voices: held notes",
            Self::ParallelFifths => "four voices: parallel fifths in 1,000",
            Self::ParallelOctaves => "four voices: parallel octaves in 1,000",
        }
    }

    /// Measures a piece.
    pub fn of(self, piece: &Piece) -> f64 {
        let keys = || piece.pitched().map(|note| usize::from(note.pitch.key()));
        match self {
            Self::PitchEntropy => entropy(&counts::<128>(keys())),
            Self::ClassEntropy => entropy(&counts::<12>(keys().map(|key| key % 12))),
            Self::ScaleConsistency => scale_consistency(&counts(keys().map(|key| key % 12))),
            Self::Polyphony => {
                let sounding: Vec<f64> =
                    roll(piece).into_iter().filter(|&on| on > 0).map(ones).collect();
                mean(&sounding)
            }
            Self::PolyphonyRate => share(roll(piece).into_iter().map(|on| on.count_ones() > 1)),
            Self::GrooveConsistency => groove_consistency(piece),
            Self::EmptyBars => share(piece.bars().iter().map(|&bar| !sounds(piece, bar))),
            Self::ClassesPerBar => {
                let classes =
                    |notes: &[Note]| weights(piece, notes).iter().filter(|&&w| w > 0.0).count();
                let all: Vec<f64> = bars(piece).map(|notes| classes(notes) as f64).collect();
                mean(&all.into_iter().filter(|&count| count > 0.0).collect::<Vec<_>>())
            }
            Self::NotesPerBar => piece.notes().len() as f64 / piece.bars().len() as f64,
            Self::QualifiedNotes => {
                share(piece.notes().iter().map(|note| note.duration >= FRAGMENT))
            }
            Self::BarToBar => {
                let places: Vec<_> =
                    bars(piece).map(|notes| centroid(&weights(piece, notes))).collect();
                let pairs = places.windows(2).filter_map(|pair| Some(distance(pair[0]?, pair[1]?)));
                mean(&pairs.collect::<Vec<_>>())
            }
            Self::PartToPart => part_to_part(piece),
            Self::Dissonance => dissonance(piece),
            Self::DistinctPhrases => distinct_phrases(piece),
            Self::LongestLoop => longest_loop(piece),
            Self::Triads => voices(piece, Voices::triads),
            Self::Holds => voices(piece, Voices::holds),
            Self::ParallelFifths => voices(piece, |voices| voices.parallels()[0]),
            Self::ParallelOctaves => voices(piece, |voices| voices.parallels()[1]),
        }
    }
}

/// The pitch classes of the first part and of the others at each tick, a bit each.
fn classes(piece: &Piece) -> Vec<[u16; 2]> {
    let first = piece.pitched().map(|note| note.part).min();
    let mut roll = vec![[0_u16; 2]; piece.end() as usize];
    for note in piece.pitched() {
        let who = usize::from(Some(note.part) != first);
        for on in &mut roll[note.onset.0 as usize..note.end().0 as usize] {
            on[who] |= 1 << (note.pitch.key() % 12);
        }
    }
    roll
}

fn dissonance(piece: &Piece) -> f64 {
    let together: Vec<_> =
        classes(piece).into_iter().filter(|[own, others]| *own != 0 && *others != 0).collect();
    share(together.into_iter().map(|[own, others]| {
        let up = |steps: u32| (own << steps | own >> (12 - steps)) & 0xfff;
        [1, 2, 6, 10, 11].iter().any(|&steps| up(steps) & others != 0)
    }))
}

/// The notes that begin in each bar.
fn bars(piece: &Piece) -> impl Iterator<Item = &[Note]> {
    piece.bars().iter().map(|&bar| piece.starting_in(bar))
}

fn voices(piece: &Piece, measure: impl Fn(&Voices) -> f64) -> f64 {
    Voices::of(piece).map_or(f64::NAN, |voices| measure(&voices))
}

fn counts<const N: usize>(places: impl Iterator<Item = usize>) -> [f64; N] {
    let mut counts = [0.0; N];
    places.for_each(|place| counts[place] += 1.0);
    counts
}

fn entropy(counts: &[f64]) -> f64 {
    let sum: f64 = counts.iter().sum();
    if sum == 0.0 {
        return f64::NAN;
    }
    let shares = counts.iter().filter(|&&count| count > 0.0).map(|count| count / sum);
    -shares.map(|p| p * p.log2()).sum::<f64>()
}

/// Minor scales are natural ones, so the twelve major scales are all that there are.
fn scale_consistency(classes: &[f64; 12]) -> f64 {
    const MAJOR: [usize; 7] = [0, 2, 4, 5, 7, 9, 11];
    let inside = |tonic: usize| MAJOR.iter().map(|step| classes[(tonic + step) % 12]).sum::<f64>();
    (0..12).map(inside).fold(0.0, f64::max) / classes.iter().sum::<f64>()
}

/// The pitches that sound at each tick, a bit each.
fn roll(piece: &Piece) -> Vec<u128> {
    let mut roll = vec![0_u128; piece.end() as usize];
    for note in piece.pitched() {
        for on in &mut roll[note.onset.0 as usize..note.end().0 as usize] {
            *on |= 1 << note.pitch.key();
        }
    }
    roll
}

fn ones(bits: u128) -> f64 {
    f64::from(bits.count_ones())
}

fn share(mut which: impl ExactSizeIterator<Item = bool>) -> f64 {
    let all = which.len() as f64;
    let mut count = 0.0;
    for is in &mut which {
        count += f64::from(u8::from(is));
    }
    count / all
}

fn groove_consistency(piece: &Piece) -> f64 {
    let onsets = |bar: Bar| {
        let mut ticks = vec![false; bar.ticks() as usize];
        for note in piece.starting_in(bar) {
            ticks[(note.onset.0 - bar.start) as usize] = true;
        }
        ticks
    };
    let alike = |pair: &[Bar]| {
        let (a, b) = (onsets(pair[0]), onsets(pair[1]));
        let same = a.iter().zip(&b).filter(|(a, b)| a == b).count();
        (a.len() == b.len()).then(|| same as f64 / a.len() as f64)
    };
    mean(&piece.bars().windows(2).filter_map(alike).collect::<Vec<_>>())
}

fn sounds(piece: &Piece, bar: Bar) -> bool {
    let before = piece.notes().partition_point(|note| note.onset.0 < bar.end);
    // No note is longer than 2^16 ticks, but most are shorter than a bar: the latest are looked at first.
    piece.notes()[..before].iter().rev().any(|note| note.end().0 > bar.start)
}

/// Pitch classes by the time that they sound.
fn weights<'a>(piece: &Piece, notes: impl IntoIterator<Item = &'a Note>) -> [f64; 12] {
    let mut weights = [0.0; 12];
    for note in notes.into_iter().filter(|note| !piece.is_percussion(note.part)) {
        weights[usize::from(note.pitch.key() % 12)] += f64::from(note.duration);
    }
    weights
}

fn part_to_part(piece: &Piece) -> f64 {
    let first = piece.pitched().map(|note| note.part).min();
    let distances = bars(piece).filter_map(|notes| {
        let (own, others): (Vec<_>, Vec<_>) =
            notes.iter().partition(|note| Some(note.part) == first);
        let place = |notes: &[Note]| centroid(&weights(piece, notes));
        Some(distance(place(&own)?, place(&others)?))
    });
    mean(&distances.collect::<Vec<_>>())
}
