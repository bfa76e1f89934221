//! Layer normalisation (Ba, Kiros & Hinton 2016) of what a layer tells, without gain and shift: the importer
//! folds those into the weights of whoever hears it.

use crate::kernel::lanes::LANES;
use crate::math::inverse_root;

/// Added to the variance: ONNX's and PyTorch's usual number.
const EPSILON: f32 = 1e-5;

/// Moves and scales `numbers` to a mean of 0 and a variance of 1.
#[inline(always)]
pub(crate) fn normalise(numbers: &mut [f32]) {
    let share = 1.0 / numbers.len() as f32;
    let mean = sum(numbers, |number| number) * share;
    numbers.iter_mut().for_each(|number| *number -= mean);
    let variance = sum(numbers, |number| number * number) * share;
    let scale = inverse_root(variance + EPSILON);
    numbers.iter_mut().for_each(|number| *number *= scale);
}

/// The sum of `of` every number: sixteen sums of every sixteenth number, in order, halved again and again by
/// adding the upper half to the lower.
#[inline(always)]
fn sum(numbers: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (lines, rest) = numbers.as_chunks::<LANES>();
    for line in lines.iter().map(<[f32; LANES]>::as_slice).chain([rest]) {
        for (sum, &number) in sums.iter_mut().zip(line) {
            *sum += of(number);
        }
    }
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            sums[lane] += sums[lane + half];
        }
        half /= 2;
    }
    sums[0]
}
