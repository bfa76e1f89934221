//! How weights lie in an image, and the products that each way asks for.

use zerocopy::{FromBytes, Immutable, IntoBytes};

use super::lanes::{ByteLine, LANES, Lanes, Line, PAIR, PairLine, ROUND, Real, Sums, TOGETHER};
use super::panel::Row;
use crate::image::{Brain, Element};
use crate::layer::embedding::Embedding;

/// What may be read from any bytes.
pub(crate) trait Plain: FromBytes + Immutable + Copy + 'static {}
impl<T: FromBytes + Immutable + Copy + 'static> Plain for T {}

/// A way of storing weights.
///
/// What a layer tells (its hidden state, always a padded width) is written once as the products
/// take it, then heard by the layer above in this step and by the layer itself in the next.
pub(crate) trait Storage: Copy {
    /// The weights of [`INPUTS`](Self::INPUTS) inputs towards sixteen outputs.
    type Line: Plain;
    /// What a layer told, as the products take it.
    type Heard<'a>: Copy + Default;
    /// Inputs in a row of weights.
    const INPUTS: usize;
    /// Whether each output of each matrix has a scale.
    const SCALED: bool;
    /// Bytes of a panel's part of a matrix from which on its lines are fetched ahead: the weights of smaller
    /// ones stay in the caches, and the hints would cost more than they bring.
    const FAR: usize;

    /// f32 that the memory of a layer with `padded` units takes.
    fn memory_len(padded: usize) -> usize;

    /// Writes what a layer tells into its memory.
    fn tell<V: Lanes>(hidden: &[f32], memory: &mut [f32]);

    /// Reads the memory of a layer with `width` units.
    fn hear(memory: &[f32], width: usize) -> Self::Heard<'_>;

    /// What a token is to the first layer, as a layer would tell it.
    fn look_up(embedding: Embedding<'_>, token: usize) -> Self::Heard<'_>;

    /// Adds the products of a matrix's panel and what is heard to the sums of the panel's outputs.
    ///
    /// `scales` is there where the weights are [`SCALED`](Self::SCALED). The sums of those groups whose bit
    /// is 0 in `groups` may be left as they are; they are where groups are computed one after the other.
    fn add_products<V: Lanes, const G: usize>(
        sums: [V; G],
        rows: &[[Self::Line; G]],
        scales: Option<&Row<G>>,
        heard: Self::Heard<'_>,
        groups: u32,
    ) -> [V; G];
}

/// All groups.
pub(crate) const ALL: u32 = u32::MAX;

/// A way in which images store weights.
pub(crate) trait Stored: Storage {
    /// The numbers in an image.
    type Element: Element;
}

impl Stored for F32 {
    type Element = f32;
}

impl Stored for Bf16 {
    type Element = Brain;
}

impl Stored for Int8 {
    type Element = i8;
}

/// Weights in single precision.
#[derive(Clone, Copy, Debug)]
pub struct F32;

/// Weights as bfloat16, computed with in single precision.
#[derive(Clone, Copy, Debug)]
pub struct Bf16;

/// Weights as integers of ±127 with a scale per output; inputs are rounded to as many steps of
/// their greatest magnitude.
#[derive(Clone, Copy, Debug)]
pub struct Int8;

/// Adds `load(rows[k], ..)[i] * inputs[k][i]`, `k` and in each `i` ascending, to the running sums of a panel's
/// outputs.
///
/// Where registers are few the groups are summed one after the other; each sum's own order, and so
/// each bit, stays what it is.
#[inline(always)]
fn accumulate<V: Lanes, L, const I: usize, const G: usize>(
    mut sums: [V; G],
    rows: &[[L; G]],
    inputs: &[[f32; I]],
    groups: u32,
    far: usize,
    load: impl Fn(&[L; G], usize) -> [V; I],
) -> [V; G] {
    if V::ACCUMULATORS >= G {
        let far = size_of_val(rows) >= far;
        for (row, inputs) in rows.iter().zip(inputs) {
            let inputs = inputs.map(V::splat);
            for (group, (sum, line)) in sums.iter_mut().zip(row).enumerate() {
                if far {
                    V::fetch_ahead(line);
                }
                for (weights, input) in load(row, group).into_iter().zip(inputs) {
                    *sum = sum.add(weights.mul(input));
                }
            }
        }
    } else {
        for (group, sum) in sums.iter_mut().enumerate() {
            if groups >> group & 1 == 0 {
                continue;
            }
            for (row, inputs) in rows.iter().zip(inputs) {
                for (weights, &input) in load(row, group).into_iter().zip(inputs) {
                    *sum = sum.add(weights.mul(V::splat(input)));
                }
            }
        }
    }
    sums
}

macro_rules! float {
    ($storage:ty, $line:ty, $inputs:expr, $far:expr, $load:expr) => {
        impl Storage for $storage {
            type Line = $line;
            type Heard<'a> = &'a [[f32; $inputs]];
            const INPUTS: usize = $inputs;
            const SCALED: bool = false;
            const FAR: usize = $far;

            fn memory_len(padded: usize) -> usize {
                padded
            }

            #[inline(always)]
            fn tell<V: Lanes>(hidden: &[f32], memory: &mut [f32]) {
                for (to, from) in memory.iter_mut().zip(hidden) {
                    *to = *from;
                }
            }

            #[inline(always)]
            fn hear(memory: &[f32], width: usize) -> &[[f32; $inputs]] {
                memory.as_chunks().0.get(..width.div_ceil($inputs)).unwrap_or_default()
            }

            #[inline(always)]
            fn look_up(embedding: Embedding<'_>, token: usize) -> &[[f32; $inputs]] {
                embedding.single(token).as_chunks().0
            }

            #[inline(always)]
            fn add_products<V: Lanes, const G: usize>(
                sums: [V; G],
                rows: &[[$line; G]],
                _scales: Option<&Row<G>>,
                heard: &[[f32; $inputs]],
                groups: u32,
            ) -> [V; G] {
                accumulate(sums, rows, heard, groups, Self::FAR, $load)
            }
        }
    };
}

float!(F32, Line, 1, 40 << 10, |row, group| [V::load(&row[group])]);
float!(Bf16, PairLine, PAIR, 24 << 10, V::load_pair);

/// Integers with a scale: each stands for itself times the scale.
#[derive(Clone, Copy, Default)]
pub(crate) struct Quantised<'a> {
    integers: &'a [[i8; TOGETHER]],
    scale: f32,
    /// The sum of the integers, an integer itself.
    total: f32,
}

