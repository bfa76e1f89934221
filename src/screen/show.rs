//! What is on the screen: the music around the moment that is heard.

use std::collections::VecDeque;

use musigan_score::{Instrument, Key, Metre, PartId, Pitch};
use musigan_synth::{ChannelEvent, controller};

use crate::music::Marker;
use crate::session::Report;

/// How long what has sounded is remembered, in ticks.
const PAST: u64 = 96 * 24;

/// A note of the roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// When it begins.
    pub tick: u64,
    /// When it ends.
    pub end: u64,
    /// Its pitch.
    pub pitch: Pitch,
    /// Its part.
    pub part: PartId,
    /// Someone has played it himself. While his key is down it has no end (`u64::MAX`).
    pub by_hand: bool,
}

/// The parts of a piece and what they are played on.
pub type Parts = [Option<Instrument>; PartId::COUNT as usize];

/// The music around the moment that is heard, on the clock of the reports.
#[derive(Debug, Default)]
pub struct Show {
    now: u64,
    notes: VecDeque<Shown>,
    bars: VecDeque<u64>,
    /// What has been told of the time to come.
    coming: VecDeque<(u64, Marker)>,
    piece: Option<u64>,
    bar: u32,
    metre: Option<Metre>,
    key: Option<Key>,
    parts: Parts,
}

impl Show {
    /// Takes a report in.
    pub fn hear(&mut self, report: Report) {
        match report {
            Report::At(tick, Marker::Note(note)) => self.notes.push_back(Shown {
                tick,
                end: tick + u64::from(note.duration),
                pitch: note.pitch,
                part: note.part,
                by_hand: false,
            }),
            Report::At(tick, Marker::Dropped) => {
                self.notes.retain(|note| note.tick < tick || note.by_hand);
                let composed = self.notes.iter_mut().filter(|note| !note.by_hand);
                composed.for_each(|note| note.end = note.end.min(tick));
                self.bars.retain(|&bar| bar < tick);
                self.coming.retain(|&(at, _)| at < tick);
            }
            Report::At(tick, marker) => {
                if marker == Marker::Bar {
                    self.bars.push_back(tick);
                }
                self.coming.push_back((tick, marker));
            }
            Report::Played(tick, event) => self.play(tick, event),
        }
    }

    fn play(&mut self, tick: u64, event: ChannelEvent) {
        let held = self.notes.iter_mut().filter(|note| note.by_hand && note.end == u64::MAX);
        match event {
            ChannelEvent::NoteOn { key: pitch, .. } => {
                let Some(part) = PartId::new(0) else { return };
                self.notes.push_back(Shown { tick, end: u64::MAX, pitch, part, by_hand: true });
            }
            ChannelEvent::NoteOff { key, .. } => {
                held.filter(|note| note.pitch == key).for_each(|note| note.end = tick);
            }
            ChannelEvent::Controller { controller, .. }
                if matches!(
                    controller.get(),
                    controller::ALL_NOTES_OFF | controller::ALL_SOUND_OFF
                ) =>
            {
                held.for_each(|note| note.end = tick);
            }
            _ => {}
        }
    }

    /// The clock has come to `tick`.
    pub fn advance(&mut self, tick: u64) {
        self.now = tick;
        while let Some(&(at, marker)) = self.coming.front()
            && at <= tick
        {
            self.coming.pop_front();
            match marker {
                Marker::Piece(seed) => {
                    (self.piece, self.bar, self.key) = (Some(seed), 0, None);
                    self.parts = Parts::default();
                }
                Marker::Metre(metre) => self.metre = Some(metre),
                Marker::Key(key) => self.key = Some(key),
                Marker::Part(part, instrument) => self.parts[part.index()] = Some(instrument),
                Marker::Bar => self.bar += 1,
                Marker::Note(_) | Marker::Dropped => {}
            }
        }
        let oldest = tick.saturating_sub(PAST);
        while self.notes.front().is_some_and(|note| note.end.max(note.tick + PAST) < oldest) {
            self.notes.pop_front();
        }
        while self.bars.front().is_some_and(|&bar| bar < oldest) {
            self.bars.pop_front();
        }
    }

