//! How a corpus is read: options that commands share.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use musigan_score::events::Style;

use crate::corpus::{Options, Pedal};
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
}

impl ReadingArgs {
    /// The same for a run's configuration.
    pub fn reading(&self) -> Reading {
        let (styles, pedal) = (self.styles.clone(), !self.no_pedal);
        Reading { styles, pedal, separate: self.separate }
    }

    /// The options that the arguments name.
    ///
    /// # Errors
    /// As for [`options`]; none for arguments that were parsed.
    pub fn options(&self) -> anyhow::Result<Options> {
        options(&self.reading())
    }

    /// Whether any option is given.
    pub fn given(&self) -> bool {
        self.no_pedal || self.separate.is_some() || !self.styles.is_empty()
    }
}

/// The options that a configuration names.
///
/// # Errors
/// When it names a style that there is not.
pub fn options(reading: &Reading) -> anyhow::Result<Options> {
    let mut options = Options {
        pedal: if reading.pedal { Pedal::Sustains } else { Pedal::Ignored },
        separate: reading.separate.map(|parts| parts.clamp(2, 8)),
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

fn checked(text: &str) -> Result<String, String> {
    style(text).map(|_| text.to_owned())
}

/// A style's name on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    ArtSong,
    Chamber,
    Chorale,
    Band,
    Keyboard,
    Orchestra,
    Folk,
    Jazz,
}

impl From<Name> for Style {
    fn from(name: Name) -> Self {
        match name {
            Name::ArtSong => Self::ArtSong,
            Name::Chamber => Self::Chamber,
            Name::Chorale => Self::Chorale,
            Name::Band => Self::Band,
            Name::Keyboard => Self::Keyboard,
            Name::Orchestra => Self::Orchestra,
            Name::Folk => Self::Folk,
            Name::Jazz => Self::Jazz,
        }
    }
}

fn style(text: &str) -> Result<(Option<PathBuf>, Style), String> {
    let (folder, name) = match text.rsplit_once('=') {
        Some((folder, name)) => (Some(PathBuf::from(folder)), name),
        None => (None, text),
    };
    let name = Name::from_str(name, false).map_err(|_| {
        let all = Name::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let all: Vec<String> = all.map(|value| value.get_name().to_owned()).collect();
        format!("no style is called {name}; there are {}", all.join(", "))
    })?;
    Ok((folder, name.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_for_all_or_for_a_folder() {
        assert_eq!(style("art-song"), Ok((None, Style::ArtSong)));
        assert_eq!(style("a=b/c=jazz"), Ok((Some("a=b/c".into()), Style::Jazz)));
        assert!(style("polka").unwrap_err().contains("art-song, chamber"));
    }

    #[test]
    fn a_configuration_says_what_the_command_line_said() {
        let styles = vec!["jazz".into(), "a=folk".into()];
        let args = ReadingArgs { styles, no_pedal: true, separate: Some(4) };
        let read = options(&args.reading()).expect("styles");
        assert_eq!((read.pedal, read.separate), (Pedal::Ignored, Some(4)));
        assert_eq!((read.style, read.folder_styles.len()), (Some(Style::Jazz), 1));
        let wrong = Reading { styles: vec!["polka".into()], ..Reading::default() };
        assert!(options(&wrong).unwrap_err().to_string().contains("polka"));
    }
}