/// Numbers behind the integers in a layer's memory: scale and total.
const TAIL: usize = 2;
/// The greatest integer.
const GREATEST: f32 = 127.0;
/// Instead of 0 as a divisor.
const LEAST: f32 = 1e-30;

impl Storage for Int8 {
    type Line = ByteLine;
    type Heard<'a> = Quantised<'a>;
    const INPUTS: usize = TOGETHER;
    const SCALED: bool = true;
    const FAR: usize = 24 << 10;

    fn memory_len(padded: usize) -> usize {
        padded / size_of::<f32>() + TAIL
    }

    #[inline(always)]
    fn tell<V: Lanes>(hidden: &[f32], memory: &mut [f32]) {
        let Some((integers, [scale, total])) = memory.split_last_chunk_mut() else { return };
        let hidden = hidden.as_chunks::<LANES>().0;
        let greatest = greatest_magnitude::<V>(hidden);
        *scale = greatest / GREATEST;
        let factor = V::splat(GREATEST / Real::max(greatest, LEAST));
        let mut sum = 0;
        for (to, from) in integers.as_mut_bytes().as_chunks_mut::<LANES>().0.iter_mut().zip(hidden)
        {
            let mut rounded = [0.0; LANES];
            V::load(from).mul(factor).add(V::splat(ROUND)).store(&mut rounded);
            // The integer sits in the low bits, the lowest eight of which are all of it.
            *to = rounded.map(|number: f32| number.to_bits() as u8);
            sum += to.iter().map(|&byte| i32::from(byte as i8)).sum::<i32>();
        }
        *total = sum as f32;
    }

    #[inline(always)]
    fn hear(memory: &[f32], _width: usize) -> Quantised<'_> {
        let Some((integers, &[scale, total])) = memory.split_last_chunk() else {
            return Quantised::default();
        };
        let integers = FromBytes::ref_from_bytes(integers.as_bytes()).unwrap_or_default();
        Quantised { integers, scale, total }
    }

    #[inline(always)]
    fn look_up(embedding: Embedding<'_>, token: usize) -> Quantised<'_> {
        let (integers, scale) = embedding.integers(token);
        let total: i32 = integers.as_flattened().iter().map(|&x| i32::from(x)).sum();
        Quantised { integers, scale, total: total as f32 }
    }

    #[inline(always)]
    fn add_products<V: Lanes, const G: usize>(
        mut sums: [V; G],
        rows: &[[ByteLine; G]],
        scales: Option<&Row<G>>,
        heard: Quantised<'_>,
        groups: u32,
    ) -> [V; G] {
        let Some(scales) = scales else { return sums };
        let mut products = [V::Sums::none(heard.total as i32); G];
        if V::ACCUMULATORS >= G {
            let far = size_of_val(rows) >= Self::FAR;
            for (row, &inputs) in rows.iter().zip(heard.integers) {
                for (product, line) in products.iter_mut().zip(row) {
                    if far {
                        V::fetch_ahead(line);
                    }
                    *product = product.plus_products(line, inputs);
                }
            }
        } else {
            V::Sums::add_rows(&mut products, rows, heard.integers, groups);
        }
        let all = sums.iter_mut().zip(&products).zip(scales);
        for (group, ((sum, &product), scale)) in all.enumerate() {
            if V::ACCUMULATORS < G && groups >> group & 1 == 0 {
                continue;
            }
            let scale = V::load(scale).mul(V::splat(heard.scale));
            *sum = sum.add(V::from_sums(product).mul(scale));
        }
        sums
    }
}

#[inline(always)]
fn greatest_magnitude<V: Lanes>(hidden: &[Line]) -> f32 {
    let zero = V::splat(0.0);
    let mut greatest = zero;
    for line in hidden {
        let number = V::load(line);
        greatest = number.max(greatest).max(zero.sub(number).max(greatest));
    }
    let mut lanes = [0.0; LANES];
    greatest.store(&mut lanes);
    lanes.into_iter().fold(0.0, Real::max)
}
