//! A line chart as SVG.

use std::fmt::Write as _;

/// A line through points.
#[derive(Debug)]
pub struct Line {
    pub name: String,
    /// In the order of x; y above 0.
    pub points: Vec<(f64, f64)>,
}

/// What surrounds the lines.
pub struct Chart {
    pub title: &'static str,
    pub x: &'static str,
    pub y: &'static str,
    /// Whether x and y go by powers; a y that does not begins at 0.
    pub logarithmic: [bool; 2],
    /// Places on the x axis and what is written there.
    pub names: Vec<(f64, String)>,
    /// Where a part begins whose points are not joined with those before it, and its name; the first part
    /// begins at the left.
    pub parts: Vec<(f64, String)>,
}

const SIZE: (f64, f64) = (860.0, 440.0);
/// Left, top, right and bottom of where lines are drawn.
const FIELD: [f64; 4] = [70.0, 40.0, 690.0, 380.0];
const COLOURS: [&str; 8] =
    ["#1b6ca8", "#d1495b", "#2e8b57", "#8a5fbf", "#c77d0a", "#3a3a3a", "#14919b", "#b0457f"];

impl Chart {
    /// The picture of the lines, whose names stand beside it.
    pub fn draw(&self, lines: &[Line]) -> String {
        let scale = self.scale(lines);
        let [left, top, right, bottom] = FIELD;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
             font-family=\"sans-serif\" font-size=\"13\">\n\
             <rect width=\"{w}\" height=\"{h}\" fill=\"white\"/>\n\
             <text x=\"{left}\" y=\"24\" font-size=\"15\">{}</text>\n\
             <text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n\
             <text transform=\"translate(18 {}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
            escaped(self.title),
            0.5 * (left + right),
            SIZE.1 - 16.0,
            escaped(self.x),
            0.5 * (top + bottom),
            escaped(self.y),
            w = SIZE.0,
            h = SIZE.1,
        );
        // Writing into a string cannot fail.
        for tick in scale.ticks() {
            let y = scale.y(tick);
            let _ = writeln!(
                svg,
                "<line x1=\"{left}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/>\
                 <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{tick}</text>",
                left - 8.0,
                y + 4.0
            );
        }
        for (place, name) in &self.names {
            let x = scale.x(*place);
            let _ = writeln!(
                svg,
                "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{bottom}\" y2=\"{}\" stroke=\"#333\"/>\
                 <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                bottom + 5.0,
                bottom + 20.0,
                escaped(name)
            );
        }
        let _ = writeln!(
            svg,
            "<path d=\"M{left} {top}V{bottom}H{right}\" fill=\"none\" stroke=\"#333\"/>"
        );
        for (at, (begin, name)) in self.parts.iter().enumerate() {
            // Half a step before its first point, where no line is.
            let x = if at == 0 { left } else { scale.x(begin - 0.5) };
            let _ = writeln!(
                svg,
                "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top}\" y2=\"{bottom}\" stroke=\"#bbb\" \
                 stroke-dasharray=\"4 4\"/><text transform=\"translate({:.1} {:.1}) rotate(-90)\" \
                 font-size=\"11\" fill=\"#555\">{}</text>",
                x + 14.0,
                bottom - 8.0,
                escaped(name)
            );
        }
        let high = if lines.iter().any(|line| line.name.contains(", ")) { 38.0 } else { 22.0 };
        for (at, line) in lines.iter().enumerate() {
            let colour = COLOURS[at % COLOURS.len()];
            for joined in self.joined(&line.points) {
                let places: Vec<(f64, f64)> =
                    joined.iter().map(|&(x, y)| (scale.x(x), scale.y(y))).collect();
                let corners: Vec<String> =
                    places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
                let _ = writeln!(
                    svg,
                    "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                    corners.join(" ")
                );
                for (x, y) in places {
                    let _ = writeln!(
                        svg,
                        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"
                    );
                }
            }
            // What follows a comma stands below, smaller.
            let (name, more) = line.name.split_once(", ").unwrap_or((&line.name, ""));
            let y = top + 10.0 + high * at as f64;
            let _ = writeln!(
                svg,
                "<rect x=\"{}\" y=\"{}\" width=\"14\" height=\"4\" fill=\"{colour}\"/>\
                 <text x=\"{x}\" y=\"{y}\">{}</text>",
                right + 16.0,
                y - 6.0,
                escaped(name),
                x = right + 38.0,
            );
            if !more.is_empty() {
                let (x, y) = (right + 38.0, y + 14.0);
                let _ = writeln!(
                    svg,
                    "<text x=\"{x}\" y=\"{y}\" font-size=\"11\" fill=\"#555\">{}</text>",
                    escaped(more)
                );
            }
        }
        svg.push_str("</svg>\n");
        svg
    }

    /// The points of a line, part by part.
    fn joined<'a>(&self, points: &'a [(f64, f64)]) -> impl Iterator<Item = &'a [(f64, f64)]> {
        let part = |x: f64| self.parts.iter().filter(|(begin, _)| *begin <= x).count();
        points.chunk_by(move |a, b| part(a.0) == part(b.0))
    }

    fn scale(&self, lines: &[Line]) -> Scale {
        let points = || lines.iter().flat_map(|line| &line.points);
        let xs = || points().map(|point| point.0).chain(self.names.iter().map(|name| name.0));
        let ends = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            })
        };
        let (x, y) = (ends(&mut xs()), ends(&mut points().map(|point| point.1)));
        // Without a point there is nothing to scale.
        let y = if y.0 > y.1 { (0.0, 1.0) } else { y };
        let y = if self.logarithmic[1] { (y.0 / 1.3, y.1 * 1.3) } else { (0.0, y.1 * 1.1) };
        Scale { x, y, logarithmic: self.logarithmic }
    }
}

struct Scale {
    x: (f64, f64),
    y: (f64, f64),
    logarithmic: [bool; 2],
}

impl Scale {
    fn x(&self, value: f64) -> f64 {
        FIELD[0] + (FIELD[2] - FIELD[0]) * (0.04 + 0.92 * share(self.logarithmic[0], self.x, value))
    }

    fn y(&self, value: f64) -> f64 {
        FIELD[3] - (FIELD[3] - FIELD[1]) * share(self.logarithmic[1], self.y, value)
    }

    /// Round numbers on the y axis: 1, 2 and 5 of each power of ten, or five to ten even steps.
    fn ticks(&self) -> Vec<f64> {
        let (low, high) = self.y;
        if self.logarithmic[1] {
            let round = (-3..7).flat_map(|power| [1.0, 2.0, 5.0].map(|n| rounded(n, power)));
            return round.filter(|tick| (low..=high).contains(tick)).collect();
        }
        let steps = (-6..9).flat_map(|power| [1.0, 2.0, 5.0].map(|n| rounded(n, power)));
        let step = steps.into_iter().find(|step| high / step <= 10.0).unwrap_or(high);
        (0..=(high / step) as usize).map(|n| n as f64 * step).collect()
    }
}

/// How far a value is from the low to the high end.
fn share(logarithmic: bool, (low, high): (f64, f64), value: f64) -> f64 {
    let by = |number: f64| if logarithmic { number.ln() } else { number };
    let length = by(high) - by(low);
    if length > 0.0 { (by(value) - by(low)) / length } else { 0.5 }
}

/// `digit` × 10 ^ `power`, as a decimal would be read.
fn rounded(digit: f64, power: i32) -> f64 {
    if power < 0 { digit / 10_f64.powi(-power) } else { digit * 10_f64.powi(power) }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
