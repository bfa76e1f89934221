//! Sections of an image.

use half::f16;
use musigan_engine::image::Weights;

use super::brain::round_row;
use super::panels::{self, Int8Matrix, Matrix, Outputs};

/// What a section holds; IMAGE.md says how. Written apart from the reader's, so that each proves the other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    LayerStart = 1,
    LayerWeights = 2,
    HeadStart = 3,
    HeadWeights = 4,
    About = 5,
    LayerScales = 6,
    HeadScales = 7,
    Embedding = 8,
    EmbeddingScales = 9,
    BarSizes = 10,
    DenseStart = 11,
    DenseWeights = 12,
    Prior = 13,
    Others = 14,
    OthersScales = 15,
    Member = 16,
    Passages = 17,
}

pub(super) struct Section {
    pub(super) kind: Kind,
    pub(super) index: u16,
    pub(super) element: u16,
    pub(super) bytes: Vec<u8>,
}

impl Section {
    fn new(kind: Kind, index: usize, element: u16, bytes: Vec<u8>) -> Self {
        Self { kind, index: index as u16, element, bytes }
    }

    pub(super) fn bytes(kind: Kind, bytes: &[u8]) -> Self {
        Self::new(kind, 0, 0, bytes.to_vec())
    }

    pub(super) fn member(index: usize, image: &[u8]) -> Self {
        Self::new(Kind::Member, index, 0, image.to_vec())
    }

    pub(super) fn f32(kind: Kind, index: usize, numbers: &[f32]) -> Self {
        Self::new(kind, index, 1, numbers.iter().flat_map(|x| x.to_le_bytes()).collect())
    }

    pub(super) fn f16(kind: Kind, index: usize, numbers: &[f32]) -> Self {
        let bytes = numbers.iter().flat_map(|&x| f16::from_f32(x).to_le_bytes()).collect();
        Self::new(kind, index, 2, bytes)
    }

    fn bf16(kind: Kind, index: usize, mut rows: Vec<Vec<f32>>) -> Self {
        let bits = rows.iter_mut().flat_map(|row| round_row(row));
        Self::new(kind, index, 4, bits.flat_map(u16::to_le_bytes).collect())
    }
}

/// The sections of an embedding, `[tokens, width]`, its rows filled up to whole lines.
pub(super) fn embedding(
    weights: Weights,
    [kind, scales_kind]: [Kind; 2],
    numbers: &[f32],
    width: usize,
) -> Vec<Section> {
    let padded = width.next_multiple_of(panels::LANES);
    let rows = panels::widened(numbers, width, padded);
    if weights != Weights::Int8 {
        return vec![Section::f32(kind, 0, &rows)];
    }
    let matrix = Int8Matrix::nearest(&rows, padded);
    let bytes = matrix.integers.iter().map(|&x| x as u8).collect();
    vec![Section::new(kind, 0, 3, bytes), Section::f32(scales_kind, 0, &matrix.scales)]
}

/// The sections of matrices with the same outputs: the weights and, where they have some, the
/// scales.
pub(super) fn matrices(
    weights: Weights,
    [kind, scales_kind]: [Kind; 2],
    index: usize,
    outputs: Outputs,
    matrices: &[Matrix<'_, f32>],
) -> Vec<Section> {
    match weights {
        Weights::F32 => vec![Section::f32(kind, index, &panels::floats(outputs, matrices))],
        Weights::Bf16 => vec![Section::bf16(kind, index, panels::rows_of_pairs(outputs, matrices))],
        Weights::Int8 => {
            let all: Vec<_> = matrices.iter().map(Int8Matrix::of).collect();
            let integers: Vec<_> = all
                .iter()
                .map(|matrix| Matrix { numbers: &matrix.integers, columns: matrix.columns })
                .collect();
            let scales: Vec<_> =
                all.iter().map(|matrix| Matrix { numbers: &matrix.scales, columns: 1 }).collect();
            let bytes = panels::integers(outputs, &integers).iter().map(|&x| x as u8).collect();
            vec![
                Section::new(kind, index, 3, bytes),
                Section::f32(scales_kind, index, &panels::floats(outputs, &scales)),
            ]
        }
        other => unreachable!("weights as {other} are not known here"),
    }
}
