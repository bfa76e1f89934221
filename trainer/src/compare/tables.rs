//! The tables of a report. The first source is the reference.

use super::{Column, Source, Steering, Table, number};
use crate::metrics::{Measure, Trait};

fn heads(columns: &[Column]) -> impl Iterator<Item = String> {
    columns.iter().map(|column| column.name.clone())
}

/// What each source is, and what it costs.
pub fn summary(sources: &[Source], columns: &[Column]) -> Table {
    let mut table = Table::new("Summary", heads(columns));
    table.row("what", sources.iter().map(|source| source.about.clone()));
    table.row("pieces", columns.iter().map(|column| column.pieces.to_string()));
    table.row("nats per note", sources.iter().map(|source| number(source.nats_per_note, 3)));
    let overlap = |column: &Column| {
        let interval = column.overlap;
        format!("{:.3} ({:.3} to {:.3})", interval.value, interval.low, interval.high)
    };
    table.row("mean overlap area", beside(columns, overlap));
    let copied = columns.iter().map(|column| number(column.longest_match, 1));
    table.row("longest match, median (notes)", copied);
    let cost = |source: &Source| number(1e6 * source.seconds_per_note, 0);
    table.row("µs per note", sources.iter().map(cost));
    table
}

/// Every measure that any of them has.
pub fn measures(columns: &[Column]) -> Table {
    let mut table = Table::new("Measures: mean ± standard deviation", heads(columns));
    for (at, measure) in Measure::ALL.into_iter().enumerate() {
        let cell = |column: &Column| {
            let [mean, deviation] = column.measures[at];
            format!("{} ± {}", number(mean, 3), number(deviation, 3))
        };
        // What no set of pieces has is nothing to compare.
        if columns.iter().any(|column| column.measures[at][0].is_finite()) {
            table.row(measure.name(), columns.iter().map(cell));
        }
    }
    table
}

/// MGEval's features against the reference.
pub fn traits(columns: &[Column]) -> Table {
    let caption = "MGEval: overlap area, and divergence in nats";
    let mut table = Table::new(caption, heads(columns));
    for (at, which) in Trait::ALL.into_iter().enumerate() {
        let cell = |column: &Column| {
            let (overlap, divergence) = column.traits[at];
            format!("{} · {}", number(overlap, 3), number(divergence, 3))
        };
        table.row(which.name(), beside(columns, cell));
    }
    table
}

/// How well the models do what they are told; `people` is the share of held-out pieces whose style is known for what
/// it is, where there are styles.
pub fn steering(sources: &[Source], people: Option<f64>) -> Table {
    let models = || sources.iter().filter_map(|source| Some((&source.name, source.steering?)));
    let caption = "Steering: what came as it was asked for";
    let mut table = Table::new(caption, models().map(|(name, _)| name.clone()));
    let mut row = |name: &str, share: fn(Steering) -> f64| {
        table.row(name, models().map(|(_, told)| format!("{} %", number(100.0 * share(told), 1))));
    };
    row("pieces in the key, of 24 (Krumhansl and Schmuckler)", |told| told.key);
    row("in it or its relative", |told| told.signature);
    row("time on notes of its signature (by chance 58 %)", |told| told.inside);
    row("bars of the density, of eight levels", |told| told.density);
    row("at most one level off", |told| told.near_density);
    if let Some(right) = people {
        let cell = |told: Steering| told.style.map_or(f64::NAN, |share| 100.0 * share);
        let name = format!(
            "pieces of the style, by a trigram of each (of held-out pieces it knows {} %)",
            number(100.0 * right, 1)
        );
        table.row(&name, models().map(|(_, told)| format!("{} %", number(cell(told), 1))));
    }
    table
}

/// The cells of a row in which the first column is what the others are compared with.
fn beside(columns: &[Column], cell: impl Fn(&Column) -> String) -> Vec<String> {
    let others = columns.iter().skip(1).map(cell);
    std::iter::once("reference".to_owned()).chain(others).collect()
}
