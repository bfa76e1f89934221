//! Arithmetic on eight numbers side by side, per instruction set; one specification for all.
//!
//! A kernel is written once, generic over [`Simd`], and instantiated by one file per instruction
//! set. Each lane does the same operations in the same order everywhere, multiplied and then
//! added, never fused: every instruction set gives the same bits.

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod avx2;
mod portable;

pub(crate) use portable::Portable;

use core::ops::{Add, Mul, Sub};

/// Numbers of a vector.
pub(crate) const LANES: usize = 8;

/// Samples of a wave's cycle, a power of two, and one more: the first again.
pub(crate) const CYCLE: usize = 2_048;
/// Bits of a 32-bit phase below the index into a cycle.
pub(crate) const SHIFT: u32 = 32 - CYCLE.trailing_zeros();

/// Eight `f32`, with the eight 32-bit integers of the same machine beside them.
pub(crate) trait Simd:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self>
{
    /// Eight 32-bit integers; sums and products wrap.
    type Int: Copy;
    /// Whether a vector is one register of sixteen.
    const WIDE: bool;

    /// All lanes `x`.
    fn splat(x: f32) -> Self;
    fn load(from: &[f32; LANES]) -> Self;
    fn store(self, to: &mut [f32; LANES]);
    /// Without its sign.
    fn abs(self) -> Self;
    /// With the sign of `sign`.
    fn copysign(self, sign: Self) -> Self;
    /// Rows become columns.
    fn transpose(rows: [Self; LANES]) -> [Self; LANES];
    /// Lanes of both in turns: of their first halves, and of their second ones.
    fn interleave(self, other: Self) -> (Self, Self);
    /// The sum of each row's lanes a to h, as ((a + c) + (b + d)) + ((e + g) + (f + h)).
    #[inline(always)]
    fn sums(rows: [Self; LANES]) -> Self {
        let [a, b, c, d, e, f, g, h] = Self::transpose(rows);
        ((a + c) + (b + d)) + ((e + g) + (f + h))
    }

    /// All lanes `x`.
    fn int(x: u32) -> Self::Int;
    fn int_load(from: &[u32; LANES]) -> Self::Int;
    fn int_store(v: Self::Int, to: &mut [u32; LANES]);
    fn int_add(a: Self::Int, b: Self::Int) -> Self::Int;
    fn int_mul(a: Self::Int, b: Self::Int) -> Self::Int;
    fn int_and(a: Self::Int, b: Self::Int) -> Self::Int;
    /// To the left by sixteen bits.
    fn int_high(v: Self::Int) -> Self::Int;
    /// The numbers of signed integers.
    fn of_int(v: Self::Int) -> Self;
    /// To the nearest integer, for numbers within 31 bits.
    fn to_int(self) -> Self::Int;
    /// The samples of a cycle at these phases and those after them.
    fn pick(cycle: &[f32; CYCLE + 1], phase: Self::Int) -> (Self, Self);
}

/// Work that can be run with any vector type.
///
/// `run` and all it calls must be `#[inline(always)]`, so that the code lands inside the function
/// that enables the instruction set.
pub(crate) trait Operation {
    fn run<V: Simd>(self);
}

/// The instruction set that a synth's kernels use.
///
/// The choice changes the speed only: all of them give the same samples, bit by bit.
#[derive(Clone, Copy, Debug)]
pub struct Kernels(Isa);

#[derive(Clone, Copy, Debug)]
enum Isa {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Avx2),
}

impl Kernels {
    /// The portable kernels: the specification, present on every target.
    pub const PORTABLE: Self = Self(Isa::Portable);

    /// The fastest kernels of this processor.
    #[must_use]
    pub fn detect() -> Self {
        Self::available().last().unwrap_or(Self::PORTABLE)
    }

    /// Every instruction set that this processor can run, slowest first.
    pub fn available() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let more = avx2::Avx2::detect().map(Isa::Avx2);
        #[cfg(not(target_arch = "x86_64"))]
        let more = None;
        core::iter::once(Isa::Portable).chain(more).map(Self)
    }

    /// The name of the instruction set, for reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Isa::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) => "AVX2",
        }
    }

    #[inline]
    pub(crate) fn dispatch<O: Operation>(self, operation: O) {
        match self.0 {
            Isa::Portable => operation.run::<Portable>(),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(isa) => isa.dispatch(operation),
        }
    }
}

