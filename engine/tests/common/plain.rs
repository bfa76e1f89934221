//! The specification as plain loops over row-major matrices, bit for bit.

use half::f16;
use musigan_engine::image::{Architecture, Weights};
use musigan_engine::math::{inverse_root, sigmoid, tanh};

use super::writer::{Int8Matrix, Network, round_row};

/// A network as `engine/IMAGE.md` says that it is computed.
pub struct Plain {
    architecture: Architecture,
    embedding: Option<Matrix>,
    layers: Vec<Layer>,
    normal: u8,
    head: Matrix,
    head_bias: Vec<f32>,
    hidden: Vec<Vec<f32>>,
    cell: Vec<Vec<f32>>,
}

struct Layer {
    width: usize,
    start: Vec<f32>,
    recurrent: Matrix,
    input: Matrix,
}

enum Matrix {
    Float { numbers: Vec<f32>, columns: usize },
    Int8(Int8Matrix),
}

impl Matrix {
    /// A matrix whose outputs lie in panels, of which `place` gives the output of a panel's group and lane.
    fn new(
        weights: Weights,
        numbers: &[f32],
        columns: usize,
        groups: usize,
        place: impl Fn(usize, usize, usize) -> Option<usize>,
    ) -> Self {
        match weights {
            Weights::Int8 => Self::Int8(Int8Matrix::nearest(numbers, columns)),
            Weights::Bf16 => {
                Self::Float { numbers: paired(numbers, columns, groups, place), columns }
            }
            _ => Self::Float { numbers: numbers.to_vec(), columns },
        }
    }

    fn add_product(&self, mut sum: f32, row: usize, heard: &Heard) -> f32 {
        match self {
            Self::Float { numbers, columns } => {
                let Heard::Told(heard) = heard else { panic!("floats hear floats") };
                for (weight, input) in numbers[row * columns..].iter().zip(heard).take(*columns) {
                    sum += weight * input;
                }
                sum
            }
            Self::Int8(matrix) => {
                let (integers, scale) = heard.rounded();
                let weights = matrix.integers[row * matrix.columns..].iter();
                let products = weights.zip(integers).map(|(&weight, x)| i32::from(weight) * x);
                sum + products.sum::<i32>() as f32 * (matrix.scales[row] * scale)
            }
        }
    }

    /// A row as something heard.
    fn row(&self, row: usize) -> Heard {
        match self {
            Self::Float { numbers, columns } => {
                Heard::Told(numbers[row * columns..][..*columns].to_vec())
            }
            Self::Int8(matrix) => {
                let integers = &matrix.integers[row * matrix.columns..][..matrix.columns];
                let integers = integers.iter().map(|&x| i32::from(x)).collect();
                Heard::Stored(integers, matrix.scales[row])
            }
        }
    }
}

/// What a layer hears.
enum Heard {
    /// What another layer told.
    Told(Vec<f32>),
    /// A row of an embedding of integers, and its scale.
    Stored(Vec<i32>, f32),
}

impl Default for Heard {
    fn default() -> Self {
        Self::Told(Vec::new())
    }
}

impl Heard {
    fn rounded(&self) -> (Vec<i32>, f32) {
        match self {
            Self::Told(heard) => {
                let greatest = heard.iter().fold(0.0, |m: f32, x| m.max(x.abs()));
                let factor = 127.0 / greatest.max(1e-30);
                let integers = heard.iter().map(|x| (x * factor).round_ties_even() as i32);
                (integers.collect(), greatest / 127.0)
            }
            Self::Stored(integers, scale) => (integers.clone(), *scale),
        }
    }
}

/// The numbers of a matrix whose rows are of bf16, two columns a row.
fn paired(
    numbers: &[f32],
    columns: usize,
    groups: usize,
    place: impl Fn(usize, usize, usize) -> Option<usize>,
) -> Vec<f32> {
    let mut found = numbers.to_vec();
    let panels = numbers.len().div_ceil(columns.max(1) * 16);
    for (panel, first) in (0..panels).flat_map(|p| (0..columns).step_by(2).map(move |c| (p, c))) {
        let mut places = Vec::new();
        for (group, lane) in (0..groups).flat_map(|g| (0..16).map(move |l| (g, l))) {
            let output = place(panel, group, lane);
            places.extend([first, first + 1].map(|column| {
                output.filter(|_| column < columns).map(|output| output * columns + column)
            }));
        }
        let mut row: Vec<f32> = places.iter().map(|at| at.map_or(0.0, |at| numbers[at])).collect();
        round_row(&mut row);
        for (at, number) in places.into_iter().zip(row) {
            if let Some(at) = at {
                found[at] = number;
            }
        }
    }
    found
}

