//! A slow sine, evaluated on the control grid.

use super::math::sin_turns;

/// A low-frequency oscillator.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lfo {
    phase: u32,
}

impl Lfo {
    /// An oscillator that starts at `turns` of its cycle.
    pub(crate) fn new(turns: f32) -> Self {
        Self { phase: (f64::from(turns) * 4_294_967_296.0) as u32 }
    }

    /// Advances by `seconds` at `hz` and returns −1 to 1.
    pub(crate) fn advance(&mut self, hz: f32, seconds: f32) -> f32 {
        self.phase = self.phase.wrapping_add((hz * seconds * 4_294_967_296.0) as u32);
        sin_turns(self.phase as i32 as f32 * (1.0 / 4_294_967_296.0))
    }
}
