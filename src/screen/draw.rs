//! The screen as a picture of the state: nothing here changes anything.

use musigan_score::PartId;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph, Wrap};

use super::dials::{Dial, Dials, key_name};
use super::roll::{HAND, PARTS, Roll};
use super::show::Show;
use crate::title::Title;

/// Figures of the moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Where the sound goes to, or that it goes nowhere.
    pub device: String,
    /// The tempo that is heard, in quarters a minute.
    pub bpm: u32,
    /// The levels of left and right in dB below full scale, at most 0.
    pub levels: [f32; 2],
    /// Voices that sound.
    pub voices: u32,
    /// Share of its time that the callback takes, and the greatest, in thousandths.
    pub load: [u32; 2],
    /// Callbacks that took longer than their period.
    pub over: u64,
    /// Underruns that the device told of.
    pub xruns: u64,
    /// Blocks that waited for the composer.
    pub late: u64,
    /// What a note has cost to compose, and the dearest, in µs.
    pub note: [u32; 2],
}

/// Everything that is drawn.
pub struct Picture<'a> {
    /// The music.
    pub show: &'a Show,
    /// What can be turned.
    pub dials: &'a Dials,
    /// Figures.
    pub figures: &'a Figures,
    /// The model's name.
    pub model: &'a str,
    /// With whom the model plays and what it does, if it plays with someone: there are no pieces then.
    pub duet: Option<&'a str>,
    /// Whether the piece that is heard is liked.
    pub liked: bool,
    /// Whether the clock stands still.
    pub paused: bool,
    /// The last thing that was said.
    pub notice: &'a str,
    /// Whether the keys are explained.
    pub help: bool,
}

const DIM: Style = Style::new().fg(Color::DarkGray);

const KEYS: &str = "space pause  n next  l like  x skip  s save  ↑↓←→ dials  ? help  q quit";

const DUET_KEYS: &str = "↑↓←→ dials  + − volume  p panic  ? help  q quit";

const DUET_HELP: &str = "\
↑ ↓     choose a dial
← →     turn it; with shift in large steps
        of the chosen part of the model:
m o     mute it; hear it alone
, .     transpose it a semitone; PgDn PgUp an octave
d       double it an octave higher, or no more
c       a canon: once more a bar later, or no more
+ −     louder, softer
p       panic: every key goes up
?       these keys
q       end";

const HELP: &str = "\
space   pause, go on
n       next piece
b       this piece again, from its beginning
l       like it, or no more
x       skip it: never play it again
s       save the last minutes as MIDI and WAV
↑ ↓     choose a dial
← →     turn it; with shift in large steps
        of the chosen part:
m o     mute it; hear it alone
, .     transpose it a semitone; PgDn PgUp an octave
d       double it an octave higher, or no more
c       a canon: once more a bar later, or no more
+ −     louder, softer
?       these keys
q       end";

