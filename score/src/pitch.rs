/// A MIDI key number, 0 to 127 (60 is middle C, C4; 69 is A4, 440 Hz).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pitch(u8);

impl Pitch {
    /// `None` above 127.
    pub const fn new(key: u8) -> Option<Self> {
        if key < 128 { Some(Self(key)) } else { None }
    }

    /// The pitch with the low seven bits of `key`, as a MIDI data byte gives it.
    pub const fn from_data(key: u8) -> Self {
        Self(key & 0x7f)
    }

    /// The key number, 0 to 127.
    pub const fn key(self) -> u8 {
        self.0
    }

    /// The pitch class, 0 (C) to 11 (B).
    pub const fn class(self) -> u8 {
        self.0 % 12
    }

    /// This pitch moved by an interval in semitones; `None` where that leaves the MIDI range.
    pub const fn transposed(self, semitones: i8) -> Option<Self> {
        let key = self.0 as i16 + semitones as i16;
        if key >= 0 && key < 128 { Some(Self(key as u8)) } else { None }
    }
}

/// How hard a key is struck, 1 to 127 (a note-on with velocity 0 is a note-off, so 0 is no velocity).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Velocity(u8);

impl Velocity {
    /// Mezzo-forte.
    pub const MEZZO_FORTE: Self = Self(76);

    /// `None` for 0 and above 127.
    pub const fn new(value: u8) -> Option<Self> {
        if value > 0 && value < 128 { Some(Self(value)) } else { None }
    }

    /// The velocity, 1 to 127.
    pub const fn value(self) -> u8 {
        self.0
    }
}

/// A General MIDI program, 0 to 127 (0-based, as on the wire).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Program(u8);

impl Program {
    /// Acoustic grand piano: what General MIDI plays where nothing is said.
    pub const PIANO: Self = Self(0);

    /// The default instrument of a music box.
    pub const MUSIC_BOX: Self = Self(10);

    /// `None` above 127.
    pub const fn new(number: u8) -> Option<Self> {
        if number < 128 { Some(Self(number)) } else { None }
    }

    /// The program with the low seven bits of `number`, as a MIDI data byte gives it.
    pub const fn from_data(number: u8) -> Self {
        Self(number & 0x7f)
    }

    /// The program number, 0 to 127.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The General MIDI family, eight programs each.
    pub const fn family(self) -> Family {
        Family::ALL[(self.0 / 8) as usize]
    }
}

/// The sixteen instrument families of General MIDI level 1, in program order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the names are General MIDI's own
pub enum Family {
    Piano,
    ChromaticPercussion,
    Organ,
    Guitar,
    Bass,
    Strings,
    Ensemble,
    Brass,
    Reed,
    Pipe,
    SynthLead,
    SynthPad,
    SynthEffects,
    Ethnic,
    Percussive,
    SoundEffects,
}

impl Family {
    /// All families, in program order.
    pub const ALL: [Self; 16] = [
        Self::Piano,
        Self::ChromaticPercussion,
        Self::Organ,
        Self::Guitar,
        Self::Bass,
        Self::Strings,
        Self::Ensemble,
        Self::Brass,
        Self::Reed,
        Self::Pipe,
        Self::SynthLead,
        Self::SynthPad,
        Self::SynthEffects,
        Self::Ethnic,
        Self::Percussive,
        Self::SoundEffects,
    ];
}

/// Major or minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Mode {
    Major,
    Minor,
}

/// A key of the major–minor system: a tonic pitch class and a mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    tonic: u8,
    mode: Mode,
}

impl Key {
    /// The key on the pitch class `tonic` (0 is C); `None` above 11.
    pub const fn new(tonic: u8, mode: Mode) -> Option<Self> {
        if tonic < 12 { Some(Self { tonic, mode }) } else { None }
    }

    /// The key of a MIDI key signature: `sharps` from −7 (seven flats) to 7; others wrap round the
    /// circle of fifths.
    pub const fn from_signature(sharps: i8, mode: Mode) -> Self {
        let relative = match mode {
            Mode::Major => 0,
            Mode::Minor => 9,
        };
        Self { tonic: (sharps as i16 * 7 + relative).rem_euclid(12) as u8, mode }
    }

    /// The tonic's pitch class, 0 to 11.
    pub const fn tonic(self) -> u8 {
        self.tonic
    }

    /// The mode.
    pub const fn mode(self) -> Mode {
        self.mode
    }

    /// This key moved by an interval in semitones.
    #[must_use]
    pub const fn transposed(self, semitones: i8) -> Self {
        Self { tonic: (self.tonic as i16 + semitones as i16).rem_euclid(12) as u8, mode: self.mode }
    }

    /// 0 to 23: the twelve major keys from C, then the twelve minor ones.
    pub const fn index(self) -> u8 {
        match self.mode {
            Mode::Major => self.tonic,
            Mode::Minor => self.tonic + 12,
        }
    }

    /// The inverse of [`Key::index`]; `None` above 23.
    pub const fn from_index(index: u8) -> Option<Self> {
        match index {
            0..12 => Self::new(index, Mode::Major),
            12..24 => Self::new(index - 12, Mode::Minor),
            _ => None,
        }
    }
}
