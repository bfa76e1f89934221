use musigan_engine::composer::{Form, Opening, Settings};
use musigan_music::{Habits, Swing, channel_of};
use musigan_score::events::{Density, Style};
use musigan_score::{Instrument, Key, PartId, Program};
use musigan_synth::{Action, Channel, ChannelEvent};

/// Bars after which a piece ends at the latest: as many as `musigan render` has.
const LONGEST: u32 = 128;

/// What can be turned, by the numbers that the page uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dial {
    /// Temperature, 0 to 3.
    Temperature,
    /// Nucleus, 0 to 1.
    TopP,
    /// Density of the bars, 0 to 7; anything else: as the model chooses.
    Density,
    /// Key of the pieces to come, by its index (major from 0, minor from 12); anything else: as the
    /// model chooses.
    Key,
    /// Speed in percent of the piece's own tempo, 10 to 1000.
    Speed,
    /// The first eighth's share of a quarter, 50 to 75 percent.
    Swing,
    /// Length of a piece in bars; 0: as the model ends it.
    Bars,
    /// Bars of the phrases of which some come again, 1 to 8; anything else: the model goes on freely.
    Phrases,
    /// Style of the pieces to come, by its index; anything else, and what the model has not learnt: as the model
    /// chooses.
    Style,
}

impl Dial {
    /// The dials in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Temperature,
        Self::TopP,
        Self::Density,
        Self::Key,
        Self::Speed,
        Self::Swing,
        Self::Bars,
        Self::Phrases,
        Self::Style,
    ];
}

/// What is asked of the music; at first what `musigan render` asks unless it is told otherwise.
#[derive(Clone, Debug)]
pub struct Wishes {
    /// The composer's settings.
    pub settings: Settings,
    /// How pieces begin.
    pub opening: Opening<'static>,
    /// How the music swings.
    pub swing: Swing,
    /// The style that is asked for.
    style: Option<Style>,
    /// In percent.
    speed: u32,
    programs: [Option<Program>; Channel::COUNT],
    /// Of the model that composes.
    habits: Habits,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            settings: Settings { max_bars: LONGEST, ..Settings::default() },
            opening: Opening::default(),
            swing: Swing::STRAIGHT,
            style: None,
            speed: 100,
            programs: [None; Channel::COUNT],
            habits: Habits::read(""),
        }
    }
}

impl Wishes {
    /// The same, of a model with these habits: no dial turns how strongly a key draws, and a style that it has not
    /// learnt is not told.
    #[must_use]
    pub fn of(mut self, habits: &Habits) -> Self {
        self.settings.tonality = habits.tonality;
        self.habits = habits.clone();
        self.tell_style();
        self
    }

    fn tell_style(&mut self) {
        self.opening.style = self.style.filter(|style| self.habits.styles.contains(style));
    }

    /// Turns a dial. What is not a number, or beyond the ends, is held within them.
    pub fn turn(&mut self, dial: Dial, value: f32) {
        // What is negative or no number becomes 0.
        let whole = value as u32;
        let index = u8::try_from(whole).ok().filter(|_| value >= 0.0);
        match dial {
            Dial::Temperature => self.settings.sampling.temperature = value.clamp(0.0, 3.0),
            Dial::TopP => self.settings.sampling.top_p = value.clamp(0.0, 1.0),
            Dial::Density => self.settings.density = index.and_then(Density::new),
            Dial::Key => self.opening.key = index.and_then(Key::from_index),
            Dial::Speed => self.speed = whole.clamp(10, 1000),
            Dial::Swing => self.swing = Swing::from_percent(whole),
            Dial::Bars => {
                self.settings.min_bars = whole;
                self.settings.max_bars = if whole == 0 { LONGEST } else { whole };
            }
            Dial::Phrases => self.settings.form = index.map_or(Form::Free, Form::of),
            Dial::Style => {
                self.style = index.and_then(|index| Style::ALL.get(usize::from(index)).copied());
                self.tell_style();
            }
        }
    }

    /// Lets a part be played by `program`, or as the piece says. Percussion stays what it is.
    pub fn cast(&mut self, part: PartId, program: Option<Program>) {
        self.programs[channel(part).index()] = program;
    }

    /// An action of the music as it is wished.
    #[must_use]
    pub fn granted(&self, action: Action) -> Action {
        match action {
            Action::Tempo(tempo) => {
                let tempo = u64::from(tempo) * 100 / u64::from(self.speed);
                Action::Tempo(u32::try_from(tempo).unwrap_or(u32::MAX))
            }
            Action::Channel(ChannelEvent::Program { channel, program }) => {
                let program = self.programs[channel.index()].unwrap_or(program);
                Action::Channel(ChannelEvent::Program { channel, program })
            }
            other @ Action::Channel(_) => other,
        }
    }
}

/// The channel of a part that is not percussion.
pub(crate) fn channel(part: PartId) -> Channel {
    channel_of(part, Instrument::Program(Program::MUSIC_BOX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_is_told_to_who_has_learnt_it() {
        let mut wishes = Wishes::default();
        wishes.turn(Dial::Style, 2.0);
        assert_eq!(wishes.opening.style, None);
        let habits = Habits::read("styles=art-song chorale\ntonality=0.25\n");
        let mut wishes = wishes.of(&habits);
        assert_eq!((wishes.opening.style, wishes.settings.tonality), (Some(Style::Chorale), 0.25));
        wishes.turn(Dial::Style, 7.0);
        assert_eq!(wishes.opening.style, None);
        wishes.turn(Dial::Style, 0.0);
        assert_eq!(wishes.opening.style, Some(Style::ArtSong));
    }

    #[test]
    fn dials_hold_what_is_beyond_them() {
        let mut wishes = Wishes::default();
        for dial in Dial::ALL {
            for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1.0, 1e9] {
                wishes.turn(dial, value);
            }
        }
        assert_eq!(wishes.settings.sampling.temperature, 3.0);
        assert_eq!((wishes.settings.density, wishes.opening.key, wishes.speed), (None, None, 1000));
        assert_eq!(wishes.settings.form, Form::Free);
        wishes.turn(Dial::Key, 0.0);
        assert_eq!(wishes.opening.key, Key::from_index(0));
        assert_eq!(wishes.granted(Action::Tempo(500_000)), Action::Tempo(50_000));
    }
}
