//! Where a sentence has arrived, as numbers in a generator's state.
//!
//! All are small integers, which f32 holds exactly, so that a state is plain numbers.

use musigan_score::events::{Density, Position, Style, Symbol, VelocityBin};
use musigan_score::roll::{Condition, Told, nearest_step, shift, steps};
use musigan_score::{Key, Metre, Token};

use super::Walk;
use super::sizes::Sizes;

/// Numbers that a place takes in the state.
pub(super) const PLACE_LEN: usize = 18;

/// Which of them is the walk.
const WALK: usize = 17;

/// What kind of token was heard last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Stage {
    /// Nothing, or the end.
    Outside,
    /// The beginning, or style.
    Header,
    Key,
    Metre,
    /// Tempo, or a part's program: a part is due, or the first bar.
    Parts,
    /// A part in the header.
    Program,
    /// A bar or its tags.
    Bar,
    Position,
    Part,
    Velocity,
    Pitch,
    /// A whole note.
    Note,
}

const STAGES: [Stage; 12] = [
    Stage::Outside,
    Stage::Header,
    Stage::Key,
    Stage::Metre,
    Stage::Parts,
    Stage::Program,
    Stage::Bar,
    Stage::Position,
    Stage::Part,
    Stage::Velocity,
    Stage::Pitch,
    Stage::Note,
];

/// How far a sentence has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) stage: Stage,
    pub(super) metre: Metre,
    pub(super) key: Option<Key>,
    pub(super) style: Option<Style>,
    pub(super) density: Option<Density>,
    /// Parts declared in the header.
    pub(super) declared: u16,
    /// Bars begun, modulo 2¹⁶.
    pub(super) bars: u16,
    /// Step of the present position; `None` right after the bar line.
    pub(super) step: Option<u16>,
    /// Ticks of the present position.
    pub(super) ticks: u16,
    pub(super) part: Option<u16>,
    /// The pitch that was named last.
    pub(super) pitch: u16,
    /// No cell before this one is said any more.
    pub(super) cursor: u16,
    /// Parts that have a velocity, a bit each.
    pub(super) voiced: u16,
    /// What chance begins with, in sixteen bits each.
    pub(super) seed: [u16; 4],
    /// What the latent does at the next bar line.
    pub(super) walk: Walk,
}

/// A number that may be missing.
fn or_none(number: Option<u16>) -> u16 {
    number.map_or(0, |number| number.saturating_add(1))
}

impl Place {
    pub(super) fn new(seed: u64) -> Self {
        let part = |at: u32| (seed >> (16 * at)) as u16;
        Self {
            stage: Stage::Outside,
            metre: Metre::COMMON,
            key: None,
            style: None,
            density: None,
            declared: 0,
            bars: 0,
            step: None,
            ticks: 0,
            part: None,
            pitch: 0,
            cursor: 0,
            voiced: 0,
            seed: [part(0), part(1), part(2), part(3)],
            walk: Walk::Jump,
        }
    }

    /// The place where nothing has been heard, but what was asked for.
    fn anew(&self) -> Self {
        Self { walk: self.walk, ..Self::new(self.seed()) }
    }

    /// Says what the latent is to do at the next bar line, in the numbers of a place.
    pub(super) fn set_walk(numbers: &mut [f32; PLACE_LEN], walk: Walk) {
        numbers[WALK] = f32::from(walk as u8);
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed.iter().rev().fold(0, |seed, &part| seed << 16 | u64::from(part))
    }

    pub(super) fn load(numbers: &[f32; PLACE_LEN]) -> Self {
        let n = numbers.map(|number| number as u16);
        let some = |number: u16| number.checked_sub(1);
        let small = |number: u16| some(number).map(|x| x as u8);
        Self {
            stage: STAGES.get(usize::from(n[0])).copied().unwrap_or(Stage::Outside),
            metre: Metre::from_index(n[1] as u8).unwrap_or(Metre::COMMON),
            key: small(n[2]).and_then(Key::from_index),
            style: some(n[3]).and_then(|at| Style::ALL.get(usize::from(at)).copied()),
            density: small(n[4]).and_then(Density::new),
            declared: n[5],
            bars: n[6],
            step: some(n[7]),
            ticks: n[8],
            part: some(n[9]),
            pitch: n[10],
            cursor: n[11],
            voiced: n[12],
            seed: [n[13], n[14], n[15], n[16]],
            walk: Walk::ALL.get(usize::from(n[WALK])).copied().unwrap_or_default(),
        }
    }

    pub(super) fn store(&self, numbers: &mut [f32; PLACE_LEN]) {
        let [a, b, c, d] = self.seed;
        *numbers = [
            self.stage as u16,
            self.metre.index().into(),
            or_none(self.key.map(|key| key.index().into())),
            or_none(self.style.map(|style| style as u16)),
            or_none(self.density.map(|density| density.level().into())),
            self.declared,
            self.bars,
            or_none(self.step),
            self.ticks,
            or_none(self.part),
            self.pitch,
            self.cursor,
            self.voiced,
            a,
            b,
            c,
            d,
            self.walk as u16,
        ]
        .map(f32::from);
    }

