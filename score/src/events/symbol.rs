use core::str::FromStr;

use crate::{
    Fingerprint, GRID, Instrument, Key, Metre, PartId, Pitch, Program, Tempo, Token, Velocity,
};

/// The lowest and the highest pitch that has a token: the 88 keys of a piano.
pub const PITCHES: core::ops::RangeInclusive<u8> = 21..=108;

/// The keys of the General MIDI percussion map, which have tokens of their own.
pub const DRUM_KEYS: core::ops::RangeInclusive<u8> = 35..=81;

/// Every duration that has a token, in ticks.
pub const DURATIONS: [u16; 40] = [
    3, 4, 6, 8, 9, 12, 15, 16, 18, 20, 21, 24, 27, 28, 30, 32, 33, 36, 40, 42, 44, 45, 48, 54, 60,
    64, 66, 72, 78, 84, 90, 96, 108, 120, 132, 144, 168, 192, 288, 384,
];

/// Most notes begun per quarter note (in twelfths of one) for each level of [`Density`] but the last.
const DENSITY_LIMITS: [u32; 7] = [0, 12, 24, 36, 48, 72, 108];

const PITCH_COUNT: u16 = (*PITCHES.end() - *PITCHES.start() + 1) as u16;
const DRUM_COUNT: u16 = (*DRUM_KEYS.end() - *DRUM_KEYS.start() + 1) as u16;
const POSITION_COUNT: u16 = (Metre::MAX_BAR as usize / 12 * GRID.len()) as u16;

/// Where the tokens of each kind begin and end.
pub mod kind {
    use super::{DRUM_COUNT, DURATIONS, PITCH_COUNT, POSITION_COUNT};
    use crate::{Metre, PartId, Tempo};
    use core::ops::Range;

    /// A run of `count` tokens after the run `before`.
    const fn after(before: Range<u16>, count: u16) -> Range<u16> {
        before.end..before.end + count
    }

    /// Fills up batches; never heard, never said.
    pub const PAD: u16 = 0;
    /// Begins a piece.
    pub const BOS: u16 = 1;
    /// Ends a piece.
    pub const EOS: u16 = 2;
    /// Begins a bar.
    pub const BAR: u16 = 3;
    /// Positions in a bar, by grid point.
    pub const POSITION: Range<u16> = after(3..4, POSITION_COUNT);
    /// Pitches, from [`super::PITCHES`].
    pub const PITCH: Range<u16> = after(POSITION, PITCH_COUNT);
    /// Strokes on percussion, from [`super::DRUM_KEYS`].
    pub const DRUM: Range<u16> = after(PITCH, DRUM_COUNT);
    /// Durations, from [`super::DURATIONS`].
    pub const DURATION: Range<u16> = after(DRUM, DURATIONS.len() as u16);
    /// Velocities, in sixteen bins of eight.
    pub const VELOCITY: Range<u16> = after(DURATION, 16);
    /// Parts.
    pub const PART: Range<u16> = after(VELOCITY, PartId::COUNT as u16);
    /// Programs, the last is the percussion kit.
    pub const PROGRAM: Range<u16> = after(PART, 129);
    /// Metres.
    pub const METRE: Range<u16> = after(PROGRAM, Metre::ALL.len() as u16);
    /// Tempi.
    pub const TEMPO: Range<u16> = after(METRE, Tempo::ALL.len() as u16);
    /// Keys.
    pub const KEY: Range<u16> = after(TEMPO, 24);
    /// Densities of a bar.
    pub const DENSITY: Range<u16> = after(KEY, 8);
    /// Styles.
    pub const STYLE: Range<u16> = after(DENSITY, 8);
}

/// How many tokens there are.
pub const VOCABULARY: usize = kind::STYLE.end as usize;

/// The identity of this vocabulary: a hash of its layout, its tables and a revision number.
pub const FINGERPRINT: Fingerprint = fingerprint();

/// Raised when tokens keep their places but change their meaning or their grammar.
const REVISION: u32 = 1;

