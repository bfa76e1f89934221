//! Curves over an axis, as a picture.

use std::convert::Infallible;

use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::ascii::FONT_9X15;
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::prelude::{
    Dimensions, DrawTarget, Drawable, OriginDimensions, Pixel, Point, Primitive, Size,
};
use embedded_graphics::primitives::{Line, PrimitiveStyle};
use embedded_graphics::text::{Alignment, Text};

/// Width and height of a picture, in pixels.
const SIZE: Size = Size::new(960, 540);
/// Left, top, right and bottom edge of the plot in it.
const PLOT: [f64; 4] = [80.0, 40.0, 935.0, 485.0];
/// About as many marks has an axis.
const MARKS: f64 = 6.0;
/// The colours of the curves, one after the other (Paul Tol's, for all eyes).
const COLOURS: [Rgb888; 7] = [
    Rgb888::new(0x44, 0x77, 0xaa),
    Rgb888::new(0xcc, 0x66, 0x77),
    Rgb888::new(0x11, 0x77, 0x33),
    Rgb888::new(0xaa, 0x44, 0x99),
    Rgb888::new(0x99, 0x99, 0x33),
    Rgb888::new(0x33, 0x22, 0x88),
    Rgb888::new(0x66, 0x66, 0x66),
];
const GRID: Rgb888 = Rgb888::new(0xdd, 0xdd, 0xdd);

/// A curve; points that are not numbers are left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Its name in the legend, ASCII.
    pub name: String,
    /// Its points, from left to right.
    pub points: Vec<(f64, f64)>,
}

/// Several curves over one axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What is counted to the right, from 0.
    pub across: &'static str,
    /// What is counted upwards.
    pub upwards: String,
    /// The curves.
    pub curves: Vec<Curve>,
}

impl Chart {
    /// The picture as a PNG file.
    pub fn png(&self) -> Vec<u8> {
        let canvas = self.draw();
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, SIZE.width, SIZE.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let written =
            encoder.write_header().and_then(|mut writer| writer.write_image_data(&canvas.pixels));
        debug_assert!(written.is_ok(), "memory takes every byte: {written:?}");
        file
    }

    /// The axes, to the right and upwards.
    pub(crate) fn axes(&self) -> [Axis; 2] {
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let finite = || points().filter(|p| p.0.is_finite() && p.1.is_finite());
        let x = Axis::new(0.0, finite().map(|p| p.0).fold(1.0, f64::max));
        let y = Axis::new(
            finite().map(|p| p.1).fold(f64::INFINITY, f64::min).min(1e9),
            finite().map(|p| p.1).fold(f64::NEG_INFINITY, f64::max).max(0.0),
        );
        [x, y]
    }

    fn draw(&self) -> Canvas {
        let [left, top, right, bottom] = PLOT;
        let [x, y] = self.axes();
        let place = |p: (f64, f64)| {
            let across = left + (right - left) * x.share(p.0);
            let upwards = bottom - (bottom - top) * y.share(p.1);
            Point::new(across.round() as i32, upwards.round() as i32)
        };
        let mut canvas = Canvas { pixels: vec![255; (3 * SIZE.width * SIZE.height) as usize] };
        for mark in x.marks() {
            let foot = place((mark, y.from));
            canvas.line(foot, place((mark, y.to)), GRID, 1);
            canvas.text(foot + Point::new(0, 20), &x.label(mark), Rgb888::BLACK, Alignment::Center);
        }
        for mark in y.marks() {
            let side = place((x.from, mark));
            canvas.line(side, place((x.to, mark)), GRID, 1);
            canvas.text(side + Point::new(-8, 5), &y.label(mark), Rgb888::BLACK, Alignment::Right);
        }
        canvas.text(Point::new(8, 24), &self.upwards, Rgb888::BLACK, Alignment::Left);
        let below = Point::new(right as i32, bottom as i32 + 44);
        canvas.text(below, self.across, Rgb888::BLACK, Alignment::Right);
        let mut legend = Point::new(right as i32, 24);
        for (at, curve) in self.curves.iter().enumerate().rev() {
            let colour = COLOURS[at % COLOURS.len()];
            let good = curve.points.iter().filter(|p| p.0.is_finite() && p.1.is_finite());
            let places: Vec<Point> = good.map(|&p| place(p)).collect();
            for pair in places.windows(2) {
                canvas.line(pair[0], pair[1], colour, 2);
            }
            if legend.x > 300 {
                canvas.text(legend, &curve.name, colour, Alignment::Right);
                legend.x -= 9 * curve.name.len() as i32 + 18;
            }
        }
        canvas
    }
}

