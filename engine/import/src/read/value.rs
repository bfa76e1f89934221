//! What the importer knows about a value of the graph.

use std::collections::BTreeSet;
use std::ops::Range;

use super::tensor::Tensor;

/// The most weights of a network: an image is below 4 GiB, and panels are filled up to whole lines.
pub(crate) const MAX_PARAMETERS: usize = 1 << 28;

/// What a value of the graph is, at batch 1 and one step: so a vector keeps its meaning under any
/// change of shape.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Constant(Tensor),
    /// The token heard.
    Token,
    /// The token's number and a constant.
    Shifted,
    /// A condition whose outcome is known, or 1 or 0 for it.
    Flag(bool),
    /// A vector that depends linearly on a source.
    Vector(Affine),
    /// Rows of a graph input that holds states of layers.
    State {
        input: usize,
        rows: Range<usize>,
    },
    /// States of layers after the step, one below the other.
    Next(Vec<Port>),
    /// Zeros in a shape that the graph computes: states of layers that have heard nothing.
    Zeros,
    /// A shape that the graph computes, or part of one.
    Shape,
    /// What a model tells instead of logits.
    Normalised(Affine, Told),
    /// Not understood, for the reasons with these numbers.
    Unknown(BTreeSet<usize>),
}

/// What a model tells about the next token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Logits,
    /// Their softmax.
    Probabilities,
    /// The logarithm of their softmax.
    LogProbabilities,
}

/// `matrix` applied to a source, plus `bias`.
#[derive(Clone, Debug)]
pub(crate) struct Affine {
    pub(crate) source: Source,
    /// What the source has: tokens of the vocabulary, units of the layer.
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    /// `[inputs, outputs]`; none is the identity.
    pub(crate) matrix: Option<Vec<f32>>,
    /// `[outputs]`; none is zero.
    pub(crate) bias: Option<Vec<f32>>,
}

/// Where a vector comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The one-hot token.
    Token,
    /// The hidden state of a layer after the step.
    Layer(usize),
    /// The same, moved and scaled to a mean of 0 and a variance of 1.
    Normal(usize),
}

/// One state of one layer after the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Port {
    pub(crate) layer: usize,
    pub(crate) memory: Memory,
}

/// What a recurrent layer remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    Hidden,
    Cell,
}

impl Value {
    /// How many numbers it holds.
    pub(crate) fn numbers(&self) -> usize {
        match self {
            Self::Constant(tensor) => tensor.dims.iter().product(),
            Self::Vector(vector) | Self::Normalised(vector, _) => {
                [&vector.matrix, &vector.bias].into_iter().flatten().map(Vec::len).sum()
            }
            Self::Next(ports) => ports.len(),
            Self::Unknown(reasons) => reasons.len(),
            _ => 0,
        }
    }
}

impl Affine {
    pub(crate) fn identity(source: Source, inputs: usize) -> Self {
        Self { source, inputs, outputs: inputs, matrix: None, bias: None }
    }

    /// This, then `right`, `[outputs, columns]`.
    ///
    /// # Errors
    /// Where the product would be too large for an image.
    pub(crate) fn times(&self, right: &[f32], columns: usize) -> Result<Self, String> {
        if self.inputs.saturating_mul(columns) > MAX_PARAMETERS {
            return Err(format!(
                "makes a matrix of {} × {columns}: at most {MAX_PARAMETERS} weights are possible",
                self.inputs
            ));
        }
        let apply = |left: &[f32]| product(left, right, self.outputs, columns);
        Ok(Self {
            source: self.source,
            inputs: self.inputs,
            outputs: columns,
            matrix: Some(self.matrix.as_deref().map_or_else(|| right.to_vec(), apply)),
            bias: self.bias.as_deref().map(apply),
        })
    }

    /// This plus `bias`, `[outputs]`.
    pub(crate) fn plus(mut self, bias: &[f32]) -> Self {
        let sum = self.bias.get_or_insert_with(|| vec![0.0; bias.len()]);
        sum.iter_mut().zip(bias).for_each(|(sum, bias)| *sum += bias);
        self
    }
}

/// `[_, inner] × [inner, columns]`, summed in f64: folded weights lose nothing but the last
/// rounding.
fn product(left: &[f32], right: &[f32], inner: usize, columns: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(left.len() / inner.max(1) * columns);
    let mut sums = vec![0.0_f64; columns];
    for row in left.chunks_exact(inner.max(1)) {
        sums.fill(0.0);
        for (&weight, right) in row.iter().zip(right.chunks_exact(columns.max(1))) {
            for (sum, &number) in sums.iter_mut().zip(right) {
                *sum += f64::from(weight) * f64::from(number);
            }
        }
        out.extend(sums.iter().map(|&sum| sum as f32));
    }
    out
}

/// `[rows, columns]` to `[columns, rows]`.
pub(crate) fn transposed(matrix: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(matrix.len());
    for column in 0..columns {
        out.extend((0..rows).map(|row| matrix[row * columns + column]));
    }
    out
}

/// The square matrix with these numbers on its diagonal.
pub(crate) fn diagonal(numbers: &[f32]) -> Vec<f32> {
    let width = numbers.len();
    let mut matrix = vec![0.0; width * width];
    matrix
        .iter_mut()
        .step_by(width + 1)
        .zip(numbers)
        .for_each(|(weight, &number)| *weight = number);
    matrix
}