const fn fingerprint() -> Fingerprint {
    let runs = [
        kind::POSITION,
        kind::PITCH,
        kind::DRUM,
        kind::DURATION,
        kind::VELOCITY,
        kind::PART,
        kind::PROGRAM,
        kind::METRE,
        kind::TEMPO,
        kind::KEY,
        kind::DENSITY,
        kind::STYLE,
    ];
    let mut print = Fingerprint::EMPTY.with(REVISION).with(crate::TICKS_PER_QUARTER);
    let mut i = 0;
    while i < runs.len() {
        print = print.with(runs[i].start as u32).with(runs[i].end as u32);
        i += 1;
    }
    print =
        print.with(*PITCHES.start() as u32).with(*DRUM_KEYS.start() as u32).with_table(&DURATIONS);
    i = 0;
    while i < GRID.len() {
        print = print.with(GRID[i] as u32);
        i += 1;
    }
    i = 0;
    while i < Metre::ALL.len() {
        print = print.with(Metre::ALL[i].0 as u32).with(Metre::ALL[i].1 as u32);
        i += 1;
    }
    i = 0;
    while i < Tempo::ALL.len() {
        print = print.with(Tempo::ALL[i] as u32);
        i += 1;
    }
    i = 0;
    while i < DENSITY_LIMITS.len() {
        print = print.with(DENSITY_LIMITS[i]);
        i += 1;
    }
    print
}

/// A point of the onset grid within a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u8);

impl Position {
    /// The position `ticks` after the bar line; `None` off the grid or beyond the longest bar.
    pub const fn from_ticks(ticks: u32) -> Option<Self> {
        if ticks >= Metre::MAX_BAR {
            return None;
        }
        let mut i = 0;
        while i < GRID.len() {
            if ticks % 12 == GRID[i] as u32 {
                return Some(Self((ticks as usize / 12 * GRID.len() + i) as u8));
            }
            i += 1;
        }
        None
    }

    /// Ticks after the bar line.
    pub const fn ticks(self) -> u32 {
        let index = self.0 as usize;
        (index / GRID.len() * 12) as u32 + GRID[index % GRID.len()] as u32
    }

    /// How many grid points a bar of this many ticks has.
    pub(super) const fn count(bar_ticks: u32) -> u16 {
        (bar_ticks as usize / 12 * GRID.len()) as u16
    }

    pub(super) const fn index(self) -> u16 {
        self.0 as u16
    }
}

/// A duration out of [`DURATIONS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(u8);

impl Duration {
    /// The duration nearest to `ticks` (the shorter of two equally near).
    pub const fn nearest(ticks: u32) -> Self {
        let mut best = 0;
        let mut i = 1;
        while i < DURATIONS.len() {
            if (DURATIONS[i] as u32).abs_diff(ticks) < (DURATIONS[best] as u32).abs_diff(ticks) {
                best = i;
            }
            i += 1;
        }
        Self(best as u8)
    }

    /// The length in ticks.
    pub const fn ticks(self) -> u16 {
        // The remainder changes nothing, but tells the compiler that there is one.
        DURATIONS[self.0 as usize % DURATIONS.len()]
    }
}

/// A velocity, in one of sixteen bins of eight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VelocityBin(u8);

impl VelocityBin {
    /// The bin of a velocity.
    pub const fn of(velocity: Velocity) -> Self {
        Self(velocity.value() / 8)
    }

    /// The velocity in the middle of the bin.
    pub const fn velocity(self) -> Velocity {
        match Velocity::new(self.0 * 8 + 4) {
            Some(velocity) => velocity,
            None => Velocity::MEZZO_FORTE,
        }
    }

    pub(super) const fn index(self) -> u16 {
        self.0 as u16
    }
}

/// A key of the percussion map, 35 to 81.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DrumKey(u8);

impl DrumKey {
    /// `None` outside the General MIDI percussion map.
    pub const fn new(pitch: Pitch) -> Option<Self> {
        let key = pitch.key();
        if key >= *DRUM_KEYS.start() && key <= *DRUM_KEYS.end() { Some(Self(key)) } else { None }
    }

    /// The key as a pitch.
    pub const fn pitch(self) -> Pitch {
        Pitch::from_data(self.0)
    }

    /// How long a stroke counts, in ticks: a 16th. Percussion rings as it will.
    pub const TICKS: u16 = 6;
}

/// How many notes begin in a bar, in eight levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Density(u8);

