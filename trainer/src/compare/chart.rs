//! Charts as pictures: dots with their intervals, profiles as small bars.

use std::fmt::Write;

use super::html::escaped;
use super::{COLOURS, Interval};
use crate::train::Chart;

const WIDTH: f64 = 960.0;

fn open(title: &str, height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"currentColor\">\n\
         <title>{}</title>\n",
        escaped(title)
    )
}

/// Values from 0 to 1 with their intervals, a row for each name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dots {
    /// Names and values.
    pub rows: Vec<(String, Interval)>,
}

impl Dots {
    /// The picture.
    pub fn svg(&self, title: &str) -> String {
        const ROW: f64 = 24.0;
        const LEFT: f64 = 160.0;
        let across = |x: f64| LEFT + (WIDTH - LEFT - 20.0) * x.clamp(0.0, 1.0);
        let height = ROW * (self.rows.len() as f64 + 1.5);
        let mut svg = open(title, height);
        for mark in 0..=10 {
            let x = across(f64::from(mark) / 10.0);
            let foot = height - ROW;
            let _ = writeln!(
                svg,
                "<path d=\"M{x:.1} 0V{foot}\" stroke=\"currentColor\" stroke-opacity=\".15\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{:.1}</text>",
                foot + 16.0,
                f64::from(mark) / 10.0
            );
        }
        for (at, (name, value)) in self.rows.iter().enumerate() {
            let y = ROW * (at as f64 + 0.5);
            let colour = COLOURS[0];
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
                 <path d=\"M{:.1} {y:.1}H{:.1}\" stroke=\"{colour}\" stroke-width=\"3\"/>\
                 <circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{colour}\"/>",
                LEFT - 12.0,
                y + 4.0,
                escaped(name),
                across(value.low),
                across(value.high),
                across(value.value)
            );
        }
        svg + "</svg>\n"
    }
}

/// A chart of curves, each named at its end.
pub fn curves(chart: &Chart, title: &str) -> String {
    const HEIGHT: f64 = 420.0;
    const PLOT: [f64; 4] = [60.0, 30.0, WIDTH - 160.0, HEIGHT - 50.0];
    let [left, top, right, bottom] = PLOT;
    let [x, y] = chart.axes();
    let across = |value: f64| left + (right - left) * x.share(value);
    let upwards = |value: f64| bottom - (bottom - top) * y.share(value);
    let mut svg = open(title, HEIGHT);
    for mark in x.marks() {
        let at = across(mark);
        let _ = writeln!(
            svg,
            "<path d=\"M{at:.1} {top}V{bottom}\" stroke=\"currentColor\" stroke-opacity=\".15\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            bottom + 16.0,
            x.label(mark)
        );
    }
    for mark in y.marks() {
        let at = upwards(mark);
        let _ = writeln!(
            svg,
            "<path d=\"M{left} {at:.1}H{right}\" stroke=\"currentColor\" stroke-opacity=\".15\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            left - 6.0,
            at + 4.0,
            y.label(mark)
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{right}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
         <text x=\"8\" y=\"16\">{}</text>",
        bottom + 36.0,
        escaped(chart.across),
        escaped(&chart.upwards)
    );
    // Names of curves that end near each other stand below one another.
    let mut ends: Vec<(f64, usize)> = Vec::new();
    for (at, curve) in chart.curves.iter().enumerate() {
        let points = curve.points.iter().filter(|p| p.0.is_finite() && p.1.is_finite());
        let points: Vec<String> =
            points.map(|p| format!("{:.1},{:.1}", across(p.0), upwards(p.1))).collect();
        let colour = COLOURS[at % COLOURS.len()];
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            points.join(" ")
        );
        ends.extend(curve.points.last().map(|p| (upwards(p.1), at)));
    }
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut lowest = f64::NEG_INFINITY;
    for (height, at) in ends {
        lowest = height.max(lowest + 15.0);
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{}\">{}</text>",
            right + 8.0,
            lowest + 4.0,
            COLOURS[at % COLOURS.len()],
            escaped(&chart.curves[at].name)
        );
    }
    svg + "</svg>\n"
}

/// Shares of the same classes, a small chart for each name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profiles {
    /// What the classes are called.
    pub classes: Vec<String>,
    /// Names and shares.
    pub rows: Vec<(String, Vec<f64>)>,
}

impl Profiles {
    /// The picture.
    pub fn svg(&self, title: &str) -> String {
        const COLUMNS: usize = 4;
        const HEIGHT: f64 = 130.0;
        let width = WIDTH / COLUMNS as f64;
        let highest = self.rows.iter().flat_map(|row| &row.1).copied().fold(1e-9, f64::max);
        let mut svg = open(title, HEIGHT * self.rows.len().div_ceil(COLUMNS) as f64);
        for (at, (name, shares)) in self.rows.iter().enumerate() {
            let left = width * (at % COLUMNS) as f64;
            let foot = HEIGHT * (at / COLUMNS) as f64 + 100.0;
            let step = (width - 20.0) / shares.len().max(1) as f64;
            let _ = writeln!(
                svg,
                "<text x=\"{left:.1}\" y=\"{:.1}\">{}</text>",
                foot - 86.0,
                escaped(name)
            );
            for (class, (share, label)) in shares.iter().zip(&self.classes).enumerate() {
                let (x, tall) = (left + step * class as f64, 78.0 * share / highest);
                let _ = writeln!(
                    svg,
                    "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{tall:.1}\" fill=\"{}\"/>\
                     <text x=\"{:.1}\" y=\"{:.1}\" font-size=\"9\" text-anchor=\"middle\">{}</text>",
                    foot - tall,
                    step - 2.0,
                    COLOURS[at % COLOURS.len()],
                    x + step / 2.0,
                    foot + 12.0,
                    escaped(label)
                );
            }
        }
        svg + "</svg>\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Curve;

    #[test]
    fn curves_fall_where_they_fall_and_names_do_not_cover_each_other() {
        let curve =
            |name: &str, points: &[(f64, f64)]| Curve { name: name.into(), points: points.into() };
        let chart = Chart {
            across: "tokens",
            upwards: "nats".into(),
            curves: vec![
                curve("a<b", &[(0.0, 3.0), (5.0, f64::NAN), (10.0, 1.0)]),
                curve("other", &[(0.0, 3.0), (10.0, 1.0)]),
            ],
        };
        let svg = curves(&chart, "Learning");
        // The highest value stands at the top of the plot, the lowest at its bottom.
        assert!(svg.contains("points=\"60.0,30.0 800.0,370.0\""), "{svg}");
        assert!(svg.contains("a&lt;b") && svg.contains("<title>Learning</title>"));
        let names = |name: &str| {
            let at = svg.find(&format!(">{name}<")).unwrap_or_else(|| panic!("{name}: {svg}"));
            let y = svg[..at].rfind("y=\"").map_or(0, |from| from + 3);
            svg[y..].split('"').next().and_then(|text| text.parse::<f64>().ok()).unwrap()
        };
        assert!((names("a&lt;b") - names("other")).abs() >= 12.0, "{svg}");
    }
}
