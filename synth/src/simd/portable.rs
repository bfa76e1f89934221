//! The specification: eight lanes by way of `wide`, on every target (SSE2, NEON, wasm, none).

use super::{CYCLE, LANES, SHIFT, Simd};
use core::ops::{Add, Mul, Sub};
use wide::{f32x8, i32x8};

#[derive(Clone, Copy)]
pub(crate) struct Portable(f32x8);

impl Add for Portable {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Portable {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul for Portable {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }
}

impl Simd for Portable {
    type Int = i32x8;
    const WIDE: bool = false;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self(f32x8::splat(x))
    }

    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        Self(f32x8::new(*from))
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        *to = self.0.to_array();
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(self.0.abs())
    }

    #[inline(always)]
    fn copysign(self, sign: Self) -> Self {
        let bit = f32x8::splat(-0.0);
        Self((sign.0 & bit) | (self.0 & !bit))
    }

    #[inline(always)]
    fn transpose([a, b, c, d, e, f, g, h]: [Self; LANES]) -> [Self; LANES] {
        let rows = [a.0, b.0, c.0, d.0, e.0, f.0, g.0, h.0];
        let [a, b, c, d, e, f, g, h] = f32x8::transpose(rows);
        [Self(a), Self(b), Self(c), Self(d), Self(e), Self(f), Self(g), Self(h)]
    }

    #[inline(always)]
    fn interleave(self, other: Self) -> (Self, Self) {
        let ([a, b, c, d, e, f, g, h], [p, q, r, s, t, u, v, w]) =
            (self.0.to_array(), other.0.to_array());
        let halves = ([a, p, b, q, c, r, d, s], [e, t, f, u, g, v, h, w]);
        (Self(f32x8::new(halves.0)), Self(f32x8::new(halves.1)))
    }

    #[inline(always)]
    fn int(x: u32) -> i32x8 {
        i32x8::splat(x as i32)
    }

    #[inline(always)]
    fn int_load(from: &[u32; LANES]) -> i32x8 {
        let mut signed = [0; LANES];
        for (s, x) in signed.iter_mut().zip(from) {
            *s = *x as i32;
        }
        i32x8::new(signed)
    }

    #[inline(always)]
    fn int_store(v: i32x8, to: &mut [u32; LANES]) {
        for (x, s) in to.iter_mut().zip(v.to_array()) {
            *x = s as u32;
        }
    }

    #[inline(always)]
    fn int_add(a: i32x8, b: i32x8) -> i32x8 {
        a + b
    }

    #[inline(always)]
    fn int_mul(a: i32x8, b: i32x8) -> i32x8 {
        a * b
    }

    #[inline(always)]
    fn int_and(a: i32x8, b: i32x8) -> i32x8 {
        a & b
    }

    #[inline(always)]
    fn int_high(v: i32x8) -> i32x8 {
        v << 16_i32
    }

    #[inline(always)]
    fn of_int(v: i32x8) -> Self {
        Self(f32x8::from_i32x8(v))
    }

    #[inline(always)]
    fn to_int(self) -> i32x8 {
        self.0.fast_round_int()
    }

    #[inline(always)]
    fn pick(cycle: &[f32; CYCLE + 1], phase: i32x8) -> (Self, Self) {
        let (mut a, mut b) = ([0.0; LANES], [0.0; LANES]);
        for (i, p) in phase.to_array().into_iter().enumerate() {
            // The shift leaves eleven bits, so no index needs a check.
            let at = (p as u32 >> SHIFT) as usize;
            a[i] = cycle[at];
            b[i] = cycle[at + 1];
        }
        (Self(f32x8::new(a)), Self(f32x8::new(b)))
    }
}
