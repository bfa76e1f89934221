//! Scales: which notes of an octave may sound.

use musigan_score::Pitch;

/// A set of the twelve pitch classes, counted from a tonic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scale(u16);

impl Scale {
    /// All twelve: no restriction.
    pub const CHROMATIC: Self = Self(0xfff);

    /// Every scale that has a name here, in the order in which a dial shows them.
    pub const NAMED: [(&str, Self); 14] = [
        ("chromatic", Self::CHROMATIC),
        ("major", Self::of(&[0, 2, 4, 5, 7, 9, 11])),
        ("minor", Self::of(&[0, 2, 3, 5, 7, 8, 10])),
        ("harmonic-minor", Self::of(&[0, 2, 3, 5, 7, 8, 11])),
        ("melodic-minor", Self::of(&[0, 2, 3, 5, 7, 9, 11])),
        ("dorian", Self::of(&[0, 2, 3, 5, 7, 9, 10])),
        ("phrygian", Self::of(&[0, 1, 3, 5, 7, 8, 10])),
        ("lydian", Self::of(&[0, 2, 4, 6, 7, 9, 11])),
        ("mixolydian", Self::of(&[0, 2, 4, 5, 7, 9, 10])),
        ("pentatonic", Self::of(&[0, 2, 4, 7, 9])),
        ("minor-pentatonic", Self::of(&[0, 3, 5, 7, 10])),
        ("blues", Self::of(&[0, 3, 5, 6, 7, 10])),
        ("whole-tone", Self::of(&[0, 2, 4, 6, 8, 10])),
        ("octatonic", Self::of(&[0, 2, 3, 5, 6, 8, 9, 11])),
    ];

    /// The tonic and the notes so many semitones above it, whole octaves left out.
    pub const fn of(steps: &[u8]) -> Self {
        let (mut set, mut at) = (1, 0);
        while at < steps.len() {
            set |= 1 << (steps[at] % 12);
            at += 1;
        }
        Self(set)
    }

    /// The scale of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(known, _)| *known == name).map(|&(_, scale)| scale)
    }

    /// Its name, if it has one.
    pub fn name(self) -> Option<&'static str> {
        Self::NAMED.iter().find(|&&(_, known)| known == self).map(|&(name, _)| name)
    }

    /// Whether the pitch is one of its notes over `tonic`, a pitch class from 0 for C.
    pub const fn contains(self, pitch: Pitch, tonic: u8) -> bool {
        self.0 >> ((pitch.class() + 12 - tonic % 12) % 12) & 1 == 1
    }
}

impl Default for Scale {
    fn default() -> Self {
        Self::CHROMATIC
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d_dorian_is_the_white_keys() {
        let dorian = Scale::named("dorian").unwrap_or_default();
        let keys = (60..72).filter(|&key| dorian.contains(Pitch::from_data(key), 2));
        assert!(keys.eq([60, 62, 64, 65, 67, 69, 71]));
        assert_eq!(dorian.name(), Some("dorian"));
    }

    #[test]
    fn names_are_found_again() {
        for (name, scale) in Scale::NAMED {
            assert_eq!(Scale::named(name).and_then(Scale::name), scale.name());
            assert!((0..128).all(|key| key % 12 != 5 || scale.contains(Pitch::from_data(key), 5)));
        }
        assert_eq!(Scale::named("major minor"), None);
    }
}
