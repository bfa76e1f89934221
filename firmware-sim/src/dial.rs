//! From contacts and resistors to decisions: buttons that bounce, knobs that jitter.

/// A button as a finger means it: one press is one press.
#[derive(Clone, Copy, Debug, Default)]
pub struct Press {
    last: bool,
    down: bool,
}

impl Press {
    /// Takes a reading; `true` if it says that the button went down. A reading counts when the
    /// next one (some milliseconds later) agrees with it.
    pub fn read(&mut self, contact: bool) -> bool {
        let settled = contact == self.last;
        self.last = contact;
        let pressed = settled && contact && !self.down;
        if settled {
            self.down = contact;
        }
        pressed
    }
}

/// What a reading of a dial says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It points here now.
    To(u16),
    /// It jitters more than a hand can: from now on it is not followed.
    Frozen,
    /// It is at rest again, and points here.
    Thawed(u16),
}

/// A knob with hysteresis: noise does not move it, and one that is broken is left alone.
#[derive(Clone, Copy, Debug)]
pub struct Dial {
    /// Where it points to.
    value: u16,
    /// The last reading.
    last: u16,
    /// Which way it moved last.
    up: bool,
    /// Readings until the changes of direction are forgotten.
    window: u16,
    /// Changes of direction in this window.
    reversals: u16,
    /// Readings at rest since it was frozen; `None` if it is not.
    frozen: Option<u16>,
}

impl Dial {
    /// Readings (of 4,096) by which a knob must move to be followed: eight times the noise of a
    /// common converter.
    pub const HYSTERESIS: u16 = 32;
    /// Readings over which changes of direction are counted: about a second of half-buffers.
    const WINDOW: u16 = 150;
    /// More changes of direction in a window than a hand makes.
    const REVERSALS: u16 = 16;

    /// A dial that points to `value`.
    #[must_use]
    pub const fn new(value: u16) -> Self {
        Self { value, last: value, up: true, window: Self::WINDOW, reversals: 0, frozen: None }
    }

    /// Takes a reading; `None` if it changes nothing.
    pub fn read(&mut self, reading: u16) -> Option<Turn> {
        let calm = reading.abs_diff(self.last) <= Self::HYSTERESIS;
        self.last = reading;
        if let Some(rest) = &mut self.frozen {
            *rest = if calm { *rest + 1 } else { 0 };
            if *rest < Self::WINDOW {
                return None;
            }
            *self = Self::new(reading);
            return Some(Turn::Thawed(reading));
        }
        self.window = self.window.saturating_sub(1);
        if self.window == 0 {
            (self.window, self.reversals) = (Self::WINDOW, 0);
        }
        // The ends are reached although the hysteresis would keep them away.
        let end = (reading == 0 || reading >= crate::Knob::FULL) && reading != self.value;
        if reading.abs_diff(self.value) <= Self::HYSTERESIS && !end {
            return None;
        }
        let up = reading > self.value;
        if up != self.up {
            self.reversals += 1;
            if self.reversals > Self::REVERSALS {
                self.frozen = Some(0);
                return Some(Turn::Frozen);
            }
        }
        (self.value, self.up) = (reading, up);
        Some(Turn::To(reading))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    #[test]
    fn a_bouncing_press_is_one_press() {
        let mut press = Press::default();
        let bounce = [true, false, true, true, true, false, true, true, false, false, true, true];
        let presses = bounce.into_iter().filter(|&contact| press.read(contact)).count();
        assert_eq!(presses, 2);
    }

    #[test]
    fn a_knob_that_jitters_is_frozen_and_thaws_at_rest() {
        let mut dial = Dial::new(2_048);
        let wild: Vec<_> =
            (0..100).filter_map(|i| dial.read(if i % 2 == 0 { 500 } else { 3_500 })).collect();
        assert_eq!(wild.last(), Some(&Turn::Frozen));
        assert!(wild.len() <= 2 + usize::from(Dial::REVERSALS));
        let calm: Vec<_> = (0..400).filter_map(|_| dial.read(1_000)).collect();
        assert_eq!(calm, [Turn::Thawed(1_000)]);
        assert_eq!(dial.read(2_000), Some(Turn::To(2_000)));
    }

    #[test]
    fn both_ends_can_be_reached() {
        let mut dial = Dial::new(20);
        assert_eq!(dial.read(0), Some(Turn::To(0)));
        assert_eq!(dial.read(0), None);
        dial.read(4_070);
        assert_eq!(dial.read(4_095), Some(Turn::To(4_095)));
    }

    proptest! {
        #[test]
        fn noise_does_not_move_it(at in 40_u16..4_000, noise in prop::collection::vec(-16_i16..=16, 500)) {
            let mut dial = Dial::new(at);
            for n in noise {
                prop_assert_eq!(dial.read(at.saturating_add_signed(n)), None);
            }
        }

        #[test]
        fn a_hand_is_followed(way in prop::collection::vec(0_u16..4_096, 1..12)) {
            // A turn here and there, at rest in between.
            let mut dial = Dial::new(way[0]);
            for stop in way {
                for _ in 0..40 {
                    dial.read(stop);
                }
                prop_assert!(dial.value.abs_diff(stop) <= Dial::HYSTERESIS);
            }
        }
    }
}
