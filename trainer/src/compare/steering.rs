//! Whether a model does what it is told: the key and the density that were asked for, and those that
//! came.

use musigan_engine::Generator;
use musigan_engine::composer::{Opening, Settings};
use musigan_score::Key;
use musigan_score::events::Density;

use super::Connoisseur;
use crate::corpus::key::Heard;
use crate::listen::{self, compose};
use crate::metrics::{Piece, Trait};

/// Keys that are asked for: all.
const KEYS: std::ops::Range<u8> = 0..24;
/// Densities that are asked for: all but silence and the wildest, which music hardly has.
const LEVELS: std::ops::RangeInclusive<u8> = 1..=6;

/// As many times the pieces of each style, of which there are few.
const STYLED: u64 = 4;

/// How well a model is steered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steering {
    /// Share of the pieces that are heard to be in the key that was asked for, of 24.
    pub key: f64,
    /// Share of them heard in that key or the one of the same signature.
    pub signature: f64,
    /// Share of the time that notes of the asked signature sound: 7/12 by chance.
    pub inside: f64,
    /// Share of the bars that have the density which was asked for, of eight levels.
    pub density: f64,
    /// Share of them at most one level off.
    pub near_density: f64,
    /// Share of the pieces that are found to be of the style that was asked for, where there are styles.
    pub style: Option<f64>,
}

impl Steering {
    /// Asks for every key, six densities, and every style of which one who knows them can judge, `pieces` pieces
    /// each, seeds from 1.
    pub fn of(
        generator: &impl Generator,
        settings: Settings,
        pieces: u64,
        connoisseur: Option<&Connoisseur>,
    ) -> Self {
        let (mut asked, mut key, mut signature, mut inside) = (0_u32, 0_u32, 0_u32, 0.0);
        for wanted in KEYS.filter_map(Key::from_index) {
            let opening = Opening { key: Some(wanted), ..Opening::default() };
            for seed in 1..=pieces {
                let piece = listen::music(&compose(generator, settings, opening, seed));
                let Some(found) = Heard::of(piece.pitched()).without_signature() else { continue };
                asked += 1;
                key += u32::from(found == wanted);
                signature += u32::from(signature_of(found) == signature_of(wanted));
                inside += time_inside(&piece, signature_of(wanted));
            }
        }
        let mut apart = Vec::new();
        for level in LEVELS {
            let settings = Settings { density: Density::new(level), ..settings };
            for seed in 1..=pieces {
                let piece = listen::music(&compose(generator, settings, Opening::default(), seed));
                apart.extend(densities(&piece).map(|found| found.level().abs_diff(level)));
            }
        }
        let share = |count: usize, all: usize| count as f64 / all as f64;
        let within =
            |most: u8| share(apart.iter().filter(|&&off| off <= most).count(), apart.len());
        Self {
            key: f64::from(key) / f64::from(asked),
            signature: f64::from(signature) / f64::from(asked),
            inside: inside / f64::from(asked),
            density: within(0),
            near_density: within(1),
            style: connoisseur.map(|judge| styled(generator, settings, STYLED * pieces, judge)),
        }
    }
}

/// The share of pieces that are found to be of the style that was asked for.
fn styled(generator: &impl Generator, settings: Settings, pieces: u64, judge: &Connoisseur) -> f64 {
    let (mut asked, mut found) = (0_u32, 0_u32);
    for wanted in judge.styles() {
        let opening = Opening { style: Some(wanted), ..Opening::default() };
        for seed in 1..=pieces {
            let said = listen::sentence(generator, settings, opening, seed);
            asked += 1;
            found += u32::from(judge.style(&said, settings.max_bars as usize) == wanted);
        }
    }
    f64::from(found) / f64::from(asked)
}

/// The tonic of the major key with the same signature.
fn signature_of(key: Key) -> u8 {
    match key.mode() {
        musigan_score::Mode::Major => key.tonic(),
        musigan_score::Mode::Minor => (key.tonic() + 3) % 12,
    }
}

/// Share of the sounding time on the major scale of `tonic`.
fn time_inside(piece: &Piece, tonic: u8) -> f64 {
    let classes = Trait::ClassHistogram.of(piece);
    [0, 2, 4, 5, 7, 9, 11].iter().map(|step| classes[(usize::from(tonic) + step) % 12]).sum()
}

/// Of each bar.
fn densities(piece: &Piece) -> impl Iterator<Item = Density> {
    piece.bars().iter().map(|&bar| Density::of(piece.starting_in(bar).len() as u32, bar.ticks()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use musigan_score::events::{Symbol, VOCABULARY, kind};
    use musigan_score::{Metre, Token};

    /// Plays the scale of the key it is told, as many notes as the density wants, or takes no heed.
    struct Pupil {
        heeds: bool,
    }

    impl Generator for Pupil {
        fn vocab_len(&self) -> usize {
            VOCABULARY
        }

        fn state_len(&self) -> usize {
            3
        }

        fn macs_per_step(&self) -> usize {
            0
        }

        fn reset(&self, state: &mut [f32]) {
            state.copy_from_slice(&[0.0, 8.0, 0.0]);
        }

        /// State: the tonic; positions wanted in a bar; positions said.
        fn step(&self, state: &mut [f32], heard: Token, logits: &mut [f32]) {
            match Symbol::of(heard) {
                Some(Symbol::Key(key)) if self.heeds => state[0] = f32::from(signature_of(key)),
                Some(Symbol::Density(density)) if self.heeds => {
                    state[1] =
                        [0.0, 2.0, 6.0, 10.0, 14.0, 20.0, 30.0, 30.0][usize::from(density.level())];
                }
                Some(Symbol::Bar) => state[2] = 0.0,
                Some(Symbol::Position(_)) => state[2] += 1.0,
                _ => {}
            }
            // Neither tags nor ends of its own will.
            logits.fill(-50.0);
            for kind in [kind::DURATION, kind::VELOCITY] {
                kind.for_each(|token| logits[usize::from(token)] = 0.0);
            }
            let common = Symbol::Metre(Metre::COMMON).token();
            logits[common.map_or(0, |token| usize::from(token.0))] = 90.0;
            for pitch in kind::PITCH {
                let key = usize::from(pitch - kind::PITCH.start) + 21;
                // The scale, its triad foremost.
                logits[usize::from(pitch)] = match (key + 12 - state[0] as usize) % 12 {
                    0 => 2.0,
                    4 | 7 => 1.0,
                    2 | 5 | 9 | 11 => 0.0,
                    _ => -50.0,
                };
            }
            let bar = Symbol::Bar.token().map_or(0, |token| usize::from(token.0));
            logits[bar] = 40.0;
            if state[2] < state[1] {
                for position in kind::POSITION {
                    logits[usize::from(position)] =
                        90.0 - f32::from(position - kind::POSITION.start);
                }
            }
        }
    }

    #[test]
    fn who_heeds_is_told_from_who_does_not() {
        let settings = Settings { max_bars: 8, ..Settings::default() };
        let good = Steering::of(&Pupil { heeds: true }, settings, 1, None);
        let deaf = Steering::of(&Pupil { heeds: false }, settings, 1, None);
        assert!(good.signature > 0.8 && good.inside > 0.99, "{good:?}");
        assert!(deaf.signature < 0.3 && deaf.key < 0.2 && deaf.inside < 0.75, "{deaf:?}");
        assert!(good.near_density > deaf.near_density + 0.3, "{good:?} {deaf:?}");
    }
}
