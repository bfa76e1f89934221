//! Composed bars beside held-out ones: one column of a table.

use musigan_score::roll::{Channel, Form};

use super::bars::{Bar, cells_of_notes};
use super::features::{Feature, Measures, of_bars, values};
use super::judge::{distinct, empty};
use crate::metrics::{distance_overlap, mean, overlap};
use crate::train::Rng;

/// Of how many bars at most the nearest training bar is looked for.
const NEAREST: usize = 500;

/// What bars are compared with.
pub struct Reference {
    form: Form,
    measures: Vec<Measures>,
    /// The training bars that sound, as bits.
    known: Vec<Bits>,
}

/// What was found of a set of bars.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// What the bars are by.
    pub name: String,
    /// Bars.
    pub bars: usize,
    /// Of each measure: mean, overlap of the values with the held-out bars', MGEval's overlap of
    /// distances.
    pub features: [[f64; 3]; Feature::ALL.len()],
    /// Share of empty bars.
    pub empty: f64,
    /// Of the bars that sound, the share of different ones.
    pub distinct: f64,
    /// Of some bars that sound, the mean distance from the nearest training bar: the share of the cells
    /// of both that only one of them has.
    pub nearest: f64,
}

/// The cells of a bar as bits, and how many there are.
struct Bits(Vec<u64>, u32);

impl Bits {
    fn of(bar: &Bar, form: Form) -> Self {
        let mut bits = vec![0; form.len().div_ceil(64)];
        bar.cells.iter().for_each(|&cell| bits[usize::from(cell) / 64] |= 1 << (cell % 64));
        Self(bits, bar.cells.len() as u32)
    }

    /// No distance of bars of these sizes is less.
    fn least_distance(&self, other: &Self) -> f64 {
        1.0 - f64::from(self.1.min(other.1)) / f64::from(self.1.max(other.1).max(1))
    }

    fn distance(&self, other: &Self) -> f64 {
        let both: u32 = self.0.iter().zip(&other.0).map(|(a, b)| (a & b).count_ones()).sum();
        let either = self.1 + other.1 - both;
        1.0 - f64::from(both) / f64::from(either.max(1))
    }
}

impl Reference {
    /// Held-out bars, and those that were learnt from.
    pub fn new(form: Form, held_out: &[Bar], train: &[Bar]) -> Self {
        let sounding = train.iter().filter(|bar| !bar.cells.is_empty());
        let known = sounding.map(|bar| Bits::of(bar, form)).collect();
        Self { form, measures: of_bars(form, held_out), known }
    }

    /// Compares chains of bars.
    pub fn column(&self, name: &str, chains: &[Vec<Bar>]) -> Column {
        let measures: Vec<Measures> = chains.iter().flat_map(|c| of_bars(self.form, c)).collect();
        let features = std::array::from_fn(|at| {
            let (own, held_out) = (values(&measures, at), values(&self.measures, at));
            [mean(&own), overlap(&own, &held_out), distance_overlap(&held_out, &own)]
        });
        let bars = || chains.iter().flatten();
        let every = bars().count().div_ceil(NEAREST).max(1);
        let sounding = bars().step_by(every).filter(|bar| !bar.cells.is_empty());
        let nearest: Vec<f64> = sounding.map(|bar| self.nearest(bar)).collect();
        Column {
            name: name.to_owned(),
            bars: bars().count(),
            features,
            empty: empty(bars()),
            distinct: distinct(bars()),
            nearest: mean(&nearest),
        }
    }
}

impl Reference {
    /// How far the nearest training bar is.
    fn nearest(&self, bar: &Bar) -> f64 {
        let bits = Bits::of(bar, self.form);
        self.known.iter().fold(1.0, |nearest, known| {
            if bits.least_distance(known) < nearest {
                bits.distance(known).min(nearest)
            } else {
                nearest
            }
        })
    }
}

/// The share of training bars of a metre in which each cell is on: what a bar is like if nothing in it
/// depends on anything else.
pub struct Marginals<'a> {
    form: Form,
    train: &'a [Bar],
}