    /// The tick that is heard.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The notes, in the order of their onsets.
    pub fn notes(&self) -> impl Iterator<Item = &Shown> {
        self.notes.iter()
    }

    /// The ticks of the bar lines.
    pub fn bars(&self) -> impl Iterator<Item = u64> {
        self.bars.iter().copied()
    }

    /// The seed of the piece that is heard; `None` before the first.
    pub fn piece(&self) -> Option<u64> {
        self.piece
    }

    /// The bar that is heard, counted from 1; 0 before the first.
    pub fn bar(&self) -> u32 {
        self.bar
    }

    /// The metre that is heard.
    pub fn metre(&self) -> Option<Metre> {
        self.metre
    }

    /// The key, where the piece tells one.
    pub fn key(&self) -> Option<Key> {
        self.key
    }

    /// The parts of the piece that is heard.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use musigan_score::{Note, Tick, Velocity};

    fn note(tick: u64, duration: u16) -> Report {
        let note = Note {
            onset: Tick(0),
            duration,
            pitch: Pitch::from_data(60),
            velocity: Velocity::MEZZO_FORTE,
            part: PartId::new(0).unwrap(),
        };
        Report::At(tick, Marker::Note(note))
    }

    #[test]
    fn what_is_composed_ahead_is_shown_when_it_is_heard() {
        let mut show = Show::default();
        for (tick, marker) in [
            (0, Marker::Piece(7)),
            (0, Marker::Metre(Metre::COMMON)),
            (0, Marker::Bar),
            (96, Marker::Bar),
            (192, Marker::Piece(8)),
        ] {
            show.hear(Report::At(tick, marker));
        }
        show.advance(95);
        assert_eq!((show.piece(), show.bar(), show.metre()), (Some(7), 1, Some(Metre::COMMON)));
        show.advance(96);
        assert_eq!((show.piece(), show.bar()), (Some(7), 2));
        show.advance(200);
        assert_eq!((show.piece(), show.bar()), (Some(8), 0));
    }

    #[test]
    fn what_is_dropped_does_not_come() {
        let mut show = Show::default();
        show.hear(note(10, 40));
        show.hear(note(30, 10));
        show.hear(Report::At(24, Marker::Bar));
        show.hear(Report::At(20, Marker::Dropped));
        show.hear(Report::At(44, Marker::Piece(3)));
        show.advance(100);
        let notes: Vec<_> = show.notes().map(|note| (note.tick, note.end)).collect();
        assert_eq!((notes, show.bar(), show.piece()), (vec![(10, 20)], 0, Some(3)));
    }

    #[test]
    fn what_is_played_by_hand_lasts_until_the_key_goes_up() {
        let channel = musigan_synth::Channel::new(0);
        let press = |key| ChannelEvent::NoteOn {
            channel,
            key: Pitch::from_data(key),
            velocity: Velocity::MEZZO_FORTE,
        };
        let mut show = Show::default();
        show.hear(Report::Played(5, press(60)));
        show.hear(Report::Played(6, press(64)));
        show.hear(note(30, 10));
        show.hear(Report::Played(9, ChannelEvent::NoteOff { channel, key: Pitch::from_data(60) }));
        show.hear(Report::At(8, Marker::Dropped));
        let notes = |show: &Show| show.notes().map(|n| (n.tick, n.end)).collect::<Vec<_>>();
        assert_eq!(notes(&show), [(5, 9), (6, u64::MAX)]);
        let (controller, value) = (musigan_synth::U7::new(123), musigan_synth::U7::new(0));
        show.hear(Report::Played(20, ChannelEvent::Controller { channel, controller, value }));
        assert_eq!(notes(&show), [(5, 9), (6, 20)]);
    }

    #[test]
    fn the_past_is_forgotten() {
        let mut show = Show::default();
        for tick in 0..10_000 {
            show.hear(note(tick * 24, 12));
            show.hear(Report::At(tick * 24, Marker::Bar));
            show.advance(tick * 24);
        }
        assert!(show.notes().count() < 200 && show.bars().count() < 200);
    }
}
