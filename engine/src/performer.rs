//! From notes to keys that go down and up.

use heapless::Vec;
use musigan_score::{Note, NoteEvent, PartId, Pitch, Tick, Timed};

/// How many notes may sound at once.
pub const SOUNDING: usize = 128;

/// Turns notes, in the order of their onsets, into note events in the order of time.
///
/// Every key that goes down goes up again: at its note's end, or when its part strikes it anew, or,
/// if more than [`SOUNDING`] notes sound, as soon as another one begins.
///
/// # Real-time
/// Bounded work, no allocation.
#[derive(Clone, Debug, Default)]
pub struct Performer {
    /// The keys that are down, the one that goes up last in front.
    down: Vec<Down, SOUNDING>,
}

#[derive(Clone, Copy, Debug)]
struct Down {
    until: Tick,
    part: PartId,
    pitch: Pitch,
}

impl Performer {
    /// A performer with no key down.
    pub const fn new() -> Self {
        Self { down: Vec::new() }
    }

    /// Plays a note: tells every key that goes up until its onset, then the key that goes down.
    pub fn play(&mut self, note: &Note, mut tell: impl FnMut(Timed<NoteEvent>)) {
        self.advance(note.onset, &mut tell);
        let same = |down: &Down| down.part == note.part && down.pitch == note.pitch;
        let again = self.down.iter().position(same);
        if let Some(at) = again.or(self.down.is_full().then(|| self.down.len() - 1)) {
            let down = self.down.remove(at);
            tell(Timed { at: note.onset, event: down.up() });
        }
        tell(Timed {
            at: note.onset,
            event: NoteEvent::On { part: note.part, pitch: note.pitch, velocity: note.velocity },
        });
        let down = Down { until: note.end(), part: note.part, pitch: note.pitch };
        // Keys that go up at the same time do so in the order in which they went down.
        let at = self.down.iter().position(|other| other.until <= down.until);
        let at = at.unwrap_or(self.down.len());
        // There is room: one was taken out above if it was full.
        let _ = self.down.insert(at, down);
    }

    /// Tells every key that goes up until `now`, at the time it does.
    pub fn advance(&mut self, now: Tick, mut tell: impl FnMut(Timed<NoteEvent>)) {
        while self.down.last().is_some_and(|down| down.until <= now) {
            let Some(down) = self.down.pop() else { return };
            tell(Timed { at: down.until, event: down.up() });
        }
    }

    /// Tells every key that is down to go up at `now`.
    pub fn stop(&mut self, now: Tick, mut tell: impl FnMut(Timed<NoteEvent>)) {
        while let Some(down) = self.down.pop() {
            tell(Timed { at: now, event: down.up() });
        }
    }

    /// When the last of the sounding notes ends; `None` if no key is down.
    pub fn until(&self) -> Option<Tick> {
        self.down.first().map(|down| down.until)
    }
}

impl Down {
    fn up(&self) -> NoteEvent {
        NoteEvent::Off { part: self.part, pitch: self.pitch }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use musigan_score::Velocity;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn every_key_goes_up_and_time_never_goes_back(
            notes in prop::collection::vec((0u32..6, 1u16..60, 40u8..60, 0u8..16), 1..400),
        ) {
            let (mut performer, mut events, mut onset) = (Performer::new(), std::vec::Vec::new(), 0);
            for (gap, duration, pitch, part) in notes {
                onset += gap;
                let note = Note {
                    onset: Tick(onset),
                    duration,
                    pitch: Pitch::from_data(pitch),
                    velocity: Velocity::MEZZO_FORTE,
                    part: PartId::new(part).unwrap(),
                };
                performer.play(&note, |event| events.push(event));
            }
            performer.stop(performer.until().unwrap(), |event| events.push(event));
            let (mut down, mut now) = (HashSet::new(), Tick(0));
            for Timed { at, event } in events {
                prop_assert!(at >= now);
                now = at;
                match event {
                    NoteEvent::On { part, pitch, .. } => {
                        prop_assert!(down.insert((part, pitch)));
                        prop_assert!(down.len() <= SOUNDING);
                    }
                    NoteEvent::Off { part, pitch } => prop_assert!(down.remove(&(part, pitch))),
                }
            }
            prop_assert!(down.is_empty());
        }
    }
}
