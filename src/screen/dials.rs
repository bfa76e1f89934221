//! What can be turned while the music plays.

use musigan_engine::composer::{Form, Settings, Walk};
use musigan_engine::scale::Scale;
use musigan_score::events::{Density, Style};
use musigan_score::{Instrument, Key, Mode, PartId, Program};
use musigan_synth::instrument::PROGRAMS;

use super::show::Parts;
use crate::music::{Arrangement, Mix, Swing};
use crate::session::Order;

/// Something that can be turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dial {
    /// Speed in percent.
    Speed,
    /// Temperature.
    Temperature,
    /// Nucleus.
    TopP,
    /// Density of the bars.
    Density,
    /// Style of the pieces to come.
    Style,
    /// Key of the pieces to come.
    Key,
    /// Scale of the notes that are played.
    Scale,
    /// How strongly the key draws the pitches.
    Tonality,
    /// What the latent of a generator of bars does from bar to bar.
    Walk,
    /// Bars of the phrases that come again.
    Phrases,
    /// Swing in percent.
    Swing,
    /// Volume in percent.
    Volume,
    /// The program of a part.
    Part(PartId),
}

/// The state of every dial.
#[derive(Clone, Debug, PartialEq)]
pub struct Dials {
    /// In percent of the piece's own tempo.
    pub speed: u32,
    /// See [`musigan_engine::sampler::Sampling`].
    pub temperature: f32,
    /// See [`musigan_engine::sampler::Sampling`].
    pub top_p: f32,
    /// `None`: as the model chooses.
    pub density: Option<Density>,
    /// `None`: as the model chooses.
    pub style: Option<Style>,
    /// Those that the model has learnt; where there are none, the dial is not there.
    pub styles: Vec<Style>,
    /// `None`: as the model chooses.
    pub key: Option<Key>,
    /// See [`musigan_engine::composer::Settings`].
    pub scale: Scale,
    /// See [`musigan_engine::composer::Settings`].
    pub tonality: f32,
    /// See [`musigan_engine::composer::Settings`]; `None`: the model has no latent, and the dial is not there.
    pub walk: Option<Walk>,
    /// See [`musigan_engine::composer::Settings`].
    pub form: Form,
    /// The share of the first eighth, in percent.
    pub swing: u32,
    /// In percent.
    pub volume: u32,
    /// Programs that were chosen here.
    pub programs: [Option<Program>; PartId::COUNT as usize],
    /// How parts are arranged.
    pub arrangements: [Arrangement; PartId::COUNT as usize],
    /// Which parts are heard.
    pub mix: Mix,
    /// The place of the chosen dial among all.
    pub chosen: usize,
    /// There is a player: his part is the first, the others are the model's.
    pub duet: bool,
}

/// What turning a dial asks for.
pub enum Turned {
    /// Of the composer.
    Order(Order),
    /// Of the callback: the factor on the output.
    Gain(f32),
}

const FIXED: [Dial; 12] = [
    Dial::Speed,
    Dial::Temperature,
    Dial::TopP,
    Dial::Density,
    Dial::Style,
    Dial::Key,
    Dial::Scale,
    Dial::Tonality,
    Dial::Walk,
    Dial::Phrases,
    Dial::Swing,
    Dial::Volume,
];

/// What can be turned while someone plays along: pieces have no part in it.
const DUET: [Dial; 8] = [
    Dial::Speed,
    Dial::Temperature,
    Dial::TopP,
    Dial::Density,
    Dial::Scale,
    Dial::Tonality,
    Dial::Walk,
    Dial::Volume,
];

impl Default for Dials {
    fn default() -> Self {
        Self {
            speed: 100,
            temperature: 1.0,
            top_p: 0.98,
            density: None,
            style: None,
            styles: Vec::new(),
            key: None,
            scale: Scale::CHROMATIC,
            tonality: Settings::default().tonality,
            walk: None,
            form: Form::Free,
            swing: 50,
            volume: 100,
            programs: [None; PartId::COUNT as usize],
            arrangements: [Arrangement::PLAIN; PartId::COUNT as usize],
            mix: Mix::default(),
            chosen: 0,
            duet: false,
        }
    }
}

impl Dials {
    /// Every dial there is for these parts.
    pub fn all(&self, parts: &Parts) -> impl Iterator<Item = Dial> + use<> {
        let parts: Vec<_> = (0..PartId::COUNT)
            .filter_map(PartId::new)
            .filter(|part| parts[part.index()].is_some())
            .map(Dial::Part)
            .collect();
        let fixed: &'static [Dial] = if self.duet { &DUET } else { &FIXED };
        let (walks, styled) = (self.walk.is_some(), !self.styles.is_empty());
        let fixed = fixed.iter().copied().filter(move |&dial| match dial {
            Dial::Walk => walks,
            Dial::Style => styled,
            _ => true,
        });
        fixed.chain(parts)
    }

