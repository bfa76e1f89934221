//! Eight numbers side by side: eight voices of a group, or eight frames of a partial.

/// The vector type of every kernel; two SSE registers, one AVX register or two NEON ones.
pub(crate) type F8 = wide::f32x8;

/// Lanes of an [`F8`].
pub(crate) const LANES: usize = 8;

/// The length of the control grid in frames: envelopes, vibrato and filters are computed on it
/// and ramped between its points. Also the longest block of a fundsp node.
pub(crate) const GRID: usize = 64;

/// All lanes `x`.
#[inline(always)]
pub(crate) fn splat(x: f32) -> F8 {
    F8::splat(x)
}

/// Sets one lane.
#[inline(always)]
pub(crate) fn set_lane(v: &mut F8, lane: usize, x: f32) {
    v.as_mut_array()[lane] = x;
}

/// Reads one lane.
#[inline(always)]
pub(crate) fn lane(v: &F8, lane: usize) -> f32 {
    v.as_array()[lane]
}
