use clap::Args;
use musigan::music::{Arrangement, Delay, Mix};
use musigan_score::PartId;

/// What is made of the parts.
#[derive(Debug, Args)]
pub(super) struct Arrange {
    /// Semitones by which each part sounds higher than it is composed, in order
    #[arg(long = "transpose", value_name = "-36..36", allow_negative_numbers = true, value_parser = semitones())]
    transpositions: Vec<i8>,
    /// A second sounding of every note of each part, so many semitones above, in order; 0: none
    #[arg(long = "double", value_name = "-36..36", allow_negative_numbers = true, value_parser = semitones())]
    doubles: Vec<i8>,
    /// Each part comes once more so many bars later, or quarters, such as `2q`, in order; 0: not
    #[arg(long = "canon", value_name = "BARS", value_parser = delay)]
    canons: Vec<Delay>,
    /// This part, counted from 1, is silent; may be told again
    #[arg(long = "mute", value_name = "PART", value_parser = part)]
    muted: Vec<PartId>,
    /// This part is heard without those that are not; may be told again
    #[arg(long, value_name = "PART", value_parser = part)]
    solo: Vec<PartId>,
}

impl Arrange {
    /// How each part is arranged.
    pub(super) fn arrangements(&self) -> [Arrangement; PartId::COUNT as usize] {
        std::array::from_fn(|part| Arrangement {
            transpose: self.transpositions.get(part).copied().unwrap_or(0),
            double: self.doubles.get(part).copied().filter(|&semitones| semitones != 0),
            canon: self.canons.get(part).copied().filter(|&delay| delay != Delay::Bars(0)),
        })
    }

    /// Who is heard.
    pub(super) fn mix(&self) -> Mix {
        let mut mix = Mix::default();
        for part in &self.muted {
            mix.muted[part.index()] = true;
        }
        for part in &self.solo {
            mix.solo[part.index()] = true;
        }
        mix
    }
}

fn semitones() -> clap::builder::RangedI64ValueParser<i8> {
    let widest = i64::from(Arrangement::WIDEST);
    clap::value_parser!(i8).range(-widest..=widest)
}

/// Bars, or quarters with a `q` behind them.
fn delay(text: &str) -> Result<Delay, String> {
    let (bars, quarters) = Delay::LONGEST;
    let within = |text: &str, most: u8| text.parse().ok().filter(|&number: &u8| number <= most);
    let delay = match text.strip_suffix('q') {
        Some(text) => within(text, quarters).filter(|&n| n > 0).map(Delay::Quarters),
        None => within(text, bars).map(Delay::Bars),
    };
    delay.ok_or_else(|| format!("bars from 0 to {bars} are wanted, or quarters up to {quarters}q"))
}

/// A part, counted from 1.
fn part(text: &str) -> Result<PartId, String> {
    let index = text.parse().ok().and_then(|number: u8| number.checked_sub(1));
    index
        .and_then(PartId::new)
        .ok_or_else(|| format!("a part from 1 to {} is wanted", PartId::COUNT))
}
