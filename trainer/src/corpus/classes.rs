//! How often each class of music and each family of tokens is in a corpus.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::ops::Range;

use musigan_score::Token;
use musigan_score::events::{Style, Symbol, VOCABULARY, kind};
use musigan_score::{Instrument, Key, Metre, Mode, PartId};

use super::report::{instrument, list};

/// The families of the vocabulary, in its order.
pub const FAMILIES: [(&str, Range<u16>); 15] = [
    ("beginning", kind::BOS..kind::BOS + 1),
    ("end", kind::EOS..kind::EOS + 1),
    ("bar", kind::BAR..kind::BAR + 1),
    ("position", kind::POSITION),
    ("pitch", kind::PITCH),
    ("percussion", kind::DRUM),
    ("duration", kind::DURATION),
    ("velocity", kind::VELOCITY),
    ("part", kind::PART),
    ("program", kind::PROGRAM),
    ("metre", kind::METRE),
    ("tempo", kind::TEMPO),
    ("key", kind::KEY),
    ("density", kind::DENSITY),
    ("style", kind::STYLE),
];

/// What is counted in sentences with all tags told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classes {
    /// Each token.
    pub tokens: Vec<u64>,
    /// Pieces by style; none is a style that nobody told.
    pub styles: BTreeMap<Option<Style>, u64>,
    /// Bars by the key that they are in; none where the file's notes do not tell.
    pub keys: BTreeMap<Option<Key>, u64>,
    /// Bars by metre.
    pub metres: BTreeMap<Metre, u64>,
    /// Bars by density, 0 to 7.
    pub densities: BTreeMap<u8, u64>,
    /// Notes by instrument.
    pub programs: BTreeMap<Instrument, u64>,
}

/// How often each value of a class is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// What is told apart.
    pub name: &'static str,
    /// What is counted.
    pub unit: &'static str,
    /// The values, in their own order.
    pub values: Vec<(String, u64)>,
}

impl Default for Classes {
    fn default() -> Self {
        Self {
            tokens: vec![0; VOCABULARY],
            styles: BTreeMap::new(),
            keys: BTreeMap::new(),
            metres: BTreeMap::new(),
            densities: BTreeMap::new(),
            programs: BTreeMap::new(),
        }
    }
}

impl Classes {
    /// Counts one more sentence.
    pub fn count(&mut self, sentence: &[u16]) {
        let (mut style, mut key, mut metre) = (None, None, None);
        let mut instruments = [None; PartId::COUNT as usize];
        let (mut part, mut in_bar) = (0, false);
        for &token in sentence {
            if let Some(count) = self.tokens.get_mut(usize::from(token)) {
                *count += 1;
            }
            match Symbol::of(Token(token)) {
                // Changes are said within their bar, so its end knows.
                Some(Symbol::Bar | Symbol::Eos) => {
                    if in_bar {
                        *self.keys.entry(key).or_default() += 1;
                        metre.into_iter().for_each(|it| *self.metres.entry(it).or_default() += 1);
                    }
                    in_bar = true;
                }
                Some(Symbol::Style(it)) => style = Some(it),
                Some(Symbol::Key(it)) => key = Some(it),
                Some(Symbol::Metre(it)) => metre = Some(it),
                Some(Symbol::Density(it)) => {
                    *self.densities.entry(it.level()).or_default() += 1;
                }
                Some(Symbol::Part(it)) => part = it.index(),
                Some(Symbol::Program(it)) => instruments[part] = Some(it),
                Some(Symbol::Pitch(_) | Symbol::Drum(_)) => {
                    let on = instruments[part];
                    on.into_iter().for_each(|it| *self.programs.entry(it).or_default() += 1);
                }
                _ => {}
            }
        }
        *self.styles.entry(style).or_default() += 1;
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.tokens.iter_mut().zip(&other.tokens).for_each(|(count, more)| *count += more);
        tally(&mut self.styles, &other.styles);
        tally(&mut self.keys, &other.keys);
        tally(&mut self.metres, &other.metres);
        tally(&mut self.densities, &other.densities);
        tally(&mut self.programs, &other.programs);
    }

    /// Each class.
    pub fn by_class(&self) -> [Class; 5] {
        let untold = || "untold".to_owned();
        let styles = self.styles.iter().map(|(style, &count)| {
            (style.map_or_else(untold, |style| format!("{style:?}")), count)
        });
        let keys = self.keys.iter().map(|(key, &count)| (key.map_or_else(untold, key_name), count));
        let metres = self.metres.iter().map(|(metre, &count)| {
            (format!("{}/{}", metre.numerator(), metre.denominator()), count)
        });
        let densities = self.densities.iter().map(|(level, &count)| (level.to_string(), count));
        let programs = self.programs.iter().map(|(&it, &count)| (instrument(it), count));
        [
            Class { name: "style", unit: "pieces", values: styles.collect() },
            Class { name: "key", unit: "bars", values: keys.collect() },
            Class { name: "metre", unit: "bars", values: metres.collect() },
            Class { name: "density", unit: "bars", values: densities.collect() },
            Class { name: "program", unit: "notes", values: programs.collect() },
        ]
    }

