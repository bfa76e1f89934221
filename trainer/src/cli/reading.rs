//! How a corpus is read: options that commands share.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::anyhow;
use clap::Args;
use musigan_score::events::{Style, UnknownStyle};

use crate::cache::{Cache, Outcome, Store, Stored};
use crate::corpus::filter::{Filter, Sound, Span, metre};
use crate::corpus::resemblance::NEARLY;
use crate::corpus::{self, Corpus, Options, Pedal, Source};
use crate::train::Reading;

/// How MIDI files become tokens.
#[derive(Clone, Debug, Default, Args)]
pub struct ReadingArgs {
    /// The style that pieces are told to be of, of all or of those below a folder of DIR; repeatable
    #[arg(long = "style", value_name = "[FOLDER=]STYLE", value_parser = checked)]
    styles: Vec<String>,
    /// Let notes end when their keys come up, whatever the sustain pedal does
    #[arg(long)]
    no_pedal: bool,
    /// Take pieces apart whose pitched notes all share one track: 2, into a melody and what accompanies
    /// it; more, into so many voices
    #[arg(long, value_name = "PARTS", value_parser = clap::value_parser!(u8).range(2..=8))]
    separate: Option<u8>,
    /// Read only pieces of so many parts: 2..4 (both counted), 2.., ..4 or 2
    #[arg(long, value_name = "RANGE", value_parser = read::<Span>)]
    only_parts: Option<String>,
    /// Read only pieces of so many bars, in the same way
    #[arg(long, value_name = "RANGE", value_parser = read::<Span>)]
    only_bars: Option<String>,
    /// Read only pieces whose bars are all in this metre, or in one of these; repeatable
    #[arg(long = "only-metre", value_name = "METRE", value_parser = is_metre, value_delimiter = ',')]
    only_metres: Vec<String>,
    /// Read only pieces whose parts are all played on this, or on one of these: a General MIDI program (0 to
    /// 127), a family (piano, synth-lead) or percussion; repeatable
    #[arg(
        long = "only-program", value_name = "PROGRAM", value_parser = read::<Sound>,
        value_delimiter = ','
    )]
    only_programs: Vec<String>,
    /// Read only pieces in which a part is played on this, and on each of these; repeatable
    #[arg(
        long = "with-program", value_name = "PROGRAM", value_parser = read::<Sound>,
        value_delimiter = ','
    )]
    with_programs: Vec<String>,
    /// Learn no piece that is nearly a held-out one, in whatever key, tempo and arrangement: of the runs of six
    /// notes in either melody at least so many percent are in both [default: 50]
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    dedupe: Option<u8>,
    /// Learn such pieces, too
    #[arg(long, conflicts_with = "dedupe")]
    no_dedupe: bool,
    /// Read every file as music, also where it was read before and has not changed
    #[arg(long)]
    no_cache: bool,
}

impl ReadingArgs {
    /// The same for a run's configuration.
    pub fn reading(&self) -> Reading {
        Reading {
            styles: self.styles.clone(),
            pedal: !self.no_pedal,
            separate: self.separate,
            only_parts: self.only_parts.clone(),
            only_bars: self.only_bars.clone(),
            only_metres: self.only_metres.clone(),
            only_programs: self.only_programs.clone(),
            with_programs: self.with_programs.clone(),
            dedupe: (!self.no_dedupe).then_some(self.dedupe.unwrap_or(NEARLY)),
        }
    }

    /// The options that the arguments name.
    ///
    /// # Errors
    /// As for [`options`]; none for arguments that were parsed.
    pub fn options(&self) -> anyhow::Result<Options> {
        options(&self.reading())
    }

    /// Whether what files made before is used.
    pub fn cached(&self) -> Cached {
        if self.no_cache { Cached::Ignored } else { Cached::Used }
    }

    /// Whether any option is given that decides what is read.
    pub fn given(&self) -> bool {
        self.reading() != Self::default().reading()
    }
}

/// Whether what files of a corpus made before is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cached {
    /// It is, and what they make now is kept.
    Used,
    /// It is not.
    Ignored,
}

/// Reads all MIDI files below `folder`, and says what was wrong with what was kept of them.
///
/// # Errors
/// Those of [`corpus::load`].
pub fn load(
    folder: &Path,
    options: &Options,
    cached: Cached,
) -> Result<(Corpus, Option<Outcome>), corpus::Error> {
    let place = match cached {
        Cached::Used => Cache::folder(folder, options),
        Cached::Ignored => None,
    };
    let Some(place) = place else {
        return Ok((corpus::load(folder, options)?, None));
    };
    let cache = Cache::open(place.clone());
    let source = Source { folder: folder.to_owned(), options: options.clone() };
    let reader = |name: &str, file: &[u8], options: &Options| cache.pieces(name, file, options);
    let corpus = corpus::load_all_by(&[source], &reader)?;
    cache.forget_lost(folder);
    let outcome = cache.finish();
    say_what_failed(&outcome, &place);
    Ok((corpus, Some(outcome)))
}

