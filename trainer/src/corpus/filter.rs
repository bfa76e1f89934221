//! Which pieces of a corpus are wanted.

use musigan_score::events::{Symbol, kind};
use musigan_score::{Family, Instrument, Metre, Program, Token};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;
use std::str::FromStr;

/// What a piece must be like. Nothing is asked for by default.
///
/// A piece is judged by its sentence, after parts that are too many for the vocabulary were joined and
/// silence was cut: by what a network would learn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// How many parts it has.
    pub parts: Option<Span>,
    /// How many bars it has.
    pub bars: Option<Span>,
    /// The metres of its bars: no bar is in another. Empty: any.
    pub metres: BTreeSet<Metre>,
    /// What its parts are played on: no part on anything else. Empty: anything.
    pub only: Vec<Sound>,
    /// What is played on by one part at least, each of them.
    pub with: Vec<Sound>,
}

/// What a piece was left out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// [`Filter::parts`].
    Parts,
    /// [`Filter::metres`].
    Metre,
    /// [`Filter::only`].
    OnlyProgram,
    /// [`Filter::with`].
    WithProgram,
    /// [`Filter::bars`].
    Bars,
}

impl Rule {
    /// The option of the command line.
    pub const fn option(self) -> &'static str {
        match self {
            Self::Parts => "--only-parts",
            Self::Metre => "--only-metre",
            Self::OnlyProgram => "--only-program",
            Self::WithProgram => "--with-program",
            Self::Bars => "--only-bars",
        }
    }
}

/// How many pieces were left out, by the first rule that they break.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut(BTreeMap<Rule, u64>);

impl LeftOut {
    /// Counts a piece.
    pub fn count(&mut self, rule: Rule) {
        *self.0.entry(rule).or_default() += 1;
    }

    /// How many there are.
    pub fn pieces(&self) -> u64 {
        self.0.values().sum()
    }
}

impl Display for LeftOut {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (at, (rule, count)) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{count} by {}", rule.option())?;
        }
        Ok(())
    }
}

impl Filter {
    /// The first rule that a sentence breaks.
    pub fn broken(&self, sentence: &[u16]) -> Option<Rule> {
        let symbols = || sentence.iter().filter_map(|&token| Symbol::of(Token(token)));
        let instruments: Vec<Instrument> = symbols()
            .filter_map(|symbol| match symbol {
                Symbol::Program(instrument) => Some(instrument),
                _ => None,
            })
            .collect();
        let bars = sentence.iter().filter(|&&token| token == kind::BAR).count();
        let strange = |symbol| match symbol {
            Symbol::Metre(metre) => !self.metres.contains(&metre),
            _ => false,
        };
        let holds = |span: &Option<Span>, count| span.is_none_or(|span| span.holds(count));
        let any = |sound: &Sound| instruments.iter().any(|&instrument| sound.has(instrument));
        let among = |&instrument: &Instrument| self.only.iter().any(|sound| sound.has(instrument));
        [
            (Rule::Parts, !holds(&self.parts, instruments.len())),
            (Rule::Metre, !self.metres.is_empty() && symbols().any(strange)),
            (Rule::OnlyProgram, !self.only.is_empty() && !instruments.iter().all(among)),
            (Rule::WithProgram, !self.with.iter().all(any)),
            (Rule::Bars, !holds(&self.bars, bars)),
        ]
        .into_iter()
        .find_map(|(rule, broken)| broken.then_some(rule))
    }
}

/// How many of something, both ends counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    least: usize,
    most: usize,
}

impl Span {
    /// Whether `count` is within.
    pub const fn holds(self, count: usize) -> bool {
        self.least <= count && count <= self.most
    }
}

impl From<RangeInclusive<usize>> for Span {
    fn from(range: RangeInclusive<usize>) -> Self {
        Self { least: *range.start(), most: *range.end() }
    }
}

impl FromStr for Span {
    type Err = String;

    /// Reads `2..4`, `2..`, `..4` or `2`.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str, otherwise| match text {
            "" => Some(otherwise),
            digits => digits.parse().ok(),
        };
        let ends = match text.split_once("..") {
            Some((least, most)) => number(least, 0).zip(number(most, usize::MAX)),
            None => text.parse().ok().map(|count| (count, count)),
        };
        match ends {
            Some((least, most)) if least <= most => Ok(Self { least, most }),
            _ => Err(format!("{text} is no range: write 2..4 (both counted), 2.., ..4 or 2")),
        }
    }
}

/// What a part is played on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// A General MIDI program.
    Program(Program),
    /// A family of eight programs.
    Family(Family),
    /// The percussion kit.
    Percussion,
}

impl Sound {
    /// Whether `instrument` is it, or of it.
    pub fn has(self, instrument: Instrument) -> bool {
        match (self, instrument) {
            (Self::Program(wanted), Instrument::Program(program)) => wanted == program,
            (Self::Family(family), Instrument::Program(program)) => family == program.family(),
            (Self::Percussion, Instrument::Percussion) => true,
            (Self::Program(_) | Self::Family(_), Instrument::Percussion)
            | (Self::Percussion, Instrument::Program(_)) => false,
        }
    }
}

impl FromStr for Sound {
    type Err = String;