    /// Of each family its tokens, how many of the vocabulary's are ever said, and how many there are.
    pub fn by_family(&self) -> impl Iterator<Item = (&'static str, u64, usize, usize)> {
        FAMILIES.into_iter().map(|(name, range)| {
            let counts = &self.tokens[usize::from(range.start)..usize::from(range.end)];
            let said = counts.iter().filter(|&&count| count > 0).count();
            (name, counts.iter().sum(), said, counts.len())
        })
    }
}

impl Display for Classes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let all = self.tokens.iter().sum::<u64>().max(1);
        for (at, (name, tokens, said, of)) in self.by_family().enumerate() {
            writeln!(
                f,
                "{:<8} {name}: {tokens} ({:.2} %), {said} of {of} tokens",
                if at == 0 { "families" } else { "" },
                100.0 * tokens as f64 / all as f64
            )?;
        }
        for Class { name, unit, values } in self.by_class() {
            write!(f, "{name:<8} ({unit}) ")?;
            list(f, values.into_iter())?;
        }
        Ok(())
    }
}

/// The classes of the three shares as a table of comma-separated values: a row for each family, each value of
/// a class and each token that is said.
pub fn table(shares: [&Classes; 3]) -> String {
    let mut rows = BTreeMap::<(usize, &str, String, &str), [u64; 3]>::new();
    for (share, classes) in shares.into_iter().enumerate() {
        let mut add = |order, class, value: String, unit, count| {
            rows.entry((order, class, value, unit)).or_default()[share] = count;
        };
        for (at, (family, tokens, _, _)) in classes.by_family().enumerate() {
            add(at, "family", family.to_owned(), "tokens", tokens);
        }
        for (at, Class { name, unit, values }) in classes.by_class().into_iter().enumerate() {
            for (value, count) in values {
                add(100 + at, name, value, unit, count);
            }
        }
        for (token, &count) in classes.tokens.iter().enumerate().filter(|token| *token.1 > 0) {
            add(1000 + token, "token", token.to_string(), "tokens", count);
        }
    }
    let mut text = String::from("class,value,unit,train,valid,test\n");
    for ((_, class, value, unit), [train, valid, test]) in rows {
        text += &format!("{class},{value},{unit},{train},{valid},{test}\n");
    }
    text
}

/// A key's name: a major one in capitals.
fn key_name(key: Key) -> String {
    const NAMES: [&str; 12] = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
    let name = NAMES[usize::from(key.tonic()) % 12];
    match key.mode() {
        Mode::Major => format!("{name} major"),
        Mode::Minor => format!("{name} minor"),
    }
}

fn tally<K: Ord + Copy>(counts: &mut BTreeMap<K, u64>, more: &BTreeMap<K, u64>) {
    for (&key, count) in more {
        *counts.entry(key).or_default() += count;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Options, pieces};
    use super::*;

    #[test]
    fn families_are_the_vocabulary_but_its_padding() {
        let mut next = kind::BOS;
        for (name, range) in FAMILIES {
            assert_eq!(range.start, next, "{name}");
            next = range.end;
        }
        assert_eq!(usize::from(next), VOCABULARY);
    }

    /// Two bars of 3/4 and one of 4/4 on an organ, a note each quarter, in C major.
    #[test]
    fn what_is_in_a_piece_is_counted() {
        let mut track = vec![0, 0xc0, 19, 0, 0xff, 0x59, 2, 0, 0, 0, 0xff, 0x58, 4, 3, 2, 24, 8];
        for at in 0..10 {
            if at == 6 {
                track.extend([0, 0xff, 0x58, 4, 4, 2, 24, 8]);
            }
            track.extend([0, 0x90, [60, 64, 67][at % 3], 80, 96, 0x80, [60, 64, 67][at % 3], 0]);
        }
        track.extend([0, 0xff, 0x2f, 0]);
        let mut file = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk".to_vec();
        file.extend((track.len() as u32).to_be_bytes());
        file.extend(track);
        let options = Options { style: Some(Style::Folk), ..Options::default() };
        let (piece, _) = pieces("a", &file, &options).expect("a piece").remove(0);
        let mut classes = Classes::default();
        classes.count(&piece.tokens);
        let mut twice = classes.clone();
        twice.add(&classes);
        let said = |classes: &Classes| {
            let all = classes.by_class();
            let of = |at: usize| all[at].values.clone();
            let pairs = |it: &[(&str, u64)]| {
                it.iter().map(|&(name, count)| (name.to_owned(), count)).collect::<Vec<_>>()
            };
            let n = classes.tokens[usize::from(kind::EOS)];
            assert_eq!(of(0), pairs(&[("Folk", n)]));
            assert_eq!(of(1), pairs(&[("C major", 3 * n)]));
            let mut metres = of(2);
            metres.sort();
            assert_eq!(metres, pairs(&[("3/4", 2 * n), ("4/4", n)]));
            assert_eq!(of(3).iter().map(|density| density.1).sum::<u64>(), 3 * n);
            assert_eq!(of(4), pairs(&[("Organ 19", 10 * n)]));
        };
        said(&classes);
        said(&twice);
        assert_eq!(twice.tokens.iter().sum::<u64>(), 2 * piece.tokens.len() as u64);
        let table = table([&twice, &Classes::default(), &classes]);
        assert!(table.contains("\nmetre,3/4,bars,4,0,2\n"), "{table}");
        assert!(table.contains("\nfamily,pitch,tokens,20,0,10\n"), "{table}");
        assert!(classes.to_string().contains("metre    (bars) 3/4: 2, 4/4: 1\n"), "{classes}");
    }
}