/// As [`load`], leaving the tokens on disk: in the cache, or where it is not used or cannot be written in a
/// folder for temporary files.
///
/// # Errors
/// Those of [`Store::load`].
pub fn load_stored(
    folder: &Path,
    options: &Options,
    cached: Cached,
) -> Result<(Corpus<Stored>, Store, Option<Outcome>), corpus::Error> {
    let place = match cached {
        Cached::Used => Cache::folder(folder, options),
        Cached::Ignored => None,
    };
    let (corpus, store, outcome) = Store::load(folder, options, place.clone())?;
    if let (Some(outcome), Some(place)) = (&outcome, place) {
        say_what_failed(outcome, &place);
    }
    Ok((corpus, store, outcome))
}

fn say_what_failed(outcome: &Outcome, place: &Path) {
    if outcome.damaged > 0 {
        eprintln!(
            "what was kept of the corpus in {} was damaged, and is made anew",
            place.display()
        );
    }
    if let Some(why) = &outcome.failed {
        eprintln!("nothing is kept of the corpus in {}, for the next time: {why}", place.display());
    }
}

/// The options that a configuration names.
///
/// # Errors
/// When it names a style, a range, a metre or a program that there is not.
pub fn options(reading: &Reading) -> anyhow::Result<Options> {
    let mut options = Options {
        pedal: if reading.pedal { Pedal::Sustains } else { Pedal::Ignored },
        separate: reading.separate.map(|parts| parts.clamp(2, 8)),
        filter: filter(reading).map_err(|why| anyhow!(why))?,
        dedupe: reading.dedupe.map(|percent| percent.clamp(1, 100)),
        ..Options::default()
    };
    for text in &reading.styles {
        let (folder, style) = style(text).map_err(|why| anyhow!("style \"{text}\": {why}"))?;
        match folder {
            Some(folder) => {
                options.folder_styles.insert(folder, style);
            }
            None => options.style = Some(style),
        }
    }
    Ok(options)
}

/// Which pieces a configuration asks for.
fn filter(reading: &Reading) -> Result<Filter, String> {
    let span = |text: &Option<String>| text.as_ref().map(|text| text.parse()).transpose();
    let sounds = |names: &[String]| -> Result<Vec<Sound>, String> {
        names.iter().map(|name| name.parse()).collect()
    };
    Ok(Filter {
        parts: span(&reading.only_parts)?,
        bars: span(&reading.only_bars)?,
        metres: reading.only_metres.iter().map(|text| metre(text)).collect::<Result<_, _>>()?,
        only: sounds(&reading.only_programs)?,
        with: sounds(&reading.with_programs)?,
    })
}

/// Takes a text that can be read as a `T`.
fn read<T: FromStr<Err = String>>(text: &str) -> Result<String, String> {
    text.parse::<T>().map(|_| text.to_owned())
}

fn is_metre(text: &str) -> Result<String, String> {
    metre(text).map(|_| text.to_owned())
}

fn checked(text: &str) -> Result<String, UnknownStyle> {
    style(text).map(|_| text.to_owned())
}

fn style(text: &str) -> Result<(Option<PathBuf>, Style), UnknownStyle> {
    let (folder, name) = match text.rsplit_once('=') {
        Some((folder, name)) => (Some(PathBuf::from(folder)), name),
        None => (None, text),
    };
    Ok((folder, name.parse()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_for_all_or_for_a_folder() {
        assert_eq!(style("art-song"), Ok((None, Style::ArtSong)));
        assert_eq!(style("a=b/c=jazz"), Ok((Some("a=b/c".into()), Style::Jazz)));
        assert!(style("polka").unwrap_err().to_string().contains("art-song, chamber"));
    }

    #[test]
    fn a_configuration_says_what_the_command_line_said() {
        let styles = vec!["jazz".into(), "a=folk".into()];
        let args = ReadingArgs {
            styles,
            no_pedal: true,
            separate: Some(4),
            only_parts: Some("2..4".into()),
            only_bars: Some("8..".into()),
            only_metres: vec!["3/4".into()],
            only_programs: vec!["piano".into(), "40".into()],
            with_programs: vec!["percussion".into()],
            dedupe: Some(70),
            no_dedupe: false,
            no_cache: false,
        };
        assert!(args.given() && !ReadingArgs::default().given());
        let read = options(&args.reading()).expect("styles");
        let Filter { parts, bars, metres, only, with } = &read.filter;
        assert_eq!((parts, bars), (&Some((2..=4).into()), &Some((8..=usize::MAX).into())));
        assert_eq!((metres.len(), only.len(), with.len(), read.dedupe), (1, 2, 1, Some(70)));
        assert_eq!((read.pedal, read.separate), (Pedal::Ignored, Some(4)));
        assert_eq!((read.style, read.folder_styles.len()), (Some(Style::Jazz), 1));
        let wrong = Reading { styles: vec!["polka".into()], ..Reading::default() };
        assert!(options(&wrong).unwrap_err().to_string().contains("polka"));
        let dedupe = |args: ReadingArgs| args.reading().dedupe;
        assert_eq!(dedupe(ReadingArgs::default()), Some(NEARLY));
        assert_eq!(dedupe(ReadingArgs { no_dedupe: true, ..ReadingArgs::default() }), None);
        assert!(ReadingArgs { no_dedupe: true, ..ReadingArgs::default() }.given());
        let wrong = Reading { only_bars: Some("4..2".into()), ..Reading::default() };
        assert!(options(&wrong).unwrap_err().to_string().contains("4..2 is no range"));
    }
}
