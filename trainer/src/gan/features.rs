//! What bars are like, in numbers: the measures by which generated bars are compared with real ones.
//!
//! After MGEval (Yang and Lerch, 2018), MuseGAN (Dong et al., 2018) and the groove of Wu and Yang
//! (2020), each taken of a bar instead of a piece. A measure that a bar does not have (an empty bar's
//! note length) is not a number and counts nowhere.

use musigan_score::roll::{Form, STEPS, Stroke, tick};

use super::bars::Bar;
use crate::metrics::{centroid, distance, mean};

/// A measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Different pitch classes.
    Classes,
    /// Notes that begin.
    Notes,
    /// Keys that sound at once, on average over the steps at which something sounds.
    Polyphony,
    /// Mean length of a note, in quarters.
    Length,
    /// Semitones from the lowest to the highest key.
    Range,
    /// Mean time between onsets, in quarters.
    Interval,
    /// Share of steps at which this bar and the one before have an onset both, or neither.
    Groove,
    /// Distance from the bar before in tonal space (Harte, Sandler and Gasser, 2006).
    Tonal,
    /// Distance between the first part and the others in tonal space.
    Parts,
}

impl Feature {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Classes,
        Self::Notes,
        Self::Polyphony,
        Self::Length,
        Self::Range,
        Self::Interval,
        Self::Groove,
        Self::Tonal,
        Self::Parts,
    ];

    /// What it is called in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Classes => "used pitch classes",
            Self::Notes => "notes",
            Self::Polyphony => "polyphony",
            Self::Length => "note length (quarters)",
            Self::Range => "pitch range",
            Self::Interval => "inter-onset interval (quarters)",
            Self::Groove => "groove similarity",
            Self::Tonal => "tonal distance, bar to bar",
            Self::Parts => "tonal distance, part to part",
        }
    }
}

/// The measures of a bar, in the order of [`Feature::ALL`].
pub type Measures = [f64; Feature::ALL.len()];

/// The measures of bars that follow each other; the first has none that need a bar before.
pub fn of_bars(form: Form, bars: &[Bar]) -> Vec<Measures> {
    let strokes: Vec<Vec<Stroke>> = bars.iter().map(|bar| bar.strokes(form)).collect();
    (0..bars.len())
        .map(|at| {
            let before = (at > 0 && bars[at].follows).then(|| at - 1);
            let before = before.filter(|&b| bars[b].metre == bars[at].metre);
            measures(&strokes[at], bars[at].steps(), before.map(|b| &strokes[b][..]))
        })
        .collect()
}

fn measures(bar: &[Stroke], steps: usize, before: Option<&[Stroke]>) -> Measures {
    let quarters = |s: &Stroke| f64::from(tick(s.end) - tick(s.step)) / 24.0;
    let keys = || bar.iter().map(|s| f64::from(s.key));
    let mut sounding = [0_u32; STEPS];
    for stroke in bar {
        sounding[stroke.step..stroke.end].iter_mut().for_each(|count| *count += 1);
    }
    let heard: Vec<f64> = sounding.iter().filter(|&&c| c > 0).map(|&c| f64::from(c)).collect();
    let onsets = onsets(bar);
    let onset_ticks: Vec<u32> = (0..STEPS).filter(|&s| onsets[s]).map(tick).collect();
    let gaps: Vec<f64> = onset_ticks.windows(2).map(|w| f64::from(w[1] - w[0]) / 24.0).collect();
    let place = |bar: &[Stroke]| centroid(&class_weights(bar));
    let tonal = |a: &[Stroke], b: &[Stroke]| match (place(a), place(b)) {
        (Some(a), Some(b)) => distance(a, b),
        _ => f64::NAN,
    };
    let (first, others): (Vec<Stroke>, Vec<Stroke>) = bar.iter().partition(|s| s.part == 0);
    let range = keys().fold(f64::NAN, f64::max) - keys().fold(f64::NAN, f64::min);
    [
        class_weights(bar).iter().filter(|&&w| w > 0.0).count() as f64,
        bar.len() as f64,
        mean(&heard),
        mean(&bar.iter().map(quarters).collect::<Vec<_>>()),
        range,
        mean(&gaps),
        before.map_or(f64::NAN, |before| {
            let then = self::onsets(before);
            let same = (0..steps).filter(|&s| onsets[s] == then[s]).count();
            same as f64 / steps as f64
        }),
        before.map_or(f64::NAN, |before| tonal(bar, before)),
        tonal(&first, &others),
    ]
    .map(|x| if bar.is_empty() { f64::NAN } else { x })
}

fn onsets(bar: &[Stroke]) -> [bool; STEPS] {
    let mut onsets = [false; STEPS];
    bar.iter().for_each(|stroke| onsets[stroke.step] = true);
    onsets
}

fn class_weights(bar: &[Stroke]) -> [f64; 12] {
    let mut weights = [0.0; 12];
    for s in bar {
        weights[usize::from(s.key % 12)] += f64::from(tick(s.end) - tick(s.step));
    }
    weights
}

/// The values of one measure, without those that are not there.
pub fn values(all: &[Measures], at: usize) -> Vec<f64> {
    all.iter().map(|measures| measures[at]).filter(|x| x.is_finite()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stroke(step: usize, end: usize, part: usize, key: u8) -> Stroke {
        Stroke { step, end, part, key }
    }

    #[test]
    fn a_bar_counted_by_hand() {
        // A half note C in the bass under two quarters E, G.
        let bar = [stroke(0, 12, 1, 48), stroke(0, 6, 0, 64), stroke(6, 12, 0, 67)];
        let m = measures(&bar, 24, Some(&[stroke(0, 24, 0, 60)]));
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert_eq!(m[..2], [3.0, 3.0]);
        assert!(close(m[2], 2.0) && close(m[3], 4.0 / 3.0), "{m:?}");
        assert_eq!((m[4], m[5]), (19.0, 1.0));
        assert!(close(m[6], 23.0 / 24.0), "{m:?}");
        assert!(measures(&[], 24, None).iter().all(|x| x.is_nan()));
    }
}
