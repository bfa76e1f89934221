//! The piano roll: time runs to the right, the moment that is heard stands still.

use musigan_score::TICKS_PER_QUARTER;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::widgets::Widget;

use super::show::{Show, Shown};

/// Ticks to a column: a 32nd.
const TICKS: u64 = TICKS_PER_QUARTER as u64 / 8;

/// Columns for the names of the octaves.
const NAMES: u16 = 3;

/// A colour for each part; they come round after eight.
pub const PARTS: [Color; 8] = [
    Color::Rgb(255, 196, 87),
    Color::Rgb(98, 180, 255),
    Color::Rgb(126, 217, 123),
    Color::Rgb(240, 124, 130),
    Color::Rgb(200, 146, 245),
    Color::Rgb(88, 214, 207),
    Color::Rgb(242, 160, 92),
    Color::Rgb(190, 200, 120),
];

/// What someone plays himself.
pub const HAND: Color = Color::Rgb(255, 128, 200);

/// The music around the moment that is heard, two pitches to a line.
pub struct Roll<'a>(pub &'a Show);

impl Widget for Roll<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        if area.width <= NAMES + 8 || area.height < 2 {
            return;
        }
        let grid = Rect { x: area.x + NAMES, width: area.width - NAMES, ..area };
        let view = View::new(self.0, grid);
        view.lines(area, buffer);
        for bar in self.0.bars() {
            if let Some(x) = view.column(bar) {
                for y in grid.top()..grid.bottom() {
                    buffer[(x, y)].set_char('┊').set_fg(Color::DarkGray);
                }
            }
        }
        for note in self.0.notes() {
            view.note(note, buffer);
        }
        view.moment(buffer);
    }
}

/// Which times and pitches are seen.
struct View {
    grid: Rect,
    now: u64,
    /// The tick at the left edge; negative at the beginning.
    left: i64,
    /// The pitch in the upper half of the first line.
    top: i32,
}

impl View {
    fn new(show: &Show, grid: Rect) -> Self {
        let now = show.now() / TICKS * TICKS;
        let left = now as i64 - i64::from(grid.width) * 3 / 5 * TICKS as i64;
        let pitches = i32::from(grid.height) * 2;
        let seen = show.notes().filter(|note| note.end as i64 >= left);
        let keys = seen.map(|note| i32::from(note.pitch.key()));
        let (low, high) = keys.fold((127, 0), |(low, high), key| (low.min(key), high.max(key)));
        let middle = if low > high { 66 } else { (low + high) / 2 };
        // In steps, so that the picture does not tremble with every note.
        let top = (middle + pitches / 2).div_euclid(6) * 6 + 5;
        Self { grid, now, left, top }
    }

    fn column(&self, tick: u64) -> Option<u16> {
        let column = (tick as i64 - self.left).div_euclid(TICKS as i64);
        let column = u16::try_from(column).ok().filter(|&column| column < self.grid.width)?;
        Some(self.grid.x + column)
    }

    /// The line of a pitch, and whether it is the lower half.
    fn line(&self, key: i32) -> Option<(u16, bool)> {
        let row = self.top - key;
        let line =
            u16::try_from(row / 2).ok().filter(|&line| row >= 0 && line < self.grid.height)?;
        Some((self.grid.y + line, row % 2 == 1))
    }

    /// The names of the octaves, and a line for each C.
    fn lines(&self, area: Rect, buffer: &mut Buffer) {
        for octave in -1..10 {
            let Some((y, _)) = self.line((octave + 1) * 12) else { continue };
            let style = Style::new().fg(Color::DarkGray);
            buffer.set_string(area.x, y, format!("C{octave}"), style);
            for x in self.grid.left()..self.grid.right() {
                buffer[(x, y)].set_char('·').set_style(style);
            }
        }
    }

    fn note(&self, note: &Shown, buffer: &mut Buffer) {
        let Some((y, lower)) = self.line(i32::from(note.pitch.key())) else { return };
        let sounding = note.tick <= self.now && self.now < note.end;
        let color = match PARTS[note.part.index() % PARTS.len()] {
            _ if note.by_hand => HAND,
            _ if sounding => Color::White,
            Color::Rgb(r, g, b) if note.tick > self.now => Color::Rgb(r / 2, g / 2, b / 2),
            color => color,
        };
        // A note that has been struck anew does not grow together with the one before.
        // A key that is down is drawn as far as it has been heard.
        let end = if note.end == u64::MAX { self.now + 1 } else { note.end };
        let last = end.saturating_sub(1).max(note.tick);
        let first = (note.tick as i64 - self.left).div_euclid(TICKS as i64).max(0);
        let last = (last as i64 - self.left).div_euclid(TICKS as i64);
        for column in first..=last.min(i64::from(self.grid.width) - 1) {
            let cell = &mut buffer[(self.grid.x + column as u16, y)];
            let (upper, below) = halves(cell.symbol(), cell.fg, cell.bg);
            let (upper, below) = if lower { (upper, Some(color)) } else { (Some(color), below) };
            match (upper, below) {
                (Some(upper), Some(below)) => cell.set_char('▀').set_fg(upper).set_bg(below),
                (Some(upper), None) => cell.set_char('▀').set_fg(upper),
                (None, below) => cell.set_char('▄').set_fg(below.unwrap_or(color)),
            };
        }
    }

    fn moment(&self, buffer: &mut Buffer) {
        let Some(x) = self.column(self.now) else { return };
        for y in self.grid.top()..self.grid.bottom() {
            let cell = &mut buffer[(x, y)];
            if !matches!(cell.symbol(), "▀" | "▄") {
                cell.set_char('│').set_fg(Color::Gray);
            }
        }
    }
}

/// The colours of the notes in the upper and the lower half of a cell.
fn halves(symbol: &str, fg: Color, bg: Color) -> (Option<Color>, Option<Color>) {
    match symbol {
        "▀" => (Some(fg), (bg != Color::Reset).then_some(bg)),
        "▄" => (None, Some(fg)),
        _ => (None, None),
    }
}