    /// What the present bar is to be like.
    pub(super) fn condition(&self) -> Condition {
        let told = Told { mode: self.key.map(Key::mode), density: self.density, style: self.style };
        Condition { told, metre: self.metre, follows: self.bars > 1 }
    }

    /// By how many semitones the tonic is above C, counted down.
    pub(super) fn shift(&self) -> i8 {
        shift(self.key)
    }

    /// Steps of the present bar; the generator is silent in a bar that is too long for a roll.
    pub(super) fn steps(&self) -> usize {
        steps(self.metre).unwrap_or(0)
    }

    /// The part whose line goes on; the first before any has spoken.
    pub(super) fn speaking(&self, sizes: &Sizes) -> usize {
        usize::from(self.part.unwrap_or(0)).min(sizes.form.parts() - 1)
    }

    /// Takes in a token's meaning; what is heard of notes is the caller's business.
    pub(super) fn hear(&mut self, token: Token) {
        let in_header = self.bars == 0;
        match Symbol::of(token) {
            Some(Symbol::Bos) => *self = Self { stage: Stage::Header, ..self.anew() },
            Some(Symbol::Eos) => *self = self.anew(),
            Some(Symbol::Style(style)) => self.style = Some(style),
            Some(Symbol::Key(key)) => {
                self.key = Some(key);
                self.tag(in_header, Stage::Key);
            }
            Some(Symbol::Metre(metre)) => {
                self.metre = metre;
                self.tag(in_header, Stage::Metre);
            }
            Some(Symbol::Tempo(_)) => self.tag(in_header, Stage::Parts),
            Some(Symbol::Density(density)) => self.density = Some(density),
            Some(Symbol::Program(_)) => {
                self.declared += u16::from(in_header);
                self.tag(in_header, Stage::Parts);
            }
            Some(Symbol::Bar) => {
                // A piece's count goes on from 2 when it has come round, never from 0.
                self.bars = self.bars.checked_add(1).unwrap_or(2);
                (self.step, self.ticks, self.cursor, self.density) = (None, 0, 0, None);
                if in_header {
                    self.part = None;
                }
                self.stage = Stage::Bar;
            }
            Some(Symbol::Position(position)) => self.position(position),
            Some(Symbol::Part(part)) => {
                self.part = Some(part.index() as u16);
                self.stage = if in_header { Stage::Program } else { Stage::Part };
            }
            Some(Symbol::Velocity(_)) => {
                self.voiced |= 1 << self.part.unwrap_or(0).min(15);
                self.stage = Stage::Velocity;
            }
            Some(Symbol::Pitch(pitch)) => {
                self.pitch = pitch.key().into();
                self.stage = Stage::Pitch;
            }
            Some(Symbol::Duration(_) | Symbol::Drum(_)) => self.stage = Stage::Note,
            Some(Symbol::Pad) | None => {}
        }
    }

    fn tag(&mut self, in_header: bool, stage: Stage) {
        if in_header {
            self.stage = stage;
        }
    }

    fn position(&mut self, position: Position) {
        self.ticks = position.ticks() as u16;
        self.step = Some(nearest_step(position.ticks()) as u16);
        self.stage = Stage::Position;
    }

    /// Whether the next note of a part needs a velocity first.
    pub(super) fn needs_velocity(&self, part: usize) -> bool {
        self.voiced & (1 << part.min(15)) == 0
    }
}

/// The velocity in which a generator of bars speaks: rolls know none.
pub(super) const VELOCITY: VelocityBin = VelocityBin::of(musigan_score::Velocity::MEZZO_FORTE);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_its_numbers() {
        let mut place = Place::new(0xfedc_ba98_7654_3210);
        place.hear(Token(1));
        place.key = Key::from_index(23);
        place.density = Density::new(0);
        place.style = Some(Style::Jazz);
        (place.step, place.part, place.cursor) = (Some(0), Some(15), u16::MAX);
        let mut numbers = [0.0; PLACE_LEN];
        for walk in Walk::ALL {
            place.walk = walk;
            place.store(&mut numbers);
            assert_eq!(Place::load(&numbers), place);
        }
        Place::set_walk(&mut numbers, Walk::Drift);
        assert_eq!(Place::load(&numbers), Place { walk: Walk::Drift, ..place });
        assert_eq!(place.seed(), 0xfedc_ba98_7654_3210);
        // What is in a fresh state is a place, too.
        assert_eq!(Place::load(&[0.0; PLACE_LEN]).stage, Stage::Outside);
    }
}
