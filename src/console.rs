//! The main thread's hold on a session: orders to it, reports from it, the device under it.

use std::fmt::Display;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use anyhow::Result;
use rtrb::Consumer;

use crate::audio::{Change, Controls, Deck, Stats};
use crate::memory::Memory;
use crate::music::Marker;
use crate::session::{Cost, Order, Report};
use crate::title::Title;

/// The longest that the last sound may ring on.
const TAIL: Duration = Duration::from_secs(10);

/// As long as it may if someone is waiting for the end.
const SHORT_TAIL: Duration = Duration::from_millis(900);

/// For how long the callback may have music when the session ends.
const HANDED_OVER: Duration = Duration::from_millis(300);

/// What the main thread holds of a session.
pub struct Console<'d> {
    /// The device.
    pub deck: &'d mut Deck,
    /// To the composer's thread.
    pub orders: Sender<Order>,
    /// From the composer's thread.
    pub reports: Consumer<Report>,
    /// From whoever saves.
    pub notices: Receiver<String>,
    /// What composing costs.
    pub cost: Arc<Cost>,
    /// Set when the composer's thread has ended.
    pub over: Arc<AtomicBool>,
    /// Set when someone wants the end.
    pub stop: Arc<AtomicBool>,
    /// Which pieces are liked.
    pub memory: Memory,
    /// The model's name.
    pub model: String,
    /// Where recordings go.
    pub folder: PathBuf,
}

/// Says something to whoever reads it. Who has closed the terminal does not.
pub fn say(what: impl Display) {
    let _ = writeln!(std::io::stdout(), "{what}");
}

/// As [`say`], of troubles.
pub fn complain(what: impl Display) {
    let _ = writeln!(std::io::stderr(), "musigan: {what}");
}

/// Shows what happens as plain lines, or nothing but troubles if `quiet`, until the session ends.
///
/// # Errors
/// Where the device refuses to play.
pub fn log(console: &mut Console<'_>, quiet: bool) -> Result<()> {
    let mut coming = std::collections::VecDeque::new();
    while !console.is_over() {
        if let Some(notice) = console.tend()? {
            complain(notice);
        }
        while let Some(report) = console.report() {
            match report {
                Report::At(tick, Marker::Piece(seed)) => coming.push_back((tick, seed)),
                Report::At(tick, Marker::Dropped) => coming.retain(|&(at, _)| at < tick),
                Report::At(..) | Report::Played(..) => {}
            }
        }
        while let Some(&(tick, seed)) = coming.front()
            && (tick <= console.tick() || console.is_over())
        {
            coming.pop_front();
            if !quiet {
                say(format_args!("piece {seed}: {}", Title(seed)));
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

impl Console<'_> {
    /// Whether the session has ended.
    pub fn is_over(&self) -> bool {
        self.over.load(Relaxed)
    }

    /// Asks for the end.
    pub fn stop(&self) {
        self.stop.store(true, Relaxed);
    }

    /// Gives an order. After the end nobody hears it.
    pub fn order(&self, order: Order) {
        let _ = self.orders.send(order);
    }

    /// The next report, if there is one.
    pub fn report(&mut self) -> Option<Report> {
        self.reports.pop().ok()
    }

    /// Looks after the device and passes a wish to stop on; to be called some times a second.
    /// Something may have happened that people want to know.
    ///
    /// # Errors
    /// Where the device refuses to play.
    pub fn tend(&mut self) -> Result<Option<String>> {
        if self.stop.load(Relaxed) {
            self.order(Order::Stop);
        }
        let notice = match self.deck.tend()? {
            Some(Change::Lost) => Some("the audio device is gone; waiting for it".into()),
            Some(Change::Back(feed, _)) => {
                self.order(Order::Device(feed));
                Some(format!("playing on {}", self.device()))
            }
            None => None,
        };
        let notice = notice.or_else(|| self.notices.try_recv().ok());
        Ok(notice.or_else(|| self.deck.late().map(|late| late.to_string())))
    }

    /// The tick of the music that is heard.
    pub fn tick(&self) -> u64 {
        self.deck.stats().music_tick()
    }

    /// What the callback tells.
    pub fn stats(&self) -> &Stats {
        self.deck.stats()
    }

    /// What the callback is told.
    pub fn controls(&self) -> &Controls {
        self.deck.controls()
    }

    /// The model's name.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Which pieces are liked.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Which pieces are liked, to be changed.
    pub fn memory_mut(&mut self) -> &mut Memory {
        &mut self.memory
    }

    /// Writes the last minutes, heard with the piece of `seed`, into files of a new name.
    pub fn save(&self, seed: u64) {
        let name = Title(seed).to_string().to_lowercase().replace([' ', '.'], "-");
        let free = |base: &PathBuf| !["mid", "wav"].iter().any(|e| base.with_extension(e).exists());
        let bases = (1..)
            .map(|n| self.folder.join(if n == 1 { name.clone() } else { format!("{name}-{n}") }));
        if let Some(base) = bases.take(10_000).find(free) {
            self.order(Order::Save(base));
        }
    }

    /// Lets the last sound ring on after the session has ended; only for a moment, if someone wants
    /// the end.
    pub fn wind_down(&mut self) {
        let longest = if self.stop.load(Relaxed) { SHORT_TAIL } else { TAIL };
        let began = Instant::now();
        // What was handed over is heard first.
        let silent = || began.elapsed() > HANDED_OVER && self.stats().silent.load(Relaxed);
        while began.elapsed() < longest && self.deck.output().is_some() && !silent() {
            std::thread::sleep(Duration::from_millis(20));
        }
        while let Some(late) = self.deck.late() {
            complain(late);
        }
    }

    /// What composing costs.
    pub fn cost(&self) -> &Cost {
        &self.cost
    }

    /// Where the sound goes to.
    pub fn device(&self) -> String {
        self.deck.describe()
    }
}
