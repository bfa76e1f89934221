//! Random networks as images, and a plain f64 oracle of them.
#![allow(dead_code)] // each test uses its part

pub mod bars;
pub mod plain;
#[path = "../../import/src/writer/mod.rs"]
pub mod writer;

use musigan_engine::image::Architecture;
use musigan_score::Fingerprint;
use writer::{Embedding, Layer, Network};

pub const VOCABULARY: Fingerprint = Fingerprint(0x0123_4567_89ab_cdef);

/// A small generator of numbers (xorshift64*), so that the tests' networks are the same anywhere.
pub struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Uniform in ±`bound`.
    pub fn number(&mut self, bound: f32) -> f32 {
        ((self.bits() >> 40) as f32 / (1 << 23) as f32 - 1.0) * bound
    }

    pub fn numbers(&mut self, count: usize, bound: f32) -> Vec<f32> {
        (0..count).map(|_| self.number(bound)).collect()
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() >> 33) as usize % end
    }
}

/// Bytes at a multiple of 64, as a memory map has them.
pub struct Aligned {
    buffer: Vec<u8>,
    start: usize,
    len: usize,
}

impl Aligned {
    pub fn new(bytes: &[u8]) -> Self {
        let mut buffer = vec![0; bytes.len() + 63];
        let start = buffer.as_ptr().align_offset(64);
        buffer[start..start + bytes.len()].copy_from_slice(bytes);
        Self { buffer, start, len: bytes.len() }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.start + self.len]
    }

    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.buffer[self.start..self.start + self.len]
    }
}

pub fn network(
    architecture: Architecture,
    vocab_len: usize,
    widths: &[usize],
    seed: u64,
) -> Network {
    network_on(None, architecture, vocab_len, widths, seed)
}

/// A network whose embedding, of the width `apart`, is not folded into the first layer.
pub fn network_on(
    apart: Option<usize>,
    architecture: Architecture,
    vocab_len: usize,
    widths: &[usize],
    seed: u64,
) -> Network {
    let gates = if architecture == Architecture::Gru { 3 } else { 4 };
    let mut noise = Noise::new(seed);
    let embedding =
        apart.map(|width| Embedding { width, numbers: noise.numbers(vocab_len * width, 1.0) });
    let mut below = apart.unwrap_or(0);
    let layers = widths.iter().map(|&width| {
        let bound = 2.0 / (width as f32).sqrt();
        let rows = if below == 0 { vocab_len } else { 1 };
        let layer = Layer {
            width,
            below,
            start: noise.numbers(rows * 4 * width, 1.0),
            recurrent: noise.numbers(gates * width * width, bound),
            input: noise.numbers(gates * width * below, bound),
        };
        below = width;
        layer
    });
    let layers = layers.collect();
    Network {
        architecture,
        vocabulary: VOCABULARY,
        ticks_per_quarter: 24,
        about: "corpus=none\n".to_owned(),
        passages: None,
        embedding,
        others: None,
        layers,
        normal: 0,
        head: noise.numbers(vocab_len * below, 1.0),
        head_bias: noise.numbers(vocab_len, 1.0),
    }
}

/// A network's definition in f64, written as the textbook has it.
pub struct Oracle {
    network: Network,
    hidden: Vec<Vec<f64>>,
    cell: Vec<Vec<f64>>,
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn dot(row: &[f32], column: &[f64]) -> f64 {
    row.iter().zip(column).map(|(&a, b)| f64::from(a) * b).sum()
}

impl Oracle {
    pub fn new(network: &Network) -> Self {
        let zeros: Vec<_> = network.layers.iter().map(|layer| vec![0.0; layer.width]).collect();
        Self { network: network.clone(), hidden: zeros.clone(), cell: zeros }
    }

    pub fn step(&mut self, token: usize) -> Vec<f64> {
        let embedding = self.network.embedding.as_ref();
        let mut below: Vec<f64> = embedding.map_or(Vec::new(), |all| {
            all.numbers[token * all.width..][..all.width].iter().map(|&x| f64::from(x)).collect()
        });
        let token = if embedding.is_some() { 0 } else { token };
        for (index, layer) in self.network.layers.iter().enumerate() {
            let row = if index == 0 { token } else { 0 };
            let old = self.hidden[index].clone();
            let (width, under) = (layer.width, layer.below);
            let start = |group: usize, unit: usize| {
                f64::from(layer.start[(row * 4 + group) * width + unit])
            };
            let recurrent = |gate: usize, unit: usize| {
                dot(&layer.recurrent[(gate * width + unit) * width..][..width], &old)
            };
            let input = |gate: usize, unit: usize| {
                dot(&layer.input[(gate * width + unit) * under..][..under], &below)
            };
            let sum = |g: usize, unit: usize| start(g, unit) + recurrent(g, unit) + input(g, unit);
            for (unit, &before) in old.iter().enumerate() {
                self.hidden[index][unit] = if self.network.architecture == Architecture::Gru {
                    let z = sigmoid(sum(0, unit));
                    let r = sigmoid(sum(1, unit));
                    let reset = r * (start(3, unit) + recurrent(2, unit));
                    let n = (start(2, unit) + input(2, unit) + reset).tanh();
                    (1.0 - z) * n + z * before
                } else {
                    let [i, o, f, g] = [0, 1, 2, 3].map(|gate| sum(gate, unit));
                    let cell = &mut self.cell[index][unit];
                    *cell = sigmoid(f) * *cell + sigmoid(i) * g.tanh();
                    sigmoid(o) * cell.tanh()
                };
            }
            below = self.hidden[index].clone();
            if self.network.normal >> index & 1 == 1 {
                let mean = below.iter().sum::<f64>() / width as f64;
                let variance = below.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / width as f64;
                below.iter_mut().for_each(|x| *x = (*x - mean) / (variance + 1e-5).sqrt());
            }
        }
        let rows = self.network.head.chunks_exact(below.len());
        rows.zip(&self.network.head_bias).map(|(row, &b)| dot(row, &below) + f64::from(b)).collect()
    }
}
