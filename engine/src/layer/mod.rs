//! Layers: what a model computes between the token heard and the logits.
//!
//! A layer borrows its weights from the image; what it remembers lies in the caller's state.

pub(crate) mod dense;
pub(crate) mod embedding;
pub(crate) mod gru;
pub(crate) mod lstm;
pub(crate) mod normal;
pub(crate) mod start;

use core::num::NonZeroUsize;

use crate::image::Architecture;
use crate::kernel::lanes::{LANES, Lanes, Line, Pointwise, Real};
use crate::kernel::panel::{Walk, part};
use crate::kernel::storage::{Plain, Storage};
use start::{Start, StartRow};

pub use gru::Gru;
pub use lstm::Lstm;

/// The recurrent cells of [`Recurrent`](crate::generator::Recurrent): [`Lstm`] and [`Gru`].
#[allow(private_bounds)]
pub trait Cell: Gates {}

/// How a recurrent cell goes on by one step.
///
/// In each lane it makes, of a unit's four sums and what it has kept for itself, what it keeps from now
/// on and its new hidden state; in two strides, so that other work fits in between.
pub(crate) trait Gates: Pointwise<5, 2> + Copy + 'static {
    /// How images name it.
    const ARCHITECTURE: Architecture;
    /// Multiply-accumulates per unit and input.
    const GATES: usize;
    /// A line per gate.
    type Row<L: Plain>: Plain;
    /// What stands between the strides.
    type Opened<R: Real>;

    /// Adds what the layer's own units say to the sums towards the gates, of which there are four with
    /// the GRU's n counted twice.
    fn add_own<V: Lanes, S: Storage>(sums: [V; 4], own: Product<'_, Self, S>) -> [V; 4];

    /// Adds what the units of the layer below say.
    fn add_below<V: Lanes, S: Storage>(sums: [V; 4], below: Product<'_, Self, S>) -> [V; 4];

    /// The first stride, from the four sums and what was kept.
    fn open<R: Real>(sums: [R; 4], kept: R) -> Self::Opened<R>;

    /// The second: what is kept from now on, and the new hidden state.
    fn close<R: Real>(opened: Self::Opened<R>) -> [R; 2];
}

/// Part of a panel, one matrix's, and what it is multiplied with.
pub(crate) struct Product<'a, C: Gates, S: Storage> {
    pub(crate) rows: &'a [C::Row<S::Line>],
    pub(crate) scales: Option<&'a C::Row<Line>>,
    pub(crate) heard: S::Heard<'a>,
}

/// The weights of one recurrent layer.
#[derive(Clone, Copy)]
pub(crate) struct Recurrence<'a, C: Gates, S: Storage> {
    /// Sums before the first input.
    pub(crate) start: Start<'a>,
    /// Panel after panel: the rows of this layer's own units, then those of the layer below.
    pub(crate) weights: &'a [C::Row<S::Line>],
    /// Panel after panel, a row for each of the two; empty where the weights have no scales.
    pub(crate) scales: &'a [C::Row<Line>],
    pub(crate) shape: Shape,
}

/// The extents of a recurrent layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Units of this layer.
    pub(crate) width: NonZeroUsize,
    /// Units of the layer below, or numbers of the embedding; 0 for a first layer in whose start it is
    /// folded.
    pub(crate) below: usize,
}

impl Shape {
    /// Panels of sixteen units.
    pub(crate) fn panels(self) -> usize {
        self.width.get().div_ceil(LANES)
    }

    /// Units, those that fill the last panel included.
    pub(crate) fn padded(self) -> usize {
        self.panels() * LANES
    }

    /// Rows of weights in a panel: for the layer's own units, for those of the layer below.
    pub(crate) fn rows<S: Storage>(self) -> (usize, usize) {
        (self.width.get().div_ceil(S::INPUTS), self.below.div_ceil(S::INPUTS))
    }

    /// Matrices: R, and W where there is a layer below.
    pub(crate) fn matrices(self) -> usize {
        if self.below == 0 { 1 } else { 2 }
    }

    /// Numbers that the layer remembers: what it told, and what it keeps for itself.
    pub(crate) fn memory_len<S: Storage>(self) -> usize {
        S::memory_len(self.padded()) + self.padded()
    }
}

impl<C: Gates, S: Storage> Recurrence<'_, C, S> {
    /// Replaces what the layer remembers by its successor.
    ///
    /// `told` and `kept` are the two parts of its memory, `start` the sums before its first input,
    /// `below` what the layer below has just told (nothing for the first layer, whose input is in
    /// `start`), `scratch` at least one padded width.
    #[inline(always)]
    pub(crate) fn advance<'s, V: Lanes>(
        &'s self,
        walk: Walk,
        start: StartRow<'_>,
        (told, kept): (&mut [f32], &mut [f32]),
        below: S::Heard<'s>,
        scratch: &mut [f32],
    ) {
        let own = S::hear(told, self.shape.width.get());
        let (own_rows, below_rows) = self.shape.rows::<S>();
        let mut units = Units { kept: kept.as_chunks_mut().0, hidden: scratch.as_chunks_mut().0 };
        let mut summed = None;
        for panel in walk.over(self.shape.panels()) {
            let rows = part(self.weights, panel, own_rows + below_rows);
            let rows = rows.split_at_checked(own_rows).unwrap_or_default();
            let scales = part(self.scales, panel, self.shape.matrices());
            let own = Product { rows: rows.0, scales: scales.first(), heard: own };
            let below = Product { rows: rows.1, scales: scales.get(1), heard: below };
            let opened = summed.take().map(|(panel, sums)| units.open::<V, C>(panel, sums));
            let sums = C::add_own::<V, S>(start.load(panel), own);
            if let Some((panel, opened)) = opened {
                units.put::<V>(panel, C::close(opened));
            }
            let sums = C::add_below::<V, S>(sums, below);
            if V::GATES_LATE {
                summed = Some((panel, sums));
            } else {
                units.advance::<V, C>(panel, sums);
            }
        }
        if let Some((panel, sums)) = summed {
            let (panel, opened) = units.open::<V, C>(panel, sums);
            units.put::<V>(panel, C::close(opened));
        }
        S::tell::<V>(units.hidden.as_flattened(), told);
    }
}

/// What a layer's units keep for themselves, and their hidden states.
struct Units<'a> {
    kept: &'a mut [Line],
    hidden: &'a mut [Line],
}

impl Units<'_> {
    /// The first stride of a panel.
    #[inline(always)]
    fn open<V: Lanes, C: Gates>(&self, panel: usize, sums: [V; 4]) -> (usize, C::Opened<V>) {
        (panel, C::open(sums, self.kept.get(panel).map_or(V::splat(0.0), V::load)))
    }

    /// Both strides of a panel.
    #[inline(always)]
    fn advance<V: Lanes, C: Gates>(&mut self, panel: usize, [a, b, c, d]: [V; 4]) {
        let kept = self.kept.get(panel).map_or(V::splat(0.0), V::load);
        self.put(panel, V::map::<C, 5, 2>([a, b, c, d, kept]));
    }

    #[inline(always)]
    fn put<V: Lanes>(&mut self, panel: usize, [keeps, tells]: [V; 2]) {
        if let (Some(kept), Some(hidden)) = (self.kept.get_mut(panel), self.hidden.get_mut(panel)) {
            keeps.store(kept);
            tells.store(hidden);
        }
    }
}
