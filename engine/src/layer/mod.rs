//! Layers: what a model computes between the token heard and the logits.
//!
//! A layer borrows its weights from the image; what it remembers lies in the caller's state.

pub(crate) mod dense;
pub(crate) mod gru;
pub(crate) mod lstm;

use core::num::NonZeroUsize;

use crate::kernel::lanes::{LANES, Lanes};
use crate::kernel::panel::{Row, Walk};
use zerocopy::{FromBytes, Immutable};

pub use gru::Gru;
pub use lstm::Lstm;

/// The recurrent cells of [`Recurrent`](crate::generator::Recurrent): [`Lstm`] and [`Gru`].
#[allow(private_bounds)]
pub trait Cell: Advance {}

/// How a recurrent layer goes on by one step.
pub(crate) trait Advance: Copy {
    /// Vectors of one padded width that a layer remembers, the hidden state first.
    const REMEMBERED: usize;
    /// Multiply-accumulates per unit and input.
    const GATES: usize;
    /// One input's weights towards the gates of sixteen units.
    type Weights: FromBytes + Immutable + Copy + 'static;

    /// Replaces `remembered` by its successor.
    ///
    /// `start` holds one row per panel, `input` one number per unit of the layer below (none for
    /// the first layer, whose input is in `start`), `scratch` at least one padded width.
    fn advance<V: Lanes>(
        layer: &Recurrence<'_, Self>,
        walk: Walk,
        start: &[Row<4>],
        remembered: &mut [f32],
        input: &[f32],
        scratch: &mut [f32],
    );
}

/// The weights of one recurrent layer.
#[derive(Clone, Copy)]
pub(crate) struct Recurrence<'a, C: Advance> {
    /// Sums before the first input, `panels` rows per token (first layer) or `panels` rows.
    pub(crate) start: &'a [Row<4>],
    /// Panel after panel: a row per unit of this layer, then a row per unit of the layer below.
    pub(crate) weights: &'a [C::Weights],
    pub(crate) shape: Shape,
}

/// The extents of a recurrent layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Units of this layer.
    pub(crate) width: NonZeroUsize,
    /// Units of the layer below; 0 for the first layer.
    pub(crate) below: usize,
}

impl Shape {
    /// Panels of sixteen units.
    pub(crate) fn panels(self) -> NonZeroUsize {
        let full = (self.width.get() - 1) / LANES;
        NonZeroUsize::MIN.saturating_add(full)
    }

    /// Units, those that fill the last panel included.
    pub(crate) fn padded(self) -> usize {
        self.panels().get() * LANES
    }

    /// Rows of weights in a panel.
    pub(crate) fn rows(self) -> NonZeroUsize {
        self.width.saturating_add(self.below)
    }
}

impl<C: Advance> Recurrence<'_, C> {
    /// The sums before the first input of `row`, or of the last row where there are fewer.
    #[inline(always)]
    pub(crate) fn start(&self, row: usize) -> &[Row<4>] {
        let mut rows = self.start.chunks_exact(self.shape.panels().get());
        let last = rows.len().saturating_sub(1);
        rows.nth(row.min(last)).unwrap_or_default()
    }
}
