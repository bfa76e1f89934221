//! A piano roll as a picture.

use std::fmt::Write;

use super::COLOURS;
use super::html::escaped;
use crate::metrics::Piece;

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 160.0;
/// Left of the roll stand the names of its C keys.
const LEFT: f64 = 36.0;

/// The first `bars` bars of a piece, time to the right, pitch upwards, a colour for each part.
/// Percussion is left out.
pub fn roll(name: &str, piece: &Piece, bars: usize) -> String {
    let piece = piece.excerpt(bars);
    let end = f64::from(piece.bars().last().map_or(96, |bar| bar.end).max(1));
    let keys = || piece.pitched().map(|note| note.pitch.key());
    let (low, high) = (keys().min().unwrap_or(60) - 1, keys().max().unwrap_or(72) + 1);
    let across = |tick: u32| LEFT + (WIDTH - LEFT) * (f64::from(tick) / end).min(1.0);
    let step = HEIGHT / f64::from(high - low + 1);
    let top = |key: u8| step * f64::from(high - key);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" \
         font-family=\"system-ui, sans-serif\" font-size=\"11\">\n<title>{}</title>\n",
        HEIGHT + 20.0,
        escaped(name)
    );
    let mut add = |line: String| {
        let _ = writeln!(svg, "{line}");
    };
    for bar in piece.bars() {
        let x = across(bar.start);
        add(format!(
            "<path d=\"M{x:.1} 0V{HEIGHT}\" stroke=\"currentColor\" stroke-opacity=\".25\"/>"
        ));
    }
    for key in (low..=high).filter(|key| key % 12 == 0) {
        let y = top(key) + step;
        add(format!(
            "<path d=\"M{LEFT} {y:.1}H{WIDTH}\" stroke=\"currentColor\" stroke-opacity=\".15\"/>\
             <text x=\"0\" y=\"{:.1}\" fill=\"currentColor\">C{}</text>",
            y.max(9.0),
            i16::from(key / 12) - 1
        ));
    }
    for note in piece.pitched() {
        let (x, until) = (across(note.onset.0), across(note.end().0));
        add(format!(
            "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{}\"/>",
            top(note.pitch.key()),
            (until - x - 0.7).max(0.7),
            step,
            COLOURS[note.part.index() % COLOURS.len()]
        ));
    }
    add(format!(
        "<text x=\"{LEFT}\" y=\"{}\" fill=\"currentColor\">{}</text>\n</svg>",
        HEIGHT + 15.0,
        escaped(name)
    ));
    svg
}
