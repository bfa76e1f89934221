//! How a corpus is read: options that commands share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use musigan_score::events::Style;

use crate::corpus::{Options, Pedal};

/// How MIDI files become tokens.
#[derive(Debug, Args)]
pub struct ReadingArgs {
    /// The style that pieces are told to be of, of all or of those below a folder of DIR; repeatable
    #[arg(long = "style", value_name = "[FOLDER=]STYLE", value_parser = style)]
    styles: Vec<(Option<PathBuf>, Style)>,
    /// Let notes end when their keys come up, whatever the sustain pedal does
    #[arg(long)]
    no_pedal: bool,
}

impl ReadingArgs {
    /// The options that the arguments name.
    pub fn options(&self) -> Options {
        let mut options = Options {
            pedal: if self.no_pedal { Pedal::Ignored } else { Pedal::Sustains },
            ..Options::default()
        };
        for (folder, style) in &self.styles {
            match folder {
                Some(folder) => {
                    options.folder_styles.insert(folder.clone(), *style);
                }
                None => options.style = Some(*style),
            }
        }
        options
    }
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
}
