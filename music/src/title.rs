//! Titles: every piece has one, made from its seed, and it can be asked for by it.
//!
//! Titles and seeds correspond one to one: eighteen bits of the seed choose three words, the rest
//! is a number that follows them.
//!
//! ```
//! use musigan_music::title::Title;
//!
//! let title = Title(7).to_string();
//! assert_eq!(title.parse(), Ok(Title(7)));
//! assert_eq!("7".parse(), Ok(Title(7)));
//! ```

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

const FIRST: [&str; 64] = [
    "Amber",
    "Ancient",
    "Autumn",
    "Blue",
    "Bright",
    "Broken",
    "Bronze",
    "Calm",
    "Clear",
    "Copper",
    "Crimson",
    "Crystal",
    "Dancing",
    "Distant",
    "Drifting",
    "Early",
    "Evening",
    "Faded",
    "Fallen",
    "Fearless",
    "Flying",
    "Foreign",
    "Forgotten",
    "Frozen",
    "Gentle",
    "Glass",
    "Golden",
    "Green",
    "Half-Lit",
    "Hidden",
    "Hollow",
    "Humming",
    "Iron",
    "Ivory",
    "Late",
    "Little",
    "Lonely",
    "Lost",
    "Merry",
    "Midnight",
    "Morning",
    "Nameless",
    "Northern",
    "Old",
    "Open",
    "Painted",
    "Pale",
    "Paper",
    "Patient",
    "Quiet",
    "Restless",
    "Rising",
    "Scarlet",
    "Secret",
    "Silver",
    "Sleeping",
    "Slow",
    "Southern",
    "Summer",
    "Tender",
    "Turning",
    "Velvet",
    "Wandering",
    "Winter",
];

const SECOND: [&str; 64] = [
    "Acorn",
    "Anchor",
    "Arcade",
    "Bell",
    "Bird",
    "Boat",
    "Bridge",
    "Candle",
    "Carousel",
    "Castle",
    "Cloud",
    "Clock",
    "Comet",
    "Courtyard",
    "Dream",
    "Echo",
    "Feather",
    "Ferry",
    "Field",
    "Fountain",
    "Fox",
    "Garden",
    "Gate",
    "Harbour",
    "Heron",
    "House",
    "Island",
    "Journey",
    "Key",
    "Kite",
    "Ladder",
    "Lamp",
    "Lantern",
    "Lark",
    "Leaf",
    "Letter",
    "Lighthouse",
    "Map",
    "Meadow",
    "Mill",
    "Mirror",
    "Moon",
    "Orchard",
    "Parade",
    "Path",
    "Pier",
    "Pond",
    "River",
    "Road",
    "Sail",
    "Shadow",
    "Shell",
    "Sparrow",
    "Stair",
    "Star",
    "Stone",
    "Stream",
    "Swing",
    "Thread",
    "Tower",
    "Train",
    "Window",
    "Wheel",
    "Wood",
];

const THIRD: [&str; 64] = [
    "after Rain",
    "at Dawn",
    "at Dusk",
    "at Noon",
    "at Sea",
    "at the Crossing",
    "before Dawn",
    "before Snow",
    "below the Hill",
    "beyond the Wall",
    "by Candlelight",
    "by Moonlight",
    "by the River",
    "by the Sea",
    "for a Child",
    "for a Friend",
    "for Nobody",
    "for Tomorrow",
    "from Afar",
    "from Memory",
    "in a Box",
    "in April",
    "in August",
    "in Bloom",
    "in December",
    "in February",
    "in Flight",
    "in January",
    "in July",
    "in June",
    "in March",
    "in May",
    "in November",
    "in October",
    "in September",
    "in the Attic",
    "in the Fog",
    "in the Mirror",
    "in the Snow",
    "in the Sun",
    "in the Wind",
    "of Ash",
    "of Clay",
    "of Glass",
    "of Home",
    "of Light",
    "of Salt",
    "of Sand",
    "of Silence",
    "of Smoke",
    "of Spring",
    "of the East",
    "of the North",
    "of Winter",
    "on a String",
    "on the Roof",
    "on the Stairs",
    "on the Water",
    "under Ice",
    "under Leaves",
    "under the Stars",
    "with a Cat",
    "with Bells",
    "without Wind",
];

/// Odd, so that multiplying by it modulo a power of two can be undone: neighbouring seeds get words
/// that are far apart.
const SPREAD: u64 = 0x2_5f1b;

const WORD_BITS: u32 = 18;
const WORDS: u64 = 1 << WORD_BITS;

/// The title of the piece of a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Title(pub u64);

impl fmt::Display for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = (self.0 % WORDS * SPREAD % WORDS) as usize;
        let words = [FIRST[place % 64], SECOND[place / 64 % 64], THIRD[place / 4096]];
        write!(f, "{} {} {}", words[0], words[1], words[2])?;
        match self.0 / WORDS {
            0 => Ok(()),
            number => write!(f, " No. {}", number + 1),
        }
    }
}

/// There is no piece of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a number nor a title, such as {example:?}", example = Title(1).to_string())]
pub struct UnknownTitle(String);

impl FromStr for Title {
    type Err = UnknownTitle;

    /// The inverse of [`fmt::Display`], whatever the case and the spaces; or a seed as a number.
    fn from_str(text: &str) -> Result<Self, UnknownTitle> {
        let unknown = || UnknownTitle(text.to_owned());
        if let Ok(seed) = text.trim().parse() {
            return Ok(Self(seed));
        }
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let (words, number) = match text.rsplit_once(" no. ") {
            Some((words, number)) => {
                (words, number.parse::<u64>().ok().and_then(|n| n.checked_sub(1)))
            }
            None => (text.as_str(), Some(0)),
        };
        let (first, rest) = words.split_once(' ').ok_or_else(unknown)?;
        let (second, third) = rest.split_once(' ').ok_or_else(unknown)?;
        let find = |list: &[&str], word: &str| {
            list.iter().position(|entry| entry.to_lowercase() == word).ok_or_else(unknown)
        };
        let place =
            find(&FIRST, first)? + 64 * find(&SECOND, second)? + 4096 * find(&THIRD, third)?;
        let seed = place as u64 * inverse(SPREAD) % WORDS;
        let number = number.and_then(|number| number.checked_mul(WORDS)).ok_or_else(unknown)?;
        Ok(Self(number + seed))
    }
}

/// The inverse of an odd number modulo [`WORDS`], by Newton's iteration: each step doubles the
/// number of right bits.
fn inverse(odd: u64) -> u64 {
    let mut inverse = odd;
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
    }
    inverse % WORDS
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn every_seed_has_a_title_of_its_own(seed: u64) {
            prop_assert_eq!(Title(seed).to_string().parse(), Ok(Title(seed)));
        }
    }

    #[test]
    fn all_titles_differ() {
        let titles: HashSet<String> = (0..WORDS).map(|seed| Title(seed).to_string()).collect();
        assert_eq!(titles.len() as u64, WORDS);
    }

    #[test]
    fn a_title_is_found_as_people_type_it() {
        let title = Title(WORDS * 4 + 99).to_string();
        assert_eq!(title.to_uppercase().replace(' ', "  ").parse(), Ok(Title(WORDS * 4 + 99)));
        for wrong in
            ["", "Amber", "Amber Bell", "Amber Bell at Supper", "-1", "Amber Bell at Dawn No. 0"]
        {
            assert!(wrong.parse::<Title>().is_err(), "{wrong}");
        }
    }
}
