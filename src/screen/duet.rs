//! The picture of a player and his partner.

use anyhow::Result;
use ratatui::crossterm::event::KeyCode;

use super::{Board, Dials, Picture, Turned, Window, ends};
use crate::live::{Desk, Doing, Order};

/// Shows who plays what and obeys the keys until someone asks for the end.
///
/// # Errors
/// Where the terminal refuses, or the audio device does.
pub fn run(desk: &mut Desk<'_>, dials: Dials) -> Result<()> {
    let mut board = Board::new(Dials { duet: true, ..dials });
    let mut window = Window::open()?;
    while !desk.is_over() {
        if let Some(notice) = desk.tend()? {
            board.say(notice);
        }
        while let Some(report) = desk.report() {
            board.show.hear(report);
        }
        board.advance(desk.stats().music_tick(), desk.stats(), desk.device());
        board.cost(desk.cost());
        let doing = match desk.doing() {
            Doing::Waiting => "waits for the clock",
            Doing::Listening => "listens",
            Doing::Playing => "plays",
        };
        let duet = format!("{doing}   keys: {}", desk.keyboard());
        let key = window.show(&Picture { duet: Some(&duet), ..board.picture(desk.model()) });
        if window.gone {
            // The music ends with the terminal.
            desk.stop();
        }
        let Some(key) = key else { continue };
        if ends(key) {
            desk.stop();
        }
        if key.code == KeyCode::Char('p') {
            desk.order(Order::Panic);
            board.say("every key is up".into());
        }
        match board.press(key) {
            Some(Turned::Order(order)) => desk.order(Order::Turned(order)),
            Some(Turned::Gain(gain)) => desk.controls().set_gain(gain),
            None => {}
        }
    }
    Ok(())
}
