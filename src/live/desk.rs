//! The main thread's hold on a band: orders to it, reports from it, the device and the keyboard under it.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU8};
use std::sync::mpsc::Sender;
use std::time::Duration;

use anyhow::Result;
use rtrb::Consumer;

use super::band::{Order, doing};
use super::ports::{Keyboard, KeyboardChange};
use crate::audio::{Change, Controls, Deck, Stats};
use crate::console::{complain, say};
use crate::music::partner::Doing;
use crate::session::{Cost, Report};

/// What the main thread holds of a band.
pub struct Desk<'d> {
    /// The device.
    pub deck: &'d mut Deck,
    /// The player's keyboard.
    pub keyboard: &'d mut Keyboard,
    /// To the band.
    pub orders: Sender<Order>,
    /// From the band.
    pub reports: Consumer<Report>,
    /// What the partner does, for [`doing`].
    pub watched: Arc<AtomicU8>,
    /// What composing costs.
    pub cost: Arc<Cost>,
    /// Set when the band has ended.
    pub over: &'d AtomicBool,
    /// Set when someone wants the end.
    pub stop: Arc<AtomicBool>,
    /// The model's name.
    pub model: String,
}

/// Says what happens in plain lines, or nothing but troubles if `quiet`, until the end.
///
/// # Errors
/// Where the device refuses to play.
pub fn log(desk: &mut Desk<'_>, quiet: bool) -> Result<()> {
    if !quiet {
        say(format_args!("{} plays with you; Ctrl-C ends", desk.keyboard()));
    }
    let mut said = None;
    while !desk.is_over() {
        if let Some(notice) = desk.tend()? {
            complain(notice);
        }
        while desk.report().is_some() {}
        let now = desk.doing();
        if said.replace(now) != Some(now) && !quiet {
            say(match now {
                Doing::Waiting => "waiting for the clock",
                Doing::Listening => "listening",
                Doing::Playing => "playing",
            });
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

impl Desk<'_> {
    /// Whether someone wants the end, or the band has ended.
    pub fn is_over(&self) -> bool {
        self.stop.load(Relaxed) || self.over.load(Relaxed)
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

    /// Looks after device and keyboard; to be called some times a second. Something may have happened that
    /// people want to know.
    ///
    /// # Errors
    /// Where the device refuses to play.
    pub fn tend(&mut self) -> Result<Option<String>> {
        match self.deck.tend()? {
            Some(Change::Lost) => {
                return Ok(Some("the audio device is gone; waiting for it".into()));
            }
            Some(Change::Back(feed, keys)) => {
                self.order(Order::Device(feed, keys));
                return Ok(Some("the audio device is back".into()));
            }
            None => {}
        }
        Ok(match self.keyboard.tend() {
            Some(KeyboardChange::Lost(name)) => {
                self.order(Order::Released);
                Some(format!("{name} is gone; waiting for it"))
            }
            Some(KeyboardChange::Back(name)) => Some(format!("{name} is back")),
            None => self.deck.late().map(|late| late.to_string()),
        })
    }

    /// What the partner does.
    pub fn doing(&self) -> Doing {
        doing(&self.watched)
    }

    /// What the callback tells.
    pub fn stats(&self) -> &Stats {
        self.deck.stats()
    }

    /// What the callback is told.
    pub fn controls(&self) -> &Controls {
        self.deck.controls()
    }

    /// What composing costs.
    pub fn cost(&self) -> &Cost {
        &self.cost
    }

    /// The keyboard's name.
    pub fn keyboard(&self) -> &str {
        self.keyboard.name()
    }

    /// The model's name.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Where the sound goes to.
    pub fn device(&self) -> String {
        self.deck.describe()
    }
}
