//! What makes the raw sound of a voice; one file per technique.
//!
//! Every kernel renders one voice, mono, into a slice of any length, and gives the same samples
//! however the time is cut into slices.

mod doubler;
pub(crate) mod drum;
mod fall;
pub(crate) mod fm;
pub(crate) mod layer;
pub(crate) mod modal;
pub(crate) mod string;
pub(crate) mod wave;

use crate::lanes::{GRID, LANES};

/// Room for the frames between two points of the control grid.
pub(crate) type Ready = [[f32; LANES]; GRID / LANES];

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

    /// Whether `out` takes whole eights, and nothing is left of the last ones.
    #[inline(always)]
    fn fit(&self, out: &[f32]) -> bool {
        self.left == 0 && out.len().is_multiple_of(LANES)
    }

    /// Where to compute what `out` (no longer than the grid) still needs: in `out` itself where that
    /// takes whole eights, else in `ready`, to be handed out.
    #[inline(always)]
    pub(crate) fn place<'a>(
        &self,
        out: &'a mut [f32],
        ready: &'a mut Ready,
    ) -> &'a mut [[f32; LANES]] {
        if self.fit(out) {
            return out.as_chunks_mut().0;
        }
        let wanted = out.len().saturating_sub(self.left).div_ceil(LANES);
        &mut ready[..wanted.min(GRID / LANES)]
    }

    /// Fills `out`, first with what is left, then with what was computed where [`Eights::place`] said;
    /// keeps the rest.
    #[inline(always)]
    pub(crate) fn hand_out(&mut self, ready: &Ready, out: &mut [f32]) {
        if !self.fit(out) {
            self.share(ready, out);
        }
    }

    fn share(&mut self, ready: &Ready, out: &mut [f32]) {
        let done = self.drain(out);
        let (frames, rest) = out[done..].as_chunks_mut::<LANES>();
        let whole = frames.len();
        frames.copy_from_slice(&ready[..whole]);
        if let (false, Some(last)) = (rest.is_empty(), ready.get(whole)) {
            self.split(*last, rest);
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
