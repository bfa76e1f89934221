//! Phrases that come again.

use musigan_score::events::Decoder;
use musigan_score::{Metre, Note, PartId, Pitch, Tick, Token, Velocity};

use crate::rng::Rng;

/// How a piece is built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Form {
    /// As the model goes on.
    #[default]
    Free,
    /// Of phrases of so many bars (1 to [`Form::LONGEST`]), four to a verse; some of the four are those before them again: AABA, AABB or
    /// ABAC, as the piece's seed has it. No bars are as [`Form::Free`].
    Phrases(u8),
}

impl Form {
    /// Bars of the longest phrases there are; they come again as long as they have no more than 512 notes.
    pub const LONGEST: u8 = 8;

    /// Phrases of so many bars; of none, or too many: [`Form::Free`].
    pub const fn of(bars: u8) -> Self {
        match bars {
            1..=Self::LONGEST => Self::Phrases(bars),
            _ => Self::Free,
        }
    }

    /// Bars of a phrase; 0: the model goes on freely.
    pub const fn bars(self) -> u8 {
        match self {
            Self::Free => 0,
            Self::Phrases(bars) => bars,
        }
    }
}

/// What a phrase is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// New, and to be remembered.
    First,
    /// The one that began so many phrases before it.
    Again(u32),
    /// New, and not to come again.
    Other,
}

use Role::{Again, First, Other};

/// What the four phrases of a verse are.
const VERSES: [[Role; 4]; 3] = [
    [First, Again(1), Other, Again(3)],
    [First, Again(1), First, Again(1)],
    [First, Other, Again(2), Other],
];

/// Notes that a phrase may have to be remembered.
const ROOM: usize = 512;

/// A phrase to come: of how many bars, the first of which is the `bar`-th of the piece, with what metre, from
/// where on.
#[derive(Clone, Copy, Debug)]
struct Phrase {
    bars: u32,
    bar: u32,
    metre: Metre,
    start: Tick,
}

/// Remembers a phrase, and says it again where the form has it.
///
/// # Real-time
/// Constant time and memory.
#[derive(Clone, Debug)]
pub(crate) struct Reprise {
    verse: [Role; 4],
    notes: [Remembered; ROOM],
    len: usize,
    /// The phrase that is remembered; `None` if there is none, or it cannot come again.
    phrase: Option<Phrase>,
    /// Notes are those of the phrase.
    hears: bool,
    /// From where on it is said again, and how many of its notes have been.
    again: Option<(Tick, usize)>,
    /// The first note of the piece.
    first: Option<Tick>,
    /// Bars before the first phrase: one, if the piece begins with an upbeat.
    upbeat: u32,
}

/// What the form has next.
pub(crate) enum Due {
    /// This token; `None` if there is no way to the phrase's next note from here.
    Token(Option<Token>),
    /// The end of the bar, or of the piece.
    BarLine,
}

/// A note in few bytes, its onset from the phrase's beginning on.
#[derive(Clone, Copy, Debug)]
struct Remembered {
    onset: u16,
    duration: u16,
    pitch: Pitch,
    velocity: Velocity,
    part: PartId,
}

const NO_NOTE: Remembered = Remembered {
    onset: 0,
    duration: 0,
    pitch: Pitch::from_data(0),
    velocity: Velocity::MEZZO_FORTE,
    part: match PartId::new(0) {
        Some(part) => part,
        None => unreachable!(),
    },
};

impl Reprise {
    /// Of the piece of `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            verse: verse(seed),
            notes: [NO_NOTE; ROOM],
            len: 0,
            phrase: None,
            hears: false,
            again: None,
            first: None,
            upbeat: 0,
        }
    }

    /// The piece of `seed` begins.
    pub(crate) fn begin(&mut self, seed: u64) {
        self.verse = verse(seed);
        (self.first, self.upbeat) = (None, 0);
        self.forget();
    }

    /// Forgets the phrase: the next one that is new can come again.
    pub(crate) fn forget(&mut self) {
        (self.len, self.phrase, self.hears, self.again) = (0, None, false, None);
    }

    /// The `bar`-th bar of the piece begins, the first is the 1st.
    pub(crate) fn bar(&mut self, form: Form, bar: u32, start: Tick, metre: Metre) {
        if bar == 2 && self.first.is_none_or(|first| first.0 >= metre.bar_ticks() / 2) {
            self.upbeat = 1;
        }
        let bars = u32::from(form.bars());
        if bars == 0 {
            return self.forget();
        }
        let index = bar.saturating_sub(1 + self.upbeat);
        if !index.is_multiple_of(bars) {
            return;
        }
        (self.hears, self.again) = (false, None);
        match self.verse[(index / bars % 4) as usize] {
            First => {
                (self.len, self.hears) = (0, true);
                self.phrase = Some(Phrase { bars, bar, metre, start });
            }
            Again(before) => {
                let same = |phrase: &Phrase| {
                    (phrase.bars, phrase.bar + before * bars, phrase.metre) == (bars, bar, metre)
                };
                self.again = self.phrase.filter(same).map(|_| (start, 0));
            }
            Other => {}
        }
    }

    /// The metre changes.
    pub(crate) fn metre(&mut self, metre: Metre) {
        self.again = None;
        match &mut self.phrase {
            // At the bar line where the phrase begins.
            Some(phrase) if self.hears && self.len == 0 => phrase.metre = metre,
            _ if self.hears => self.forget(),
            _ => {}
        }
    }

    /// A note is heard.
    pub(crate) fn hear(&mut self, note: &Note) {
        self.first.get_or_insert(note.onset);
        if let Some((_, next)) = &mut self.again {
            *next += 1;
        }
        let Some(phrase) = self.phrase.filter(|_| self.hears) else { return };
        let Note { onset, duration, pitch, velocity, part } = *note;
        let onset = u16::try_from(onset.0.wrapping_sub(phrase.start.0));
        match (self.notes.get_mut(self.len), onset) {
            (Some(place), Ok(onset)) => {
                *place = Remembered { onset, duration, pitch, velocity, part };
                self.len += 1;
            }
            // Too much to remember.
            _ => self.forget(),
        }
    }

    /// What is said next, if the phrase comes again.
    pub(crate) fn due(&self, decoder: &Decoder) -> Option<Due> {
        let (start, next) = self.again?;
        let remembered = self.notes.get(next).filter(|_| next < self.len);
        let Some(&remembered) = remembered else { return Some(Due::BarLine) };
        let Remembered { onset, duration, pitch, velocity, part } = remembered;
        let onset = Tick(start.0.wrapping_add(onset.into()));
        let note = Note { onset, duration, pitch, velocity, part };
        Some(Due::Token(decoder.towards(&note)))
    }

    /// What the form had next cannot be said: the phrase does not go on.
    pub(crate) fn stop(&mut self) {
        self.again = None;
    }
}

/// How the verses of the piece of `seed` are.
fn verse(seed: u64) -> [Role; 4] {
    VERSES[(Rng::new(seed).unit() * VERSES.len() as f32) as usize % VERSES.len()]
}
