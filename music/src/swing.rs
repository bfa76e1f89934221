use musigan_score::TICKS_PER_QUARTER;

/// How long the first eighth of a quarter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swing {
    /// Ticks of the first eighth, 12 (straight) to 18.
    first: u32,
}

impl Swing {
    /// Both eighths alike.
    pub const STRAIGHT: Self = Self { first: TICKS_PER_QUARTER / 2 };

    /// The first eighth takes this share of the quarter: 50 % is straight, 67 % the triplets of
    /// swing, 75 % dotted; others are held within these bounds. To the nearest tick.
    pub const fn from_percent(percent: u32) -> Self {
        let percent = if percent < 50 {
            50
        } else if percent > 75 {
            75
        } else {
            percent
        };
        Self { first: (percent * TICKS_PER_QUARTER + 50) / 100 }
    }

    /// This swing in a bar of `bar_ticks`; bars that are no whole number of quarters stay straight.
    #[must_use]
    pub(crate) const fn within(self, bar_ticks: u32) -> Self {
        if bar_ticks.is_multiple_of(TICKS_PER_QUARTER) { self } else { Self::STRAIGHT }
    }

    /// When that happens which is written `ticks` after the bar line. Order stays, and so do the
    /// quarters.
    pub(crate) const fn warp(self, ticks: u32) -> u32 {
        const EIGHTH: u32 = TICKS_PER_QUARTER / 2;
        let (quarter, within) = (ticks / TICKS_PER_QUARTER, ticks % TICKS_PER_QUARTER);
        let swung = if within < EIGHTH {
            within * self.first / EIGHTH
        } else {
            self.first + (within - EIGHTH) * (TICKS_PER_QUARTER - self.first) / EIGHTH
        };
        quarter * TICKS_PER_QUARTER + swung
    }
}

impl Default for Swing {
    fn default() -> Self {
        Self::STRAIGHT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn straight_changes_nothing() {
        for percent in [0, 49, 50] {
            let swing = Swing::from_percent(percent);
            assert!((0..200).all(|tick| swing.warp(tick) == tick));
        }
    }

    #[test]
    fn triplets() {
        let swing = Swing::from_percent(67);
        let warped: Vec<u32> = [0, 6, 12, 18, 24, 36].map(|tick| swing.warp(tick)).to_vec();
        assert_eq!(warped, [0, 8, 16, 20, 24, 40]);
    }

    #[test]
    fn order_stays() {
        for percent in 50..=75 {
            let swing = Swing::from_percent(percent);
            assert!((0..400).all(|tick| swing.warp(tick) <= swing.warp(tick + 1)));
            assert!((0..20).all(|quarter| swing.warp(quarter * 24) == quarter * 24));
        }
    }

    #[test]
    fn bars_of_odd_eighths_stay_straight() {
        assert_eq!(Swing::from_percent(70).within(84), Swing::STRAIGHT);
        assert_eq!(Swing::from_percent(70).within(96), Swing::from_percent(70));
    }
}
