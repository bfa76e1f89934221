use musigan_score::{Pitch, TICKS_PER_QUARTER};

/// What is made of a part beyond what is composed for it.
///
/// ```
/// use musigan_music::{Arrangement, Delay};
///
/// // An octave lower, in thirds, and once more two bars later.
/// let arrangement =
///     Arrangement { transpose: -12, double: Some(4), canon: Some(Delay::Bars(2)) };
/// assert_ne!(arrangement, Arrangement::PLAIN);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrangement {
    /// Semitones by which the part sounds higher than it is said, −36 to 36; percussion is not transposed.
    pub transpose: i8,
    /// Every note sounds a second time, so many semitones above, −36 to 36; percussion is not doubled.
    pub double: Option<i8>,
    /// The part, as it sounds, comes once more so much later.
    pub canon: Option<Delay>,
}

/// How much later a part comes once more. Whole quarters, so that what swings goes on swinging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// Bars of the metre of the moment, at most 8.
    Bars(u8),
    /// Quarters, at most 32.
    Quarters(u8),
}

impl Arrangement {
    /// As it is composed.
    pub const PLAIN: Self = Self { transpose: 0, double: None, canon: None };

    /// The widest transposition and the widest doubling, in semitones.
    pub const WIDEST: i8 = 36;

    /// This one within the ranges of its fields, without what makes no difference.
    #[must_use]
    pub(crate) fn within_ranges(self) -> Self {
        let narrow = |semitones: i8| semitones.clamp(-Self::WIDEST, Self::WIDEST);
        Self {
            transpose: narrow(self.transpose),
            double: self.double.map(narrow).filter(|&semitones| semitones != 0),
            canon: self.canon.map(Delay::within_range).filter(|delay| delay.ticks(1) != 0),
        }
    }

    /// What is left of it for strokes: they have no pitch that could be moved.
    #[must_use]
    pub(crate) const fn of_strokes(self) -> Self {
        Self { transpose: 0, double: None, ..self }
    }

    /// How a note of this pitch sounds.
    pub(crate) const fn sounding(self, said: Pitch) -> Pitch {
        moved(said, self.transpose)
    }

    /// How a note that sounds with this pitch sounds a second time.
    pub(crate) fn doubled(self, sounding: Pitch) -> Option<Pitch> {
        self.double.map(|semitones| moved(sounding, semitones))
    }
}

impl Delay {
    /// The longest, in bars and in quarters.
    pub const LONGEST: (u8, u8) = (8, 32);

    fn within_range(self) -> Self {
        match self {
            Self::Bars(bars) => Self::Bars(bars.min(Self::LONGEST.0)),
            Self::Quarters(quarters) => Self::Quarters(quarters.min(Self::LONGEST.1)),
        }
    }

    /// In ticks, where a bar has so many.
    pub(crate) fn ticks(self, bar_ticks: u32) -> u32 {
        match self {
            Self::Bars(bars) => u32::from(bars) * bar_ticks,
            Self::Quarters(quarters) => u32::from(quarters) * TICKS_PER_QUARTER,
        }
    }
}

/// A pitch moved by an interval, and by octaves where that leaves the keys that there are.
const fn moved(pitch: Pitch, semitones: i8) -> Pitch {
    /// The lowest key of the highest octave.
    const TOP: i16 = 116;
    let key = pitch.key() as i16 + semitones as i16;
    let key = match key {
        0..=127 => key,
        128.. => TOP + (key - TOP) % 12,
        _ => key.rem_euclid(12),
    };
    Pitch::from_data(key as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_last_key_it_is_the_nearest_octave() {
        for key in 0..128_u8 {
            for semitones in i8::MIN..=i8::MAX {
                let wanted = i16::from(key) + i16::from(semitones);
                let got = i16::from(moved(Pitch::from_data(key), semitones).key());
                assert_eq!((got - wanted) % 12, 0);
                let octave = (got - wanted).abs() / 12;
                let nearest = match wanted {
                    ..0 => (-wanted + 11) / 12,
                    0..128 => 0,
                    _ => (wanted - 127 + 11) / 12,
                };
                assert_eq!(octave, nearest, "{key} {semitones}");
            }
        }
    }

    #[test]
    fn what_is_out_of_range_is_held_within() {
        let wild =
            Arrangement { transpose: -128, double: Some(127), canon: Some(Delay::Bars(255)) };
        let held = Arrangement { transpose: -36, double: Some(36), canon: Some(Delay::Bars(8)) };
        assert_eq!(wild.within_ranges(), held);
        let nothing =
            Arrangement { transpose: 0, double: Some(0), canon: Some(Delay::Quarters(0)) };
        assert_eq!(nothing.within_ranges(), Arrangement::PLAIN);
    }
}
