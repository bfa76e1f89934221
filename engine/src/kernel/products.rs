//! The specification of sums of integers.

use super::lanes::{ByteLine, LANES, Sums, TOGETHER};
use super::scalar::ArraySums;

/// [`LANES`] sums in an array.
#[derive(Clone, Copy)]
pub(crate) struct Products([i32; LANES]);

impl ArraySums for Products {
    #[inline(always)]
    fn lanes(self) -> [i32; LANES] {
        self.0
    }
}

impl Sums for Products {
    #[inline(always)]
    fn none(_total: i32) -> Self {
        Self([0; LANES])
    }
    #[inline(always)]
    fn plus_products(mut self, weights: &ByteLine, inputs: [i8; TOGETHER]) -> Self {
        for (sum, weights) in self.0.iter_mut().zip(weights) {
            let products = weights.iter().zip(inputs).map(|(&w, x)| i32::from(w) * i32::from(x));
            *sum = sum.wrapping_add(products.sum());
        }
        self
    }
}