fn table(weights: Weights, numbers: &[f32]) -> Vec<f32> {
    match weights {
        Weights::F32 => numbers.to_vec(),
        _ => numbers.iter().map(|&number| f16::from_f32(number).to_f32()).collect(),
    }
}

impl Plain {
    pub fn new(network: &Network, weights: Weights) -> Self {
        let gates = if network.architecture == Architecture::Gru { 3 } else { 4 };
        let of_gates = |numbers: &[f32], columns: usize, width: usize| {
            Matrix::new(weights, numbers, columns, gates, |panel, gate, lane| {
                let unit = panel * 16 + lane;
                (unit < width).then_some(gate * width + unit)
            })
        };
        let layer = |(index, layer): (usize, &super::writer::Layer)| Layer {
            width: layer.width,
            start: if index == 0 && network.embedding.is_none() {
                table(weights, &layer.start)
            } else {
                layer.start.clone()
            },
            recurrent: of_gates(&layer.recurrent, layer.width, layer.width),
            input: of_gates(&layer.input, layer.below, layer.width),
        };
        let zeros: Vec<_> = network.layers.iter().map(|layer| vec![0.0; layer.width]).collect();
        let columns = network.head.len() / network.head_bias.len();
        Self {
            architecture: network.architecture,
            embedding: network.embedding.as_ref().map(|all| match weights {
                Weights::Int8 => Matrix::Int8(Int8Matrix::nearest(&all.numbers, all.width)),
                _ => Matrix::Float { numbers: all.numbers.clone(), columns: all.width },
            }),
            layers: network.layers.iter().enumerate().map(layer).collect(),
            normal: network.normal,
            head: Matrix::new(weights, &network.head, columns, 4, |panel, group, lane| {
                let output = (panel * 4 + group) * 16 + lane;
                (output < network.head_bias.len()).then_some(output)
            }),
            head_bias: network.head_bias.clone(),
            hidden: zeros.clone(),
            cell: zeros,
        }
    }

    pub fn step(&mut self, token: usize) -> Vec<f32> {
        let mut below = self.embedding.as_ref().map_or_else(Heard::default, |all| all.row(token));
        let token = if self.embedding.is_some() { 0 } else { token };
        for (index, layer) in self.layers.iter().enumerate() {
            let row = if index == 0 { token } else { 0 };
            let old = self.hidden[index].clone();
            let width = layer.width;
            let start = |group: usize, unit: usize| layer.start[(row * 4 + group) * width + unit];
            let told = Heard::Told(old.clone());
            let own =
                |sum, gate, unit| layer.recurrent.add_product(sum, gate * width + unit, &told);
            let input = |sum, gate, unit| match &below {
                Heard::Told(none) if none.is_empty() => sum,
                below => layer.input.add_product(sum, gate * width + unit, below),
            };
            let sum = |gate, unit| input(own(start(gate, unit), gate, unit), gate, unit);
            for (unit, &before) in old.iter().enumerate() {
                self.hidden[index][unit] = if self.architecture == Architecture::Gru {
                    let z = sigmoid(sum(0, unit));
                    let late = sigmoid(sum(1, unit)) * own(start(3, unit), 2, unit);
                    let n = tanh(input(start(2, unit), 2, unit) + late);
                    (1.0 - z) * n + z * before
                } else {
                    let [i, o, f, g] = [0, 1, 2, 3].map(|gate| sum(gate, unit));
                    let cell = &mut self.cell[index][unit];
                    *cell = sigmoid(f) * *cell + sigmoid(i) * tanh(g);
                    sigmoid(o) * tanh(*cell)
                };
            }
            let told = self.hidden[index].clone();
            below = Heard::Told(if self.normal >> index & 1 == 1 { normal(told) } else { told });
        }
        let logits = self.head_bias.iter().enumerate();
        logits.map(|(row, &bias)| self.head.add_product(bias, row, &below)).collect()
    }
}

/// A layer's output, normalised.
fn normal(mut numbers: Vec<f32>) -> Vec<f32> {
    let share = 1.0 / numbers.len() as f32;
    let mean = sum(numbers.iter().copied()) * share;
    numbers.iter_mut().for_each(|number| *number -= mean);
    let variance = sum(numbers.iter().map(|number| number * number)) * share;
    let factor = inverse_root(variance + 1e-5);
    numbers.into_iter().map(|number| number * factor).collect()
}

fn sum(numbers: impl Iterator<Item = f32>) -> f32 {
    let mut sums = [0.0_f32; 16];
    numbers.enumerate().for_each(|(at, number)| sums[at % 16] += number);
    let eight: Vec<f32> = (0..8).map(|at| sums[at] + sums[at + 8]).collect();
    let four: Vec<f32> = (0..4).map(|at| eight[at] + eight[at + 4]).collect();
    (four[0] + four[2]) + (four[1] + four[3])
}
