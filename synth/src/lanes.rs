//! Storage of eight numbers side by side: eight voices of a group, or eight frames of a partial.

pub(crate) use crate::simd::LANES;

/// Eight numbers in memory; kernels load them into the vectors of [`crate::simd`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(align(32))]
pub(crate) struct F8(pub(crate) [f32; LANES]);

/// The length of the control grid in frames. Also the longest block of a fundsp node.
pub(crate) const GRID: usize = 64;

/// Frames between two points at which envelopes, vibrato and filters of a voice are computed; they
/// are ramped between them. Every other group of voices has its turn at a point of the grid, and of a
/// voice that hardly changes only every second turn counts.
pub(crate) const SPAN: usize = 2 * GRID;
