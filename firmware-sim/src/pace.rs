//! A clock that goes no faster than the core composes.

use musigan_score::TICKS_PER_QUARTER;

/// How fast a piece may be played, by what its bars have asked of the core so far and by the tempo knob.
///
/// It knows tokens and ticks, but no time: wherever it is played, a piece is slowed at the same bars.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    /// µs that a token takes.
    token: u32,
    /// Tokens of the piece since its first bar.
    tokens: u32,
    /// The tempo knob, in percent.
    knob: u32,
    /// Tempi in µs per quarter note: the piece's own, the one it is played at (the knob aside), and the
    /// fastest that the core can follow.
    own: u32,
    played: u32,
    asked: u32,
}

impl Pace {
    /// A pace where a token takes so many microseconds.
    pub(crate) fn new(token: u32) -> Self {
        Self { token, tokens: 0, knob: 100, own: 0, played: 0, asked: 0 }
    }

    /// A piece begins.
    pub(crate) fn begin(&mut self) {
        *self = Self { knob: self.knob, ..Self::new(self.token) };
    }

    /// The piece's own tempo, in µs per quarter note.
    pub(crate) fn tempo(&mut self, own: u32) {
        (self.own, self.played) = (own, own);
    }

    /// The tempo knob stands at so many percent.
    pub(crate) fn turn(&mut self, percent: u32) {
        self.knob = percent;
    }

    /// A token was composed.
    pub(crate) fn token(&mut self) {
        self.tokens += 1;
    }

    /// A bar begins at this tick of the piece: the tempo from here on in µs per quarter note, if it is
    /// another. Under a knob that rests it only gets slower, lest a piece waver.
    pub(crate) fn bar(&mut self, tick: u32) -> Option<u32> {
        if tick == 0 {
            // The head is composed before anything sounds, or while the piece before it ends.
            self.tokens = 0;
            return None;
        }
        let asked = u64::from(self.tokens) * u64::from(self.token);
        let asked = asked * u64::from(TICKS_PER_QUARTER) / u64::from(tick);
        self.asked = self.asked.max(u32::try_from(asked).unwrap_or(u32::MAX));
        // The knob divides it again.
        let slow = u64::from(self.asked) * u64::from(self.knob) / 100;
        let played = self.own.max(u32::try_from(slow).unwrap_or(u32::MAX));
        if self.own == 0 || played == self.played {
            return None;
        }
        self.played = played;
        Some(played)
    }

    /// The tempo in percent of the piece's own.
    pub(crate) fn percent(&self) -> u32 {
        (u64::from(self.own) * 100 / u64::from(self.played.max(1))) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_slowed_to_what_its_bars_ask() {
        let mut pace = Pace::new(30_000);
        pace.tempo(400_000);
        assert_eq!(pace.bar(0), None);
        let mut bar = |tokens, tick| {
            (0..tokens).for_each(|_| pace.token());
            (pace.bar(tick), pace.percent())
        };
        assert_eq!(bar(53, 96), (None, 100), "53 tokens of 30 ms in 1.6 s");
        assert_eq!(bar(67, 192), (Some(450_000), 88), "120 tokens in 3.2 s");
        assert_eq!(bar(10, 288), (None, 88), "and never faster again");
        pace.begin();
        pace.tempo(400_000);
        assert_eq!((pace.bar(0), pace.bar(96), pace.percent()), (None, None, 100));
    }
    #[test]
    fn the_knob_makes_no_piece_faster_than_the_core() {
        let mut pace = Pace::new(30_000);
        pace.tempo(400_000);
        let mut bar = |knob, tick| {
            pace.turn(knob);
            (0..53).for_each(|_| pace.token());
            pace.bar(tick)
        };
        // 53 tokens of 30 ms in four quarters: 397,500 µs for each, whatever the knob says.
        assert_eq!(bar(100, 96), None);
        assert_eq!(bar(200, 192), Some(795_000));
        assert_eq!(bar(200, 288), None);
        assert_eq!(bar(50, 384), Some(400_000), "turned back");
    }
}