impl Density {
    /// The level (0, silent, to 7, more than nine notes a quarter); `None` above 7.
    pub const fn new(level: u8) -> Option<Self> {
        if level < 8 { Some(Self(level)) } else { None }
    }

    /// The density of a bar of `bar_ticks` in which `notes` begin.
    pub const fn of(notes: u32, bar_ticks: u32) -> Self {
        let bar_ticks = if bar_ticks == 0 { 1 } else { bar_ticks };
        let twelfths = notes.saturating_mul(12 * crate::TICKS_PER_QUARTER).div_ceil(bar_ticks);
        let mut level = 0;
        while level < DENSITY_LIMITS.len() && twelfths > DENSITY_LIMITS[level] {
            level += 1;
        }
        Self(level as u8)
    }

    /// How many notes may begin in a bar of `bar_ticks` that is no denser; `u32::MAX` where it may be as dense as any.
    pub const fn most(self, bar_ticks: u32) -> u32 {
        let level = self.0 as usize;
        if level < DENSITY_LIMITS.len() {
            DENSITY_LIMITS[level].saturating_mul(bar_ticks) / (12 * crate::TICKS_PER_QUARTER)
        } else {
            u32::MAX
        }
    }

    /// 0 to 7.
    pub const fn level(self) -> u8 {
        self.0
    }
}

/// What kind of music a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Style {
    /// A solo voice with accompaniment: the Lied.
    ArtSong,
    /// Chamber music, foremost the string quartet.
    Chamber,
    /// Four-part chorales.
    Chorale,
    /// A band with drums: rock, pop and game music.
    Band,
    /// Solo keyboard.
    Keyboard,
    /// Orchestral music.
    Orchestra,
    /// Folk tunes.
    Folk,
    /// Jazz.
    Jazz,
}

impl Style {
    /// All styles, in the vocabulary's order.
    pub const ALL: [Self; 8] = [
        Self::ArtSong,
        Self::Chamber,
        Self::Chorale,
        Self::Band,
        Self::Keyboard,
        Self::Orchestra,
        Self::Folk,
        Self::Jazz,
    ];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ArtSong => "art-song",
            Self::Chamber => "chamber",
            Self::Chorale => "chorale",
            Self::Band => "band",
            Self::Keyboard => "keyboard",
            Self::Orchestra => "orchestra",
            Self::Folk => "folk",
            Self::Jazz => "jazz",
        }
    }
}

impl FromStr for Style {
    type Err = UnknownStyle;

    /// The style of this [name](Self::name).
    fn from_str(name: &str) -> Result<Self, UnknownStyle> {
        Self::ALL.into_iter().find(|style| style.name() == name).ok_or(UnknownStyle)
    }
}

/// A text that is no [`Style`]'s name. It says which are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownStyle;

impl core::fmt::Display for UnknownStyle {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("no style: write one of ")?;
        for (at, style) in Style::ALL.into_iter().enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { ", " }, style.name())?;
        }
        Ok(())
    }
}

impl core::error::Error for UnknownStyle {}

/// The meaning of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Symbol {
    /// Fills up batches; never heard, never said.
    Pad,
    /// Begins a piece.
    Bos,
    /// Ends a piece.
    Eos,
    /// Begins a bar.
    Bar,
    /// What follows happens at this point of the bar.
    Position(Position),
    /// A note of the present part; its duration follows. Within [`PITCHES`].
    Pitch(Pitch),
    /// A stroke of the present, percussive part.
    Drum(DrumKey),
    /// The duration of the note whose pitch was named last.
    Duration(Duration),
    /// The velocity of what follows in this part.
    Velocity(VelocityBin),
    /// What follows is in this part.
    Part(PartId),
    /// The instrument of the part named before.
    Program(Instrument),
    /// The metre from this bar on.
    Metre(Metre),
    /// The tempo from this bar on.
    Tempo(Tempo),
    /// The key from this bar on.
    Key(Key),
    /// How much happens in this bar.
    Density(Density),
    /// What kind of music the piece is.
    Style(Style),
}

