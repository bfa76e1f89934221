use heapless::Vec;
use musigan_engine::performer::Performer;
use musigan_score::{Note, NoteEvent, PartId, Tick, Timed};

use crate::Arrangement;

/// Notes that may be waiting for their time: doublings for a moment, those of a canon for some bars.
const COMING: usize = 2048;

/// What an arranger tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A key goes down or up.
    Key(Timed<NoteEvent>),
    /// The note whose key has just gone down, as it sounds.
    Note(Note),
}

/// Plays parts as they are arranged: composed notes go in, in the order of their onsets, and what sounds
/// comes out in the order of time.
///
/// What is made of a note waits until time has gone on, for the part itself may say the same key at that
/// moment: a key is then struck once.
///
/// # Real-time
/// No allocation; work for a note is bounded by the notes that may wait.
#[derive(Clone, Debug)]
pub(crate) struct Arranger {
    performer: Performer,
    parts: [Arrangement; PartId::COUNT as usize],
    /// Notes made of others, the one that comes next at the end.
    coming: Vec<Note, COMING>,
    /// The keys that each part has struck at the tick `struck_at`.
    struck: [u128; PartId::COUNT as usize],
    struck_at: Tick,
    crowded_out: u64,
}

impl Arranger {
    pub(crate) const fn new() -> Self {
        Self {
            performer: Performer::new(),
            parts: [Arrangement::PLAIN; PartId::COUNT as usize],
            coming: Vec::new(),
            struck: [0; PartId::COUNT as usize],
            struck_at: Tick(0),
            crowded_out: 0,
        }
    }

    /// How a part is arranged.
    pub(crate) fn arrangement(&self, part: PartId) -> Arrangement {
        self.parts[part.index()]
    }

    /// Arranges a part so from `now` on. A canon that is taken away falls silent.
    pub(crate) fn arrange(&mut self, part: PartId, arrangement: Arrangement, now: Tick) {
        let arrangement = arrangement.within_ranges();
        if arrangement.canon.is_none() {
            self.coming.retain(|note| note.part != part || note.onset <= now);
        }
        self.parts[part.index()] = arrangement;
    }

    /// Plays a note of a part arranged like this, in a bar of so many ticks.
    pub(crate) fn play(
        &mut self,
        note: Note,
        arrangement: Arrangement,
        bar_ticks: u32,
        mut tell: impl FnMut(Heard),
    ) {
        let note = Note { pitch: arrangement.sounding(note.pitch), ..note };
        self.strike(&note, &mut tell);
        let second = arrangement.doubled(note.pitch).map(|pitch| Note { pitch, ..note });
        if let Some(second) = second {
            self.expect(second);
        }
        if let Some(delay) = arrangement.canon {
            let onset = Tick(note.onset.0.saturating_add(delay.ticks(bar_ticks)));
            for note in [Some(note), second].into_iter().flatten() {
                self.expect(Note { onset, ..note });
            }
        }
    }

    /// Tells what happens before `now`, and the keys that go up until then.
    pub(crate) fn advance(&mut self, now: Tick, mut tell: impl FnMut(Heard)) {
        while let Some(&note) = self.coming.last()
            && note.onset < now
        {
            self.coming.pop();
            if !self.is_struck(&note) {
                self.strike(&note, &mut tell);
            }
        }
        self.performer.advance(now, |event| tell(Heard::Key(event)));
    }

    /// Drops what was to come, and tells every key that is down to go up at `now`.
    pub(crate) fn stop(&mut self, now: Tick, mut tell: impl FnMut(Heard)) {
        self.coming.clear();
        self.performer.stop(now, |event| tell(Heard::Key(event)));
    }

    /// Forgets what was to come and which keys are down, but not how the parts are arranged.
    pub(crate) fn forget(&mut self) {
        self.performer = Performer::new();
        self.coming.clear();
        self.struck = [0; PartId::COUNT as usize];
    }

    /// When the last of the notes ends that sound or are to come; `None` if there are none.
    pub(crate) fn until(&self) -> Option<Tick> {
        self.coming.iter().map(Note::end).chain(self.performer.until()).max()
    }

    /// Notes that there was no room for while they would have waited.
    pub(crate) fn crowded_out(&self) -> u64 {
        self.crowded_out
    }

    fn strike(&mut self, note: &Note, tell: &mut impl FnMut(Heard)) {
        if self.struck_at != note.onset {
            (self.struck, self.struck_at) = ([0; PartId::COUNT as usize], note.onset);
        }
        self.struck[note.part.index()] |= 1 << note.pitch.key();
        self.performer.play(note, |event| tell(Heard::Key(event)));
        tell(Heard::Note(*note));
    }

    fn is_struck(&self, note: &Note) -> bool {
        self.struck_at == note.onset && self.struck[note.part.index()] >> note.pitch.key() & 1 == 1
    }

    /// Lets a note wait for its time, behind those of the same time.
    fn expect(&mut self, note: Note) {
        let at = self.coming.partition_point(|other| other.onset > note.onset);
        if self.coming.insert(at, note).is_err() {
            self.crowded_out += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::Delay;
    use musigan_score::{Pitch, Velocity};

    fn note(onset: u32, key: u8) -> Note {
        Note {
            onset: Tick(onset),
            duration: 6,
            pitch: Pitch::from_data(key),
            velocity: Velocity::MEZZO_FORTE,
            part: PartId::new(0).unwrap(),
        }
    }

    #[test]
    fn what_there_is_no_room_for_is_counted_and_the_rest_is_heard() {
        let mut arranger = Arranger::new();
        let canon = Arrangement { canon: Some(Delay::Bars(8)), ..Arrangement::PLAIN };
        let (mut heard, mut onset) = (0, 0);
        let mut count = |what| heard += usize::from(matches!(what, Heard::Note(_)));
        for n in 0..COMING as u32 + 100 {
            onset = n / 8;
            arranger.play(note(onset, (n % 8) as u8), canon, 96, &mut count);
        }
        assert_eq!(arranger.crowded_out(), 100);
        assert_eq!(arranger.until(), Some(Tick((COMING as u32 - 1) / 8 + 8 * 96 + 6)));
        arranger.advance(Tick(onset + 9 * 96), &mut count);
        assert_eq!((heard, arranger.until()), (2 * COMING + 100, None));
    }

    #[test]
    fn a_key_that_is_struck_already_is_not_struck_by_a_doubling() {
        let mut arranger = Arranger::new();
        let octaves = Arrangement { double: Some(12), ..Arrangement::PLAIN };
        let mut keys = std::vec::Vec::new();
        let mut hear = |what| {
            if let Heard::Note(note) = what {
                keys.push(note.pitch.key());
            }
        };
        for key in [60, 72] {
            arranger.play(note(24, key), octaves, 96, &mut hear);
        }
        arranger.advance(Tick(25), &mut hear);
        assert_eq!(keys, [60, 72, 84]);
    }
}
