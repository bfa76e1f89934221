//! The terminal's picture, drawn into memory.

use musigan::music::{Arrangement, Delay, Marker};
use musigan::screen::{Dials, Figures, Picture, Show, draw};
use musigan::session::Report;
use musigan::title::Title;
use musigan_engine::composer::{Form, Walk};
use musigan_score::{Instrument, Metre, Note, PartId, Pitch, Program, Tick, Velocity};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

fn show() -> Show {
    let mut show = Show::default();
    let part = PartId::new(0).unwrap();
    let duo = Instrument::Program(Program::MUSIC_BOX);
    for marker in [Marker::Piece(7), Marker::Part(part, duo), Marker::Metre(Metre::COMMON)] {
        show.hear(Report::At(0, marker));
    }
    for beat in 0..16_u32 {
        if beat % 4 == 0 {
            show.hear(Report::At(u64::from(beat) * 24, Marker::Bar));
        }
        let pitch = Pitch::from_data(60 + beat as u8);
        let velocity = Velocity::MEZZO_FORTE;
        let note = Note { onset: Tick(beat * 24), duration: 24, pitch, velocity, part };
        show.hear(Report::At(u64::from(beat) * 24, Marker::Note(note)));
    }
    show.advance(24 * 5);
    show
}

fn drawn(width: u16, height: u16, help: bool) -> String {
    picture(width, height, help, &Dials::default())
}

fn picture(width: u16, height: u16, help: bool, dials: &Dials) -> String {
    let duet = dials.duet.then_some("plays   keys: piano");
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let (show, figures) = (show(), Figures::default());
    let picture = Picture {
        show: &show,
        dials,
        figures: &figures,
        model: "music-box",
        duet,
        liked: true,
        paused: false,
        notice: "",
        help,
    };
    terminal.draw(|frame| draw(frame, &picture)).unwrap();
    terminal.backend().to_string()
}

#[test]
fn the_picture_tells_title_place_notes_and_dials() {
    for (width, height) in [(110, 32), (80, 24)] {
        let picture = drawn(width, height, false);
        let title = format!("{} ♥", Title(7));
        for wanted in
            [&title, "bar 2", "4/4", "temperature", "Music Box", "underruns 0", "C4", "▄▄▄"]
        {
            assert!(picture.contains(wanted), "{wanted} is missing from\n{picture}");
        }
    }
    assert!(drawn(110, 32, true).contains("never play it again"));
}

#[test]
fn the_part_tells_how_it_is_arranged() {
    let mut dials = Dials::default();
    dials.arrangements[0] =
        Arrangement { transpose: -12, double: None, canon: Some(Delay::Bars(1)) };
    dials.mix.solo[0] = true;
    for (width, height) in [(110, 32), (80, 24)] {
        let picture = picture(width, height, false, &dials);
        assert!(picture.contains("part 1      solo -12 canon"), "{picture}");
    }
    let help = drawn(80, 24, true);
    for wanted in [
        "hear it alone",
        "it a semitone",
        "PgUp an octave",
        "double it",
        "once more a bar",
        "q       end",
    ] {
        assert!(help.contains(wanted), "{wanted} is missing from\n{help}");
    }
}

#[test]
fn only_a_model_with_a_latent_has_a_walk() {
    let walking = Dials { walk: Some(Walk::Drift), ..Dials::default() };
    for (width, height) in [(110, 32), (80, 24)] {
        for duet in [false, true] {
            let found = picture(width, height, false, &Dials { duet, ..walking.clone() });
            assert!(found.contains("walk        drift"), "{found}");
            let none = picture(width, height, false, &Dials { duet, ..Dials::default() });
            assert!(!none.contains("walk"), "{none}");
        }
    }
}

#[test]
fn phrases_are_of_bars_or_free() {
    let of = |bars| Dials { form: Form::of(bars), ..Dials::default() };
    for (bars, wanted) in [(0, "free"), (1, "of a bar"), (4, "of 4 bars")] {
        let picture = picture(110, 32, false, &of(bars));
        assert!(picture.contains(&format!("phrases     {wanted}")), "{picture}");
    }
    let duet = picture(110, 32, false, &Dials { duet: true, ..of(4) });
    assert!(!duet.contains("phrases"), "{duet}");
}

#[test]
fn a_duet_has_no_pieces_but_two_who_play() {
    let dials = Dials { duet: true, ..Dials::default() };
    for (width, height) in [(110, 32), (80, 24)] {
        let duet = picture(width, height, false, &dials);
        for wanted in
            ["you and music-box   plays   keys: piano", "bar 2", "you", "Music Box", "panic"]
        {
            assert!(duet.contains(wanted), "{wanted} is missing from\n{duet}");
        }
        for foreign in ["swing", "next", "skip", "♥"] {
            assert!(!duet.contains(foreign), "{foreign} has no place in\n{duet}");
        }
    }
    assert!(picture(80, 24, true, &dials).contains("every key goes up"));
}

#[test]
fn a_small_terminal_is_no_trouble() {
    for width in 1..40 {
        for height in 1..16 {
            drawn(width, height, true);
        }
    }
}
