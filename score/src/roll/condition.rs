use crate::events::{Density, Style};
use crate::{Metre, Mode};

/// What a bar is to be like, as far as it is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Major or minor.
    pub mode: Option<Mode>,
    /// How much happens in the bar.
    pub density: Option<Density>,
    /// What kind of music it is.
    pub style: Option<Style>,
}

/// What a bar is to be like, as a generator of bars hears it: ones and zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What is told, of what may be left open.
    pub told: Told,
    /// The metre.
    pub metre: Metre,
    /// Whether the bar before is told; a piece begins without one.
    pub follows: bool,
}

const DENSITIES: usize = 8;

impl Condition {
    /// Numbers in the vector: 2 modes, 8 densities, 8 styles, the metres, and whether the bar before
    /// is told.
    pub const LEN: usize = 2 + DENSITIES + Style::ALL.len() + Metre::ALL.len() + 1;

    /// Tells the places of the ones; all else is zero.
    pub fn ones(&self, mut one: impl FnMut(usize)) {
        let Told { mode, density, style } = self.told;
        let mut start = 0;
        let mut kind = |index: Option<usize>, count: usize| {
            if let Some(index) = index {
                one(start + index);
            }
            start += count;
        };
        kind(mode.map(|mode| (mode == Mode::Minor).into()), 2);
        kind(density.map(|density| density.level().into()), DENSITIES);
        kind(style.map(|style| style as usize), Style::ALL.len());
        kind(Some(self.metre.index().into()), Metre::ALL.len());
        kind(self.follows.then_some(0), 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_has_a_place_of_its_own() {
        let plain = Condition { told: Told::default(), metre: Metre::COMMON, follows: false };
        let ones = |condition: &Condition| {
            let mut found = [false; Condition::LEN];
            condition.ones(|at| found[at] = true);
            found
        };
        assert_eq!(ones(&plain).iter().filter(|&&one| one).count(), 1);
        let told =
            Told { mode: Some(Mode::Minor), density: Density::new(7), style: Some(Style::Jazz) };
        let all = ones(&Condition { told, metre: Metre::from_index(23).unwrap(), follows: true });
        let places: [usize; 5] = [1, 9, 17, 41, 42];
        assert!((0..Condition::LEN).all(|at| all[at] == places.contains(&at)), "{all:?}");
    }
}
