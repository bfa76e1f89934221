//! The terminal: a picture of the music, and keys to change it while it plays.

mod dials;
mod draw;
mod part;
mod roll;
mod show;

use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context, Result};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

pub use dials::{Dial, Dials, Turned, key_name, program_name};
pub use draw::{Figures, Picture, draw};
pub use roll::Roll;
pub use show::{Parts, Show, Shown};

use crate::console::Console;
use crate::session::Order;
use crate::title::Title;

/// Time between two pictures.
const FRAME: Duration = Duration::from_millis(33);

/// Pictures for which a notice stays.
const NOTICE: u32 = 150;

/// How fast the level meters fall, in dB to the picture.
const FALL: f32 = 1.0;

/// The state of the screen.
struct Screen<'c, 'd> {
    console: &'c mut Console<'d>,
    show: Show,
    dials: Dials,
    figures: Figures,
    notice: (String, u32),
    help: bool,
}

/// Shows the music and obeys the keys until the session ends or someone asks for the end.
///
/// # Errors
/// Where the terminal refuses, or the audio device does.
pub fn run(console: &mut Console<'_>, dials: Dials) -> Result<()> {
    let mut terminal = ratatui::try_init().context("the terminal cannot be used; try --plain")?;
    let mut screen = Screen {
        console,
        show: Show::default(),
        dials,
        figures: Figures { levels: [-99.0; 2], ..Figures::default() },
        notice: (String::new(), 0),
        help: false,
    };
    let done = screen.run(&mut terminal, &events());
    // A terminal that is gone needs no restoring.
    let _ = ratatui::try_restore();
    done
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

impl Screen<'_, '_> {
    fn run(&mut self, terminal: &mut DefaultTerminal, events: &Receiver<Event>) -> Result<()> {
        let mut gone = false;
        while !self.console.is_over() {
            if let Some(notice) = self.console.tend()? {
                self.say(notice);
            }
            while let Some(report) = self.console.report() {
                self.show.hear(report);
            }
            self.show.advance(self.console.tick());
            self.measure();
            self.notice.1 = self.notice.1.saturating_sub(1);
            if self.notice.1 == 0 {
                self.notice.0.clear();
            }
            if gone || self.paint(terminal).is_err() {
                // The music ends with the terminal.
                gone = true;
                self.console.stop();
                std::thread::sleep(FRAME);
                continue;
            }
            match events.recv_timeout(FRAME) {
                Ok(Event::Key(key)) if key.kind != KeyEventKind::Release => self.press(key),
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => gone = true,
            }
        }
        Ok(())
    }

    fn paint(&mut self, terminal: &mut DefaultTerminal) -> std::io::Result<()> {
        let picture = Picture {
            show: &self.show,
            dials: &self.dials,
            figures: &self.figures,
            model: self.console.model(),
            liked: self.show.piece().is_some_and(|seed| self.console.memory().likes(seed)),
            paused: self.console.controls().paused(),
            notice: &self.notice.0,
            help: self.help,
        };
        terminal.draw(|frame| draw(frame, &picture)).map(|_| ())
    }

    fn say(&mut self, notice: String) {
        self.notice = (notice, NOTICE);
    }

    fn measure(&mut self) {
        let (stats, cost) = (self.console.stats(), self.console.cost());
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
        figures.note = [&cost.note, &cost.worst_note].map(|cost| cost.load(Relaxed) / 1000);
        figures.device = self.console.device();
    }

    fn press(&mut self, key: KeyEvent) {
        let large = if key.modifiers.contains(KeyModifiers::SHIFT) { 5 } else { 1 };
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let piece = self.show.piece();
        match key.code {
            KeyCode::Char('c') if control => self.console.stop(),
            KeyCode::Char('q') | KeyCode::Esc => self.console.stop(),
            KeyCode::Char(' ') => {
                let controls = self.console.controls();
                controls.set_paused(!controls.paused());
            }
            KeyCode::Char('n') => self.ask(piece.map(Order::Next)),
            KeyCode::Char('b') => self.ask(piece.map(Order::Play)),
            KeyCode::Char('x') => self.skip(piece),
            KeyCode::Char('l') => self.like(piece),
            KeyCode::Char('s') => self.save(piece),
            KeyCode::Char('m') => {
                let turned = self.dials.mute(self.show.parts());
                self.turned(turned);
            }
            KeyCode::Char('o') => {
                let turned = self.dials.solo(self.show.parts());
                self.turned(turned);
            }
            KeyCode::Char('d') => {
                let turned = self.dials.double(self.show.parts());
                self.turned(turned);
            }
            KeyCode::Char('c') => {
                let turned = self.dials.canon(self.show.parts());
                self.turned(turned);
            }
            KeyCode::Char('.') => self.transpose(1),
            KeyCode::Char(',') => self.transpose(-1),
            KeyCode::PageUp => self.transpose(12),
            KeyCode::PageDown => self.transpose(-12),
            KeyCode::Char('+' | '=') => self.louder(1),
            KeyCode::Char('-') => self.louder(-1),
            KeyCode::Char('?' | 'h') => self.help = !self.help,
            KeyCode::Up => self.dials.choose(-1, self.show.parts()),
            KeyCode::Down => self.dials.choose(1, self.show.parts()),
            KeyCode::Left => self.turn(-large),
            KeyCode::Right => self.turn(large),
            _ => {}
        }
    }

    fn ask(&mut self, order: Option<Order>) {
        if let Some(order) = order {
            self.console.order(order);
        }
    }

    fn skip(&mut self, piece: Option<u64>) {
        let Some(seed) = piece else { return };
        if let Err(error) = self.console.memory_mut().skip(seed) {
            self.say(format!("{error:#}"));
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
        self.say(said);
    }

    fn save(&mut self, piece: Option<u64>) {
        if let Some(seed) = piece {
            self.say("saving …".into());
            self.console.save(seed);
        }
    }

    fn turn(&mut self, steps: i32) {
        let turned = self.dials.turn(steps, self.show.parts());
        self.turned(turned);
    }

    fn transpose(&mut self, semitones: i8) {
        let turned = self.dials.transpose(semitones, self.show.parts());
        self.turned(turned);
    }

    fn louder(&mut self, steps: i32) {
        let turned = self.dials.turn_volume(steps);
        self.turned(Some(turned));
    }

    fn turned(&mut self, turned: Option<Turned>) {
        match turned {
            Some(Turned::Order(order)) => self.console.order(order),
            Some(Turned::Gain(gain)) => self.console.controls().set_gain(gain),
            None => {}
        }
    }
}
