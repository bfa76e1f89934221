//! How good composed bars are, and whether a generator has collapsed.

use std::collections::HashSet;

use musigan_score::roll::Form;

use super::bars::Bar;
use super::features::{Feature, Measures, of_bars, values};
use crate::metrics::{mean, overlap};

/// Held-out bars and their measures.
pub struct Judge {
    form: Form,
    measures: Vec<Measures>,
}

/// What composed bars are like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Mean overlap of all measures with the held-out bars', 0 to 1; a measure that too few composed
    /// bars have overlaps nothing.
    pub overlap: f64,
    /// Share of the bars that are not exactly another one, empty ones aside.
    pub distinct: f64,
    /// Share of the bars that are empty.
    pub empty: f64,
    /// Notes in a bar.
    pub notes: f64,
}

/// Of the bars of a generator that works more are distinct, and fewer are empty.
const COLLAPSED: f64 = 0.5;

impl Judge {
    /// A judge who compares with these bars.
    pub fn new(form: Form, held_out: &[Bar]) -> Self {
        Self { form, measures: of_bars(form, held_out) }
    }

    /// Judges chains of bars.
    pub fn verdict(&self, chains: &[Vec<Bar>]) -> Verdict {
        let measures: Vec<Measures> = chains.iter().flat_map(|c| of_bars(self.form, c)).collect();
        let overlaps: Vec<f64> = (0..Feature::ALL.len())
            .map(|at| overlap(&values(&measures, at), &values(&self.measures, at)))
            .map(|overlap| if overlap.is_finite() { overlap } else { 0.0 })
            .collect();
        let bars = chains.iter().flatten();
        let (empty, distinct) = (empty(bars.clone()), distinct(bars));
        let notes: Vec<f64> =
            chains.iter().flatten().map(|bar| bar.strokes(self.form).len() as f64).collect();
        Verdict { overlap: mean(&overlaps), distinct, empty, notes: mean(&notes) }
    }
}

impl Verdict {
    /// Why the generator counts as collapsed, if it does.
    pub fn collapse(&self) -> Option<String> {
        if self.empty > COLLAPSED {
            Some(format!("{:.0} % of its bars are empty", 100.0 * self.empty))
        } else if self.distinct < COLLAPSED {
            Some(format!("only {:.0} % of its bars are distinct", 100.0 * self.distinct))
        } else {
            None
        }
    }
}

/// Share of the bars that are empty.
pub fn empty<'a>(bars: impl Iterator<Item = &'a Bar> + Clone) -> f64 {
    let all = bars.clone().count().max(1);
    bars.filter(|bar| bar.cells.is_empty()).count() as f64 / all as f64
}

/// Of the bars that are not empty, the share of different ones.
pub fn distinct<'a>(bars: impl Iterator<Item = &'a Bar>) -> f64 {
    let sounding: Vec<&[u16]> =
        bars.filter(|bar| !bar.cells.is_empty()).map(|bar| &bar.cells[..]).collect();
    let different: HashSet<&[u16]> = sounding.iter().copied().collect();
    different.len() as f64 / sounding.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use musigan_score::Metre;
    use musigan_score::roll::Told;

    #[test]
    fn a_generator_that_says_the_same_or_nothing_has_collapsed() {
        let bar = |cell: Option<u16>| Bar {
            cells: cell.into_iter().collect(),
            metre: Metre::COMMON,
            told: Told::default(),
            follows: false,
        };
        let form = Form::new(1, 48, 24).unwrap();
        let judge = Judge::new(form, &(0..24).map(|c| bar(Some(c))).collect::<Vec<_>>());
        let verdict =
            |cells: &[Option<u16>]| judge.verdict(&[cells.iter().map(|&cell| bar(cell)).collect()]);
        assert!(verdict(&[Some(1); 9]).collapse().unwrap().contains("distinct"));
        assert!(verdict(&[None, None, Some(1)]).collapse().unwrap().contains("empty"));
        assert_eq!(verdict(&[Some(1), Some(2), Some(3), None]).collapse(), None);
    }
}
