//! The tables of `step_cost` as a picture.

use super::chart::{Chart, Line};

/// µs per token by width, for each kind of network and way of storing weights: the fastest kernels' best round,
/// which a busy machine disturbs least.
pub fn lines(tables: &[String]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for table in tables {
        let kind = table.split(',').next().unwrap_or_default().to_uppercase();
        if !["LSTM", "GRU"].contains(&kind.as_str()) {
            continue;
        }
        for row in table.lines() {
            let Some((width, weights, least)) = read(row) else { continue };
            let name = format!("{kind} {weights}");
            let at = lines.iter().position(|line| line.name == name).unwrap_or_else(|| {
                lines.push(Line { name, points: Vec::new() });
                lines.len() - 1
            });
            let points = &mut lines[at].points;
            match points.iter_mut().find(|(x, _)| *x == width) {
                Some((_, best)) => *best = best.min(least),
                None => points.push((width, least)),
            }
        }
    }
    lines
}

/// Width, weights and minimum of a row: `width kernels weights MACs minimum median cold p99 p99.9`, where
/// the name of the kernels may be several words. The plain loops are no network.
fn read(row: &str) -> Option<(f64, String, f64)> {
    let words: Vec<&str> = row.split_whitespace().collect();
    let at = words.len().checked_sub(7).filter(|&at| at >= 2)?;
    let weights = words[at];
    let known = ["f32", "bf16", "int8"].contains(&weights) && !row.contains("floor");
    let width = words[0].parse().ok()?;
    let least = words[at + 2].parse().ok()?;
    known.then(|| (width, weights.to_owned(), least))
}

/// The lines as a picture.
pub fn picture(lines: &[Line]) -> String {
    Chart {
        title: "A step of the engine: two layers of this width, vocabulary 256",
        x: "width",
        y: "µs per token, the best round",
        logarithmic: [true, true],
        names: [64.0, 128.0, 256.0, 512.0].map(|width| (width, format!("{width}"))).to_vec(),
        parts: Vec::new(),
    }
    .draw(lines)
}

#[cfg(test)]
mod tests {
    use super::{lines, picture};

    #[test]
    fn the_fastest_kernels_are_drawn() {
        let table = "Lstm, 2 layers, vocabulary 256, µs per token over 60 rounds\n\
             width kernels MACs minimum median cold p99 p99.9\n\
             64 scalar f32 49152 11.0 12.5 20.0 30.0 40.0\n\
             64 AVX-512 VNNI f32 49152 2.0 2.5 6.0 7.0 8.0\n\
             128 AVX2 int8 180000 3.0 3.5 9.0 9.0 9.0\n";
        let lines = lines(&[table.to_owned()]);
        assert_eq!(lines.len(), 2);
        assert_eq!(
            (lines[0].name.as_str(), lines[0].points.as_slice()),
            ("LSTM f32", &[(64.0, 2.0)][..])
        );
        assert_eq!(lines[1].points, [(128.0, 3.0)]);
        let svg = picture(&lines);
        assert!(svg.contains("LSTM int8") && svg.ends_with("</svg>\n"), "{svg}");
    }
}
