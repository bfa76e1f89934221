//! A session as it plays: what is heard is what would be rendered, and whatever is asked of it, every
//! key that goes down goes up.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc;

use musigan::audio::{Controls, Line, Speaker, line};
use musigan::model::ModelFile;
use musigan::music::{Arrangement, Delay, Marker, Mix, Music, Recording, Swing};
use musigan::session::{Ends, Order, Report, Session};
use musigan::{smf, wav};
use musigan_engine::composer::{Form, Opening, Settings, Walk};
use musigan_engine::generator::Generator;
use musigan_score::{PartId, Program, TICKS_PER_QUARTER};
use rtrb::{Consumer, RingBuffer};

const RATE: u32 = 48_000;

/// What a listener hears while `ask` is called before every buffer, until the session ends and all
/// is silent, and once after that: then nothing can be asked any more, and all has been reported.
fn heard(
    settings: Settings,
    pieces: u32,
    buffer: usize,
    ask: impl FnMut(usize, &mut Consumer<Report>, &mut Vec<Order>, &Controls),
) -> (Vec<f32>, Speaker) {
    heard_of(Mix::default(), settings, pieces, buffer, ask)
}

fn heard_of(
    mix: Mix,
    settings: Settings,
    pieces: u32,
    buffer: usize,
    ask: impl FnMut(usize, &mut Consumer<Report>, &mut Vec<Order>, &Controls),
) -> (Vec<f32>, Speaker) {
    let (samples, speaker, _) = heard_and_told(mix, settings, pieces, buffer, ask);
    (samples, speaker)
}

/// As [`heard_of`], with what people are told meanwhile.
fn heard_and_told(
    mix: Mix,
    settings: Settings,
    pieces: u32,
    buffer: usize,
    ask: impl FnMut(usize, &mut Consumer<Report>, &mut Vec<Order>, &Controls),
) -> (Vec<f32>, Speaker, Vec<String>) {
    heard_by(None, mix, settings, pieces, buffer, ask)
}

/// As [`heard_and_told`], of the model that is named so.
fn heard_by(
    model: Option<&str>,
    mix: Mix,
    settings: Settings,
    pieces: u32,
    buffer: usize,
    mut ask: impl FnMut(usize, &mut Consumer<Report>, &mut Vec<Order>, &Controls),
) -> (Vec<f32>, Speaker, Vec<String>) {
    let file = ModelFile::find(model.map(Path::new)).unwrap();
    let model = file.open().unwrap();
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
    let opening = Opening::default();
    let music = Music::new(&model, &mut state, &mut logits, settings, opening, 5);
    let controls = Arc::new(Controls::default());
    let Line { feed, mut speaker, .. } = line(RATE, &controls);
    let (reports, mut shown) = RingBuffer::new(8192);
    let (say, notices) = mpsc::channel();
    let (give, orders) = mpsc::channel();
    let session =
        Session::new(music, Ends { feed, reports, notices: say }, Some(pieces)).with_mix(mix);
    let mut samples = Vec::new();
    std::thread::scope(|threads| {
        let composing = threads.spawn(move || session.run(&orders));
        let mut frames = vec![0.0_f32; 2 * buffer];
        let mut asked = Vec::new();
        for turn in 0.. {
            // A device would wait for its time; this one waits for the composer.
            while speaker.stats().ahead() < 50_000 && !composing.is_finished() {
                std::thread::yield_now();
            }
            let over = composing.is_finished() && speaker.stats().silent.load(Relaxed);
            ask(turn, &mut shown, &mut asked, &controls);
            if over {
                break;
            }
            for order in asked.drain(..) {
                give.send(order).unwrap();
            }
            speaker.fill(&mut frames, 2);
            samples.extend_from_slice(&frames);
            assert!(samples.len() < 2 * RATE as usize * 300, "it never falls silent");
        }
    });
    (samples, speaker, notices.try_iter().collect())
}

fn short() -> Settings {
    Settings { min_bars: 4, max_bars: 6, ..Settings::default() }
}

#[test]
fn what_is_played_is_what_is_rendered() {
    let file = ModelFile::find(None).unwrap();
    let model = file.open().unwrap();
    let recording = Recording::of_piece(&model, short(), Opening::default(), Swing::STRAIGHT, 5);
    let format = wav::Format {
        samples: wav::Samples::Int16,
        sample_rate: RATE,
        ticks_per_quarter: TICKS_PER_QUARTER,
        default_program: Program::MUSIC_BOX,
    };
    let mut rendered = Vec::new();
    wav::play(&recording.actions, format, |left, right| {
        rendered.extend(left.iter().zip(right).flat_map(|(&left, &right)| [left, right]));
        Ok(())
    })
    .unwrap();
    for buffer in [64, 441] {
        let (played, speaker) = heard(short(), 1, buffer, |_, _, _, _| {});
        assert_eq!(speaker.stats().starved.load(Relaxed), 0);
        let both = played.len().min(rendered.len());
        assert!(both > RATE as usize * 2 * 4);
        assert_eq!(played[..both], rendered[..both]);
        // One of them stops a block before the other, when all is below −100 dB.
        assert!(played[both..].iter().chain(&rendered[both..]).all(|sample| sample.abs() < 1e-5));
    }
}