/// Draws the picture.
pub fn draw(frame: &mut Frame<'_>, picture: &Picture<'_>) {
    let parts = picture.show.parts().iter().flatten().count() as u16;
    let side = frame.area().width >= 90;
    let dials = if side { 0 } else { 7_u16.div_ceil(2) + parts.min(4) };
    let [head, roll, dials_area, levels, foot] = Layout::vertical([
        Constraint::Length(2),
        Constraint::Min(4),
        Constraint::Length(dials),
        Constraint::Length(2),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    header(frame, head, picture);
    if side {
        let [roll, column] =
            Layout::horizontal([Constraint::Min(20), Constraint::Length(34)]).areas(roll);
        frame.render_widget(Roll(picture.show), roll);
        column_of_dials(frame, column, picture);
    } else {
        frame.render_widget(Roll(picture.show), roll);
        rows_of_dials(frame, dials_area, picture);
    }
    meters(frame, levels, picture.figures);
    let foot_line = if picture.notice.is_empty() {
        Line::styled(if picture.duet.is_some() { DUET_KEYS } else { KEYS }, DIM)
    } else {
        Line::from(picture.notice)
    };
    frame.render_widget(foot_line, foot);
    if picture.help {
        help(frame, if picture.duet.is_some() { DUET_HELP } else { HELP });
    }
}

fn header(frame: &mut Frame<'_>, area: Rect, picture: &Picture<'_>) {
    let show = picture.show;
    let title = show.piece().map_or("MusiGAN".into(), |seed| Title(seed).to_string());
    let heart = if picture.liked { " ♥" } else { "" };
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let seed = show.piece().map_or(String::new(), |seed| format!("   seed {seed}"));
    let gold = bold.fg(Color::Rgb(255, 196, 87));
    let first = Line::from(match picture.duet {
        Some(duet) => vec![
            Span::styled("you", bold.fg(HAND)),
            Span::styled(" and ", DIM),
            Span::styled(picture.model, gold),
            Span::raw(format!("   {duet}")),
        ],
        None => vec![
            Span::styled(title, gold),
            Span::styled(heart, Style::new().fg(Color::LightRed)),
            Span::styled(format!("{seed}   {}", picture.model), DIM),
        ],
    });
    let mut words = vec![format!("bar {}", show.bar())];
    if let Some(metre) = show.metre() {
        words.push(format!("{}/{}", metre.numerator(), metre.denominator()));
    }
    words.push(format!("♩ = {}", picture.figures.bpm));
    words.extend(show.key().map(key_name));
    if picture.paused {
        words.push("PAUSED".into());
    }
    let second = Line::from(vec![
        Span::raw(words.join("   ")),
        Span::styled(format!("   {}", picture.figures.device), DIM),
    ]);
    frame.render_widget(Paragraph::new(vec![first, second]), area);
}

fn dial_line(picture: &Picture<'_>, dial: Dial, width: usize) -> Line<'static> {
    let parts = picture.show.parts();
    let (name, value) = picture.dials.label(dial, parts);
    let chosen = picture.dials.chosen(parts) == dial;
    let mark = if chosen { "▸ " } else { "  " };
    let mut style =
        if chosen { Style::new().fg(Color::White) } else { Style::new().fg(Color::Gray) };
    if let Dial::Part(part) = dial {
        let yours = picture.duet.is_some() && part.index() == 0;
        style = style.fg(if yours { HAND } else { color(part) });
    }
    if chosen {
        style = style.add_modifier(Modifier::BOLD);
    }
    let text = format!("{mark}{name:<12}{value}");
    Line::styled(format!("{text:<width$}"), style)
}

fn color(part: PartId) -> Color {
    PARTS[part.index() % PARTS.len()]
}

fn column_of_dials(frame: &mut Frame<'_>, area: Rect, picture: &Picture<'_>) {
    let block = Block::bordered().border_type(BorderType::Rounded).border_style(DIM);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let lines: Vec<_> = picture
        .dials
        .all(picture.show.parts())
        .map(|dial| dial_line(picture, dial, inner.width.into()))
        .collect();
    frame.render_widget(Paragraph::new(scrolled(lines, picture, inner.height)), inner);
}

fn rows_of_dials(frame: &mut Frame<'_>, area: Rect, picture: &Picture<'_>) {
    let dials: Vec<_> = picture.dials.all(picture.show.parts()).collect();
    let height = usize::from(area.height).max(1);
    let columns = dials.len().div_ceil(height).max(1);
    let width = usize::from(area.width) / columns;
    for (index, dial) in dials.into_iter().enumerate() {
        let (column, row) = (index / height, index % height);
        let x = area.x + (column * width) as u16;
        // The last one, where the parts are, has what is left over.
        let width = if column + 1 == columns { usize::from(area.right() - x) } else { width };
        let place = Rect { x, y: area.y + row as u16, width: width as u16, height: 1 };
        frame.render_widget(dial_line(picture, dial, width), place.intersection(area));
    }
}

/// The lines from that place on which keeps the chosen one in sight.
fn scrolled<'a>(lines: Vec<Line<'a>>, picture: &Picture<'_>, height: u16) -> Vec<Line<'a>> {
    let parts = picture.show.parts();
    let chosen = picture.dials.chosen(parts);
    let at = picture.dials.all(parts).position(|dial| dial == chosen).unwrap_or(0);
    let skip = (at + 1).saturating_sub(height.into());
    lines.into_iter().skip(skip).collect()
}

fn meters(frame: &mut Frame<'_>, area: Rect, figures: &Figures) {
    let [left, right] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Max(56)]).spacing(2).areas(area);
    let width = usize::from(left.width).saturating_sub(7);
    let bar = |name: &str, level: f32| {
        // From −48 dB to full scale.
        let filled = ((level + 48.0) / 48.0 * width as f32).clamp(0.0, width as f32) as usize;
        let color = if level > -3.0 { Color::LightRed } else { Color::Green };
        Line::from(vec![
            Span::raw(format!("{name} ")),
            Span::styled("█".repeat(filled), Style::new().fg(color)),
            Span::styled("░".repeat(width - filled), DIM),
            Span::styled(format!(" {level:>4.0}"), DIM),
        ])
    };
    let [l, r] = figures.levels;
    frame.render_widget(Paragraph::new(vec![bar("L", l), bar("R", r)]), left);
    let percent = |thousandths: u32| f64::from(thousandths) / 10.0;
    let lines = vec![
        Line::from(format!(
            "callback {:.1} % (worst {:.1} %, {} over)   voices {}",
            percent(figures.load[0]),
            percent(figures.load[1]),
            figures.over,
            figures.voices
        )),
        Line::from(format!(
            "note {:.2} ms (worst {:.1})   underruns {}   late {}",
            f64::from(figures.note[0]) / 1000.0,
            f64::from(figures.note[1]) / 1000.0,
            figures.xruns,
            figures.late
        )),
    ];
    frame.render_widget(Paragraph::new(lines).style(DIM), right);
}

fn help(frame: &mut Frame<'_>, keys: &str) {
    let area = frame.area();
    let lines = keys.lines().count() as u16;
    let (width, height) = (54.min(area.width), (lines + 2).min(area.height));
    let place = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    let block = Block::bordered().border_type(BorderType::Rounded).title(" keys ");
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(keys).wrap(Wrap { trim: false }).block(block), place);
}
