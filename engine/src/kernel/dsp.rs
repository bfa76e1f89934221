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
    fn add_rows<const G: usize>(
        all: &mut [Self; G],
        rows: &[[ByteLine; G]],
        inputs: &[[i8; TOGETHER]],
        groups: u32,
    ) {
        for (rows, inputs) in rows.chunks(AT_ONCE).zip(inputs.chunks(AT_ONCE)) {
            // All sums take the same inputs: they are widened once.
            let mut wide = [[0; 2]; AT_ONCE];
            for (wide, &inputs) in wide.iter_mut().zip(inputs) {
                *wide = halves(inputs);
            }
            let len = rows.len().min(inputs.len());
            let (Some(rows), Some(wide)) = (rows.get(..len), wide.get(..len)) else { continue };
            for (group, sums) in all.iter_mut().enumerate() {
                if groups >> group & 1 == 0 {
                    continue;
                }
                for (quarter, sums) in sums.0.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                    four(sums, rows, wide, group, quarter);
                }
            }
        }
    }
}

/// Rows whose inputs are widened at a time.
const AT_ONCE: usize = 32;

/// Adds to a quarter of a group's sums; there are as many rows as inputs.
#[inline(always)]
fn four<const G: usize>(
    sums: &mut [i32; 4],
    rows: &[[ByteLine; G]],
    inputs: &[[u32; 2]],
    group: usize,
    quarter: usize,
) {
    debug_assert!(group < G && quarter < LANES / 4 && rows.len() == inputs.len());
    let pairs = rows.len() / 2;
    if pairs > 0 {
        let first = (group * LANES + 4 * quarter) * TOGETHER;
        let weights = rows.as_ptr().cast::<u8>().wrapping_add(first);
        // SAFETY: group and quarter are those of a row, and there are so many rows and inputs.
        unsafe { pairs_of_rows::<G>(sums, weights, inputs.as_ptr(), pairs) }
    }
    if !rows.len().is_multiple_of(2)
        && let (Some(row), Some(&inputs)) = (rows.last(), inputs.last())
        && let Some(weights) = row.get(group).and_then(|line| line.as_chunks::<4>().0.get(quarter))
    {
        for (sum, &weights) in sums.iter_mut().zip(weights) {
            *sum = plus(*sum, weights, inputs);
        }
    }
}

/// Adds the products of the first `2 * pairs` rows; `pairs` is not 0.
///
/// 40 instructions for 32 products. The compiler, which holds back registers, spills some here.
///
/// # Safety
/// From `weights` on, `2 * pairs` times in steps of a row of `G` groups, are sixteen bytes of weights,
/// aligned to four; from `inputs` on as many inputs.
// Not inlined: it has all registers for itself, and is there once.
#[inline(never)]
unsafe fn pairs_of_rows<const G: usize>(
    [a, b, c, d]: &mut [i32; 4],
    weights: *const u8,
    inputs: *const [u32; 2],
    pairs: usize,
) {
    // SAFETY: it reads what the caller promises, and writes no memory.
    unsafe {
        asm!(
            "2:",
            "ldrd {even}, {odd}, [{x}], #8",
            "ldrd {t}, {u}, [{w}, #8]",
            "sxtb16 {v}, {t}",
            "sxtb16 {t}, {t}, ror #8",
            "smlad {c}, {v}, {even}, {c}",
            "sxtb16 {v}, {u}",
            "smlad {c}, {t}, {odd}, {c}",
            "sxtb16 {u}, {u}, ror #8",
            "smlad {d}, {v}, {even}, {d}",
            "smlad {d}, {u}, {odd}, {d}",
            "ldrd {t}, {u}, [{w}], #{row}",
            "sxtb16 {v}, {t}",
            "sxtb16 {t}, {t}, ror #8",
            "smlad {a}, {v}, {even}, {a}",
            "sxtb16 {v}, {u}",
            "smlad {a}, {t}, {odd}, {a}",
            "sxtb16 {u}, {u}, ror #8",
            "smlad {b}, {v}, {even}, {b}",
            "smlad {b}, {u}, {odd}, {b}",
            "ldrd {even}, {odd}, [{x}], #8",
            "ldrd {t}, {u}, [{w}, #8]",
            "subs {n}, {n}, #1",
            "sxtb16 {v}, {t}",
            "sxtb16 {t}, {t}, ror #8",
            "smlad {c}, {v}, {even}, {c}",
            "sxtb16 {v}, {u}",
            "smlad {c}, {t}, {odd}, {c}",
            "sxtb16 {u}, {u}, ror #8",
            "smlad {d}, {v}, {even}, {d}",
            "smlad {d}, {u}, {odd}, {d}",
            "ldrd {t}, {u}, [{w}], #{row}",
            "sxtb16 {v}, {t}",
            "sxtb16 {t}, {t}, ror #8",
            "smlad {a}, {v}, {even}, {a}",
            "sxtb16 {v}, {u}",
            "smlad {a}, {t}, {odd}, {a}",
            "sxtb16 {u}, {u}, ror #8",
            "smlad {b}, {v}, {even}, {b}",
            "smlad {b}, {u}, {odd}, {b}",
            "bne 2b",
            row = const { size_of::<[ByteLine; G]>() },
            w = inout(reg) weights => _,
            x = inout(reg) inputs => _,
            n = inout(reg) pairs => _,
            a = inout(reg) *a, b = inout(reg) *b, c = inout(reg) *c, d = inout(reg) *d,
            even = out(reg) _, odd = out(reg) _, t = out(reg) _, u = out(reg) _, v = out(reg) _,
            options(readonly, nostack)
        );
    }
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
