//! A hall: four diffusers into a feedback network of eight delay lines.
//!
//! Every delay is longer than a block, so each stage works on whole blocks of contiguous samples
//! and the compiler vectorises it; nothing is recursive within a block.

use super::line::Line;
use crate::lanes::GRID;
use crate::simd::{Kernels, Operation, Simd};

/// Seconds to −60 dB at low frequencies.
const T60: f32 = 1.9;
/// Lines in milliseconds, chosen without common divisors.
const LINES: [f32; 8] = [31.7, 35.9, 40.3, 44.9, 50.3, 56.3, 61.7, 67.3];
/// Diffusers in milliseconds.
const DIFFUSERS: [f32; 4] = [3.1, 4.7, 7.3, 10.9];
const DIFFUSION: f32 = 0.62;
/// Milliseconds before the first reflection.
const PREDELAY: f32 = 11.0;
/// Loss of high frequencies per round.
const DAMPING: f32 = 0.09;
/// Hz below which the hall answers less.
const LOW_CUT: f32 = 130.0;
/// Level of the hall at full send.
const LEVEL: f32 = 0.42;

/// The hall.
#[derive(Clone, Debug)]
pub(crate) struct Reverb {
    predelay: Line,
    diffusers: [Line; 4],
    lines: [Line; 8],
    feedback: [f32; 8],
    /// The last two samples of each line, for its loss filter.
    past: [[f32; 2]; 8],
    low: f32,
    low_step: f32,
    kernels: Kernels,
}

impl Reverb {
    /// A silent hall.
    pub(crate) fn new(sample_rate: f32, kernels: Kernels) -> Self {
        let frames = |ms: f32| odd(((ms * 1e-3 * sample_rate) as usize).max(GRID));
        let lines = LINES.map(|ms| Line::new(frames(ms)));
        let feedback = [0, 1, 2, 3, 4, 5, 6, 7].map(|i| {
            let seconds = lines[i].len() as f32 / sample_rate;
            libm::powf(10.0, -3.0 * seconds / T60)
        });
        Self {
            predelay: Line::new(frames(PREDELAY)),
            diffusers: DIFFUSERS.map(|ms| Line::new(frames(ms))),
            lines,
            feedback,
            past: [[0.0; 2]; 8],
            low: 0.0,
            low_step: 1.0 - libm::expf(-core::f32::consts::TAU * LOW_CUT / sample_rate),
            kernels,
        }
    }

    /// As new. Clears, allocates nothing.
    pub(crate) fn reset(&mut self) {
        self.predelay.reset();
        self.diffusers.iter_mut().for_each(Line::reset);
        self.lines.iter_mut().for_each(Line::reset);
        self.past = [[0.0; 2]; 8];
        self.low = 0.0;
    }

    /// The next frames, at most 64: from `x` to `left` and `right`.
    pub(crate) fn process(&mut self, x: &[f32], left: &mut [f32], right: &mut [f32]) {
        self.kernels.dispatch(Answer { hall: self, x, left, right });
    }

    #[inline(always)]
    fn answer(&mut self, x: &[f32], left: &mut [f32], right: &mut [f32]) {
        let n = x.len().min(GRID);
        let mut wet = [0.0; GRID];
        let wet = &mut wet[..n];
        self.predelay.read(wet);
        self.predelay.write(&x[..n]);
        for y in wet.iter_mut() {
            self.low += self.low_step * (*y - self.low);
            *y -= self.low;
        }
        if self.low.abs() < 1e-12 {
            self.low = 0.0;
        }
        for d in &mut self.diffusers {
            diffuse(d, wet);
        }
        self.network(wet, left, right);
    }

