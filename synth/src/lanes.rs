//! Storage of eight numbers side by side: eight voices of a group, or eight frames of a partial.

pub(crate) use crate::simd::LANES;

/// Eight numbers in memory; kernels load them into the vectors of [`crate::simd`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(align(32))]
pub(crate) struct F8(pub(crate) [f32; LANES]);

/// The length of the control grid in frames: envelopes, vibrato and filters are computed on it
/// and ramped between its points. Also the longest block of a fundsp node.
pub(crate) const GRID: usize = 64;
