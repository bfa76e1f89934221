//! Models side by side with real music: what `musigan-train compare` finds out, and how it tells it.

mod chart;
mod figures;
mod html;
mod markdown;
mod roll;
mod steering;
mod study;
mod styles;
mod table;
mod tables;

pub use chart::{Dots, Profiles, curves};
pub use figures::figures;
pub use html::html;
pub use markdown::{markdown, markdown_table};
pub use roll::roll;
pub use steering::Steering;
pub use study::{Column, Interval, Study};
pub use styles::Connoisseur;
pub use table::{Table, number};
pub use tables::{measures, steering, summary, traits};

use crate::listen::{self, Happenings};
use crate::metrics::Piece;

/// A source of pieces: people, a model, or counting.
pub struct Source {
    /// What it is called.
    pub name: String,
    /// What it is, and how large.
    pub about: String,
    /// How well it predicts the reference; not a number where it predicts nothing.
    pub nats_per_note: f64,
    /// What composing a note takes; not a number of people.
    pub seconds_per_note: f64,
    /// Its pieces.
    pub pieces: Vec<Happenings>,
    /// Of models alone: whether they do what they are told.
    pub steering: Option<Steering>,
}

impl Source {
    /// The beginnings of its pieces.
    pub fn music(&self, bars: usize) -> Vec<Piece> {
        self.pieces.iter().map(|piece| listen::music(piece).excerpt(bars)).collect()
    }
}

/// A report: text, tables, pictures, pieces to listen to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Its heading.
    pub title: String,
    /// What was compared with what, and how; a paragraph each.
    pub about: Vec<String>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Pictures.
    pub figures: Vec<Figure>,
    /// By whom, and the files of the pieces, relative to the report.
    pub pieces: Vec<(String, Vec<String>)>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What it shows.
    pub caption: String,
    /// Its file's name in the report's folder.
    pub file: String,
    /// The picture as SVG, whose lines and text take the colour of what is around it.
    pub svg: String,
}

/// Colours for all eyes (Paul Tol's), light enough for a dark page and dark enough for a light one.
const COLOURS: [&str; 7] =
    ["#4477aa", "#cc6677", "#2f8f4e", "#aa4499", "#999933", "#6655cc", "#888888"];
