use super::decoder::{BarTag, Decoder, Stage};
use super::{DRUM_KEYS, PITCHES, Position, kind};
use crate::{Instrument, PartId, Token};
use core::ops::Range;

/// What may follow.
impl Decoder {
    /// Tells the runs of tokens that the grammar allows next, in no particular order, never empty
    /// ones.
    ///
    /// Following it from BOS gives exactly the sentences that [`super::encode`] can say (with a
    /// density in any of the bars). It always allows something: after tokens that are no sentence,
    /// at least a new bar.
    pub fn for_each_allowed(&self, mut visit: impl FnMut(Range<u16>)) {
        let mut nothing = true;
        let mut some = |run: Range<u16>| {
            if run.start < run.end {
                nothing = false;
                visit(run);
            }
        };
        match self.stage {
            Stage::Outside => some(kind::BOS..kind::BOS + 1),
            Stage::Header { key, style } => {
                some(kind::METRE);
                if !key {
                    some(kind::KEY);
                    if !style {
                        some(kind::STYLE);
                    }
                }
            }
            Stage::HeaderTempo => some(kind::TEMPO),
            Stage::HeaderParts => {
                let declared = self.declared();
                some(part_run(declared..(declared + 1).min(kind::PART.len() as u16)));
                if declared > 0 {
                    some(kind::BAR..kind::BAR + 1);
                }
            }
            Stage::HeaderProgram => some(kind::PROGRAM),
            Stage::Bar(tag) => {
                if tag < BarTag::Metre {
                    all_but(kind::METRE, self.metre.index().into(), &mut some);
                }
                if tag < BarTag::Tempo {
                    all_but(kind::TEMPO, self.tempo.index().into(), &mut some);
                }
                if let Some(key) = self.key.filter(|_| tag < BarTag::Key) {
                    all_but(kind::KEY, key.index().into(), &mut some);
                }
                if tag < BarTag::Density {
                    some(kind::DENSITY);
                }
                self.positions(&mut some);
                some(kind::BAR..kind::BAR + 1);
            }
            Stage::Position => {
                let parts = part_run(0..self.declared());
                match self.part {
                    Some(part) => all_but(parts, part.index() as u16, &mut some),
                    None => some(parts),
                }
                self.notes(&mut some);
            }
            Stage::Part | Stage::Velocity => self.notes(&mut some),
            Stage::Pitch => some(kind::DURATION),
            Stage::Note => {
                let next = self.part.map_or(0, |part| part.index() as u16 + 1);
                some(part_run(next..self.declared().max(next)));
                self.notes(&mut some);
                self.positions(&mut some);
                some(kind::BAR..kind::BAR + 1);
                some(kind::EOS..kind::EOS + 1);
            }
        }
        if nothing {
            visit(kind::BAR..kind::BAR + 1);
        }
    }

    /// Whether the grammar allows `token` next.
    pub fn allows(&self, token: Token) -> bool {
        let mut allowed = false;
        self.for_each_allowed(|run| allowed |= run.contains(&token.0));
        allowed
    }

    /// How many parts have been declared, from the first on without a gap.
    fn declared(&self) -> u16 {
        self.instruments.iter().take_while(|instrument| instrument.is_some()).count() as u16
    }

    /// The positions that are left in the bar.
    fn positions(&self, some: &mut impl FnMut(Range<u16>)) {
        let next = self.position.map_or(0, |position| position.index() + 1);
        let count = Position::count(self.metre.bar_ticks());
        some(kind::POSITION.start + next..kind::POSITION.start + count.max(next));
    }

    /// The notes of the present part that may follow, and its velocities.
    fn notes(&self, some: &mut impl FnMut(Range<u16>)) {
        let part = match self.part {
            Some(part) => part,
            None if self.declared() == 0 => self.part_or_first(),
            None => return,
        };
        let (run, lowest) = match self.instruments[part.index()] {
            Some(Instrument::Percussion) => (kind::DRUM, *DRUM_KEYS.start()),
            _ => (kind::PITCH, *PITCHES.start()),
        };
        let next = self.last.map_or(0, |last| (last.key() + 1).saturating_sub(lowest));
        let notes = run.start + u16::from(next)..run.end;
        if notes.start >= notes.end {
            return;
        }
        match self.velocities[part.index()] {
            // A velocity is said once, and only when it changes.
            Some(velocity) => {
                if self.stage != Stage::Velocity {
                    all_but(kind::VELOCITY, velocity.index(), some);
                }
                some(notes);
            }
            None => some(kind::VELOCITY),
        }
    }
}

fn part_run(parts: Range<u16>) -> Range<u16> {
    debug_assert!(parts.end <= u16::from(PartId::COUNT) || parts.is_empty());
    kind::PART.start + parts.start..kind::PART.start + parts.end
}

/// `run` without the token at `index` in it.
fn all_but(run: Range<u16>, index: u16, some: &mut impl FnMut(Range<u16>)) {
    let token = run.start + index;
    some(run.start..token.min(run.end));
    some(token + 1..run.end);
}
