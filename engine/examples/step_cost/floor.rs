//! What memory and multiplications alone cost: one pass over as many f32 weights as a network has
//! behind its folded embedding, fused, without gates.

use std::hint::black_box;

/// Adds weights × inputs to zero, panel after panel of outputs.
type Pass = fn(&[f32], &[f32], &mut [f32]);

/// Three matrices.
pub struct Floor {
    matrices: [Matrix; 3],
    inputs: Vec<f32>,
    outputs: Vec<f32>,
    pass: Pass,
}

/// `[panels][inputs][64]`, from a multiple of 64 bytes on.
struct Matrix {
    buffer: Vec<f32>,
    start: usize,
    inputs: usize,
}

impl Matrix {
    fn new(inputs: usize, outputs: usize) -> Self {
        let len = inputs * outputs;
        let mut buffer = vec![0.01; len + 16];
        let start = buffer.as_ptr().align_offset(64).min(16);
        buffer.truncate(start + len);
        Self { buffer, start, inputs }
    }

    fn numbers(&self) -> &[f32] {
        &self.buffer[self.start..]
    }
}

/// Outputs of a panel.
const PANEL: usize = 64;

impl Floor {
    /// None where there is no fused multiplication of sixteen numbers.
    pub fn new(gates: usize, width: usize, vocab_len: usize) -> Option<Self> {
        let matrices = [
            Matrix::new(width, gates * width),
            Matrix::new(2 * width, gates * width),
            Matrix::new(width, vocab_len),
        ];
        let outputs = vec![0.0; (gates * width).max(vocab_len)];
        Some(Self { matrices, inputs: vec![0.5; 2 * width], outputs, pass: isa::pass()? })
    }

    pub fn name(&self) -> &'static str {
        "floor, AVX-512 FMA"
    }

    pub fn macs(&self) -> usize {
        self.matrices.iter().map(|matrix| matrix.numbers().len()).sum()
    }

    pub fn pass(&mut self) {
        for matrix in &self.matrices {
            (self.pass)(matrix.numbers(), &self.inputs[..matrix.inputs], &mut self.outputs);
        }
        black_box(&self.outputs);
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod isa {
    use std::arch::x86_64::{_mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_storeu_ps};

    use super::{PANEL, Pass};

    pub fn pass() -> Option<Pass> {
        // SAFETY: the feature that `fused` enables was just detected.
        is_x86_feature_detected!("avx512f").then_some(|w, x, y| unsafe { fused(w, x, y) })
    }

    #[target_feature(enable = "avx512f")]
    fn fused(weights: &[f32], inputs: &[f32], outputs: &mut [f32]) {
        let panels = weights.chunks_exact(inputs.len() * PANEL);
        for (panel, outputs) in panels.zip(outputs.as_chunks_mut::<PANEL>().0) {
            let mut sums = [_mm512_set1_ps(0.0); PANEL / 16];
            for (row, &input) in panel.as_chunks::<PANEL>().0.iter().zip(inputs) {
                for (sum, line) in sums.iter_mut().zip(row.as_chunks::<16>().0) {
                    // SAFETY: the line holds the sixteen numbers read.
                    let line = unsafe { _mm512_loadu_ps(line.as_ptr()) };
                    *sum = _mm512_fmadd_ps(line, _mm512_set1_ps(input), *sum);
                }
            }
            for (sum, line) in sums.into_iter().zip(outputs.as_chunks_mut::<16>().0) {
                // SAFETY: the line holds the sixteen numbers written.
                unsafe { _mm512_storeu_ps(line.as_mut_ptr(), sum) }
            }
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod isa {
    use super::Pass;

    pub fn pass() -> Option<Pass> {
        None
    }
}
