/// Ticks in a quarter note: the MIDI clock's rate. It holds 32nds and 16th triplets.
pub const TICKS_PER_QUARTER: u32 = 24;

/// Musical time from the start of a piece, [`TICKS_PER_QUARTER`] to the quarter note.
///
/// 32 bits last for more than two years of playing at 120 quarters a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tick(pub u32);

/// The onset grid within an eighth note (12 ticks): 32nds and 16th triplets. It repeats every
/// eighth, and every metre's bar is a whole number of eighths, so it is the same in every bar.
pub const GRID: [u8; 6] = [0, 3, 4, 6, 8, 9];

/// The point of the onset grid that is nearest to `tick` (the earlier of two equally near).
pub const fn grid_nearest(tick: Tick) -> Tick {
    // Offsets of the grid point nearest to each of the twelve ticks of an eighth.
    const NEAREST: [u8; 12] = [0, 0, 3, 3, 4, 4, 6, 6, 8, 9, 9, 12];
    Tick((tick.0 / 12 * 12).saturating_add(NEAREST[(tick.0 % 12) as usize] as u32))
}

/// A metre (time signature) out of those the vocabulary knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Metre(u8);

impl Metre {
    /// Numerator and denominator of every metre, in the vocabulary's order.
    pub const ALL: [(u8, u8); 24] = [
        (1, 4),
        (2, 4),
        (3, 4),
        (4, 4),
        (5, 4),
        (6, 4),
        (7, 4),
        (8, 4),
        (2, 2),
        (3, 2),
        (4, 2),
        (1, 8),
        (2, 8),
        (3, 8),
        (4, 8),
        (5, 8),
        (6, 8),
        (7, 8),
        (9, 8),
        (10, 8),
        (11, 8),
        (12, 8),
        (6, 16),
        (12, 16),
    ];

    /// The longest bar, in ticks.
    pub const MAX_BAR: u32 = 192;

    /// Common time, 4/4.
    pub const COMMON: Self = Self(3);

    /// The metre with this place in [`Metre::ALL`].
    pub const fn from_index(index: u8) -> Option<Self> {
        if (index as usize) < Self::ALL.len() { Some(Self(index)) } else { None }
    }

    /// The place in [`Metre::ALL`].
    pub const fn index(self) -> u8 {
        self.0
    }

    /// The metre `numerator/denominator`, or else the one with the nearest length of bar; the flag
    /// says whether it is exact.
    pub const fn nearest(numerator: u8, denominator: u8) -> (Self, bool) {
        // Lengths in 1/192 of a quarter, so that 64ths are whole.
        let denominator = if denominator == 0 { 4 } else { denominator };
        let wanted = numerator as i64 * 768 / denominator as i64;
        let mut best = 0;
        let mut best_distance = i64::MAX;
        let mut i = 0;
        while i < Self::ALL.len() {
            let (n, d) = Self::ALL[i];
            if n == numerator && d == denominator {
                return (Self(i as u8), true);
            }
            let distance = (n as i64 * 768 / d as i64 - wanted).abs();
            if distance < best_distance {
                best_distance = distance;
                best = i;
            }
            i += 1;
        }
        (Self(best as u8), false)
    }

    /// Beats in a bar as written.
    pub const fn numerator(self) -> u8 {
        Self::ALL[self.place()].0
    }

    /// The written beat: 4 is a quarter, 8 an eighth.
    pub const fn denominator(self) -> u8 {
        Self::ALL[self.place()].1
    }

    /// The place in [`Metre::ALL`], and the compiler knows it to be one: what runs in a step of a model
    /// must have nothing that panics.
    const fn place(self) -> usize {
        self.0 as usize % Self::ALL.len()
    }

    /// Length of a bar in ticks, a multiple of 12 up to [`Metre::MAX_BAR`].
    pub const fn bar_ticks(self) -> u32 {
        Self::BARS[self.place()] as u32
    }

    /// Ticks in a bar of every metre.
    const BARS: [u16; Self::ALL.len()] = {
        let mut bars = [0; Self::ALL.len()];
        let mut i = 0;
        while i < bars.len() {
            let (numerator, denominator) = Self::ALL[i];
            bars[i] = (numerator as u32 * 4 * TICKS_PER_QUARTER / denominator as u32) as u16;
            i += 1;
        }
        bars
    };
}

/// A tempo out of those the vocabulary knows: 32 steps of 7 % from 30 to 240 quarters a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tempo(u8);

impl Tempo {
    /// Quarters a minute of every tempo.
    pub const ALL: [u8; 32] = [
        30, 32, 34, 37, 39, 42, 45, 48, 51, 55, 59, 63, 67, 72, 77, 82, 88, 94, 100, 107, 115, 123,
        131, 140, 150, 160, 171, 183, 196, 210, 224, 240,
    ];

    /// The tempo that is nearest (by ratio) to `bpm` quarters a minute.
    pub const fn from_bpm(bpm: u32) -> Self {
        let mut i = 0;
        while i + 1 < Self::ALL.len()
            && bpm as u64 * bpm as u64 > Self::ALL[i] as u64 * Self::ALL[i + 1] as u64
        {
            i += 1;
        }
        Self(i as u8)
    }

    /// The tempo that is nearest to a file's tempo in microseconds to the quarter (0 counts as 1).
    pub const fn from_microseconds(quarter: u32) -> Self {
        Self::from_bpm(60_000_000 / if quarter == 0 { 1 } else { quarter })
    }

    /// The tempo with this place in [`Tempo::ALL`].
    pub const fn from_index(index: u8) -> Option<Self> {
        if (index as usize) < Self::ALL.len() { Some(Self(index)) } else { None }
    }

    /// The place in [`Tempo::ALL`].
    pub const fn index(self) -> u8 {
        self.0
    }

    /// Quarters a minute, 30 to 240.
    pub const fn bpm(self) -> u32 {
        Self::ALL[self.0 as usize] as u32
    }

    /// Microseconds to the quarter, as files say it.
    pub const fn microseconds(self) -> u32 {
        60_000_000 / self.bpm()
    }
}