    /// Reads a program's number, 0 to 127, a family's name, or `percussion`.
    fn from_str(text: &str) -> Result<Self, String> {
        let plain = |text: &str| text.replace(['-', ' '], "").to_lowercase();
        let named = |family: &Family| plain(&format!("{family:?}")) == plain(text);
        let number = || Some(Self::Program(Program::new(text.parse().ok()?)?));
        let family = || Family::ALL.into_iter().find(named).map(Self::Family);
        match plain(text).as_str() {
            "percussion" => Ok(Self::Percussion),
            _ => number().or_else(family).ok_or_else(|| {
                let names: Vec<String> = Family::ALL.iter().map(kebab).collect();
                format!(
                    "{text} is no program: write 0 to 127, percussion, or a family ({})",
                    names.join(", ")
                )
            }),
        }
    }
}

/// A family's name as an option says it: `synth-lead`.
fn kebab(family: &Family) -> String {
    let mut name = String::new();
    for (at, letter) in format!("{family:?}").chars().enumerate() {
        if at > 0 && letter.is_uppercase() {
            name.push('-');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

/// Reads a metre such as `6/8`.
///
/// # Errors
/// Where the vocabulary has no such metre.
pub fn metre(text: &str) -> Result<Metre, String> {
    let parsed = text.split_once('/').and_then(|(numerator, denominator)| {
        match Metre::nearest(numerator.parse().ok()?, denominator.parse().ok()?) {
            (metre, true) => Some(metre),
            (_, false) => None,
        }
    });
    parsed.ok_or_else(|| {
        let all: Vec<String> = Metre::ALL.iter().map(|(n, d)| format!("{n}/{d}")).collect();
        format!("{text} is no metre of the vocabulary; there are {}", all.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use musigan_score::PartId;

    /// A sentence of so many bars: piano and strings, in 3/4 and, at last, 4/4.
    fn sentence(bars: usize) -> Vec<u16> {
        let three = metre("3/4").unwrap();
        let (part, played) = (|part| Symbol::Part(PartId::new(part).unwrap()), Symbol::Program);
        let on = |number| played(Instrument::Program(Program::new(number).unwrap()));
        let mut symbols = vec![Symbol::Bos, Symbol::Metre(three), part(0), on(0), part(1), on(48)];
        symbols.resize(symbols.len() + bars, Symbol::Bar);
        symbols.extend([Symbol::Metre(Metre::COMMON), Symbol::Eos]);
        symbols.into_iter().map(|symbol| symbol.token().unwrap().0).collect()
    }

    fn sounds(names: &[&str]) -> Vec<Sound> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    #[test]
    fn every_rule_leaves_out_what_breaks_it_and_nothing_else() {
        let piece = sentence(8);
        let broken = |filter: Filter| filter.broken(&piece);
        assert_eq!(broken(Filter::default()), None);
        let parts = |text: &str| broken(Filter { parts: text.parse().ok(), ..Filter::default() });
        assert_eq!((parts("2"), parts("..2"), parts("2..9")), (None, None, None));
        assert_eq!((parts("3.."), parts("1")), (Some(Rule::Parts), Some(Rule::Parts)));
        let bars = |text: &str| broken(Filter { bars: text.parse().ok(), ..Filter::default() });
        assert_eq!((bars("8..8"), bars("9..")), (None, Some(Rule::Bars)));
        let metres = |names: &[&str]| {
            let metres = names.iter().map(|name| metre(name).unwrap()).collect();
            broken(Filter { metres, ..Filter::default() })
        };
        assert_eq!((metres(&["3/4", "4/4"]), metres(&["3/4"])), (None, Some(Rule::Metre)));
        let only = |names: &[&str]| broken(Filter { only: sounds(names), ..Filter::default() });
        assert_eq!(only(&["piano", "ensemble", "brass"]), None);
        assert_eq!(only(&["0", "48"]), None);
        assert_eq!(only(&["piano"]), Some(Rule::OnlyProgram));
        let with = |names: &[&str]| broken(Filter { with: sounds(names), ..Filter::default() });
        assert_eq!((with(&["48"]), with(&["piano", "ensemble"])), (None, None));
        assert_eq!(with(&["piano", "percussion"]), Some(Rule::WithProgram));
    }

    #[test]
    fn what_cannot_be_read_is_said_with_what_can() {
        for wrong in ["", "x", "4..2", "1..x", "-1", "2..=4"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
        assert!("128".parse::<Sound>().unwrap_err().contains("synth-lead, synth-pad"));
        assert!("kazoo".parse::<Sound>().is_err());
        assert_eq!("Synth-Lead".parse(), Ok(Sound::Family(Family::SynthLead)));
        assert!(metre("4").unwrap_err().contains("6/8"));
        assert!(metre("13/4").is_err());
    }

    #[test]
    fn what_is_left_out_is_counted_by_rule() {
        let mut left_out = LeftOut::default();
        assert_eq!((left_out.pieces(), left_out.to_string()), (0, String::new()));
        for rule in [Rule::Bars, Rule::Parts, Rule::Bars] {
            left_out.count(rule);
        }
        assert_eq!(left_out.to_string(), "1 by --only-parts, 2 by --only-bars");
        assert_eq!(left_out.pieces(), 3);
    }
}
