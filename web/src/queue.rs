use heapless::Deque;
use musigan_engine::performer::SOUNDING;
use musigan_music::{Listener, Marker};
use musigan_synth::{Action, EventSource, TimedAction};

use crate::report::{Report, report};
use crate::wishes::Wishes;

/// The most actions that one token makes happen: every sounding key goes up, one goes down, and a part
/// gets its instrument and place.
const MOST: usize = SOUNDING + 4;
/// Actions that fit: some seconds of the densest music.
const ACTIONS: usize = 2_048;
/// Reports that wait for the page.
const REPORTS: usize = 1_024;

/// What is composed and not yet played, and what the page is to be told.
pub(crate) struct Queue {
    actions: Deque<TimedAction, ACTIONS>,
    reports: Deque<Report, REPORTS>,
    /// The tempo of the piece where it is played now, in µs to the quarter.
    tempo: u32,
    /// Actions that found no room; there is always room, see [`Queue::has_room`].
    lost: u32,
}

impl Queue {
    pub(crate) fn new(tempo: u32) -> Self {
        Self { actions: Deque::new(), reports: Deque::new(), tempo, lost: 0 }
    }

    /// Whether all that one more token may make happen finds room.
    pub(crate) fn has_room(&self) -> bool {
        self.actions.len() + MOST <= ACTIONS
    }

    /// Forgets what was not played yet; nothing that was told from `tick` on comes to pass.
    pub(crate) fn drop_rest(&mut self, tick: u64) {
        while let Some(action) = self.actions.pop_front() {
            self.passed(action);
        }
        // A page that does not listen misses something; the music does not wait for it.
        let _ = self.reports.push_back(report(tick, Marker::Dropped));
    }

    /// The next report.
    pub(crate) fn report(&mut self) -> Option<Report> {
        self.reports.pop_front()
    }

    /// The tempo of the piece where it is played now, as it is not wished.
    pub(crate) fn tempo(&self) -> u32 {
        self.tempo
    }

    /// The queue as a player hears it.
    pub(crate) fn as_wished<'q>(&'q mut self, wishes: &'q Wishes) -> Wished<'q> {
        Wished { queue: self, wishes }
    }

    fn passed(&mut self, timed: TimedAction) {
        if let Action::Tempo(tempo) = timed.action {
            self.tempo = tempo;
        }
    }
}

impl Listener for Queue {
    fn action(&mut self, action: TimedAction) {
        self.lost += u32::from(self.actions.push_back(action).is_err());
        debug_assert_eq!(self.lost, 0, "room was asked for");
    }

    fn marker(&mut self, tick: u64, marker: Marker) {
        let _ = self.reports.push_back(report(tick, marker));
    }
}

/// A queue through the wishes of the moment.
pub(crate) struct Wished<'q> {
    queue: &'q mut Queue,
    wishes: &'q Wishes,
}

impl EventSource for Wished<'_> {
    fn peek(&mut self) -> Option<TimedAction> {
        let timed = *self.queue.actions.front()?;
        Some(TimedAction { action: self.wishes.granted(timed.action), ..timed })
    }

    fn pop(&mut self) {
        if let Some(timed) = self.queue.actions.pop_front() {
            self.queue.passed(timed);
        }
    }
}
