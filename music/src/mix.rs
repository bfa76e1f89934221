use musigan_score::{Instrument, PartId};
use musigan_synth::Channel;

use crate::channel_of;

/// Which parts are heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mix {
    /// Parts that are silent.
    pub muted: [bool; PartId::COUNT as usize],
    /// Parts beside which the others are silent, if the piece has any of them.
    pub solo: [bool; PartId::COUNT as usize],
}

impl Mix {
    /// The channels that are silent in a piece of these parts. A channel that parts share, as those of
    /// percussion do, is silent if all of them are.
    pub fn silent(
        &self,
        parts: &[Option<Instrument>; PartId::COUNT as usize],
    ) -> [bool; Channel::COUNT] {
        let cast = || {
            let all = (0..PartId::COUNT).filter_map(PartId::new).zip(parts);
            all.filter_map(|(part, &instrument)| Some((part, instrument?)))
        };
        let alone = cast().any(|(part, _)| self.solo[part.index()]);
        let heard = |part: PartId| !self.muted[part.index()] && (!alone || self.solo[part.index()]);
        let mut silent = [false; Channel::COUNT];
        for (part, instrument) in cast() {
            silent[channel_of(part, instrument).index()] = true;
        }
        for (part, instrument) in cast().filter(|&(part, _)| heard(part)) {
            silent[channel_of(part, instrument).index()] = false;
        }
        silent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use musigan_score::Program;

    fn silent(mix: Mix, parts: &[Instrument]) -> alloc::vec::Vec<usize> {
        let mut all = [None; PartId::COUNT as usize];
        for (slot, &part) in all.iter_mut().zip(parts) {
            *slot = Some(part);
        }
        let silent = mix.silent(&all);
        (0..Channel::COUNT).filter(|&channel| silent[channel]).collect()
    }

    #[test]
    fn a_solo_silences_the_others_where_it_plays() {
        let piano = Instrument::Program(Program::PIANO);
        let band = [piano, piano, Instrument::Percussion, piano, Instrument::Percussion];
        let mut mix = Mix::default();
        assert!(silent(mix, &band).is_empty());
        mix.muted[1] = true;
        assert_eq!(silent(mix, &band), [1]);
        mix.solo[3] = true;
        assert_eq!(silent(mix, &band), [0, 1, 9]);
        // A piece without the solo's part is heard.
        assert_eq!(silent(mix, &band[..3]), [1]);
        mix.solo[4] = true;
        assert_eq!(silent(mix, &band), [0, 1]);
        mix.muted[3] = true;
        assert_eq!(silent(mix, &band), [0, 1, 3]);
    }
}
