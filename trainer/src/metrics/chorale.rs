//! What four voices do with each other: chords, holds, parallels.

use super::piece::Piece;

/// Ticks of a frame: a sixteenth.
const FRAME: u32 = 6;
/// Pitch classes of a triad above its root: major, minor, diminished, augmented.
const TRIADS: [u16; 4] = [0b1001_0001, 0b1000_1001, 0b100_1001, 0b1_0001_0001];

/// Four voices, sixteenth by sixteenth: the key that each sings, if any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voices(Vec<[Option<u8>; 4]>);

impl Voices {
    /// The voices of a piece of exactly four parts, each of which sings one note at a time; `None` of
    /// any other piece.
    pub fn of(piece: &Piece) -> Option<Self> {
        let mut parts: Vec<_> = piece.pitched().map(|note| note.part).collect();
        parts.sort_unstable();
        parts.dedup();
        let parts: [_; 4] = parts.try_into().ok()?;
        let mut frames = vec![[None; 4]; piece.end().div_ceil(FRAME) as usize];
        let mut free = [0; 4];
        for note in piece.pitched() {
            let voice = parts.iter().position(|&part| part == note.part)?;
            if note.onset.0 < std::mem::replace(&mut free[voice], note.end().0) {
                return None;
            }
            // What sounds at a frame's beginning is sung in it.
            let sung = note.onset.0.div_ceil(FRAME)..note.end().0.div_ceil(FRAME);
            for frame in &mut frames[sung.start as usize..sung.end as usize] {
                frame[voice] = Some(note.pitch.key());
            }
        }
        Some(Self(frames))
    }

    /// Share of the frames in which all four sing that are triads: major, minor, diminished or
    /// augmented, in any position.
    pub fn triads(&self) -> f64 {
        let (mut all, mut triads) = (0_u32, 0_u32);
        for frame in &self.0 {
            let [Some(a), Some(b), Some(c), Some(d)] = *frame else { continue };
            let classes = [a, b, c, d].iter().fold(0_u16, |set, key| set | 1 << (key % 12));
            let above = |root: u32| (classes >> root | classes << (12 - root)) & 0xfff;
            all += 1;
            triads += u32::from((0..12).any(|root| TRIADS.contains(&above(root))));
        }
        f64::from(triads) / f64::from(all)
    }

    /// Share of the notes, one for each voice and frame, that are the ones of the frame before.
    pub fn holds(&self) -> f64 {
        let (mut all, mut holds) = (0_u32, 0_u32);
        for (before, now) in self.0.iter().zip(self.0.iter().skip(1)) {
            for pair in
                before.iter().zip(now).filter_map(|(before, now)| Some((*before)? == (*now)?))
            {
                all += 1;
                holds += u32::from(pair);
            }
        }
        f64::from(holds) / f64::from(all)
    }

    /// Parallel fifths and octaves (unisons too): of a thousand pairs of voices that both move, those
    /// that move in the same direction and stay as many semitones apart, a fifth or an octave beside
    /// whole octaves.
    pub fn parallels(&self) -> [f64; 2] {
        let (mut moving, mut parallel) = (0_u32, [0_u32; 2]);
        for (before, now) in self.0.iter().zip(self.0.iter().skip(1)) {
            for (one, other) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
                let voice = |at: usize| Some((i16::from(before[at]?), i16::from(now[at]?)));
                let (Some(a), Some(b)) = (voice(one), voice(other)) else { continue };
                if a.0 == a.1 || b.0 == b.1 {
                    continue;
                }
                moving += 1;
                let together = (a.1 - a.0) * (b.1 - b.0) > 0 && a.0 - b.0 == a.1 - b.1;
                match (a.0 - b.0).rem_euclid(12) {
                    7 if together && a.0 > b.0 => parallel[0] += 1,
                    5 if together && a.0 < b.0 => parallel[0] += 1,
                    0 if together => parallel[1] += 1,
                    _ => {}
                }
            }
        }
        parallel.map(|count| 1000.0 * f64::from(count) / f64::from(moving))
    }
}
