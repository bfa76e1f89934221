//! Measures of music are those of MusPy, music21 and SciPy (`reference/make_metrics.py`).

use std::collections::BTreeSet;

use musigan_score::{Note, PartId, Pitch, Tick, Velocity};
use musigan_train::metrics::{Bar, Measure, Piece, Trait, overlap, similarity};
use serde::Deserialize;

const BAR: u32 = 96;

#[derive(Deserialize)]
struct Vectors {
    pieces: Vec<Vector>,
    chorales: Vec<Chorale>,
    overlaps: Vec<Areas>,
}

#[derive(Deserialize)]
struct Chorale {
    /// The keys of four voices, for an eighth each.
    frames: Vec<[u8; 4]>,
    triads: f64,
    holds: f64,
    fifths: f64,
    octaves: f64,
}

#[derive(Deserialize)]
struct Vector {
    /// Onset, duration, key, part.
    notes: Vec<(u32, u16, u8, u8)>,
    drums: Vec<u8>,
    bars: u32,
    measures: std::collections::BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Areas {
    a: Vec<f64>,
    b: Vec<f64>,
    area: f64,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("reference/metrics.json")).expect("the vectors")
}

fn piece(vector: &Vector) -> Piece {
    let part = |index| PartId::new(index).expect("a part");
    let note = |&(onset, duration, key, index): &(u32, u16, u8, u8)| Note {
        onset: Tick(onset),
        duration,
        pitch: Pitch::new(key).expect("a key"),
        velocity: Velocity::new(80).expect("a velocity"),
        part: part(index),
    };
    let drums: BTreeSet<PartId> = vector.drums.iter().map(|&index| part(index)).collect();
    let bars = (0..vector.bars).map(|at| Bar { start: BAR * at, end: BAR * (at + 1) });
    Piece::new(vector.notes.iter().map(note).collect(), drums, bars.collect())
}

#[test]
fn measures_are_those_of_muspy() {
    for (at, vector) in vectors().pieces.iter().enumerate() {
        let piece = piece(vector);
        for (name, expected) in &vector.measures {
            let measure = Measure::ALL.into_iter().find(|measure| measure.name() == name);
            let found = measure.expect("a measure of that name").of(&piece);
            assert!((found - expected).abs() < 1e-9, "piece {at}, {name}: {found}, not {expected}");
        }
    }
}

#[test]
fn chorales_are_measured_as_music21_does() {
    for (seed, chorale) in vectors().chorales.iter().enumerate() {
        let notes = (0..).zip(&chorale.frames).flat_map(|(at, keys)| {
            (0..).zip(keys).map(move |(part, &key)| (12 * at, 12, key, part))
        });
        let bars = chorale.frames.len() as u32 / 8;
        let (drums, measures) = (Vec::new(), std::collections::BTreeMap::new());
        let piece = piece(&Vector { notes: notes.collect(), drums, bars, measures });
        for (measure, expected) in [
            (Measure::Triads, chorale.triads),
            (Measure::Holds, chorale.holds),
            (Measure::ParallelFifths, chorale.fifths),
            (Measure::ParallelOctaves, chorale.octaves),
        ] {
            let found = measure.of(&piece);
            let name = measure.name();
            assert!((found - expected).abs() < 1e-9, "{seed}, {name}: {found}, not {expected}");
        }
    }
}

#[test]
fn overlaps_are_those_of_scipy() {
    for Areas { a, b, area } in vectors().overlaps {
        let found = overlap(&a, &b);
        assert!((found - area).abs() < 2e-3, "{found}, not {area}");
    }
}

#[test]
fn a_set_is_like_itself_and_unlike_another() {
    let pieces: Vec<Piece> = vectors().pieces.iter().map(piece).collect();
    for which in Trait::ALL {
        let features: Vec<Vec<f64>> = pieces.iter().map(|piece| which.of(piece)).collect();
        let far: Vec<Vec<f64>> =
            features.iter().map(|feature| feature.iter().map(|x| x + 1e4).collect()).collect();
        let (own, near) = similarity(&features, &features);
        let (other, divergence) = similarity(&features, &far);
        assert!(own > 0.5 && other < 0.01, "{}: {own}, {other}", which.name());
        assert!(near < 1.0 && divergence > 5.0, "{}: {near}, {divergence}", which.name());
    }
}
