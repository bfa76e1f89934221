//! A spectrogram as a small PNG: time to the right, an octave as high as any other.

use crate::common::{Power, RATE};
use std::{error::Error, fs::File, io::BufWriter, path::Path};

const WIDTH: usize = 480;
const HEIGHT: usize = 160;
/// Frames of a column's spectrum.
const WINDOW: usize = 4_096;
/// Hz of the lowest row and of the highest.
const LOWEST: f64 = 50.0;
const HIGHEST: f64 = 18_000.0;
/// dB below the strongest cell that are still drawn.
const RANGE: f64 = 75.0;
/// Colours, so that a picture is small.
const SHADES: usize = 48;

/// Draws `sound`, mono.
pub fn write(path: &Path, sound: &[f32]) -> Result<(), Box<dyn Error>> {
    let columns: Vec<Vec<f64>> = (0..WIDTH).map(|x| column(sound, x)).collect();
    let most = columns.iter().flatten().fold(1e-20_f64, |m, v| m.max(*v));
    let mut cells = vec![0_u8; WIDTH * HEIGHT];
    for (x, column) in columns.iter().enumerate() {
        for (y, power) in column.iter().enumerate() {
            let db = 10.0 * (power.max(1e-20) / most).log10();
            let shade = (1.0 + db / RANGE).clamp(0.0, 1.0) * (SHADES - 1) as f64;
            cells[(HEIGHT - 1 - y) * WIDTH + x] = shade as u8;
        }
    }
    let mut encoder =
        png::Encoder::new(BufWriter::new(File::create(path)?), WIDTH as u32, HEIGHT as u32);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette((0..SHADES).flat_map(colour).collect::<Vec<u8>>());
    encoder.set_compression(png::Compression::High);
    encoder.write_header()?.write_image_data(&cells)?;
    Ok(())
}

/// The powers of the rows of a column, lowest first, per Hz times Hz: pink noise is even.
fn column(sound: &[f32], x: usize) -> Vec<f64> {
    let middle = (x * sound.len() + sound.len() / 2) / WIDTH;
    let from = middle as i64 - WINDOW as i64 / 2;
    let frame = |i: i64| usize::try_from(i).ok().and_then(|i| sound.get(i)).copied();
    let window: Vec<f32> = (0..WINDOW as i64).map(|i| frame(from + i).unwrap_or(0.0)).collect();
    let power = Power::of(&window);
    let bin = f64::from(RATE) / WINDOW as f64;
    let edge = |y: usize| LOWEST * (HIGHEST / LOWEST).powf(y as f64 / HEIGHT as f64);
    (0..HEIGHT)
        .map(|y| {
            let (low, high) = (edge(y), edge(y + 1));
            // Where rows are narrower than what the spectrum can tell apart, its nearest line.
            let (low, high) = if high - low < bin {
                let nearest = (0.5 * (low + high) / bin).round() * bin;
                (nearest - 0.4 * bin, nearest + 0.4 * bin)
            } else {
                (low, high)
            };
            power.between(low, high)
        })
        .collect()
}

/// From black over violet and orange to white.
fn colour(shade: usize) -> [u8; 3] {
    const STOPS: [[f64; 3]; 5] = [
        [8.0, 8.0, 16.0],
        [70.0, 20.0, 110.0],
        [190.0, 55.0, 85.0],
        [250.0, 160.0, 40.0],
        [255.0, 250.0, 220.0],
    ];
    let at = shade as f64 / (SHADES - 1) as f64 * (STOPS.len() - 1) as f64;
    let i = (at as usize).min(STOPS.len() - 2);
    let f = at - i as f64;
    [0, 1, 2].map(|c| (STOPS[i][c] + f * (STOPS[i + 1][c] - STOPS[i][c])) as u8)
}
