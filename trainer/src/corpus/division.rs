//! What a file's tick is, and how it becomes a score's.

use musigan_score::TICKS_PER_QUARTER;

/// The meaning of a file's ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Division {
    /// So many ticks to the quarter note, not 0.
    Quarter(u16),
    /// A tick is `frames / ticks` of a second (SMPTE time).
    Seconds {
        /// Ticks in `frames` seconds; not 0.
        ticks: u32,
        /// 1, or 1001 for the 30 frames in 1.001 seconds of "29.97".
        frames: u32,
    },
}

/// Microseconds to the quarter in a file that tells no tempo: 120 quarters a minute.
pub const DEFAULT_TEMPO: u32 = 500_000;

impl Division {
    /// Reads the header's sixteen bits; `None` for a tick of no length or an unknown frame rate.
    pub const fn read(bits: u16) -> Option<Self> {
        let [high, low] = bits.to_be_bytes();
        if bits == 0 {
            return None;
        }
        if high < 0x80 {
            return Some(Self::Quarter(bits));
        }
        let (rate, frames) = match (high as i8).unsigned_abs() {
            29 => (30_000, 1001),
            rate @ (24 | 25 | 30) => (rate as u32, 1),
            _ => return None,
        };
        if low == 0 { None } else { Some(Self::Seconds { ticks: rate * low as u32, frames }) }
    }

    /// Ticks of the file to a quarter note, whose length in a file of seconds is `tempo` in microseconds.
    pub fn quarter(self, tempo: u32) -> u64 {
        match self {
            Self::Quarter(quarter) => quarter.into(),
            Self::Seconds { ticks, frames } => {
                u64::from(ticks) * u64::from(tempo) / (1_000_000 * u64::from(frames)).max(1)
            }
        }
    }

    /// `ticks` of the file in ticks of a score, to the nearest (halves up).
    ///
    /// Ticks that are parts of a second need a quarter's length, `tempo` in microseconds: the file's
    /// first one. Tempo changes do not bend SMPTE time.
    pub fn score_ticks(self, ticks: u64, tempo: u32) -> u64 {
        let (numerator, denominator) = match self {
            // Nearly every file; 64 bits are several times as fast as 128.
            Self::Quarter(quarter) if ticks <= u64::from(u32::MAX) => {
                let quarter = u64::from(quarter);
                return (ticks * u64::from(TICKS_PER_QUARTER) * 2 + quarter) / (2 * quarter);
            }
            Self::Quarter(quarter) => (u128::from(TICKS_PER_QUARTER), u128::from(quarter)),
            Self::Seconds { ticks, frames } => (
                u128::from(TICKS_PER_QUARTER) * 1_000_000 * u128::from(frames),
                u128::from(ticks) * u128::from(tempo.max(1)),
            ),
        };
        let nearest = (u128::from(ticks) * numerator * 2 + denominator) / (2 * denominator);
        u64::try_from(nearest).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_convert_to_the_nearest() {
        let division = Division::read(480).unwrap();
        for (ticks, score) in [(0, 0), (9, 0), (10, 1), (29, 1), (30, 2), (480, 24), (1_920, 96)] {
            assert_eq!(division.score_ticks(ticks, DEFAULT_TEMPO), score, "{ticks}");
        }
        // 2^28 - 1, the longest delta there is.
        assert_eq!(Division::Quarter(1).score_ticks(0x0fff_ffff, DEFAULT_TEMPO), 0x0fff_ffff * 24);
        // On both sides of 32 bits.
        for ticks in (u64::from(u32::MAX) - 3)..(u64::from(u32::MAX) + 3) {
            let exact = (u128::from(ticks) * 48 + 7) / 14;
            assert_eq!(u128::from(Division::Quarter(7).score_ticks(ticks, DEFAULT_TEMPO)), exact);
        }
    }

    #[test]
    fn seconds_convert_by_the_tempo() {
        // 25 frames of 40 ticks: milliseconds. A quarter at 120 a minute is 500 of them.
        let division = Division::read(u16::from_be_bytes([0xe7, 40])).unwrap();
        assert_eq!(division, Division::Seconds { ticks: 1000, frames: 1 });
        assert_eq!(division.score_ticks(500, DEFAULT_TEMPO), 24);
        assert_eq!(division.score_ticks(500, 1_000_000), 12);
        // 30 drop frames of 100 ticks take 1.001 s.
        let drop = Division::read(u16::from_be_bytes([0xe3, 100])).unwrap();
        assert_eq!(drop.score_ticks(3_000_000, DEFAULT_TEMPO), 48_048);
    }

    #[test]
    fn ticks_of_no_length_are_refused() {
        for bits in [0, 0xe700, 0xff28, 0x8028] {
            assert_eq!(Division::read(bits), None, "{bits:#x}");
        }
    }
}
