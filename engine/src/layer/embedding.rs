//! What a token, or what other parts do, is to the first layer, where that is not folded into its sums.

use core::num::NonZeroUsize;

use crate::kernel::lanes::TOGETHER;
use crate::kernel::panel::part;

/// A row of numbers per token (or feature), a multiple of sixteen.
#[derive(Clone, Copy)]
pub(crate) enum Embedding<'a> {
    /// In single precision.
    Single { rows: &'a [f32], width: NonZeroUsize },
    /// Integers, and what a 1 stands for in each row.
    Integers { rows: &'a [[i8; TOGETHER]], scales: &'a [f32], width: NonZeroUsize },
}

impl<'a> Embedding<'a> {
    /// Numbers in a row.
    pub(crate) fn width(self) -> NonZeroUsize {
        match self {
            Self::Single { width, .. } | Self::Integers { width, .. } => width,
        }
    }

    /// The numbers of a token, or of the last; none where they are integers.
    pub(crate) fn single(self, token: usize) -> &'a [f32] {
        match self {
            Self::Single { rows, width } => row(rows, token, width.get()),
            Self::Integers { .. } => &[],
        }
    }

    /// Adds the numbers of a row, or of the last, to `sum`.
    #[inline(always)]
    pub(crate) fn add_row(self, at: usize, sum: &mut [f32]) {
        match self {
            Self::Single { .. } => {
                for (sum, number) in sum.iter_mut().zip(self.single(at)) {
                    *sum += number;
                }
            }
            Self::Integers { .. } => {
                let (integers, scale) = self.integers(at);
                for (sum, &integer) in sum.iter_mut().zip(integers.as_flattened()) {
                    *sum += f32::from(integer) * scale;
                }
            }
        }
    }

    /// The integers of a token, or of the last, and their scale; none where they are no integers.
    pub(crate) fn integers(self, token: usize) -> (&'a [[i8; TOGETHER]], f32) {
        match self {
            Self::Single { .. } => (&[], 0.0),
            Self::Integers { rows, scales, width } => {
                let scale = scales.get(token).or(scales.last()).copied().unwrap_or(0.0);
                (row(rows, token, width.get() / TOGETHER), scale)
            }
        }
    }
}

/// Row `token` of `len`, or the last.
fn row<T>(rows: &[T], token: usize, len: usize) -> &[T] {
    let count = rows.len().checked_div(len).unwrap_or(0);
    part(rows, token.min(count.saturating_sub(1)), len)
}
