//! What can be done to the chosen part besides turning its program.

use musigan_score::{Instrument, PartId};

use super::dials::{Dial, Dials, Turned};
use super::show::Parts;
use crate::music::{Arrangement, Delay};
use crate::session::Order;

impl Dials {
    /// The chosen part, if anything can be done to it: what a player plays himself is as he plays it.
    fn arranged(&self, parts: &Parts) -> Option<PartId> {
        match self.chosen(parts) {
            Dial::Part(part) if !self.duet || part.index() > 0 => Some(part),
            _ => None,
        }
    }

    /// Lets the chosen part fall silent, or be heard again.
    pub fn mute(&mut self, parts: &Parts) -> Option<Turned> {
        let part = self.arranged(parts)?;
        let muted = &mut self.mix.muted[part.index()];
        *muted = !*muted;
        Some(Turned::Order(Order::Mute(part, *muted)))
    }

    /// Lets the chosen part be heard without those that are not chosen so, or with them again.
    pub fn solo(&mut self, parts: &Parts) -> Option<Turned> {
        let part = self.arranged(parts)?;
        let solo = &mut self.mix.solo[part.index()];
        *solo = !*solo;
        Some(Turned::Order(Order::Solo(part, *solo)))
    }

    /// Moves the chosen part by so many semitones, if it has pitches.
    pub fn transpose(&mut self, semitones: i8, parts: &Parts) -> Option<Turned> {
        self.arrange(parts, true, |arrangement| {
            let widest = Arrangement::WIDEST;
            arrangement.transpose = (arrangement.transpose + semitones).clamp(-widest, widest);
        })
    }

    /// Doubles the chosen part an octave higher, or no more, if it has pitches.
    pub fn double(&mut self, parts: &Parts) -> Option<Turned> {
        self.arrange(parts, true, |arrangement| {
            arrangement.double = if arrangement.double.is_some() { None } else { Some(12) };
        })
    }

    /// Lets the chosen part come once more a bar later, or no more.
    pub fn canon(&mut self, parts: &Parts) -> Option<Turned> {
        self.arrange(parts, false, |arrangement| {
            let bar = Delay::Bars(1);
            arrangement.canon = if arrangement.canon.is_some() { None } else { Some(bar) };
        })
    }

    fn arrange(
        &mut self,
        parts: &Parts,
        pitched: bool,
        change: impl FnOnce(&mut Arrangement),
    ) -> Option<Turned> {
        let part = self.arranged(parts)?;
        if pitched && parts[part.index()] == Some(Instrument::Percussion) {
            return None;
        }
        let arrangement = &mut self.arrangements[part.index()];
        change(arrangement);
        Some(Turned::Order(Order::Arrange(part, *arrangement)))
    }

    /// What differs from the part as it is composed.
    pub(super) fn signs(&self, part: PartId, parts: &Parts) -> Vec<String> {
        let Arrangement { transpose, double, canon } = self.arrangements[part.index()];
        let pitched = parts[part.index()] != Some(Instrument::Percussion);
        let canon = canon.map(|delay| match delay {
            Delay::Bars(1) => "canon".into(),
            Delay::Bars(bars) => format!("canon {bars}"),
            Delay::Quarters(quarters) => format!("canon {quarters}q"),
        });
        let signs = [
            self.mix.muted[part.index()].then(|| "muted".into()),
            self.mix.solo[part.index()].then(|| "solo".into()),
            (pitched && transpose != 0).then(|| format!("{transpose:+}")),
            double.filter(|_| pitched).map(|semitones| format!("&{semitones:+}")),
            canon,
        ];
        signs.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use musigan_score::Program;

    #[test]
    fn a_part_is_moved_doubled_and_comes_again() {
        let mut parts = Parts::default();
        parts[0] = Some(Instrument::Program(Program::PIANO));
        parts[1] = Some(Instrument::Percussion);
        let mut dials = Dials::default();
        // No part is chosen yet.
        assert!(dials.transpose(1, &parts).is_none() && dials.solo(&parts).is_none());
        dials.choose(dials.all(&Parts::default()).count() as isize, &parts);
        let last = |turned| match turned {
            Some(Turned::Order(Order::Arrange(part, arrangement))) => (part.index(), arrangement),
            _ => panic!("nothing is asked for"),
        };
        last(dials.transpose(12, &parts));
        last(dials.transpose(-5, &parts));
        last(dials.double(&parts));
        let arrangement =
            Arrangement { transpose: 7, double: Some(12), canon: Some(Delay::Bars(1)) };
        assert_eq!(last(dials.canon(&parts)), (0, arrangement));
        assert!(matches!(dials.solo(&parts), Some(Turned::Order(Order::Solo(_, true)))));
        let label = |dials: &Dials| dials.label(dials.chosen(&parts), &parts).1;
        assert_eq!(label(&dials), "solo +7 &+12 canon Acoustic Grand Piano");
        for _ in 0..9 {
            dials.transpose(12, &parts);
        }
        dials.double(&parts);
        let arrangement = Arrangement { transpose: 36, ..Arrangement::PLAIN };
        assert_eq!(last(dials.canon(&parts)), (0, arrangement));
        // Strokes have no pitch, but may come again.
        dials.choose(1, &parts);
        assert!(dials.transpose(1, &parts).is_none() && dials.double(&parts).is_none());
        last(dials.canon(&parts));
        assert_eq!(label(&dials), "canon Drums");
    }
}
