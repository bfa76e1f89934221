//! The terminal: a picture of the music, and keys to change it while it plays.

mod dials;
mod draw;
mod duet;
mod part;
mod roll;
mod show;

use std::mem::ManuallyDrop;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context, Result};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

pub use dials::{Dial, Dials, Turned, key_name, program_name};
pub use draw::{Figures, Picture, draw};
pub use duet::run as run_duet;
pub use roll::Roll;
pub use show::{Parts, Show, Shown};

use crate::audio::Stats;
use crate::console::Console;
use crate::session::{Cost, Order};
use crate::title::Title;

/// Time between two pictures.
const FRAME: Duration = Duration::from_millis(33);

/// Pictures for which a notice stays.
const NOTICE: u32 = 150;

/// How fast the level meters fall, in dB to the picture.
const FALL: f32 = 1.0;

/// What is shown, whatever plays.
struct Board {
    show: Show,
    dials: Dials,
    figures: Figures,
    notice: (String, u32),
    help: bool,
}

impl Board {
    fn new(dials: Dials) -> Self {
        Self {
            show: Show::default(),
            dials,
            figures: Figures { levels: [-99.0; 2], ..Figures::default() },
            notice: (String::new(), 0),
            help: false,
        }
    }

    fn say(&mut self, notice: String) {
        self.notice = (notice, NOTICE);
    }

    /// The clock has come to `tick`, and this is what the callback tells of it.
    fn advance(&mut self, tick: u64, stats: &Stats, device: String) {
        self.show.advance(tick);
        let peaks = stats.take_peak().map(|peak| 20.0 * peak.max(1e-5).log10());
        let figures = &mut self.figures;
        for (level, peak) in figures.levels.iter_mut().zip(peaks) {
            *level = peak.max(*level - FALL).clamp(-99.0, 0.0);
        }
        figures.bpm = 60_000_000 / stats.tempo.load(Relaxed).max(1);
        figures.voices = stats.voices.load(Relaxed);
        figures.load = [&stats.load, &stats.worst_load].map(|load| load.load(Relaxed));
        figures.over = stats.over.load(Relaxed);
        figures.xruns = stats.xruns.load(Relaxed);
        figures.late = stats.starved.load(Relaxed);
        figures.device = device;
        self.notice.1 = self.notice.1.saturating_sub(1);
        if self.notice.1 == 0 {
            self.notice.0.clear();
        }
    }

    /// What composing costs.
    fn cost(&mut self, cost: &Cost) {
        self.figures.note = [&cost.note, &cost.worst_note].map(|cost| cost.load(Relaxed) / 1000);
    }

    fn picture<'a>(&'a self, model: &'a str) -> Picture<'a> {
        Picture {
            show: &self.show,
            dials: &self.dials,
            figures: &self.figures,
            model,
            duet: None,
            liked: false,
            paused: false,
            notice: &self.notice.0,
            help: self.help,
        }
    }

    /// A key that does something to the chosen part; what that asks for.
    fn arrange(&mut self, key: KeyEvent) -> Option<Turned> {
        let (dials, parts) = (&mut self.dials, self.show.parts());
        match key.code {
            KeyCode::Char('m') => dials.mute(parts),
            KeyCode::Char('o') => dials.solo(parts),
            KeyCode::Char('d') => dials.double(parts),
            KeyCode::Char('c') => dials.canon(parts),
            KeyCode::Char('.') => dials.transpose(1, parts),
            KeyCode::Char(',') => dials.transpose(-1, parts),
            KeyCode::PageUp => dials.transpose(12, parts),
            KeyCode::PageDown => dials.transpose(-12, parts),
            _ => None,
        }
    }

    /// A key that means the same whatever plays; what it turned.
    fn press(&mut self, key: KeyEvent) -> Option<Turned> {
        let large = if key.modifiers.contains(KeyModifiers::SHIFT) { 5 } else { 1 };
        match key.code {
            KeyCode::Char('+' | '=') => return Some(self.dials.turn_volume(1)),
            KeyCode::Char('-') => return Some(self.dials.turn_volume(-1)),
            KeyCode::Char('?' | 'h') => self.help = !self.help,
            KeyCode::Up => self.dials.choose(-1, self.show.parts()),
            KeyCode::Down => self.dials.choose(1, self.show.parts()),
            KeyCode::Left => return self.dials.turn(-large, self.show.parts()),
            KeyCode::Right => return self.dials.turn(large, self.show.parts()),
            _ => return self.arrange(key),
        }
        None
    }
}

/// The terminal: where pictures go, and where keys come from.
struct Window {
    terminal: ManuallyDrop<DefaultTerminal>,
    events: Receiver<Event>,
    /// Somebody has closed it.
    gone: bool,
}

