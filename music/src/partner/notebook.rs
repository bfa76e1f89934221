use alloc::vec::Vec;

use musigan_engine::tonality::likeliest_key;
use musigan_score::events::{self, EncodeError, Header, Piece, quantise};
use musigan_score::{Instrument, Key, Metre, Note, PartId, Pitch, Tick, Token, Velocity};

/// Notes of one part that a bar holds; a flood of more is heard, but not written down.
const MOST_PER_BAR: usize = 96;

/// Notes that a notebook holds.
const MOST: usize = 4096;

/// So many notes, and of so many pitch classes, are wanted for a key to be told by them.
const KEY_NOTES: u32 = 4;
const KEY_CLASSES: u32 = 3;

/// A longer note says no more about the key than one of this length: a whole.
const LONG: u16 = 96;

/// Whose note it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hand {
    Player,
    Model,
}

/// A key that is down.
#[derive(Clone, Copy, Debug)]
struct Down {
    since: Tick,
    velocity: Velocity,
}

/// Writes down what the player and the model play, as notes.
///
/// Ticks count from the first bar line.
#[derive(Clone, Debug)]
pub struct Notebook {
    /// Complete notes, as they were played.
    notes: Vec<(Note, Hand)>,
    down: [Option<Down>; 128],
    player: PartId,
    /// When the last key went up.
    last_up: Tick,
    /// Where the bar begins of which `in_bar` notes are written.
    bar: Tick,
    in_bar: usize,
}

/// What of a notebook is to be said.
#[derive(Clone, Copy, Debug)]
pub struct Extract<'a> {
    /// The instruments of the parts.
    pub parts: &'a [Instrument],
    /// What stands at the head.
    pub header: Header,
    /// The bar line at which it begins.
    pub from: Tick,
    /// No note that begins here or later.
    pub until: Tick,
    /// Whether keys that are down count as if they went up at `until`.
    pub held: bool,
}

impl Notebook {
    /// An empty notebook for a player of this part.
    pub fn new(player: PartId) -> Self {
        Self {
            notes: Vec::new(),
            down: [None; 128],
            player,
            last_up: Tick(0),
            bar: Tick(0),
            in_bar: 0,
        }
    }

    /// A key of the player goes down.
    pub fn press(&mut self, at: Tick, key: Pitch, velocity: Velocity) {
        self.release(at, key);
        if let Some(down) = self.down.get_mut(usize::from(key.key())) {
            *down = Some(Down { since: at, velocity });
        }
    }

    /// A key of the player goes up.
    pub fn release(&mut self, at: Tick, key: Pitch) {
        let Some(down) = self.down.get_mut(usize::from(key.key())).and_then(Option::take) else {
            return;
        };
        self.last_up = self.last_up.max(at);
        let bar = Tick(down.since.0 / Metre::MAX_BAR * Metre::MAX_BAR);
        if bar != self.bar {
            (self.bar, self.in_bar) = (bar, 0);
        }
        self.in_bar += 1;
        if self.in_bar <= MOST_PER_BAR && self.notes.len() < MOST {
            self.notes.push((note(down, at, key, self.player), Hand::Player));
        }
    }

    /// Every key of the player goes up.
    pub fn release_all(&mut self, at: Tick) {
        for key in (0..128).map(Pitch::from_data) {
            self.release(at, key);
        }
    }

    /// A note of the model.
    pub fn write(&mut self, note: Note) {
        if self.notes.len() < MOST {
            self.notes.push((note, Hand::Model));
        }
    }

    /// The model is broken off: what it was to play from `at` on it does not play.
    pub fn break_off(&mut self, at: Tick) {
        self.notes.retain_mut(|(note, hand)| {
            if *hand == Hand::Model && note.end() > at {
                note.duration = at.0.saturating_sub(note.onset.0) as u16;
            }
            note.duration > 0
        });
    }

    /// The key in which the player plays, going by what was played since `from`; `None` before there are some
    /// notes of several pitches.
    pub fn key(&self, from: Tick) -> Option<Key> {
        let mut lengths = [0.0; 12];
        let (mut count, mut classes) = (0, 0_u16);
        for (note, _) in
            self.notes.iter().filter(|(note, hand)| *hand == Hand::Player && note.onset >= from)
        {
            lengths[usize::from(note.pitch.class())] += f32::from(note.duration.min(LONG));
            (count, classes) = (count + 1, classes | 1 << note.pitch.class());
        }
        likeliest_key(&lengths)
            .filter(|_| count >= KEY_NOTES && classes.count_ones() >= KEY_CLASSES)
    }

    /// Whether a key of the player is down.
    pub fn is_playing(&self) -> bool {
        self.down.iter().any(Option::is_some)
    }

    /// When the last key of the player went up.
    pub fn last_up(&self) -> Tick {
        self.last_up
    }

    /// Nothing that begins before this changes any more: the earliest key that is down, else `now`.
    pub fn settled(&self, now: Tick) -> Tick {
        let downs = self.down.iter().flatten().map(|down| down.since);
        downs.min().unwrap_or(now).min(now)
    }

    /// Where the first note begins that is written down.
    pub fn first(&self) -> Option<Tick> {
        self.notes.iter().map(|(note, _)| note.onset).min()
    }

    /// Forgets what began before `at`.
    pub fn forget(&mut self, at: Tick) {
        self.notes.retain(|(note, _)| note.onset >= at);
    }

