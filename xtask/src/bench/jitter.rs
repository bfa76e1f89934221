//! The histograms of `benches/jitter.rs` as a picture.

use super::chart::{Chart, Line};

/// A line for each histogram: where a half octave begins, in µs, and the share of times in it, in percent.
pub fn lines(texts: &[String]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for row in texts.iter().flat_map(|text| text.lines()) {
        if let Some((name, _)) = row.split_once(" times: median ") {
            let name = name.rsplit_once(", ").map_or(name, |(what, _)| what).to_owned();
            lines.push(Line { name, points: Vec::new() });
        } else if let (Some(line), Some(point)) = (lines.last_mut(), read(row)) {
            line.points.push(point);
        }
    }
    for line in &mut lines {
        let all: f64 = line.points.iter().map(|point| point.1).sum();
        line.points.retain(|point| point.1 > 0.0);
        line.points.iter_mut().for_each(|point| point.1 *= 100.0 / all);
    }
    lines
}

/// `micros count` and perhaps a bar.
fn read(row: &str) -> Option<(f64, f64)> {
    let mut words = row.split_whitespace();
    let (micros, count) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    words.all(|word| word.chars().all(|mark| mark == '#')).then_some((micros, count))
}

/// The lines as a picture.
pub fn picture(lines: &[Line]) -> String {
    let decades = [1.0, 10.0, 100.0, 1000.0];
    let drawn = |micros: &f64| {
        let mut all = lines.iter().flat_map(|line| &line.points);
        all.clone().any(|point| point.0 <= *micros) && all.any(|point| point.0 >= *micros)
    };
    Chart {
        title: "How much the times of notes and blocks vary",
        x: "µs, in half octaves",
        y: "% of them",
        logarithmic: [true, true],
        names: decades.into_iter().filter(drawn).map(|at| (at, format!("{at}"))).collect(),
        parts: Vec::new(),
    }
    .draw(lines)
}

#[cfg(test)]
mod tests {
    use super::{lines, picture};

    #[test]
    fn every_histogram_is_a_line() {
        let said = "a note, at once, 8 times: median 9.0 µs, p99 20.0, p99.9 20.0, most 20.0\n     \
                    8.00       6 #####\n    11.31       0 \n    16.00       2 ##\n\n\
                    a block, 1 times: median 5.0 µs, p99 5.0, p99.9 5.0, most 5.0\n     4.00       1 #\n";
        let lines = lines(&[said.to_owned()]);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].name, "a note, at once");
        assert_eq!(lines[0].points, [(8.0, 75.0), (16.0, 25.0)]);
        assert_eq!(lines[1].points, [(4.0, 100.0)]);
        assert!(picture(&lines).contains(">10</text>"));
    }
}
