//! The order in which panels of weights are walked through.

use super::lanes::Line;

/// One row of weights or sums towards the `G` groups of sixteen outputs of a panel.
pub(crate) type Row<const G: usize> = [Line; G];

/// From which end a step walks through the panels of each layer.
///
/// Steps take turns: what the caches still hold of a layer is what was read last, and that is where
/// the next step begins. Panels are independent, so the results are the same.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Walk {
    Forth,
    Back,
}

impl Walk {
    /// The numbers of `count` panels.
    #[inline(always)]
    pub(crate) fn over(self, count: usize) -> impl Iterator<Item = usize> {
        let last = count.wrapping_sub(1);
        (0..count).map(move |at| match self {
            Self::Forth => at,
            Self::Back => last - at,
        })
    }
}

/// Part `at` of `all`, cut into parts of `len`; empty where there is no such part.
#[inline(always)]
pub(crate) fn part<T>(all: &[T], at: usize, len: usize) -> &[T] {
    all.get(at * len..).and_then(|rest| rest.get(..len)).unwrap_or_default()
}

/// As [`part`], to be written.
#[inline(always)]
pub(crate) fn part_mut<T>(all: &mut [T], at: usize, len: usize) -> &mut [T] {
    all.get_mut(at * len..).and_then(|rest| rest.get_mut(..len)).unwrap_or_default()
}