    /// The dial that is turned now.
    pub fn chosen(&self, parts: &Parts) -> Dial {
        self.all(parts).nth(self.chosen).unwrap_or(Dial::Speed)
    }

    /// Chooses the dial `step` places on.
    pub fn choose(&mut self, step: isize, parts: &Parts) {
        let count = self.all(parts).count();
        self.chosen = self.chosen.min(count - 1).saturating_add_signed(step).min(count - 1);
    }

    /// Turns the chosen dial by `steps`, and tells what that asks for.
    pub fn turn(&mut self, steps: i32, parts: &Parts) -> Option<Turned> {
        let order = match self.chosen(parts) {
            Dial::Speed => {
                self.speed = stepped(self.speed, steps * 5, 25, 400);
                Order::Speed(self.speed)
            }
            Dial::Temperature => {
                self.temperature = hundredths(self.temperature, steps * 5, 0.0, 2.0);
                Order::Temperature(self.temperature)
            }
            Dial::TopP => {
                self.top_p = hundredths(self.top_p, steps, 0.5, 1.0);
                Order::TopP(self.top_p)
            }
            Dial::Density => {
                let level = self.density.map_or(0, |density| density.level() + 1);
                let level = stepped(level.into(), steps, 0, 8) as u8;
                self.density = level.checked_sub(1).and_then(Density::new);
                Order::Density(self.density)
            }
            Dial::Style => {
                let at = self.styles.iter().position(|&style| Some(style) == self.style);
                let last = self.styles.len() as u32;
                let at = stepped(at.map_or(0, |at| at as u32 + 1), steps, 0, last) as usize;
                self.style = at.checked_sub(1).and_then(|at| self.styles.get(at).copied());
                Order::Style(self.style)
            }
            Dial::Key => {
                let index = self.key.map_or(0, |key| key.index() + 1);
                let index = stepped(index.into(), steps, 0, 24) as u8;
                self.key = index.checked_sub(1).and_then(Key::from_index);
                Order::Key(self.key)
            }
            Dial::Scale => {
                let at = Scale::NAMED.iter().position(|&(_, scale)| scale == self.scale);
                let last = Scale::NAMED.len() as u32 - 1;
                let at = stepped(at.unwrap_or(0) as u32, steps, 0, last);
                self.scale = Scale::NAMED[at as usize].1;
                Order::Scale(self.scale)
            }
            Dial::Tonality => {
                self.tonality = hundredths(self.tonality, 5 * steps, 0.0, 1.0);
                Order::Tonality(self.tonality)
            }
            Dial::Walk => {
                let at = Walk::ALL.iter().position(|&walk| Some(walk) == self.walk);
                let last = Walk::ALL.len() as u32 - 1;
                let walk = Walk::ALL[stepped(at.unwrap_or(0) as u32, steps, 0, last) as usize];
                self.walk = Some(walk);
                Order::Walk(walk)
            }
            Dial::Phrases => {
                let bars = stepped(self.form.bars().into(), steps, 0, Form::LONGEST.into());
                self.form = Form::of(bars as u8);
                Order::Form(self.form)
            }
            Dial::Swing => {
                self.swing = stepped(self.swing, steps, 50, 75);
                Order::Swing(Swing::from_percent(self.swing))
            }
            Dial::Volume => return Some(self.turn_volume(steps)),
            Dial::Part(part) => {
                let Some(Instrument::Program(model)) = parts[part.index()] else { return None };
                let program = self.programs[part.index()].unwrap_or(model);
                let number = (i32::from(program.number()) + steps).rem_euclid(128) as u8;
                let program = Program::from_data(number);
                self.programs[part.index()] = Some(program);
                Order::Program(part, program)
            }
        };
        Some(Turned::Order(order))
    }

    /// Turns the volume, whatever dial is chosen.
    pub fn turn_volume(&mut self, steps: i32) -> Turned {
        self.volume = stepped(self.volume, steps * 5, 0, 100);
        Turned::Gain(gain(self.volume))
    }

