//! White noise from a linear congruence: the same on every machine.

/// The congruence of Numerical Recipes.
pub(crate) const MULTIPLIER: u32 = 1_664_525;
pub(crate) const INCREMENT: u32 = 1_013_904_223;

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
}