impl<'a> Marginals<'a> {
    /// The marginals of these bars.
    pub fn new(form: Form, train: &'a [Bar]) -> Self {
        Self { form, train }
    }

    /// Draws bars of the metres of `like`, each cell for itself; what is held without an onset is
    /// dropped.
    pub fn draw(&self, like: &[Bar], seed: u64) -> Vec<Bar> {
        let rng = &mut Rng::keyed(&[seed, b'm'.into()]);
        let mut of_metre = std::collections::HashMap::new();
        like.iter()
            .map(|bar| {
                let shares = of_metre.entry(bar.metre).or_insert_with(|| self.shares(bar));
                let on: Vec<bool> = shares.iter().map(|&share| rng.unit() < share).collect();
                let cells = cells_of_notes(self.form, bar.steps(), |cell| on[cell]);
                Bar { cells, ..bar.clone() }
            })
            .collect()
    }

    /// Shares of onsets, and of what is held where it sounded a step before: else nothing would last.
    fn shares(&self, like: &Bar) -> Vec<f32> {
        let mut counts = vec![0_u32; self.form.len()];
        let mut bars = 0;
        for bar in self.train.iter().filter(|bar| bar.metre == like.metre) {
            bars += 1;
            bar.cells.iter().for_each(|&cell| counts[usize::from(cell)] += 1);
        }
        let mut shares: Vec<f32> = counts.iter().map(|&c| c as f32 / bars.max(1) as f32).collect();
        let form = self.form;
        for step in 1..like.steps() {
            for part in 0..form.parts() {
                for key in form.lowest()..form.lowest() + form.keys() as u8 {
                    let held = form.cell(step, part, Channel::Held, key);
                    let before = [Channel::Onset, Channel::Held]
                        .map(|channel| counts[form.cell(step - 1, part, channel, key)]);
                    let sounding = before[0] + before[1];
                    shares[held] = counts[held] as f32 / sounding.max(1) as f32;
                }
            }
        }
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use musigan_score::Metre;
    use musigan_score::roll::{Stroke, Told};

    fn bar(form: Form, keys: &[u8]) -> Bar {
        let mut cells = Vec::new();
        for &key in keys {
            form.write(Stroke { step: 0, end: 6, part: 0, key }, |cell| cells.push(cell as u16));
        }
        cells.sort_unstable();
        Bar { cells, metre: Metre::COMMON, told: Told::default(), follows: false }
    }

    #[test]
    fn a_copy_is_near_and_the_rest_is_far() {
        let form = Form::new(1, 48, 24).unwrap();
        let train: Vec<Bar> = (48..60).map(|key| bar(form, &[key, key + 4])).collect();
        let reference = Reference::new(form, &train, &train);
        assert_eq!(reference.column("own", std::slice::from_ref(&train)).nearest, 0.0);
        let half = reference.column("half", &[vec![bar(form, &[48, 71])]]);
        assert!((half.nearest - 2.0 / 3.0).abs() < 1e-12, "{}", half.nearest);
        let own = reference.column("own", std::slice::from_ref(&train));
        assert!(own.features[0][1] > 0.99, "{:?}", own.features);
    }

    #[test]
    fn marginals_keep_the_shares_of_onsets() {
        let form = Form::new(1, 48, 24).unwrap();
        let train: Vec<Bar> =
            (0..100).map(|at| bar(form, if at < 30 { &[50] } else { &[] })).collect();
        let like = vec![train[0].clone(); 2000];
        let drawn = Marginals::new(form, &train).draw(&like, 1);
        let share = drawn.iter().filter(|bar| !bar.cells.is_empty()).count() as f64 / 2000.0;
        assert!((share - 0.3).abs() < 0.05, "{share}");
        // All of them are as long as those of the corpus.
        assert!(drawn.iter().all(|bar| [0, 6].contains(&bar.cells.len())));
    }
}