/// sin(2π·t) for −½ ≤ t ≤ ½; absolute error below 5e-7.
#[inline(always)]
pub(crate) fn sine<V: Simd>(t: V) -> V {
    // An odd polynomial of degree eleven with the sine's zeros at 0 and ±½.
    let q = t * t;
    let p = V::splat(12.233_301) * q - V::splat(38.123_196);
    let p = q * p + V::splat(67.043_9);
    let p = q * p - V::splat(64.834_68);
    t * (V::splat(0.25) - q) * (q * p + V::splat(25.132_73))
}

/// What makes the bits of a phase below the index a part of the way to the next sample.
pub(crate) const BETWEEN: f32 = 1.0 / (1_u32 << SHIFT) as f32;

/// The wave of a cycle at 32-bit phases, interpolated linearly, times the first of two levels; the second
/// is [`BETWEEN`] times the first.
#[inline(always)]
pub(crate) fn wave<V: Simd>(cycle: &[f32; CYCLE + 1], phase: V::Int, levels: [V; 2]) -> V {
    let (a, b) = V::pick(cycle, phase);
    let below = V::of_int(V::int_and(phase, V::int((1 << SHIFT) - 1)));
    levels[0] * a + (levels[1] * below) * (b - a)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every operation of the trait on the same numbers, as bits.
    struct Everything<'a>(&'a mut [[u32; LANES]; 19]);

    impl Operation for Everything<'_> {
        fn run<V: Simd>(self) {
            let a = V::load(&[0.5, -1.25, 3.0, -0.0, 1e-3, 7.5, -2.5, 0.1]);
            let b = V::load(&[2.0, 0.3, -1.5, 4.0, -9.0, 0.5, 1.5, -0.7]);
            let n = V::int_load(&[0, 1, 0xFFFF_FFFF, 0x8000_0000, 77_777_777, 5, 6, 0x1234_5678]);
            let mut cycle = [0.0; CYCLE + 1];
            cycle.iter_mut().enumerate().for_each(|(i, x)| *x = (i * i % 977) as f32);
            let (low, high) = V::pick(&cycle, n);
            let rows = [a, b, low, high, a + b, a - b, a * b, b * b];
            let floats = [
                a.abs(),
                a.copysign(b),
                V::of_int(n),
                sine(V::of_int(n) * V::splat(1.0 / 4_294_967_296.0)),
                wave::<V>(&cycle, n, [b, a]),
                V::transpose(rows)[5],
                V::transpose(rows)[0],
                V::sums(rows),
                a.interleave(b).0,
                a.interleave(b).1,
                low,
                high,
                a * b - V::splat(0.3),
            ];
            let ints = [
                (a + b).to_int(),
                V::int_add(n, V::int(0x9000_0001)),
                V::int_mul(n, V::int(1_664_525)),
                V::int_high(n),
                V::int_and(n, V::int(0xFF00)),
            ];
            let (first, rest) = self.0.split_at_mut(floats.len());
            for (to, v) in first.iter_mut().zip(floats) {
                let mut x = [0.0; LANES];
                v.store(&mut x);
                *to = x.map(f32::to_bits);
            }
            rest.iter_mut().zip(ints).for_each(|(to, v)| V::int_store(v, to));
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let mut portable = [[0; LANES]; 19];
        Kernels::PORTABLE.dispatch(Everything(&mut portable));
        for kernels in Kernels::available() {
            let mut other = [[0; LANES]; 19];
            kernels.dispatch(Everything(&mut other));
            assert_eq!(portable, other, "{}", kernels.name());
        }
    }

    struct Sines<'a>(&'a mut f64);

    impl Operation for Sines<'_> {
        fn run<V: Simd>(self) {
            for i in -4_000..=4_000 {
                let t = i as f32 / 8_000.0;
                let mut y = [0.0; LANES];
                sine(V::splat(t)).store(&mut y);
                let e = libm::sin(f64::from(t) * core::f64::consts::TAU);
                *self.0 = self.0.max((f64::from(y[3]) - e).abs());
            }
        }
    }

    #[test]
    fn the_sine_is_a_sine() {
        let mut most = 0.0;
        Kernels::PORTABLE.dispatch(Sines(&mut most));
        assert!(most < 5e-7, "{most}");
    }
}
