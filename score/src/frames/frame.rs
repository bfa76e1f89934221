use crate::Pitch;
use core::ops::RangeInclusive;

/// The keys that a frame can hold: those of a piano, A0 to C8.
pub const KEYS: RangeInclusive<u8> = 21..=108;

/// A set of sounding keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Frame(u128);

impl Frame {
    /// Nothing sounds.
    pub const SILENT: Self = Self(0);

    /// The frame with one more key; `None` for a key outside [`KEYS`].
    #[must_use]
    pub fn with(self, pitch: Pitch) -> Option<Self> {
        KEYS.contains(&pitch.key()).then(|| Self(self.0 | 1 << pitch.key()))
    }

    /// Whether a key sounds.
    pub const fn contains(self, pitch: Pitch) -> bool {
        self.0 & (1 << pitch.key()) != 0
    }

    /// How many keys sound.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether nothing sounds.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The sounding keys, from the highest down.
    pub fn keys(self) -> impl Iterator<Item = Pitch> {
        KEYS.rev().map(Pitch::from_data).filter(move |&pitch| self.contains(pitch))
    }

    /// The frame some semitones higher or lower; `None` where a key leaves [`KEYS`].
    pub fn transposed(self, semitones: i8) -> Option<Self> {
        self.keys().try_fold(Self::SILENT, |frame, pitch| frame.with(pitch.transposed(semitones)?))
    }
}
