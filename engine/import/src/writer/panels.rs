//! Matrices as panels, in the order in which a kernel walks through them.

pub(super) const LANES: usize = 16;
/// Groups of lanes in a panel of the head.
const HEAD_GROUPS: usize = 4;
/// Inputs whose integer weights lie together in a lane.
const TOGETHER: usize = 4;
/// Inputs whose bf16 weights lie together in a lane.
const PAIR: usize = 2;

/// A matrix, `[outputs, columns]`.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a, T> {
    pub(super) numbers: &'a [T],
    pub(super) columns: usize,
}

/// The outputs of matrices, and how they are dealt out to panels.
#[derive(Clone, Copy)]
pub(super) enum Outputs {
    /// A panel has all gates of sixteen units; the outputs are the first gate's, then the next's.
    Gates { gates: usize, width: usize },
    /// A panel has sixty-four logits.
    Logits(usize),
}

impl Outputs {
    fn panels(self) -> usize {
        match self {
            Self::Gates { width, .. } => width.div_ceil(LANES),
            Self::Logits(count) => count.div_ceil(LANES * HEAD_GROUPS),
        }
    }

    fn groups(self) -> usize {
        match self {
            Self::Gates { gates, .. } => gates,
            Self::Logits(_) => HEAD_GROUPS,
        }
    }

    /// The outputs in the lanes of a group of a panel; what fills up the last group is none.
    fn lanes(self, panel: usize, group: usize) -> impl Iterator<Item = Option<usize>> {
        let (first, from, end) = match self {
            Self::Gates { width, .. } => (panel * LANES, group * width, width),
            Self::Logits(count) => ((panel * HEAD_GROUPS + group) * LANES, 0, count),
        };
        (first..first + LANES).map(move |at| (at < end).then_some(from + at))
    }
}

/// Panel after panel the rows of each matrix, a column a row.
pub(super) fn floats(outputs: Outputs, matrices: &[Matrix<'_, f32>]) -> Vec<f32> {
    panels(outputs, matrices, 1)
}

/// Panel after panel the rows of each matrix, two columns a row, apart.
pub(super) fn rows_of_pairs(outputs: Outputs, matrices: &[Matrix<'_, f32>]) -> Vec<Vec<f32>> {
    let numbers = panels(outputs, matrices, PAIR);
    numbers.chunks(outputs.groups() * LANES * PAIR).map(<[f32]>::to_vec).collect()
}

/// Panel after panel the rows of each matrix, four columns a row.
pub(super) fn integers(outputs: Outputs, matrices: &[Matrix<'_, i8>]) -> Vec<i8> {
    panels(outputs, matrices, TOGETHER)
}

fn panels<T: Copy + Default>(
    outputs: Outputs,
    matrices: &[Matrix<'_, T>],
    together: usize,
) -> Vec<T> {
    let mut out = Vec::new();
    for panel in 0..outputs.panels() {
        for matrix in matrices {
            for first in (0..matrix.columns).step_by(together) {
                for group in 0..outputs.groups() {
                    for output in outputs.lanes(panel, group) {
                        out.extend((first..first + together).map(|column| match output {
                            Some(output) if column < matrix.columns => {
                                matrix.numbers[output * matrix.columns + column]
                            }
                            _ => T::default(),
                        }));
                    }
                }
            }
        }
    }
    out
}

/// Rows of `columns` numbers, each filled up with zeros.
pub(super) fn widened(rows: &[f32], columns: usize, padded: usize) -> Vec<f32> {
    let row = |row: &[f32]| {
        let mut row = row.to_vec();
        row.resize(padded, 0.0);
        row
    };
    rows.chunks_exact(columns).flat_map(row).collect()
}

/// A matrix whose rows are integers of ±127 times a scale.
#[derive(Clone, Debug)]
pub struct Int8Matrix {
    /// Inputs.
    pub columns: usize,
    /// `[outputs, columns]`.
    pub integers: Vec<i8>,
    /// `[outputs]`: the greatest magnitude of a row is 127 of them.
    pub scales: Vec<f32>,
}

impl Int8Matrix {
    /// The nearest such matrix that keeps the greatest magnitude of each row.
    pub(super) fn of(matrix: &Matrix<'_, f32>) -> Self {
        Self::nearest(matrix.numbers, matrix.columns)
    }

    /// The same of `numbers`, `[outputs, columns]`.
    pub fn nearest(numbers: &[f32], columns: usize) -> Self {
        let rows = numbers.chunks_exact(columns.max(1));
        let greatest = |row: &[f32]| row.iter().fold(0.0_f32, |m, w| w.abs().max(m));
        let scales: Vec<f32> = rows.clone().map(|row| greatest(row) / 127.0).collect();
        let integer = |(&weight, &scale): (&f32, &f32)| {
            let steps = f64::from(weight) / f64::from(scale);
            // A row of zeros has no scale; the cast makes 0 of what is not a number.
            steps.round().clamp(-127.0, 127.0) as i8
        };
        let integers = rows
            .zip(&scales)
            .flat_map(|(row, scale)| row.iter().map(move |weight| integer((weight, scale))))
            .collect();
        Self { columns, integers, scales }
    }
}