impl Symbol {
    /// The meaning of `token`; `None` outside the vocabulary.
    pub const fn of(token: Token) -> Option<Self> {
        let t = token.0;
        Some(match t {
            kind::PAD => Self::Pad,
            kind::BOS => Self::Bos,
            kind::EOS => Self::Eos,
            kind::BAR => Self::Bar,
            _ if t < kind::POSITION.end => {
                Self::Position(Position((t - kind::POSITION.start) as u8))
            }
            _ if t < kind::PITCH.end => {
                Self::Pitch(Pitch::from_data((t - kind::PITCH.start) as u8 + *PITCHES.start()))
            }
            _ if t < kind::DRUM.end => {
                Self::Drum(DrumKey((t - kind::DRUM.start) as u8 + *DRUM_KEYS.start()))
            }
            _ if t < kind::DURATION.end => {
                Self::Duration(Duration((t - kind::DURATION.start) as u8))
            }
            _ if t < kind::VELOCITY.end => {
                Self::Velocity(VelocityBin((t - kind::VELOCITY.start) as u8))
            }
            _ if t < kind::PART.end => match PartId::new((t - kind::PART.start) as u8) {
                Some(part) => Self::Part(part),
                None => return None,
            },
            _ if t < kind::PROGRAM.end => {
                Self::Program(match Program::new((t - kind::PROGRAM.start) as u8) {
                    Some(program) => Instrument::Program(program),
                    None => Instrument::Percussion,
                })
            }
            _ if t < kind::METRE.end => match Metre::from_index((t - kind::METRE.start) as u8) {
                Some(metre) => Self::Metre(metre),
                None => return None,
            },
            _ if t < kind::TEMPO.end => match Tempo::from_index((t - kind::TEMPO.start) as u8) {
                Some(tempo) => Self::Tempo(tempo),
                None => return None,
            },
            _ if t < kind::KEY.end => match Key::from_index((t - kind::KEY.start) as u8) {
                Some(key) => Self::Key(key),
                None => return None,
            },
            _ if t < kind::DENSITY.end => Self::Density(Density((t - kind::DENSITY.start) as u8)),
            _ if t < kind::STYLE.end => Self::Style(Style::ALL[(t - kind::STYLE.start) as usize]),
            _ => return None,
        })
    }

    /// The token; `None` for a pitch outside [`PITCHES`], which has none.
    pub const fn token(self) -> Option<Token> {
        Some(Token(match self {
            Self::Pad => kind::PAD,
            Self::Bos => kind::BOS,
            Self::Eos => kind::EOS,
            Self::Bar => kind::BAR,
            Self::Position(position) => kind::POSITION.start + position.0 as u16,
            Self::Pitch(pitch) => {
                let key = pitch.key();
                if key < *PITCHES.start() || key > *PITCHES.end() {
                    return None;
                }
                kind::PITCH.start + (key - *PITCHES.start()) as u16
            }
            Self::Drum(key) => kind::DRUM.start + (key.0 - *DRUM_KEYS.start()) as u16,
            Self::Duration(duration) => kind::DURATION.start + duration.0 as u16,
            Self::Velocity(bin) => kind::VELOCITY.start + bin.0 as u16,
            Self::Part(part) => kind::PART.start + part.index() as u16,
            Self::Program(Instrument::Program(program)) => {
                kind::PROGRAM.start + program.number() as u16
            }
            Self::Program(Instrument::Percussion) => kind::PROGRAM.end - 1,
            Self::Metre(metre) => kind::METRE.start + metre.index() as u16,
            Self::Tempo(tempo) => kind::TEMPO.start + tempo.index() as u16,
            Self::Key(key) => kind::KEY.start + key.index() as u16,
            Self::Density(density) => kind::DENSITY.start + density.0 as u16,
            Self::Style(style) => kind::STYLE.start + style as u16,
        }))
    }

    /// This symbol a piece's worth of semitones higher or lower: pitches and keys move, all else
    /// stays. `None` where a pitch leaves [`PITCHES`].
    pub const fn transposed(self, semitones: i8) -> Option<Self> {
        match self {
            Self::Pitch(pitch) => match pitch.transposed(semitones) {
                Some(pitch) => match Self::Pitch(pitch).token() {
                    Some(_) => Some(Self::Pitch(pitch)),
                    None => None,
                },
                None => None,
            },
            Self::Key(key) => Some(Self::Key(key.transposed(semitones))),
            other => Some(other),
        }
    }
}
