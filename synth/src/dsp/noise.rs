//! White noise from a linear congruence: the same on every machine.

/// A stream of white noise.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noise(u32);

impl Noise {
    /// A stream; different seeds are unrelated for the ear.
    pub(crate) fn new(seed: u32) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9) ^ 0x85EB_CA6B)
    }

    /// The next sample, −1 to 1, even distribution (RMS 0.577).
    #[inline(always)]
    pub(crate) fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.0 as i32 as f32 * (1.0 / 2_147_483_648.0)
    }
}
