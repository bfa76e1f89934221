//! The sums of a layer before its first input.

use crate::kernel::lanes::{HalfLine, Lanes};
use crate::kernel::panel::{Row, part};

/// Rows of sums, a line for each of four groups: a row per token and panel in the first layer,
/// whose input is folded into them, a row per panel above it.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a> {
    Single(&'a [Row<4>]),
    Half(&'a [[HalfLine; 4]]),
}

/// The sums of one token.
#[derive(Clone, Copy)]
pub(crate) enum StartRow<'a> {
    Single(&'a [Row<4>]),
    Half(&'a [[HalfLine; 4]]),
}

impl<'a> Start<'a> {
    /// The row of a token, or the last where there are fewer; `panels` is not 0.
    #[inline(always)]
    pub(crate) fn row(self, token: usize, panels: usize) -> StartRow<'a> {
        // Checked, so that no division by 0 is left in the program.
        let rows = |len: usize| len.checked_div(panels).unwrap_or(0);
        let row = |len: usize| token.min(rows(len).saturating_sub(1));
        match self {
            Self::Single(all) => StartRow::Single(part(all, row(all.len()), panels)),
            Self::Half(all) => StartRow::Half(part(all, row(all.len()), panels)),
        }
    }
}

impl StartRow<'_> {
    /// The sums of a panel; 0 where there is no such panel.
    #[inline(always)]
    pub(crate) fn load<V: Lanes>(self, panel: usize) -> [V; 4] {
        match self {
            Self::Single(panels) => match panels.get(panel) {
                Some(row) => row.each_ref().map(V::load),
                None => [V::splat(0.0); 4],
            },
            Self::Half(panels) => match panels.get(panel) {
                Some(row) => row.each_ref().map(V::load_half),
                None => [V::splat(0.0); 4],
            },
        }
    }
}