    /// A dial's name and where it stands.
    pub fn label(&self, dial: Dial, parts: &Parts) -> (String, String) {
        let (name, value) = match dial {
            Dial::Speed => ("speed", format!("{} %", self.speed)),
            Dial::Temperature => ("temperature", format!("{:.2}", self.temperature)),
            Dial::TopP => ("top-p", format!("{:.2}", self.top_p)),
            Dial::Density => {
                ("density", self.density.map_or("free".into(), |d| d.level().to_string()))
            }
            Dial::Style => ("next style", self.style.map_or("free", Style::name).into()),
            Dial::Key => ("next key", self.key.map_or("free".into(), key_name)),
            Dial::Scale => ("scale", self.scale.name().unwrap_or("as asked").into()),
            Dial::Tonality => ("tonality", format!("{:.2}", self.tonality)),
            Dial::Walk => ("walk", self.walk.map_or("none", Walk::name).into()),
            Dial::Phrases => match self.form.bars() {
                0 => ("phrases", "free".into()),
                1 => ("phrases", "of a bar".into()),
                bars => ("phrases", format!("of {bars} bars")),
            },
            Dial::Swing => ("swing", format!("{} %", self.swing)),
            Dial::Volume => ("volume", format!("{} %", self.volume)),
            Dial::Part(part) => {
                let name = match (self.programs[part.index()], parts[part.index()]) {
                    (_, Some(Instrument::Percussion)) => "Drums",
                    (Some(program), _) | (None, Some(Instrument::Program(program))) => {
                        program_name(program)
                    }
                    (None, None) => "none",
                };
                // Before the name, which may be longer than there is room.
                let mut words = self.signs(part, parts);
                words.push(name.into());
                let name = match part.index() {
                    index if !self.duet => format!("part {}", index + 1),
                    0 => "you".into(),
                    _ => "model".into(),
                };
                return (name, words.join(" "));
            }
        };
        (name.into(), value)
    }
}

/// The factor of a volume in percent. A square law makes the steps sound alike.
pub fn gain(volume: u32) -> f32 {
    let share = volume as f32 / 100.0;
    share * share
}

fn stepped(value: u32, steps: i32, least: u32, most: u32) -> u32 {
    value.saturating_add_signed(steps).clamp(least, most)
}

fn hundredths(value: f32, steps: i32, least: f32, most: f32) -> f32 {
    (((value * 100.0).round() + steps as f32) / 100.0).clamp(least, most)
}

/// The name of a program, as General MIDI has it.
pub fn program_name(program: Program) -> &'static str {
    PROGRAMS[usize::from(program.number())].name
}

/// The name of a key, such as `F# minor`.
pub fn key_name(key: Key) -> String {
    const TONICS: [&str; 12] = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
    let mode = if key.mode() == Mode::Minor { "minor" } else { "major" };
    format!("{} {mode}", TONICS[usize::from(key.tonic())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duo() -> Parts {
        let mut parts = Parts::default();
        parts[0] = Some(Instrument::Program(Program::PIANO));
        parts[1] = Some(Instrument::Percussion);
        parts
    }

    #[test]
    fn every_dial_can_be_reached_and_turned_to_both_ends() {
        let (parts, mut dials) = (duo(), Dials::default());
        assert_eq!(dials.all(&parts).count(), 12);
        dials.walk = Some(Walk::Drift);
        dials.styles = vec![Style::Chorale, Style::Band];
        assert_eq!(dials.all(&parts).count(), 14);
        for dial in dials.all(&parts) {
            assert_eq!(dials.chosen(&parts), dial);
            for steps in [-1000, 1000, 1, -1] {
                dials.turn(steps, &parts);
                assert!(!dials.label(dial, &parts).1.is_empty());
            }
            dials.choose(1, &parts);
        }
        dials.choose(-100, &parts);
        assert_eq!(dials.chosen(&parts), Dial::Speed);
        assert_eq!((dials.volume, dials.swing, dials.temperature), (95, 74, 1.95));
        assert_eq!(dials.walk, Some(Walk::Drift), "hold, and one back");
        assert_eq!(dials.form, Form::of(7));
        assert_eq!(dials.style, Some(Style::Chorale), "the last, and one back");
    }

    #[test]
    fn a_part_takes_another_program_and_falls_silent() {
        let (parts, mut dials) = (duo(), Dials::default());
        dials.choose(FIXED.len() as isize - 2, &parts);
        assert!(matches!(
            dials.turn(-1, &parts),
            Some(Turned::Order(Order::Program(_, program))) if program.number() == 127
        ));
        assert!(matches!(dials.mute(&parts), Some(Turned::Order(Order::Mute(_, true)))));
        assert_eq!(dials.label(dials.chosen(&parts), &parts).1, "muted Gunshot");
    }
}
