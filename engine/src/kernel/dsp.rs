//! The DSP extension of Armv7E-M and Armv8-M (Cortex-M4, M7, M33): two 16-bit products at once.

use core::arch::asm;

use super::Operation;
use super::lanes::{ByteLine, LANES, Sums, TOGETHER};
use super::scalar::{ArraySums, Scalar};

/// Proof that the program was compiled for a core with the extension.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dsp(());

impl Dsp {
    /// This file is there only where every core of the target has it.
    pub(crate) const CERTAIN: Self = Self(());

    #[inline]
    pub(crate) fn dispatch<O: Operation>(self, operation: O) {
        operation.run::<Scalar<Pairs>>();
    }
}

/// [`LANES`] sums, taken four at a time: so many stay in registers beside their operands.
#[derive(Clone, Copy)]
pub(crate) struct Pairs([i32; LANES]);

impl ArraySums for Pairs {
    #[inline(always)]
    fn lanes(self) -> [i32; LANES] {
        self.0
    }
}

impl Sums for Pairs {
    #[inline(always)]
    fn none(_total: i32) -> Self {
        Self([0; LANES])
    }

    #[inline(always)]
    fn plus_products(self, weights: &ByteLine, inputs: [i8; TOGETHER]) -> Self {
        let inputs = halves(inputs);
        let mut sums = self.0;
        for (sum, &weights) in sums.iter_mut().zip(weights) {
            *sum = plus(*sum, weights, inputs);
        }
        Self(sums)
    }

    #[inline(always)]
    fn of_group<const G: usize>(
        _total: i32,
        rows: &[[ByteLine; G]],
        group: usize,
        inputs: &[[i8; TOGETHER]],
    ) -> Self {
        let mut all = [0; LANES];
        for (quarter, sums) in all.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            *sums = four(rows, group, quarter, inputs);
        }
        Self(all)
    }
}

/// The sums of a quarter of the lanes.
// Not inlined: it has all registers for itself, and is there once.
#[inline(never)]
fn four<const G: usize>(
    rows: &[[ByteLine; G]],
    group: usize,
    quarter: usize,
    inputs: &[[i8; TOGETHER]],
) -> [i32; 4] {
    let len = rows.len().min(inputs.len());
    let mut sums = [0; 4];
    if group >= G || quarter >= LANES / 4 {
        return sums;
    }
    if len >= 2 {
        sums = pairs_of_rows(rows, group, quarter, inputs, len / 2);
    }
    if let Some(last) = len.checked_sub(1).filter(|last| last % 2 == 0) {
        let line =
            rows.get(last).and_then(|row| row.get(group)).map(|line| line.as_chunks::<4>().0);
        let weights = line.and_then(|line| line.get(quarter));
        if let (Some(weights), Some(&inputs)) = (weights, inputs.get(last)) {
            let inputs = halves(inputs);
            for (sum, &weights) in sums.iter_mut().zip(weights) {
                *sum = plus(*sum, weights, inputs);
            }
        }
    }
    sums
}

