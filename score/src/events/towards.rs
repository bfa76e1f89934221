use super::decoder::{Decoder, Stage};
use super::{DrumKey, Duration, Position, Symbol, VelocityBin};
use crate::{Instrument, Note, Token};

impl Decoder {
    /// The next token on the shortest way to `note`, which is what [`super::encode`] would say next. The
    /// grammar need not allow it: notes are said in their order, each as [`super::quantise`] gives it.
    ///
    /// `None` if the note is over, or off the grid.
    pub fn towards(&self, note: &Note) -> Option<Token> {
        let duration = Duration::nearest(note.duration.into());
        let symbol = if self.stage == Stage::Pitch {
            Symbol::Duration(duration)
        } else if note.onset >= self.bar_end() {
            Symbol::Bar
        } else {
            let start = self.bar_end().0.wrapping_sub(self.metre().bar_ticks());
            let position = Position::from_ticks(note.onset.0.checked_sub(start)?)?;
            let velocity = VelocityBin::of(note.velocity);
            let percussion = self.instrument(note.part).is_some_and(Instrument::is_percussion);
            if self.position != Some(position) {
                Symbol::Position(position)
            } else if self.part() != Some(note.part) {
                Symbol::Part(note.part)
            } else if self.velocities[note.part.index()] != Some(velocity) {
                Symbol::Velocity(velocity)
            } else {
                DrumKey::new(note.pitch)
                    .filter(|_| percussion)
                    .map_or(Symbol::Pitch(note.pitch), Symbol::Drum)
            }
        };
        symbol.token()
    }
}
