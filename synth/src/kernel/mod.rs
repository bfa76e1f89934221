//! What makes the raw sound of a voice; one file per technique.
//!
//! Every kernel renders one voice, mono, into a slice of any length, and gives the same samples
//! however the time is cut into slices.

pub(crate) mod drum;
mod fall;
pub(crate) mod fm;
pub(crate) mod layer;
pub(crate) mod modal;
pub(crate) mod string;
pub(crate) mod wave;

use crate::lanes::{F8, GRID, LANES};

/// Room for the frames between two points of the control grid.
pub(crate) type Ready = [F8; GRID / LANES];

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

    /// How many times eight frames must be computed when `frames` are wanted; at most as often as
    /// [`Ready`] has room for.
    #[inline(always)]
    pub(crate) fn wanted(&self, frames: usize) -> usize {
        frames.saturating_sub(self.left).div_ceil(LANES).min(GRID / LANES)
    }

    /// Fills `out`, first with what is left, then with what was computed; keeps the rest.
    #[inline(always)]
    pub(crate) fn hand_out(&mut self, computed: &[F8], out: &mut [f32]) {
        let done = self.drain(out);
        let (frames, rest) = out[done..].as_chunks_mut::<LANES>();
        for (to, from) in frames.iter_mut().zip(computed) {
            *to = from.0;
        }
        if let (false, Some(last)) = (rest.is_empty(), computed.last()) {
            self.split(last.0, rest);
        }
    }

    /// Copies what is ready to the front of `out`; returns how many frames that was.
    #[inline(always)]
    fn drain(&mut self, out: &mut [f32]) -> usize {
        if self.left == 0 {
            return 0;
        }
        let n = self.left.min(out.len());
        let from = LANES - self.left;
        out[..n].copy_from_slice(&self.ready[from..from + n]);
        self.left -= n;
        n
    }

    /// Keeps `eight`, of which `out` (shorter) takes the beginning.
    #[inline(always)]
    fn split(&mut self, eight: [f32; LANES], out: &mut [f32]) {
        let n = out.len();
        out.copy_from_slice(&eight[..n]);
        self.ready = eight;
        self.left = LANES - n;
    }
}