/// RGB pixels, row by row.
struct Canvas {
    pixels: Vec<u8>,
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        SIZE
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(
        &mut self,
        pixels: I,
    ) -> Result<(), Infallible> {
        for Pixel(at, colour) in pixels {
            if self.bounding_box().contains(at) {
                let at = 3 * (at.y as usize * SIZE.width as usize + at.x as usize);
                self.pixels[at..at + 3].copy_from_slice(&[colour.r(), colour.g(), colour.b()]);
            }
        }
        Ok(())
    }
}

impl Canvas {
    fn line(&mut self, from: Point, to: Point, colour: Rgb888, width: u32) {
        let Ok(()) =
            Line::new(from, to).into_styled(PrimitiveStyle::with_stroke(colour, width)).draw(self);
    }

    fn text(&mut self, at: Point, text: &str, colour: Rgb888, alignment: Alignment) {
        let style = MonoTextStyle::new(&FONT_9X15, colour);
        let Ok(_) = Text::with_alignment(text, at, style, alignment).draw(self);
    }
}

/// From the lowest to the highest value, with marks at round ones.
pub(crate) struct Axis {
    pub(crate) from: f64,
    pub(crate) to: f64,
    step: f64,
}

impl Axis {
    pub(crate) fn new(from: f64, to: f64) -> Self {
        let to = if to > from { to } else { from + 1.0 };
        let rough = (to - from) / MARKS;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power);
        let step = step.into_iter().find(|&step| step >= rough).unwrap_or(rough);
        Self { from: (from / step).floor() * step, to: (to / step).ceil() * step, step }
    }

    pub(crate) fn share(&self, value: f64) -> f64 {
        (value - self.from) / (self.to - self.from)
    }

    pub(crate) fn marks(&self) -> impl Iterator<Item = f64> {
        let count = ((self.to - self.from) / self.step).round() as usize;
        (0..=count).map(|i| self.from + i as f64 * self.step)
    }

    pub(crate) fn label(&self, mark: f64) -> String {
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

    /// The rows, from the top, in which a curve's colour stands at a column of the plot.
    fn rows(canvas: &Canvas, column: f64, colour: Rgb888) -> Vec<usize> {
        let wanted = [colour.r(), colour.g(), colour.b()];
        let at = |row: usize| 3 * (row * SIZE.width as usize + column as usize);
        let plot = PLOT[1] as usize..PLOT[3] as usize;
        plot.filter(|&row| canvas.pixels[at(row)..at(row) + 3] == wanted).collect()
    }

    #[test]
    fn a_falling_curve_falls_and_what_is_no_number_leaves_no_mark() {
        let curve =
            |name: &str, points: &[(f64, f64)]| Curve { name: name.into(), points: points.into() };
        let mut chart = Chart {
            across: "updates",
            upwards: "nats".into(),
            curves: vec![
                curve("training", &[(0.0, 3.0), (100.0, f64::NAN), (200.0, 1.0)]),
                curve("held out", &[(0.0, 2.0), (200.0, 2.0)]),
            ],
        };
        let canvas = chart.draw();
        let (early, late) = (PLOT[0] + 100.0, PLOT[2] - 100.0);
        let high = rows(&canvas, early, COLOURS[0]);
        let low = rows(&canvas, late, COLOURS[0]);
        assert!(!high.is_empty() && high.last() < low.first(), "{high:?} {low:?}");
        assert_eq!(rows(&canvas, early, COLOURS[1]), rows(&canvas, late, COLOURS[1]));
        let png = chart.png();
        assert!(png.starts_with(b"\x89PNG"));
        chart.curves.clear();
        assert_ne!(chart.png(), png, "an empty chart is one, too");
    }
}
