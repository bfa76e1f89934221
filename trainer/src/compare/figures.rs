//! The pictures of a report. The first source is the reference.

use super::{Column, Dots, Figure, Profiles, roll};
use crate::metrics::{Piece, Trait};

/// Bars of a piano roll.
const SHOWN: usize = 8;

/// All pictures of a report: overlaps, degrees of the scale, lengths, and a roll for each source.
pub fn figures(music: &[Vec<Piece>], columns: &[Column]) -> Vec<Figure> {
    let figure = |caption: &str, file: &str, svg: String| Figure {
        caption: caption.to_owned(),
        file: file.to_owned(),
        svg,
    };
    let dots =
        Dots { rows: columns.iter().skip(1).map(|one| (one.name.clone(), one.overlap)).collect() };
    let caption = "Mean overlap area; the line holds 95 of 100 resamplings of the pieces";
    let mut figures = vec![figure(caption, "overlap.svg", dots.svg(caption))];
    let named = |which: &dyn Fn(&[Piece]) -> Vec<f64>| {
        let rows = columns.iter().zip(music);
        rows.map(|(column, pieces)| (column.name.clone(), which(pieces))).collect()
    };
    let degrees = Profiles {
        classes: ["1", "", "2", "", "3", "4", "", "5", "", "6", "", "7"].map(String::from).into(),
        rows: named(&scale_degrees),
    };
    let caption = "Time on each degree of the major scale that holds most of the piece";
    figures.push(figure(caption, "degrees.svg", degrees.svg(caption)));
    let lengths = Profiles {
        classes: ["1/16", "1/8", "1/4", "1/2", "1/1", "more"].map(String::from).into(),
        rows: named(&lengths),
    };
    let caption = "Notes by their length, at most so long";
    figures.push(figure(caption, "lengths.svg", lengths.svg(caption)));
    for (column, pieces) in columns.iter().zip(music) {
        if let Some(piece) = pieces.first() {
            let caption = format!("{}: the first {SHOWN} bars of the first piece", column.name);
            let svg = roll(&caption, piece, SHOWN);
            figures.push(figure(&caption, &format!("{}.svg", column.name), svg));
        }
    }
    figures
}

/// The mean over pieces of [`Trait::ClassHistogram`], the tonic first.
fn scale_degrees(pieces: &[Piece]) -> Vec<f64> {
    const MAJOR: [usize; 7] = [0, 2, 4, 5, 7, 9, 11];
    let mut degrees = vec![0.0; 12];
    for piece in pieces {
        let classes = Trait::ClassHistogram.of(piece);
        let inside = |tonic: usize| MAJOR.iter().map(|step| classes[(tonic + step) % 12]).sum();
        let shares: Vec<f64> = (0..12).map(inside).collect();
        let tonic = (0..12).max_by(|&a, &b| shares[a].total_cmp(&shares[b])).unwrap_or(0);
        for (degree, share) in degrees.iter_mut().enumerate() {
            *share += classes[(tonic + degree) % 12] / pieces.len() as f64;
        }
    }
    degrees
}

/// Shares of the notes up to a sixteenth, an eighth, …, a whole, and longer.
fn lengths(pieces: &[Piece]) -> Vec<f64> {
    let mut shares = [0.0_f64; 6];
    let notes = || pieces.iter().flat_map(Piece::pitched);
    for note in notes() {
        let class = [6, 12, 24, 48, 96].iter().position(|&most| note.duration <= most);
        shares[class.unwrap_or(5)] += 1.0;
    }
    let all = notes().count().max(1) as f64;
    shares.iter().map(|count| count / all).collect()
}
