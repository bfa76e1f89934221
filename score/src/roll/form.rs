use super::STEPS;
use crate::{Key, PartId, Pitch};

/// What a row of keys tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Where notes begin.
    Onset,
    /// Where notes are held that began before.
    Held,
}

impl Channel {
    /// Rows of a part at a step.
    pub const COUNT: usize = 2;
}

/// A note within a bar, in steps, its key relative to the tonic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stroke {
    /// The step at which it begins.
    pub step: usize,
    /// The step before which it ends; more than `step`, at most [`STEPS`].
    pub end: usize,
    /// The part, from 0.
    pub part: usize,
    /// The key, within the form's window.
    pub key: u8,
}

/// The extents of a roll: parts and a window of keys.
///
/// Cells lie step by step; in a step the parts, of each its onsets and what it holds, of each its
/// keys from the lowest up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Form {
    parts: u8,
    lowest: u8,
    keys: u8,
}

impl Form {
    /// Rolls of this many parts, on `keys` keys from `lowest` up; `None` without a part, with more than
    /// a piece has, with less than two octaves (a note is moved by octaves into the window), or
    /// beyond the last key.
    pub const fn new(parts: u8, lowest: u8, keys: u8) -> Option<Self> {
        let fits =
            parts > 0 && parts <= PartId::COUNT && keys >= 24 && lowest as u16 + keys as u16 <= 128;
        if fits { Some(Self { parts, lowest, keys }) } else { None }
    }

    /// Parts, 1 to 16.
    pub const fn parts(self) -> usize {
        self.parts as usize
    }

    /// The lowest key.
    pub const fn lowest(self) -> u8 {
        self.lowest
    }

    /// Keys in a row, at least 24.
    pub const fn keys(self) -> usize {
        self.keys as usize
    }

    /// Cells of a part at a step.
    pub const fn part_len(self) -> usize {
        Channel::COUNT * self.keys()
    }

    /// Cells of a step.
    pub const fn step_len(self) -> usize {
        self.parts() * self.part_len()
    }

    /// Cells of a bar.
    pub const fn len(self) -> usize {
        STEPS * self.step_len()
    }

    /// Never: a form has at least one part.
    pub const fn is_empty(self) -> bool {
        false
    }

    /// The place of a cell. A key outside the window counts as the nearest octave inside.
    pub const fn cell(self, step: usize, part: usize, channel: Channel, key: u8) -> usize {
        let row = match channel {
            Channel::Onset => 0,
            Channel::Held => self.keys(),
        };
        step * self.step_len()
            + part * self.part_len()
            + row
            + (self.inside(key) - self.lowest) as usize
    }

    /// The key moved by octaves into the window.
    pub const fn inside(self, key: u8) -> u8 {
        let (mut key, lowest, end) =
            (key as i16, self.lowest as i16, self.lowest as i16 + self.keys as i16);
        while key < lowest {
            key += 12;
        }
        while key >= end {
            key -= 12;
        }
        key as u8
    }

    /// Tells the cells of a note: its onset, and where it is held.
    pub fn write(self, stroke: Stroke, mut set: impl FnMut(usize)) {
        set(self.cell(stroke.step, stroke.part, Channel::Onset, stroke.key));
        for step in stroke.step + 1..stroke.end.min(STEPS) {
            set(self.cell(step, stroke.part, Channel::Held, stroke.key));
        }
    }

    /// Reads the notes of a bar of `steps` steps, in the order of step, part and key.
    ///
    /// Total: a note lasts as long as it is held without a gap; what is held without an onset is no
    /// note, and an onset where the key is also held is an onset.
    ///
    /// # Real-time
    /// Never allocates; two looks at each cell at the most.
    pub fn read(self, steps: usize, on: impl Fn(usize) -> bool, mut note: impl FnMut(Stroke)) {
        for step in 0..steps.min(STEPS) {
            for part in 0..self.parts() {
                for key in self.lowest..self.lowest + self.keys {
                    if on(self.cell(step, part, Channel::Onset, key)) {
                        let end = self.end(step, part, key, steps, &on);
                        note(Stroke { step, end, part, key });
                    }
                }
            }
        }
    }

    /// The step before which the note ends that begins at `step`.
    pub fn end(
        self,
        step: usize,
        part: usize,
        key: u8,
        steps: usize,
        on: impl Fn(usize) -> bool,
    ) -> usize {
        let goes_on = |&step: &usize| {
            !on(self.cell(step, part, Channel::Onset, key))
                && on(self.cell(step, part, Channel::Held, key))
        };
        let first = step + 1;
        first + (first..steps.min(STEPS)).take_while(goes_on).count()
    }
}

/// By how many semitones music in this key is moved so that its tonic is C: −6 to 5. Music without a
/// key stays.
pub const fn shift(key: Option<Key>) -> i8 {
    match key {
        Some(key) if key.tonic() > 6 => 12 - key.tonic() as i8,
        Some(key) => -(key.tonic() as i8),
        None => 0,
    }
}

impl Stroke {
    /// The pitch of the note in a key that is moved by `shift`; where that leaves the range of
    /// [`Pitch`], the nearest octave inside it.
    pub const fn pitch(self, shift: i8) -> Pitch {
        let key = self.key as i16 - shift as i16;
        Pitch::from_data(
            (if key < 0 {
                key + 12
            } else if key > 127 {
                key - 12
            } else {
                key
            }) as u8,
        )
    }
}
