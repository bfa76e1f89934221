//! Notices when music runs in circles.

use musigan_score::{Note, Pitch, Tick};

/// The longest period that is watched, in notes.
const LONGEST: usize = 4;

/// A note as it is compared: what it is and how long after the note before it begins.
type Turn = (u32, u16, Pitch, u8);

/// Watches for loops of one to four notes, note for note the same in pitch, rhythm and part.
///
/// # Real-time
/// Constant time and memory.
#[derive(Clone, Debug)]
pub struct LoopWatch {
    /// The last notes, the newest first.
    turns: [Option<Turn>; LONGEST],
    /// For each period: since when every note has equalled the one a period before it.
    since: [Option<Tick>; LONGEST],
    last_onset: Tick,
}

impl Default for LoopWatch {
    fn default() -> Self {
        Self::new()
    }
}

impl LoopWatch {
    /// A watch that has heard nothing.
    pub const fn new() -> Self {
        Self { turns: [None; LONGEST], since: [None; LONGEST], last_onset: Tick(0) }
    }

    /// Hears the next note, in the order of onsets.
    pub fn hear(&mut self, note: &Note) {
        let gap = note.onset.0.wrapping_sub(self.last_onset.0);
        let turn = Some((gap, note.duration, note.pitch, note.part.index() as u8));
        for (since, &before) in self.since.iter_mut().zip(&self.turns) {
            *since = if before == turn { since.or(Some(note.onset)) } else { None };
        }
        self.turns.rotate_right(1);
        self.turns[0] = turn;
        self.last_onset = note.onset;
    }

    /// How long the present loop has lasted, in ticks: the longest over all periods, 0 if there is
    /// none.
    pub fn lasted(&self) -> u32 {
        self.since
            .iter()
            .flatten()
            .map(|since| self.last_onset.0.wrapping_sub(since.0))
            .max()
            .unwrap_or(0)
    }

    /// Whether a note of this pitch next would carry on a loop that has lasted for `limit` ticks.
    pub fn carries_on(&self, pitch: Pitch, limit: u32) -> bool {
        // The note that the loop of period p calls for is the one p notes ago.
        self.since.iter().zip(&self.turns).any(|(since, turn)| {
            since.is_some_and(|since| self.last_onset.0.wrapping_sub(since.0) >= limit)
                && turn.is_some_and(|turn| turn.2 == pitch)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use musigan_score::{PartId, Velocity};

    fn play(watch: &mut LoopWatch, from: u32, keys: &[u8]) {
        for (at, &key) in (from..).step_by(12).zip(keys) {
            watch.hear(&Note {
                onset: Tick(at),
                duration: 12,
                pitch: Pitch::from_data(key),
                velocity: Velocity::MEZZO_FORTE,
                part: PartId::new(0).unwrap(),
            });
        }
    }

    #[test]
    fn a_loop_is_timed_from_its_first_return() {
        for period in 1..=4 {
            let mut watch = LoopWatch::new();
            // The first note has no note before it, so its gap is of another kind.
            play(&mut watch, 12, &[40]);
            let keys: [u8; 20] = core::array::from_fn(|i| 60 + (i % period) as u8);
            play(&mut watch, 24, &keys);
            assert_eq!(watch.lasted(), (19 - period as u32) * 12, "period {period}");
            let next = Pitch::from_data(60 + (20 % period) as u8);
            assert!(watch.carries_on(next, 100));
            assert!(!watch.carries_on(next, 1000));
            assert!(!watch.carries_on(Pitch::from_data(70), 100));
            play(&mut watch, 24 + 20 * 12, &[70]);
            assert_eq!(watch.lasted(), 0);
        }
    }

    #[test]
    fn a_melody_is_no_loop() {
        let mut watch = LoopWatch::new();
        play(&mut watch, 0, &[60, 62, 64, 65, 67, 60, 62, 64, 65, 67, 60, 62, 64, 65, 67]);
        assert_eq!(watch.lasted(), 0);
    }
}
