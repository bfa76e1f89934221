//! The losses of a run as a picture.

use std::fmt::Write as _;

use super::Validation;

/// Width and height of the picture, in pixels.
const SIZE: (f64, f64) = (800.0, 450.0);
/// Left, top, right and bottom edge of the plot in it.
const PLOT: [f64; 4] = [60.0, 30.0, 780.0, 400.0];
/// About as many marks has an axis.
const MARKS: f64 = 6.0;

/// Draws nats per token over updates, in training and on held-out pieces, as SVG.
pub fn svg(validations: &[Validation]) -> String {
    let [left, top, right, bottom] = PLOT;
    let losses = || validations.iter().flat_map(|v| [v.train_loss, v.valid_loss]);
    let finite = || losses().filter(|loss| loss.is_finite());
    let updates = Axis::new(0.0, validations.iter().map(|v| v.update as f64).fold(1.0, f64::max));
    let nats = Axis::new(
        finite().fold(f64::INFINITY, f64::min).min(1e9),
        finite().fold(f64::NEG_INFINITY, f64::max).max(0.0),
    );
    let x = |update: f64| left + (right - left) * updates.share(update);
    let y = |loss: f64| bottom - (bottom - top) * nats.share(loss);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" \
         fill=\"white\"/>\n",
        SIZE.0, SIZE.1
    );
    let mut text = |x: f64, y: f64, anchor: &str, colour: &str, text: &str| {
        let _ = writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{text}</text>"
        );
    };
    text(left, top - 12.0, "start", "black", "nats per token");
    text(right, bottom + 40.0, "end", "black", "updates");
    for (i, (name, colour)) in [("training", TRAIN), ("held out", VALID)].iter().enumerate() {
        text(right - 90.0 * i as f64, top - 12.0, "end", colour, name);
    }
    for mark in updates.marks() {
        text(x(mark), bottom + 20.0, "middle", "black", &updates.label(mark));
    }
    for mark in nats.marks() {
        text(left - 8.0, y(mark) + 4.0, "end", "black", &nats.label(mark));
    }
    let mut line = |points: &[(f64, f64)], colour: &str, width: f64| {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>",
            points.join(" ")
        );
    };
    for mark in updates.marks() {
        line(&[(x(mark), top), (x(mark), bottom)], GRID, 1.0);
    }
    for mark in nats.marks() {
        line(&[(left, y(mark)), (right, y(mark))], GRID, 1.0);
    }
    let mut curve = |loss: fn(&Validation) -> f64, colour: &str| {
        let known = validations.iter().filter(|v| loss(v).is_finite());
        let points: Vec<_> = known.map(|v| (x(v.update as f64), y(loss(v)))).collect();
        line(&points, colour, 2.0);
    };
    curve(|v| v.train_loss, TRAIN);
    curve(|v| v.valid_loss, VALID);
    out.push_str("</svg>\n");
    out
}

const TRAIN: &str = "#4477aa";
const VALID: &str = "#cc6644";
const GRID: &str = "#dddddd";

/// From the lowest to the highest value, with marks at round ones.
struct Axis {
    from: f64,
    to: f64,
    step: f64,
}

impl Axis {
    fn new(from: f64, to: f64) -> Self {
        let to = if to > from { to } else { from + 1.0 };
        let rough = (to - from) / MARKS;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power);
        let step = step.into_iter().find(|&step| step >= rough).unwrap_or(rough);
        Self { from: (from / step).floor() * step, to: (to / step).ceil() * step, step }
    }

    fn share(&self, value: f64) -> f64 {
        (value - self.from) / (self.to - self.from)
    }

    fn marks(&self) -> impl Iterator<Item = f64> {
        let count = ((self.to - self.from) / self.step).round() as usize;
        (0..=count).map(|i| self.from + i as f64 * self.step)
    }

    fn label(&self, mark: f64) -> String {
        let digits = (-self.step.log10().floor()).clamp(0.0, 9.0) as usize;
        format!("{mark:.digits$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_enclose_the_values() {
        let axis = Axis::new(0.83, 1.97);
        let labels: Vec<String> = axis.marks().map(|mark| axis.label(mark)).collect();
        assert_eq!(labels, ["0.8", "1.0", "1.2", "1.4", "1.6", "1.8", "2.0"]);
        let axis = Axis::new(0.0, 6000.0);
        assert_eq!(axis.marks().last(), Some(6000.0));
        assert_eq!(axis.label(1000.0), "1000");
    }

    #[test]
    fn every_validation_is_a_point_inside_the_plot() {
        let validation = |update, valid_loss, train_loss| Validation {
            update,
            epoch: 0,
            valid_loss,
            best_loss: valid_loss,
            train_loss,
            seconds: 0.0,
        };
        let run =
            [validation(100, 2.5, 3.0), validation(200, f64::NAN, 2.0), validation(300, 2.0, 1.5)];
        let picture = svg(&run);
        let curve = |colour: &str| -> Vec<(f64, f64)> {
            let line = picture.lines().find(|l| l.contains("polyline") && l.contains(colour));
            let points = line.and_then(|l| l.split('"').nth(1)).expect("a curve");
            let point = |p: &str| p.split_once(',').map(|(x, y)| (x.parse().ok(), y.parse().ok()));
            points
                .split(' ')
                .map(|p| match point(p) {
                    Some((Some(x), Some(y))) => (x, y),
                    other => panic!("{other:?}"),
                })
                .collect()
        };
        assert_eq!(curve(TRAIN).len(), 3);
        assert_eq!(curve(VALID).len(), 2);
        for (x, y) in curve(TRAIN).into_iter().chain(curve(VALID)) {
            assert!((PLOT[0]..=PLOT[2]).contains(&x) && (PLOT[1]..=PLOT[3]).contains(&y));
        }
        assert!(curve(VALID)[0].1 < curve(VALID)[1].1, "a lower loss lies lower");
        assert!(!svg(&[]).contains("NaN"));
    }
}