#[test]
fn muted_parts_are_silent_from_the_first_note_until_they_are_heard_again() {
    let mix = Mix { muted: [true; PartId::COUNT as usize], ..Mix::default() };
    let (samples, _) = heard_of(mix, short(), 2, 256, |_, _, _, _| {});
    assert!(samples.len() > RATE as usize * 2 * 4);
    assert!(samples.iter().all(|sample| sample.abs() < 1e-5));
    let (samples, _) = heard_of(mix, short(), 2, 256, |turn, _, asked, _| {
        if turn == 200 {
            let parts = (0..).map_while(PartId::new);
            asked.extend(parts.map(|part| Order::Mute(part, false)));
        }
    });
    assert!(samples[..2 * 256 * 200].iter().all(|sample| sample.abs() < 1e-5));
    assert!(samples.iter().any(|sample| sample.abs() > 0.01));
}

#[test]
fn the_walk_is_turned_while_it_plays() {
    let settings = Settings { min_bars: 12, max_bars: 12, ..Settings::default() };
    let heard = |walk| {
        let ask = |turn, _: &mut _, asked: &mut Vec<Order>, _: &_| {
            if turn == 0 {
                asked.push(Order::Walk(walk));
            }
        };
        heard_by(Some("gan"), Mix::default(), settings, 1, 4096, ask).0
    };
    let [jump, hold] = [Walk::Jump, Walk::Hold].map(heard);
    let differ = jump.iter().zip(&hold).position(|(a, b)| a != b);
    // The first bar is by chance anyway; more than that was composed before it was asked.
    let differ = differ.expect("another music");
    assert!(jump[..differ].iter().any(|sample| sample.abs() > 1e-3), "{differ}");
}

#[test]
fn phrases_are_turned_while_it_plays() {
    let settings = Settings { min_bars: 24, max_bars: 24, ..Settings::default() };
    let heard = |form| {
        let ask = |turn, _: &mut _, asked: &mut Vec<Order>, _: &_| {
            if turn == 0 {
                asked.push(Order::Form(form));
            }
        };
        heard_by(None, Mix::default(), settings, 1, 4096, ask).0
    };
    let [free, phrases] = [Form::Free, Form::of(2)].map(heard);
    let differ = free.iter().zip(&phrases).position(|(a, b)| a != b);
    // New phrases are as they would be without.
    let differ = differ.expect("another music");
    assert!(free[..differ].iter().any(|sample| sample.abs() > 1e-3), "{differ}");
}

#[test]
fn whatever_is_asked_every_key_goes_up() {
    let settings = Settings { min_bars: 40, max_bars: 60, ..Settings::default() };
    let (mut heard_piece, mut pieces, mut dropped) = (5, Vec::new(), 0);
    let part = PartId::new(0).unwrap();
    let (samples, speaker) = heard(settings, 1000, 512, |turn, shown, asked, controls| {
        while let Ok(report) = shown.pop() {
            match report {
                Report::At(_, Marker::Piece(seed)) => {
                    heard_piece = seed;
                    pieces.push(seed);
                }
                Report::At(_, Marker::Dropped) => dropped += 1,
                Report::Played(..) => panic!("nobody plays by hand"),
                Report::At(..) => {}
            }
        }
        match turn {
            100 => asked.push(Order::Next(heard_piece)),
            150 => asked.extend([Order::Speed(300), Order::Program(part, Program::PIANO)]),
            170 => {
                let canon = Some(Delay::Quarters(2));
                let arrangement = Arrangement { transpose: -12, double: Some(12), canon };
                asked.push(Order::Arrange(part, arrangement));
            }
            200 => asked.push(Order::Skip(heard_piece)),
            230 => asked.push(Order::Solo(part, true)),
            250 => asked.extend([Order::Mute(part, true), Order::Swing(Swing::from_percent(67))]),
            300 => controls.set_paused(true),
            320 => controls.set_paused(false),
            350 => asked.extend([Order::Mute(part, false), Order::Play(heard_piece)]),
            370 => asked.push(Order::Arrange(part, Arrangement::PLAIN)),
            400 => asked.extend((0..50).map(|_| Order::Next(heard_piece))),
            500 => controls.set_gain(0.1),
            600 => asked.push(Order::Stop),
            _ => {}
        }
    });
    assert_eq!((pieces[0], pieces[1], dropped), (5, 6, 53));
    assert_eq!(speaker.stats().voices.load(Relaxed), 0);
    assert!(samples.iter().all(|sample| sample.is_finite() && sample.abs() <= 1.0));
}

#[test]
fn the_last_minutes_can_be_saved() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("kept");
    heard(short(), 2, 256, |turn, _, asked, _| {
        if turn == 400 {
            asked.push(Order::Save(base.clone()));
        }
    });
    let song = smf::read(&std::fs::read(base.with_extension("mid")).unwrap()).unwrap();
    assert!(song.actions.len() > 20);
    let wav = hound::WavReader::open(base.with_extension("wav")).unwrap();
    // 400 buffers of 256 frames had been played.
    assert!(wav.duration() > 90_000);
}

#[test]
fn what_cannot_be_saved_is_told_and_the_music_plays_on() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("not there").join("kept");
    let (whole, _) = heard(short(), 1, 256, |_, _, _, _| {});
    let (samples, _, notices) =
        heard_and_told(Mix::default(), short(), 1, 256, |turn, _, asked, _| {
            if turn == 400 {
                asked.push(Order::Save(base.clone()));
            }
        });
    assert!(notices.len() == 1 && notices[0].contains("cannot write"), "{notices:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let both = whole.len().min(samples.len());
    assert_eq!(whole[..both], samples[..both]);
}
