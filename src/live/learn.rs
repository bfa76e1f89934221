use std::str::FromStr;

use musigan_score::events::Density;

/// What a controller may turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dial {
    /// How adventurous: 0 to 2.
    Temperature,
    /// How much happens in each bar: 0 to 7.
    Density,
    /// How fast: 50 to 200 % of the tempo, 64 as it is.
    Speed,
    /// How loud.
    Volume,
}

/// A controller and what it turns, written `21=temperature`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learned {
    /// The controller's number, 0 to 127.
    pub controller: u8,
    /// What it turns.
    pub dial: Dial,
}

/// What a dial was turned to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Turned {
    Temperature(f32),
    Density(Option<Density>),
    /// In percent.
    Speed(u32),
    Volume(f32),
}

impl Dial {
    /// Where a value, 0 to 127, puts it.
    pub(super) fn at(self, value: u8) -> Turned {
        let unit = f32::from(value.min(127)) / 127.0;
        match self {
            Self::Temperature => Turned::Temperature(2.0 * unit),
            Self::Density => Turned::Density(Density::new(value.min(127) / 16)),
            // Twice as fast is as far from the middle as half as fast.
            Self::Speed => {
                let octaves = (f32::from(value.min(127)) - 64.0) / 63.5;
                Turned::Speed((100.0 * octaves.clamp(-1.0, 1.0).exp2()).round() as u32)
            }
            Self::Volume => Turned::Volume(unit * unit),
        }
    }
}

impl FromStr for Learned {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = || {
            format!(
                "{text:?} is no mapping: write a controller (0 to 127) and one of temperature, \
                 density, speed, volume, such as 21=temperature"
            )
        };
        let (controller, dial) = text.split_once('=').ok_or_else(wanted)?;
        let controller = controller
            .trim()
            .parse()
            .ok()
            .filter(|&number: &u8| number < 128)
            .ok_or_else(wanted)?;
        let dial = match dial.trim() {
            "temperature" => Dial::Temperature,
            "density" => Dial::Density,
            "speed" => Dial::Speed,
            "volume" => Dial::Volume,
            _ => return Err(wanted()),
        };
        Ok(Self { controller, dial })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_are_read_and_others_explained() {
        let learned = "21=temperature".parse();
        assert_eq!(learned, Ok(Learned { controller: 21, dial: Dial::Temperature }));
        for wrong in ["", "21", "128=speed", "x=speed", "3=pitch", "-1=volume"] {
            assert!(wrong.parse::<Learned>().unwrap_err().contains("such as"));
        }
    }

    #[test]
    fn the_middle_of_the_speed_is_the_tempo() {
        assert_eq!(Dial::Speed.at(64), Turned::Speed(100));
        assert_eq!(
            (Dial::Speed.at(0), Dial::Speed.at(127)),
            (Turned::Speed(50), Turned::Speed(199))
        );
        assert_eq!(Dial::Volume.at(127), Turned::Volume(1.0));
        assert_eq!(Dial::Density.at(127), Turned::Density(Density::new(7)));
    }
}
