//! Named tensors inside one flat vector.

use std::ops::Range;

use crate::train::Rng;

/// How a tensor is drawn before training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Uniform between −bound and bound.
    Uniform(f32),
    /// Zero, except the columns of one gate, which are one (an LSTM's forget gate).
    ZeroButOne {
        /// First column that is one.
        start: usize,
        /// First column after them.
        end: usize,
    },
    /// Zero.
    Zero,
    /// This number.
    Constant(f32),
}

/// One weight tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Name, as in checkpoints.
    pub name: String,
    /// Axis lengths.
    pub shape: Vec<usize>,
    /// Position of the first element in the flat vector.
    pub offset: usize,
    /// Initial distribution.
    pub init: Init,
}

impl Tensor {
    /// Where the tensor lies in the flat vector.
    pub fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.shape.iter().product::<usize>()
    }
}

/// All weight tensors of a network, back to back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    tensors: Vec<Tensor>,
    len: usize,
}

impl Layout {
    /// Appends a tensor.
    pub fn push(&mut self, name: impl Into<String>, shape: &[usize], init: Init) {
        let tensor = Tensor { name: name.into(), shape: shape.to_vec(), offset: self.len, init };
        self.len = tensor.range().end;
        self.tensors.push(tensor);
    }

    /// The tensors in order.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The tensor of that name.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.tensors.iter().find(|t| t.name == name)
    }

    /// Number of weights.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no weights.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Initial weights; the same for the same seed. Every tensor has random numbers of its own, so
    /// that a change of one does not move the others.
    pub fn init(&self, seed: u64) -> Vec<f32> {
        let mut flat = vec![0.0; self.len];
        for (i, tensor) in self.tensors.iter().enumerate() {
            let slice = &mut flat[tensor.range()];
            match tensor.init {
                Init::Zero => {}
                Init::Constant(number) => slice.fill(number),
                Init::Uniform(bound) => {
                    let mut rng = Rng::keyed(&[seed, b'w'.into(), i as u64]);
                    slice.fill_with(|| (2.0 * rng.unit() - 1.0) * bound);
                }
                Init::ZeroButOne { start, end } => slice[start..end].fill(1.0),
            }
        }
        flat
    }
}
