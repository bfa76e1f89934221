//! Ticks to frames at the present tempo, exactly.

/// Default tempo of MIDI and of the composer: 120 beats per minute, in µs per quarter note.
pub const DEFAULT_TEMPO: u32 = 500_000;

/// A clock that turns frames into ticks without ever rounding.
///
/// One frame is worth `10⁶ · ticks_per_quarter` units and one tick
/// `sample_rate · tempo` units; both are integers, so a week of playing is as exact as its first
/// second. At a tempo change the part of the tick that has passed is kept, to one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transport {
    sample_rate: u32,
    ticks_per_quarter: u32,
    tempo: u32,
    tick: u64,
    /// Units passed of the present tick, below `units_per_tick`.
    phase: u64,
}

impl Transport {
    /// A clock at tick 0 and 120 beats per minute.
    ///
    /// `sample_rate` is in Hz, `ticks_per_quarter` is 24 from the composer and any PPQ from a
    /// file; a zero counts as one.
    #[must_use]
    pub fn new(sample_rate: u32, ticks_per_quarter: u32) -> Self {
        Self {
            sample_rate: sample_rate.max(1),
            ticks_per_quarter: ticks_per_quarter.max(1),
            tempo: DEFAULT_TEMPO,
            tick: 0,
            phase: 0,
        }
    }

    /// The tick that is passing now.
    #[must_use]
    pub fn tick(&self) -> u64 {
        self.tick
    }

    /// How much of the present tick has passed, 0 to 1.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        self.phase as f64 / self.units_per_tick() as f64
    }

    /// The present tempo in µs per quarter note.
    #[must_use]
    pub fn tempo(&self) -> u32 {
        self.tempo
    }

    /// Changes the tempo from now on, in µs per quarter note; zero counts as one.
    ///
    /// # Real-time
    /// A division; safe in the callback.
    pub fn set_tempo(&mut self, micros_per_quarter: u32) {
        let before = u128::from(self.units_per_tick());
        self.tempo = micros_per_quarter.max(1);
        let after = u128::from(self.units_per_tick());
        self.phase = u64::try_from(u128::from(self.phase) * after / before).unwrap_or(u64::MAX);
    }

    /// Frames from now until the first frame at or after the beginning of `tick`; 0 if it has
    /// begun.
    ///
    /// # Real-time
    /// A multiplication and a division; safe in the callback.
    #[must_use]
    pub fn frames_until(&self, tick: u64) -> u64 {
        if tick <= self.tick {
            return 0;
        }
        let units = u128::from(tick - self.tick) * u128::from(self.units_per_tick())
            - u128::from(self.phase);
        u64::try_from(units.div_ceil(u128::from(self.units_per_frame()))).unwrap_or(u64::MAX)
    }

    /// Lets `frames` pass.
    ///
    /// # Real-time
    /// A division; safe in the callback.
    pub fn advance(&mut self, frames: u64) {
        let units =
            u128::from(self.phase) + u128::from(frames) * u128::from(self.units_per_frame());
        let per_tick = u128::from(self.units_per_tick());
        let ticks = units / per_tick;
        self.tick = self.tick.saturating_add(u64::try_from(ticks).unwrap_or(u64::MAX));
        self.phase = u64::try_from(units - ticks * per_tick).unwrap_or(0);
    }

    /// Back to tick 0; the tempo stays.
    pub fn reset(&mut self) {
        self.tick = 0;
        self.phase = 0;
    }

    fn units_per_tick(&self) -> u64 {
        u64::from(self.sample_rate) * u64::from(self.tempo)
    }

    fn units_per_frame(&self) -> u64 {
        1_000_000 * u64::from(self.ticks_per_quarter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_week_is_exact() {
        let mut clock = Transport::new(44_100, 24);
        clock.set_tempo(461_538);
        let week = 7 * 24 * 3_600 * 44_100_u64;
        let mut whole = clock;
        whole.advance(week);
        let mut left = week;
        while left > 0 {
            let step = left.min(99_991 * 64);
            clock.advance(step);
            left -= step;
        }
        assert_eq!(clock, whole);
        // 24 ticks of 461,538 µs per quarter: ticks = seconds · 10⁶ · 24 / 461538.
        assert_eq!(clock.tick(), 604_800 * 1_000_000 * 24 / 461_538);
    }

    proptest! {
        #[test]
        fn frames_until_is_the_first_frame_of_the_tick(
            rate in 8_000_u32..192_000, ppq in 1_u32..2_000, tempo in 1_000_u32..4_000_000,
            lead in 0_u64..100_000, ahead in 1_u64..10_000,
        ) {
            let mut clock = Transport::new(rate, ppq);
            clock.set_tempo(tempo);
            clock.advance(lead);
            let goal = clock.tick() + ahead;
            let frames = clock.frames_until(goal);
            prop_assert!(frames > 0);
            let mut before = clock;
            before.advance(frames - 1);
            prop_assert!(before.tick() < goal);
            clock.advance(frames);
            prop_assert!(clock.tick() >= goal);
        }

        #[test]
        fn a_tempo_change_keeps_the_place(
            lead in 0_u64..1_000_000, tempo in 10_000_u32..4_000_000,
        ) {
            let mut clock = Transport::new(48_000, 480);
            clock.advance(lead);
            let tick = clock.tick();
            clock.set_tempo(tempo);
            prop_assert_eq!(clock.tick(), tick);
            prop_assert!(clock.frames_until(tick + 1) <= 1 + u64::from(tempo) / 10_000);
        }
    }
}
