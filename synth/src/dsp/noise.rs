//! White noise from a linear congruence: the same on every machine.

use crate::lanes::LANES;
use crate::simd::Simd;

/// The congruence of Numerical Recipes.
const MULTIPLIER: u32 = 1_664_525;
const INCREMENT: u32 = 1_013_904_223;

/// What the congruence does in 1 to 8 steps: factors and increments.
pub(crate) const AHEAD: [[u32; LANES]; 2] = {
    let mut ahead = [[0; LANES]; 2];
    let (mut factor, mut increment, mut i) = (1_u32, 0_u32, 0);
    while i < LANES {
        factor = factor.wrapping_mul(MULTIPLIER);
        increment = increment.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT);
        ahead[0][i] = factor;
        ahead[1][i] = increment;
        i += 1;
    }
    ahead
};

/// The state in which a stream begins; different seeds are unrelated for the ear.
pub(crate) fn seeded(seed: u32) -> u32 {
    seed.wrapping_mul(0x9E37_79B9) ^ 0x85EB_CA6B
}

/// A stream of white noise.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noise(u32);

impl Noise {
    /// A stream; see [`seeded`].
    pub(crate) fn new(seed: u32) -> Self {
        Self(seeded(seed))
    }

    /// The next sample, −1 to 1, even distribution (RMS 0.577).
    #[inline(always)]
    pub(crate) fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT);
        self.0 as i32 as f32 * (1.0 / 2_147_483_648.0)
    }

    /// The next eight samples.
    #[inline(always)]
    pub(crate) fn eight<V: Simd>(&mut self) -> V {
        let [factors, increments] = AHEAD.each_ref().map(V::int_load);
        let states = V::int_add(V::int_mul(V::int(self.0), factors), increments);
        self.0 = self.0.wrapping_mul(AHEAD[0][LANES - 1]).wrapping_add(AHEAD[1][LANES - 1]);
        V::of_int(states) * V::splat(1.0 / 2_147_483_648.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Portable;

    #[test]
    fn eight_at_once_are_eight_in_turn() {
        let (mut one, mut eight) = (Noise::new(3), Noise::new(3));
        for _ in 0..100 {
            let mut x = [0.0; LANES];
            eight.eight::<Portable>().store(&mut x);
            assert_eq!(x, [(); LANES].map(|()| one.next()));
        }
    }
}
