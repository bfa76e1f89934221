use core::ops::RangeInclusive;
use core::str::FromStr;

use heapless::Vec;
use musigan_engine::composer::{Form, Settings};
use musigan_score::events::Style;

/// Temperatures that are taken from an image.
const TEMPERATURES: RangeInclusive<f32> = 0.1..=2.0;

/// How a model composes where nobody says how: the lines of `name=value` in its image that tell so. What is not
/// there, or makes no sense, is as it is by default.
#[derive(Clone, Debug, PartialEq)]
pub struct Habits {
    /// `temperature=`: the temperature of its tokens.
    pub temperature: Option<f32>,
    /// `phrases=`: of how many bars the phrases are that come again; none, if it is not noted.
    pub form: Form,
    /// `tonality=`: how strongly a key draws the pitches, 0 to 1.
    pub tonality: f32,
    /// `styles=`: the styles that it has learnt to tell apart.
    pub styles: Vec<Style, { Style::ALL.len() }>,
}

impl Habits {
    /// Reads the notes of an image, `Image::about`.
    #[must_use]
    pub fn read(about: &str) -> Self {
        let note = |name| about.lines().find_map(|line| line.strip_prefix(name));
        fn number<T: FromStr>(text: &str) -> Option<T> {
            text.parse().ok()
        }
        let temperature = note("temperature=").and_then(number);
        let tonality = note("tonality=").and_then(number);
        let named = note("styles=")
            .unwrap_or_default()
            .split_whitespace()
            .filter_map(|name| name.parse::<Style>().ok());
        Self {
            temperature: temperature.filter(|number| TEMPERATURES.contains(number)),
            form: Form::of(note("phrases=").and_then(number).unwrap_or(0)),
            tonality: tonality
                .filter(|strength| (0.0..=1.0).contains(strength))
                .unwrap_or(Settings::default().tonality),
            // A style that is named twice is one.
            styles: Style::ALL
                .into_iter()
                .filter(|style| named.clone().any(|it| it == *style))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_as_by_default() {
        let usual = Habits::read("");
        assert_eq!((usual.temperature, usual.styles.len()), (None, 0));
        assert_eq!(Habits::read("temperature=9\nphrases=x\ntonality=-1\nstyles=polka\n"), usual);
        let told = Habits::read(
            "corpus=songs\ntemperature=0.6\nstyles=chorale jazz chorale\nphrases=4\ntonality=0.5",
        );
        assert_eq!((told.temperature, told.tonality, told.form), (Some(0.6), 0.5, Form::of(4)));
        assert_eq!(told.styles, [Style::Chorale, Style::Jazz]);
    }
}
