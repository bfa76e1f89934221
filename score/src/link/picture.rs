//! What a part hears of the others.

/// A moment of the other parts, as a set of features, each there or not.
///
/// | features | from | what |
/// |---|---|---|
/// | 12 | 0 | pitch classes that sound |
/// | 12 | 12 | pitch classes that begin at this very moment |
/// | 12 | 24 | pitch classes that sounded in the last quarter note, those that sound included |
/// | 12 | 36 | the same in the last four quarters |
/// | 88 | 48 | the highest key that sounds; where none does, the highest of the last quarter |
/// | 88 | 136 | the lowest key, likewise |
/// | 6 | 224 | how many keys sound: none, 1, 2, 3, 4, more |
/// | 10 | 230 | how much longer the highest sounds, in [`Picture::LASTING`] |
///
/// Percussion is not in it. What has just ended is: where an accompaniment moves in short notes, a part
/// that speaks before it at a moment would else hear silence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Picture([u64; 4]);

/// A key that sounds or sounded, as a picture is made of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sounding {
    /// 0 to 127.
    pub(super) key: u8,
    /// Whether it begins at this moment.
    pub(super) begins: bool,
    /// Ticks until it ends; 0 and less where it has ended, so long ago.
    pub(super) left: i16,
}

/// How long ago, in ticks, what ended is still in a picture.
pub(super) const MEMORY: u16 = 96;
/// The same for what counts as just ended.
const RECENT: i16 = 24;

impl Picture {
    /// Features in all.
    pub const FEATURES: usize = 240;
    /// Where the pitch classes that sound begin, twelve of them.
    pub const SOUNDING: usize = 0;
    /// Nothing is said about the others: no feature at all, not even that they are silent.
    pub const NONE: Self = Self([0; 4]);
    /// The longest time, in ticks, of each class of how much longer a key sounds but the last.
    pub const LASTING: [i16; 9] = [3, 6, 9, 12, 18, 24, 36, 48, 96];

    const BEGINNING: usize = 12;
    const RECENTLY: usize = 24;
    const BEFORE: usize = 36;
    const HIGHEST: usize = 48;
    const LOWEST: usize = 136;
    const COUNT: usize = 224;
    const LEFT: usize = 230;
    /// The lowest and the highest key that has a feature; others count as these.
    const KEYS: (u8, u8) = (21, 108);

    /// The picture of these keys.
    pub(super) fn of(sounding: impl Iterator<Item = Sounding>) -> Self {
        let mut picture = Self::NONE;
        // Of what sounds, and of what sounded in the last quarter.
        let (mut now, mut recent) = (Extremes::default(), Extremes::default());
        let mut count = 0;
        for note in sounding {
            let class = usize::from(note.key % 12);
            picture.add(Self::BEFORE + class);
            if note.left > -RECENT {
                picture.add(Self::RECENTLY + class);
                recent.add(note);
            }
            if note.left > 0 {
                count += 1;
                picture.add(Self::SOUNDING + class);
                now.add(note);
            }
            if note.begins {
                picture.add(Self::BEGINNING + class);
            }
        }
        picture.add(Self::COUNT + usize::min(count, 5));
        let place = |key: u8| usize::from(key.clamp(Self::KEYS.0, Self::KEYS.1) - Self::KEYS.0);
        if let Some((lowest, highest)) = now.0.or(recent.0) {
            picture.add(Self::HIGHEST + place(highest.key));
            picture.add(Self::LOWEST + place(lowest.key));
        }
        if let Some((_, highest)) = now.0 {
            let left = Self::LASTING.iter().take_while(|&&limit| highest.left > limit).count();
            picture.add(Self::LEFT + left);
        }
        picture
    }

    /// The features that are there, in ascending order; at most 52.
    pub fn features(self) -> impl Iterator<Item = usize> {
        (0..4).zip(self.0).flat_map(|(word, mut bits)| {
            core::iter::from_fn(move || {
                let bit = bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
                (bit < u64::BITS).then_some(word * 64 + bit as usize)
            })
        })
    }

    /// Whether a feature is there.
    pub const fn has(self, feature: usize) -> bool {
        feature < Self::FEATURES && self.0[feature / 64] >> (feature % 64) & 1 != 0
    }

    fn add(&mut self, feature: usize) {
        self.0[feature / 64] |= 1 << (feature % 64);
    }
}

/// The lowest and the highest key; of several highest, the one that sounds longest.
#[derive(Default)]
struct Extremes(Option<(Sounding, Sounding)>);

impl Extremes {
    fn add(&mut self, note: Sounding) {
        let (lowest, highest) = self.0.unwrap_or((note, note));
        let higher = (highest.key, highest.left) < (note.key, note.left);
        self.0 = Some((
            if note.key < lowest.key { note } else { lowest },
            if higher { note } else { highest },
        ));
    }
}

#[cfg(test)]
mod tests {
    extern crate alloc;
    use alloc::vec::Vec;

    use super::*;

    fn features(notes: &[Sounding]) -> Vec<usize> {
        Picture::of(notes.iter().copied()).features().collect()
    }

    #[test]
    fn a_picture_tells_what_sounds_and_what_did() {
        let c = Sounding { key: 48, begins: false, left: 30 };
        let e = Sounding { key: 76, begins: true, left: 3 };
        let g = Sounding { key: 79, begins: false, left: 0 };
        let far = Sounding { key: 90, begins: false, left: -30 };
        let recent = [24, 24 + 4, 24 + 7];
        let before = [36, 36 + 4, 36 + 6, 36 + 7];
        let keys = [48 + 76 - 21, 136 + 48 - 21];
        let wanted = [&[0, 4, 12 + 4][..], &recent, &before, &keys, &[226, 230]].concat();
        assert_eq!(features(&[c, e, g, far]), wanted);
        // Where nothing sounds, what has just ended stands for it.
        let wanted = [24 + 7, 36 + 6, 36 + 7, 48 + 79 - 21, 136 + 79 - 21, 224];
        assert_eq!(features(&[g, far]), wanted);
        assert_eq!(features(&[]), [224]);
        assert_eq!(Picture::NONE.features().count(), 0);
    }

    #[test]
    fn extremes_have_features_too() {
        let all: Vec<_> =
            (0..=127).map(|key| Sounding { key, begins: true, left: i16::MAX }).collect();
        assert_eq!(features(&all).len(), 52);
        let picture = Picture::of(all.into_iter());
        assert!(picture.has(Picture::FEATURES - 1) && !picture.has(Picture::FEATURES));
    }
}
