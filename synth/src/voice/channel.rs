//! What a channel remembers: its program, its controllers, its wheel.

use crate::controller as cc;
use crate::{U7, U14};
use musigan_score::Program;

/// The registered parameter that data entry sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Registered {
    None,
    Number(u8, u8),
}

/// The state of one channel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Channel {
    pub(crate) program: Program,
    pub(crate) modulation: f32,
    pub(crate) pressure: f32,
    pub(crate) volume: f32,
    pub(crate) expression: f32,
    /// −1 left to 1 right.
    pub(crate) pan: f32,
    pub(crate) sustain: bool,
    pub(crate) sostenuto: bool,
    pub(crate) soft: bool,
    /// Octaves by which the filter is opened.
    pub(crate) brightness: f32,
    pub(crate) reverb: f32,
    pub(crate) chorus: f32,
    wheel: f32,
    /// Semitones of the wheel's whole way.
    bend_range: f32,
    /// Semitones of coarse and fine tuning.
    tuning: (f32, f32),
    selected: Registered,
}

impl Channel {
    /// The power-on state of General MIDI.
    pub(crate) fn new(program: Program) -> Self {
        Self {
            program,
            modulation: 0.0,
            pressure: 0.0,
            volume: 100.0 / 127.0,
            expression: 1.0,
            pan: 0.0,
            sustain: false,
            sostenuto: false,
            soft: false,
            brightness: 0.0,
            reverb: 40.0 / 127.0,
            chorus: 0.0,
            wheel: 0.0,
            bend_range: 2.0,
            tuning: (0.0, 0.0),
            selected: Registered::None,
        }
    }

    /// Semitones by which wheel and tuning move the pitch.
    pub(crate) fn bend(&self) -> f32 {
        self.wheel * self.bend_range + self.tuning.0 + self.tuning.1
    }

    /// The gain of volume and expression: 40 dB per decade, as General MIDI recommends.
    pub(crate) fn gain(&self) -> f32 {
        let g = self.volume * self.expression;
        g * g
    }

    /// The wheel moves.
    pub(crate) fn set_wheel(&mut self, value: U14) {
        self.wheel = value.bipolar();
    }

    /// A controller moves. Pedals and the channel-mode messages also concern voices; the bank
    /// sees to that.
    pub(crate) fn control(&mut self, controller: U7, value: U7) {
        let unit = value.unit();
        let down = value.get() >= 64;
        match controller.get() {
            cc::MODULATION => self.modulation = unit,
            cc::VOLUME => self.volume = unit,
            cc::EXPRESSION => self.expression = unit,
            cc::PAN => self.pan = ((f32::from(value.get()) - 64.0) / 63.0).max(-1.0),
            cc::SUSTAIN => self.sustain = down,
            cc::SOSTENUTO => self.sostenuto = down,
            cc::SOFT => self.soft = down,
            cc::BRIGHTNESS => self.brightness = (f32::from(value.get()) - 64.0) / 32.0,
            cc::REVERB => self.reverb = unit,
            cc::CHORUS => self.chorus = unit,
            cc::NRPN_FINE | cc::NRPN_COARSE => self.selected = Registered::None,
            cc::RPN_FINE | cc::RPN_COARSE => self.select(controller.get(), value.get()),
            cc::DATA_ENTRY => self.enter(f32::from(value.get()), true),
            cc::DATA_ENTRY_FINE => self.enter(f32::from(value.get()), false),
            cc::RESET_CONTROLLERS => self.reset_controllers(),
            _ => {}
        }
    }

    fn select(&mut self, controller: u8, value: u8) {
        let (coarse, fine) = match self.selected {
            Registered::Number(coarse, fine) => (coarse, fine),
            Registered::None => (127, 127),
        };
        self.selected = if controller == cc::RPN_COARSE {
            Registered::Number(value, fine)
        } else {
            Registered::Number(coarse, value)
        };
    }

    fn enter(&mut self, value: f32, coarse: bool) {
        match (self.selected, coarse) {
            (Registered::Number(0, 0), true) => {
                self.bend_range =
                    value.min(24.0) + (self.bend_range - libm::floorf(self.bend_range));
            }
            (Registered::Number(0, 0), false) => {
                self.bend_range = libm::floorf(self.bend_range) + value.min(99.0) / 100.0;
            }
            (Registered::Number(0, 1), true) => self.tuning.1 = (value - 64.0) / 64.0,
            (Registered::Number(0, 2), true) => self.tuning.0 = value - 64.0,
            _ => {}
        }
    }

    /// CC 121, after the recommended practice RP-015: volume, pan, program, effects and the
    /// registered values stay.
    fn reset_controllers(&mut self) {
        let fresh = Self::new(self.program);
        *self = Self {
            volume: self.volume,
            pan: self.pan,
            reverb: self.reverb,
            chorus: self.chorus,
            brightness: self.brightness,
            bend_range: self.bend_range,
            tuning: self.tuning,
            ..fresh
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(channel: &mut Channel, controller: u8, value: u8) {
        channel.control(U7::new(controller), U7::new(value));
    }

    #[test]
    fn rpn_zero_is_the_bend_range() {
        let mut c = Channel::new(Program::MUSIC_BOX);
        c.set_wheel(U14::new(16_383));
        assert!((c.bend() - 2.0).abs() < 1e-6);
        set(&mut c, cc::RPN_COARSE, 0);
        set(&mut c, cc::RPN_FINE, 0);
        set(&mut c, cc::DATA_ENTRY, 12);
        set(&mut c, cc::DATA_ENTRY_FINE, 50);
        assert!((c.bend() - 12.5).abs() < 1e-5);
        set(&mut c, cc::RPN_COARSE, 127);
        set(&mut c, cc::RPN_FINE, 127);
        set(&mut c, cc::DATA_ENTRY, 1);
        assert!((c.bend() - 12.5).abs() < 1e-5, "the null parameter takes no data");
    }

    #[test]
    fn resetting_controllers_keeps_volume_and_pan() {
        let mut c = Channel::new(Program::from_data(5));
        set(&mut c, cc::VOLUME, 50);
        set(&mut c, cc::SUSTAIN, 127);
        set(&mut c, cc::EXPRESSION, 3);
        set(&mut c, cc::RESET_CONTROLLERS, 0);
        assert!(!c.sustain && c.expression == 1.0 && c.program.number() == 5);
        assert!((c.volume - 50.0 / 127.0).abs() < 1e-6);
    }
}