    /// Says an extract as the model understands it, up to the last of its bars in which a note
    /// begins: no word of an end. Nothing, if no note is there.
    pub fn say(&self, extract: &Extract<'_>, tokens: &mut Vec<Token>) {
        tokens.clear();
        let &Extract { parts, header, from, until, held } = extract;
        let held_notes = self.down.iter().zip(0..).filter_map(|(down, key)| {
            let end = Tick(until.0.max(down.as_ref()?.since.0 + 1));
            Some(note((*down)?, end, Pitch::from_data(key), self.player))
        });
        let mut notes: Vec<Note> = self
            .notes
            .iter()
            .map(|&(note, _)| note)
            .chain(held_notes.filter(|_| held))
            .filter(|note| note.onset >= from)
            .filter_map(|note| {
                let onset = Tick(note.onset.0 - from.0);
                let note = Note { onset, ..note };
                Some(quantise(note, *parts.get(note.part.index())?)?.note)
            })
            .filter(|note| note.onset.0 < until.0.saturating_sub(from.0))
            .collect();
        // Of two notes that quantisation made one, the longer stays.
        notes.sort_by_key(|note| (note.order(), core::cmp::Reverse(note.duration)));
        notes.dedup_by_key(|note| note.order());
        let piece = Piece { parts, header, changes: &[], notes: &notes, density: false };
        match events::encode(&piece, |token| tokens.push(token)) {
            Ok(()) => drop(tokens.pop()),
            Err(EncodeError::NoNotes) => tokens.clear(),
            Err(error) => {
                debug_assert!(false, "{error}");
                tokens.clear();
            }
        }
    }
}

fn note(down: Down, end: Tick, pitch: Pitch, part: PartId) -> Note {
    let duration = end.0.saturating_sub(down.since.0).clamp(1, u16::MAX.into()) as u16;
    Note { onset: down.since, duration, pitch, velocity: down.velocity, part }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use musigan_score::events::{Decoder, Event, Tags};
    use musigan_score::{Program, Tempo};
    use proptest::prelude::*;

    const PARTS: [Instrument; 2] = [Instrument::Program(Program::PIANO); 2];

    fn book() -> Notebook {
        Notebook::new(PartId::new(0).unwrap())
    }

    fn extract(from: u32, until: u32, held: bool) -> Extract<'static> {
        let header =
            Header { metre: Metre::COMMON, tempo: Tempo::from_bpm(120), tags: Tags::default() };
        Extract { parts: &PARTS, header, from: Tick(from), until: Tick(until), held }
    }

    fn notes(book: &Notebook, extract: &Extract<'_>) -> Vec<(u32, u16, u8)> {
        let mut tokens = Vec::new();
        book.say(extract, &mut tokens);
        let mut decoder = Decoder::new();
        let events = tokens.iter().filter_map(|&token| decoder.push(token));
        let note = |event| if let Event::Note(note) = event { Some(note) } else { None };
        events.filter_map(note).map(|n| (n.onset.0, n.duration, n.pitch.key())).collect()
    }

    fn press(book: &mut Notebook, at: u32, key: u8) {
        book.press(Tick(at), Pitch::from_data(key), Velocity::MEZZO_FORTE);
    }

    #[test]
    fn what_was_played_is_said_on_the_grid() {
        let mut book = book();
        press(&mut book, 1, 60);
        press(&mut book, 23, 64);
        book.release(Tick(25), Pitch::from_data(60));
        book.release(Tick(47), Pitch::from_data(64));
        press(&mut book, 50, 67);
        assert!(book.is_playing());
        assert_eq!(notes(&book, &extract(0, 96, false)), [(0, 24, 60), (24, 24, 64)]);
        // A key that is down counts up to now, if it is to.
        assert_eq!(notes(&book, &extract(0, 72, true))[2], (51, 21, 67));
        assert_eq!((book.settled(Tick(70)), book.last_up()), (Tick(50), Tick(47)));
    }

    #[test]
    fn a_model_that_is_broken_off_has_played_less() {
        let mut book = book();
        let part = PartId::new(1).unwrap();
        for onset in [0, 24, 48] {
            book.write(Note {
                onset: Tick(onset),
                duration: 24,
                pitch: Pitch::from_data(70),
                velocity: Velocity::MEZZO_FORTE,
                part,
            });
        }
        book.break_off(Tick(36));
        assert_eq!(notes(&book, &extract(0, 96, false)), [(0, 24, 70), (24, 12, 70)]);
    }

    proptest! {
        #[test]
        fn anything_played_can_be_said(
            events in prop::collection::vec((0u32..20, 0u8..128, 0u8..4, any::<bool>()), 0..400),
            from in 0u32..4, span in 0u32..2000, held: bool,
        ) {
            let (mut book, mut now) = (book(), 0);
            for (gap, key, velocity, down) in events {
                now += gap;
                if down {
                    let velocity = Velocity::new(velocity * 40 + 1).unwrap();
                    book.press(Tick(now), Pitch::from_data(key), velocity);
                } else {
                    book.release(Tick(now), Pitch::from_data(key));
                }
            }
            let extract = extract(from * 96, from * 96 + span, held);
            let mut tokens = Vec::new();
            // Debug assertions refuse what cannot be encoded.
            book.say(&extract, &mut tokens);
            book.release_all(Tick(now));
            prop_assert!(!book.is_playing());
        }
    }
}