impl Window {
    /// Takes the terminal for pictures.
    fn open() -> Result<Self> {
        let terminal = ratatui::try_init().context("the terminal cannot be used; try --plain")?;
        Ok(Self { terminal: ManuallyDrop::new(terminal), events: events(), gone: false })
    }

    /// Shows a picture, until the next is due or a key is pressed, which is told. A terminal that is gone
    /// shows nothing more.
    fn show(&mut self, picture: &Picture<'_>) -> Option<KeyEvent> {
        self.gone |= self.terminal.draw(|frame| draw(frame, picture)).is_err();
        if self.gone {
            std::thread::sleep(FRAME);
            return None;
        }
        match self.events.recv_timeout(FRAME) {
            Ok(Event::Key(key)) if key.kind != KeyEventKind::Release => Some(key),
            Ok(_) | Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                self.gone = true;
                None
            }
        }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring. It is not dropped: that would complain of the cursor,
        // to nobody, and that is a panic.
        let _ = self.terminal.show_cursor();
        let _ = ratatui::try_restore();
    }
}

/// What happens at the terminal, told by a thread of its own: where the terminal is closed, it never
/// comes back from its library (crossterm 0.29 reads the end of input again and again).
fn events() -> Receiver<Event> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        while let Ok(event) = event::read() {
            if tell.send(event).is_err() {
                break;
            }
        }
    });
    told
}

/// Whether a key asks for the end.
fn ends(key: KeyEvent) -> bool {
    match key.code {
        KeyCode::Char('c') => key.modifiers.contains(KeyModifiers::CONTROL),
        KeyCode::Char('q') | KeyCode::Esc => true,
        _ => false,
    }
}

/// A session and what is shown of it.
struct Screen<'c, 'd> {
    console: &'c mut Console<'d>,
    board: Board,
}

/// Shows the music and obeys the keys until the session ends or someone asks for the end.
///
/// # Errors
/// Where the terminal refuses, or the audio device does.
pub fn run(console: &mut Console<'_>, dials: Dials) -> Result<()> {
    Screen { console, board: Board::new(dials) }.run(Window::open()?)
}

impl Screen<'_, '_> {
    fn run(&mut self, mut window: Window) -> Result<()> {
        while !self.console.is_over() {
            if let Some(notice) = self.console.tend()? {
                self.board.say(notice);
            }
            while let Some(report) = self.console.report() {
                self.board.show.hear(report);
            }
            let console = &*self.console;
            self.board.advance(console.tick(), console.stats(), console.device());
            self.board.cost(console.cost());
            let liked = self.board.show.piece().is_some_and(|seed| console.memory().likes(seed));
            let paused = console.controls().paused();
            let picture = Picture { liked, paused, ..self.board.picture(console.model()) };
            if let Some(key) = window.show(&picture) {
                self.press(key);
            }
            if window.gone {
                // The music ends with the terminal.
                self.console.stop();
            }
        }
        Ok(())
    }

    fn press(&mut self, key: KeyEvent) {
        let Self { console, board } = self;
        let piece = board.show.piece();
        if ends(key) {
            return console.stop();
        }
        let turned = match key.code {
            KeyCode::Char(' ') => {
                let controls = console.controls();
                controls.set_paused(!controls.paused());
                None
            }
            KeyCode::Char('n') => piece.map(Order::Next).map(Turned::Order),
            KeyCode::Char('b') => piece.map(Order::Play).map(Turned::Order),
            KeyCode::Char('x') => return self.skip(piece),
            KeyCode::Char('l') => return self.like(piece),
            KeyCode::Char('s') => return self.save(piece),
            _ => board.press(key),
        };
        match turned {
            Some(Turned::Order(order)) => console.order(order),
            Some(Turned::Gain(gain)) => console.controls().set_gain(gain),
            None => {}
        }
    }

    fn skip(&mut self, piece: Option<u64>) {
        let Some(seed) = piece else { return };
        if let Err(error) = self.console.memory_mut().skip(seed) {
            self.board.say(format!("{error:#}"));
        }
        self.console.order(Order::Skip(seed));
    }

    fn like(&mut self, piece: Option<u64>) {
        let Some(seed) = piece else { return };
        let memory = self.console.memory_mut();
        let liked = !memory.likes(seed);
        let said = match memory.like(seed, liked) {
            Ok(()) if liked => {
                format!("liked {}; `musigan play --liked` plays it again", Title(seed))
            }
            Ok(()) => format!("no longer liked: {}", Title(seed)),
            Err(error) => format!("{error:#}"),
        };
        self.board.say(said);
    }

    fn save(&mut self, piece: Option<u64>) {
        if let Some(seed) = piece {
            self.board.say("saving …".into());
            self.console.save(seed);
        }
    }
}