/// The sums of the first `2 * pairs` rows; there are so many rows and inputs, and at least one pair.
///
/// 45 instructions for 32 products. The compiler, which holds back registers, spills some here: 56.
#[inline(always)]
fn pairs_of_rows<const G: usize>(
    rows: &[[ByteLine; G]],
    group: usize,
    quarter: usize,
    inputs: &[[i8; TOGETHER]],
    pairs: usize,
) -> [i32; 4] {
    debug_assert!(group < G && quarter < LANES / 4 && pairs >= 1);
    debug_assert!(2 * pairs <= rows.len() && 2 * pairs <= inputs.len());
    let weights = rows.as_ptr().cast::<u8>().wrapping_add((group * LANES + 4 * quarter) * TOGETHER);
    let (mut a, mut b, mut c, mut d) = (0, 0, 0, 0);
    // SAFETY: of each of the first `2 * pairs` rows it reads sixteen bytes of group `group`, and as many
    // inputs of four bytes; it writes no memory.
    unsafe {
        asm!(
            "2:",
            "ldr {odd}, [{x}], #4",
            "ldrd {t}, {u}, [{w}]",
            "sxtb16 {even}, {odd}",
            "sxtb16 {odd}, {odd}, ror #8",
            "sxtb16 {v}, {t}",
            "sxtb16 {t}, {t}, ror #8",
            "smlad {a}, {v}, {even}, {a}",
            "sxtb16 {v}, {u}",
            "smlad {a}, {t}, {odd}, {a}",
            "sxtb16 {u}, {u}, ror #8",
            "smlad {b}, {v}, {even}, {b}",
            "smlad {b}, {u}, {odd}, {b}",
            "ldrd {t}, {u}, [{w}, #8]",
            "sxtb16 {v}, {t}",
            "sxtb16 {t}, {t}, ror #8",
            "smlad {c}, {v}, {even}, {c}",
            "sxtb16 {v}, {u}",
            "smlad {c}, {t}, {odd}, {c}",
            "sxtb16 {u}, {u}, ror #8",
            "smlad {d}, {v}, {even}, {d}",
            "smlad {d}, {u}, {odd}, {d}",
            "ldr {odd}, [{x}], #4",
            "ldrd {t}, {u}, [{w}, #{row}]",
            "sxtb16 {even}, {odd}",
            "sxtb16 {odd}, {odd}, ror #8",
            "sxtb16 {v}, {t}",
            "sxtb16 {t}, {t}, ror #8",
            "smlad {a}, {v}, {even}, {a}",
            "sxtb16 {v}, {u}",
            "smlad {a}, {t}, {odd}, {a}",
            "sxtb16 {u}, {u}, ror #8",
            "smlad {b}, {v}, {even}, {b}",
            "smlad {b}, {u}, {odd}, {b}",
            "ldrd {t}, {u}, [{w}, #{row} + 8]",
            "subs {n}, {n}, #1",
            "sxtb16 {v}, {t}",
            "sxtb16 {t}, {t}, ror #8",
            "smlad {c}, {v}, {even}, {c}",
            "sxtb16 {v}, {u}",
            "smlad {c}, {t}, {odd}, {c}",
            "sxtb16 {u}, {u}, ror #8",
            "smlad {d}, {v}, {even}, {d}",
            "smlad {d}, {u}, {odd}, {d}",
            "add {w}, {w}, #{two_rows}",
            "bne 2b",
            row = const { size_of::<[ByteLine; G]>() },
            two_rows = const { 2 * size_of::<[ByteLine; G]>() },
            w = inout(reg) weights => _,
            x = inout(reg) inputs.as_ptr() => _,
            n = inout(reg) pairs => _,
            a = inout(reg) a, b = inout(reg) b, c = inout(reg) c, d = inout(reg) d,
            even = out(reg) _, odd = out(reg) _, t = out(reg) _, u = out(reg) _, v = out(reg) _,
            options(readonly, nostack)
        );
    }
    [a, b, c, d]
}

/// The sum and four products.
#[inline(always)]
fn plus(sum: i32, weights: [i8; TOGETHER], [even, odd]: [u32; 2]) -> i32 {
    let [weights_even, weights_odd] = halves(weights);
    smlad(weights_odd, odd, smlad(weights_even, even, sum))
}

/// Four bytes, widened to 16 bits: the first and third, the second and fourth.
#[inline(always)]
fn halves(bytes: [i8; TOGETHER]) -> [u32; 2] {
    let bytes = u32::from_le_bytes(bytes.map(|byte| byte as u8));
    let (even, odd): (u32, u32);
    // SAFETY: the instructions are there on every core of the target; they touch their registers only.
    unsafe {
        asm!("sxtb16 {}, {}", lateout(reg) even, in(reg) bytes,
            options(pure, nomem, nostack, preserves_flags));
        asm!("sxtb16 {}, {}, ror #8", lateout(reg) odd, in(reg) bytes,
            options(pure, nomem, nostack, preserves_flags));
    }
    [even, odd]
}

/// `sum` and the products of the lower and of the upper halves.
#[inline(always)]
fn smlad(a: u32, b: u32, mut sum: i32) -> i32 {
    // SAFETY: as in `halves`. (The flag Q, which it may set, is sticky and read by nobody.)
    unsafe {
        asm!("smlad {sum}, {}, {}, {sum}", in(reg) a, in(reg) b, sum = inlateout(reg) sum,
            options(pure, nomem, nostack, preserves_flags));
    }
    sum
}
