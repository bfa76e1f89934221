//! How a time signature is said in the metres that the vocabulary has.

use super::track::Signature;
use musigan_score::{Metre, TICKS_PER_QUARTER};

/// How the bars of a time signature are said.
pub struct Cycle {
    /// Metres that follow each other, again and again.
    pub metres: Vec<Metre>,
    /// Whether they are what the signature says.
    pub exact: bool,
}

impl Cycle {
    /// The cycle of a time signature.
    pub fn of((numerator, denominator): Signature) -> Self {
        let (nearest, exact) = Metre::nearest(numerator, denominator);
        if exact {
            return Self { metres: vec![nearest], exact };
        }
        let wholes = u32::from(numerator) * 4 * TICKS_PER_QUARTER;
        let ticks = wholes / u32::from(denominator);
        let equal = |count: u32| {
            let metre = of_length(ticks / count, denominator)?;
            ticks.is_multiple_of(count).then(|| vec![metre; count as usize])
        };
        let several = || {
            let counts = || 1..=u32::from(numerator);
            let alike = |metres: &Vec<Metre>| metres[0].denominator() == denominator;
            counts().filter_map(equal).find(alike).or_else(|| counts().find_map(equal))
        };
        let one_of_two = || Some(vec![of_length(2 * ticks, denominator)?]);
        let metres = (wholes.is_multiple_of(u32::from(denominator)))
            .then(|| several().or_else(one_of_two))
            .flatten();
        Self { metres: metres.unwrap_or_else(|| vec![nearest]), exact: false }
    }

    /// Its length in score ticks.
    pub fn ticks(&self) -> i64 {
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
pub fn that_holds(ticks: i64, denominator: u8) -> (Metre, i64) {
    let holding = all_metres().filter(|metre| i64::from(metre.bar_ticks()) >= ticks);
    let metre = holding
        .min_by_key(|metre| (metre.bar_ticks(), metre.denominator() != denominator))
        .unwrap_or(Metre::COMMON);
    (metre, i64::from(metre.bar_ticks()))
}

fn all_metres() -> impl Iterator<Item = Metre> {
    (0..Metre::ALL.len() as u8).filter_map(Metre::from_index)
}
