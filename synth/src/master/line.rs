//! A delay line of a fixed length, read and written in blocks no longer than itself.

use alloc::{vec, vec::Vec};

/// A ring of past samples.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    ring: Vec<f32>,
    at: usize,
}

impl Line {
    /// A silent line that delays by `frames`, at least 1.
    pub(crate) fn new(frames: usize) -> Self {
        Self { ring: vec![0.0; frames.max(1)], at: 0 }
    }

    /// Its length in frames.
    pub(crate) fn len(&self) -> usize {
        self.ring.len()
    }

    /// Copies what comes out next; `out` is not longer than the line.
    #[inline]
    pub(crate) fn read(&self, out: &mut [f32]) {
        let first = out.len().min(self.ring.len() - self.at);
        out[..first].copy_from_slice(&self.ring[self.at..self.at + first]);
        let rest = out.len() - first;
        out[first..].copy_from_slice(&self.ring[..rest]);
    }

    /// Puts in what [`Line::read`] has taken out.
    #[inline]
    pub(crate) fn write(&mut self, x: &[f32]) {
        let first = x.len().min(self.ring.len() - self.at);
        self.ring[self.at..self.at + first].copy_from_slice(&x[..first]);
        let rest = x.len() - first;
        self.ring[..rest].copy_from_slice(&x[first..]);
        self.at = (self.at + x.len()) % self.ring.len();
    }

    /// Silence.
    pub(crate) fn reset(&mut self) {
        self.ring.fill(0.0);
        self.at = 0;
    }
}
