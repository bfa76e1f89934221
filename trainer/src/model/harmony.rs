//! How far in tonal space a part's next pitch is expected from what the others sound.
//!
//! The tonal space is that of Harte, Sandler and Gasser (2006), as in
//! [`metrics`](crate::metrics): six numbers for every pitch class. The expectation of a pitch
//! under a softmax is a point in it, and differentiable.

use musigan_score::events::kind;
use musigan_score::link::Picture;

use crate::graph::{Graph, Side, Val};
use crate::metrics::centroid;

/// Numbers of a place in tonal space.
const SPACE: usize = 6;

/// Of every row the squared distance between the expected place of the pitch that follows and the place
/// of the pitch classes that `others` `[N, F]` sound, times the probability that a pitch follows; 0
/// where nothing sounds. `logs` are the logarithms of a softmax over the events vocabulary, `[N, V]`;
/// the result is `[N, 1]`.
pub fn distance(g: &mut Graph, logs: Val, others: Val) -> Val {
    let [rows, vocab] = *g.shape(logs) else { panic!("logarithms are a matrix") };
    let features = g.shape(others)[1];
    // A column more, which counts.
    let places = |g: &mut Graph, len: usize, class: &dyn Fn(usize) -> Option<usize>| {
        let row = |at: usize| -> [f64; SPACE + 1] {
            let Some(class) = class(at) else { return [0.0; SPACE + 1] };
            let mut weights = [0.0; 12];
            weights[class] = 1.0;
            let place = centroid(&weights).unwrap_or_default();
            std::array::from_fn(|at| place.get(at).copied().unwrap_or(1.0))
        };
        g.floats(&[len, SPACE + 1], (0..len).flat_map(row).collect())
    };
    let said = places(g, vocab, &|token| {
        let key = usize::from(*musigan_score::events::PITCHES.start());
        let pitches = usize::from(kind::PITCH.start)..usize::from(kind::PITCH.end);
        pitches.contains(&token).then(|| (token - pitches.start + key) % 12)
    });
    let sounding = places(g, features, &|feature| {
        (Picture::SOUNDING..Picture::SOUNDING + 12)
            .contains(&feature)
            .then(|| feature - Picture::SOUNDING)
    });
    let probabilities = g.exp(logs);
    let expected = g.product(probabilities, Side::Plain, said, Side::Plain);
    let heard = g.product(others, Side::Plain, sounding, Side::Plain);
    let (place, chance) = parts(g, expected, 1e-6);
    let (around, count) = parts(g, heard, 1e-6);
    let apart = g.sub(place, around);
    let square = g.mul(apart, apart);
    let sum = g.sum(square, &[1]);
    let sum = g.reshape(sum, &[rows, 1]);
    let one = g.scalar(1.0);
    let any = g.min(count, one);
    let likely = g.mul(chance, any);
    g.mul(sum, likely)
}

/// A sum of places as their mean, and how many (or how likely) they were.
fn parts(g: &mut Graph, sums: Val, least: f64) -> (Val, Val) {
    let place = g.slice(sums, 1, 0, SPACE);
    let count = g.slice(sums, 1, SPACE, SPACE + 1);
    let least = g.scalar(least);
    let safe = g.add(count, least);
    (g.div(place, safe), count)
}
