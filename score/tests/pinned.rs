//! The vocabulary as models were trained on it: a failure here means that every model in `models/`
//! has to be trained again. Change it on purpose or not at all.

use musigan_score::events::{Density, FINGERPRINT, Style, Symbol, VOCABULARY, kind};
use musigan_score::{GRID, Metre, Tempo, Tick, Token, grid_nearest};

#[test]
fn layout_is_pinned() {
    assert_eq!(VOCABULARY, 532);
    assert_eq!(kind::POSITION, 4..100);
    assert_eq!(kind::PITCH, 100..188);
    assert_eq!(kind::DRUM, 188..235);
    assert_eq!(kind::DURATION, 235..275);
    assert_eq!(kind::VELOCITY, 275..291);
    assert_eq!(kind::PART, 291..307);
    assert_eq!(kind::PROGRAM, 307..436);
    assert_eq!(kind::METRE, 436..460);
    assert_eq!(kind::TEMPO, 460..492);
    assert_eq!(kind::KEY, 492..516);
    assert_eq!(kind::DENSITY, 516..524);
    assert_eq!(kind::STYLE, 524..532);
    assert_eq!(FINGERPRINT.to_string(), "5a2ca05bbfa48a41");
}

#[test]
fn every_token_means_something_and_says_itself() {
    for token in (0..VOCABULARY as u16).map(Token) {
        assert_eq!(Symbol::of(token).and_then(Symbol::token), Some(token));
    }
    assert_eq!(Symbol::of(Token(VOCABULARY as u16)), None);
    assert_eq!(Symbol::of(Token(u16::MAX)), None);
}

#[test]
fn every_bar_is_whole_eighths_so_that_the_grid_fits_it() {
    for index in 0..Metre::ALL.len() as u8 {
        let metre = Metre::from_index(index).unwrap();
        assert_eq!(metre.bar_ticks() % 12, 0, "{metre:?}");
        assert!((12..=Metre::MAX_BAR).contains(&metre.bar_ticks()), "{metre:?}");
        assert_eq!(Metre::nearest(metre.numerator(), metre.denominator()), (metre, true));
    }
    assert_eq!(Metre::nearest(4, 16).0.bar_ticks(), 24);
    assert_eq!(Metre::nearest(200, 4).0.bar_ticks(), Metre::MAX_BAR);
}

#[test]
fn the_nearest_grid_point_is_the_nearest() {
    let points: Vec<u32> =
        (0..20).flat_map(|eighth| GRID.map(|offset| eighth * 12 + u32::from(offset))).collect();
    for tick in 0..200 {
        let best = points.iter().min_by_key(|point| point.abs_diff(tick)).unwrap();
        assert_eq!(grid_nearest(Tick(tick)), Tick(*best), "{tick}");
    }
}

#[test]
fn tempi_round_to_the_nearest_ratio() {
    for (index, bpm) in (0..).zip(Tempo::ALL) {
        assert_eq!(Tempo::from_bpm(u32::from(bpm)).index(), index);
        assert_eq!(Tempo::from_microseconds(60_000_000 / u32::from(bpm)).index(), index);
    }
    assert_eq!(Tempo::from_bpm(0).bpm(), 30);
    assert_eq!(Tempo::from_microseconds(0).bpm(), 240);
    assert_eq!(Tempo::from_bpm(119).bpm(), 123); // 119/115 = 1.035 > 123/119 = 1.034
}

#[test]
fn a_bar_of_a_density_holds_as_many_notes_as_it_may_and_no_more() {
    for metre in (0..Metre::ALL.len() as u8).filter_map(Metre::from_index) {
        let ticks = metre.bar_ticks();
        assert_eq!(Density::of(0, ticks).level(), 0);
        for density in (0..7).filter_map(Density::new) {
            let most = density.most(ticks);
            let (full, more) = (Density::of(most, ticks), Density::of(most + 1, ticks));
            assert!(full <= density && more > density, "{metre:?} {density:?}: {full:?} {more:?}");
        }
        assert_eq!(Density::new(7).map(|wildest| wildest.most(ticks)), Some(u32::MAX));
    }
}

#[test]
fn every_style_is_known_by_its_name() {
    for style in Style::ALL {
        assert_eq!(style.name().parse(), Ok(style));
    }
    let unknown = "polka".parse::<Style>().expect_err("not a style");
    assert!(
        unknown
            .to_string()
            .ends_with("art-song, chamber, chorale, band, keyboard, orchestra, folk, jazz")
    );
}
