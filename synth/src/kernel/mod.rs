//! What makes the raw sound of a voice; one file per technique.
//!
//! Every kernel renders one voice, mono, into a slice of any length, and gives the same samples
//! however the time is cut into slices.

pub(crate) mod drum;
pub(crate) mod fm;
pub(crate) mod layer;
pub(crate) mod modal;
pub(crate) mod string;
pub(crate) mod wave;

use crate::lanes::LANES;

/// Hands out, in any portions, what a kernel computes eight frames at a time.
#[derive(Clone, Debug)]
pub(crate) struct Eights {
    ready: [f32; LANES],
    left: usize,
}

impl Eights {
    /// Nothing ready.
    pub(crate) const fn new() -> Self {
        Self { ready: [0.0; LANES], left: 0 }
    }

    /// Copies what is ready to the front of `out`; returns how many frames that was.
    #[inline]
    pub(crate) fn drain(&mut self, out: &mut [f32]) -> usize {
        let n = self.left.min(out.len());
        let from = LANES - self.left;
        out[..n].copy_from_slice(&self.ready[from..from + n]);
        self.left -= n;
        n
    }

    /// Keeps `eight`, of which `out` (shorter) takes the beginning.
    #[inline]
    pub(crate) fn split(&mut self, eight: [f32; LANES], out: &mut [f32]) {
        let n = out.len();
        out.copy_from_slice(&eight[..n]);
        self.ready = eight;
        self.left = LANES - n;
    }
}