    #[inline(always)]
    fn network(&mut self, x: &[f32], left: &mut [f32], right: &mut [f32]) {
        let n = x.len();
        let mut y = [[0.0_f32; GRID]; 8];
        for (i, (line, y)) in self.lines.iter().zip(&mut y).enumerate() {
            let mut raw = [0.0; GRID + 2];
            raw[..2].copy_from_slice(&self.past[i]);
            line.read(&mut raw[2..n + 2]);
            self.past[i] = [raw[n], raw[n + 1]];
            let g = self.feedback[i];
            let (edge, middle) = (g * DAMPING, g * (1.0 - 2.0 * DAMPING));
            for k in 0..n {
                y[k] = edge * (raw[k] + raw[k + 2]) + middle * raw[k + 1];
            }
        }
        for k in 0..n {
            let odd = y[0][k] - y[2][k] + y[4][k] - y[6][k];
            let even = y[1][k] - y[3][k] + y[5][k] - y[7][k];
            let cross = y[0][k] + y[2][k] - y[5][k] - y[7][k];
            left[k] = LEVEL * (odd + 0.4 * cross);
            right[k] = LEVEL * (even - 0.4 * cross);
        }
        hadamard(&mut y, n);
        for (i, (line, y)) in self.lines.iter_mut().zip(&mut y).enumerate() {
            let sign = if i % 3 == 1 { -0.5 } else { 0.5 };
            for k in 0..n {
                // What has faded below −300 dB becomes zero instead of denormal.
                let v = y[k] * 0.353_553_4 + sign * x[k];
                y[k] = if v.abs() < 1e-15 { 0.0 } else { v };
            }
            line.write(&y[..n]);
        }
    }
}

/// The hall with what comes in and goes out: loops that the compiler turns into vectors.
struct Answer<'a> {
    hall: &'a mut Reverb,
    x: &'a [f32],
    left: &'a mut [f32],
    right: &'a mut [f32],
}

impl Operation for Answer<'_> {
    #[inline(always)]
    fn run<V: Simd>(self) {
        self.hall.answer(self.x, self.left, self.right);
    }
}

fn odd(n: usize) -> usize {
    n | 1
}

/// An all-pass of Schroeder's over a whole block.
#[inline(always)]
fn diffuse(line: &mut Line, x: &mut [f32]) {
    let mut delayed = [0.0; GRID];
    let delayed = &mut delayed[..x.len()];
    line.read(delayed);
    let mut into = [0.0; GRID];
    let into = &mut into[..x.len()];
    for ((x, d), v) in x.iter_mut().zip(delayed.iter()).zip(into.iter_mut()) {
        let w = *x - DIFFUSION * d;
        *v = if w.abs() < 1e-15 { 0.0 } else { w };
        *x = d + DIFFUSION * w;
    }
    line.write(into);
}

/// The Hadamard matrix times √8, over the lines, in place.
#[inline(always)]
fn hadamard(y: &mut [[f32; GRID]; 8], n: usize) {
    for span in [1, 2, 4] {
        for i in (0..8).filter(|i| i & span == 0) {
            let (low, high) = y.split_at_mut(i + span);
            let (a, b) = (&mut low[i][..n], &mut high[0][..n]);
            for (a, b) in a.iter_mut().zip(b) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{vec, vec::Vec};

    fn response(block: usize) -> Vec<f32> {
        let mut hall = Reverb::new(48_000.0, Kernels::detect());
        let mut x = vec![0.0; 48_000 * 3];
        x[0] = 1.0;
        let mut left = x.clone();
        let mut right = x.clone();
        for ((x, l), r) in x.chunks(block).zip(left.chunks_mut(block)).zip(right.chunks_mut(block))
        {
            hall.process(x, l, r);
        }
        left
    }

    #[test]
    fn it_dies_away_in_its_time() {
        let y = response(64);
        let energy = |from: usize| y[from..from + 4_800].iter().map(|v| v * v).sum::<f32>();
        let db = 10.0 * (energy(4_800) / energy(4_800 + 48_000)).log10();
        // Between its time at low frequencies (31 dB per second) and what damping adds.
        assert!(db > 30.0 && db < 60.0, "{db}");
        assert!(y.iter().all(|v| v.abs() < 1.0));
    }

    #[test]
    fn blocks_do_not_matter() {
        let whole = response(64);
        for block in [1, 17, 40] {
            assert_eq!(whole, response(block));
        }
    }
}
