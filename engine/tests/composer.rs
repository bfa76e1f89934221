//! The composer, on generators that try to lead it astray.

use core::ops::Range;

use musigan_engine::composer::{Composer, Form, Opening, Settings};
use musigan_engine::generator::Generator;
use musigan_engine::passages::{Passage, Passages, Trail};
use musigan_engine::rng::Rng;
use musigan_engine::scale::Scale;
use musigan_score::events::{Density, Event, Style, VOCABULARY, kind};
use musigan_score::{Instrument, Key, Metre, Mode, Note, Program, Tempo, Tick, Token};

/// Says what a function of the last token says; its state counts the steps. It may have learnt passages.
struct Scripted<F>(F, Vec<u8>);

fn scripted<F: Fn(Token, u32, &mut [f32])>(says: F) -> Scripted<F> {
    Scripted(says, Vec::new())
}

impl<F: Fn(Token, u32, &mut [f32])> Generator for Scripted<F> {
    fn vocab_len(&self) -> usize {
        VOCABULARY
    }
    fn state_len(&self) -> usize {
        1
    }
    fn macs_per_step(&self) -> usize {
        0
    }
    fn reset(&self, state: &mut [f32]) {
        state.fill(0.0);
    }
    fn step(&self, state: &mut [f32], heard: Token, logits: &mut [f32]) {
        state[0] += 1.0;
        logits.fill(0.0);
        (self.0)(heard, state[0] as u32, logits);
    }
    fn passages(&self) -> Option<Passages<'_>> {
        Passages::new(NOTES, 6, &self.1)
    }
}

fn noise(heard: Token, step: u32, logits: &mut [f32]) {
    let mut rng = Rng::new(u64::from(heard.0) << 32 | u64::from(step));
    logits.iter_mut().for_each(|logit| *logit = 8.0 * rng.unit());
}

/// The events of one piece.
fn piece(
    generator: &impl Generator,
    settings: Settings,
    opening: Opening<'_>,
    seed: u64,
) -> Vec<Event> {
    let (mut state, mut logits) =
        (vec![f32::NAN; generator.state_len()], vec![f32::NAN; generator.vocab_len()]);
    let mut composer = Composer::new(generator, &mut state, &mut logits, settings, opening, seed);
    let mut events = Vec::new();
    for _ in 0..2_000_000 {
        events.extend(composer.step());
        if let Some(Event::End(_)) = events.last() {
            return events;
        }
    }
    panic!("the piece does not end");
}

fn notes(events: &[Event]) -> Vec<Note> {
    let note = |event: &Event| if let Event::Note(note) = event { Some(*note) } else { None };
    events.iter().filter_map(note).collect()
}

fn bars(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Bar(_))).count()
}

#[test]
fn a_piece_is_its_seed() {
    let generator = scripted(noise);
    let settings = Settings { max_bars: 16, ..Settings::default() };
    let once = piece(&generator, settings, Opening::default(), 5);
    assert_eq!(once, piece(&generator, settings, Opening::default(), 5));
    assert_ne!(once, piece(&generator, settings, Opening::default(), 6));
}

#[test]
fn a_scale_is_kept_through_every_change_of_key() {
    let generator = scripted(noise);
    for name in ["pentatonic", "dorian", "whole-tone"] {
        let scale = Scale::named(name).unwrap();
        let settings = Settings { min_bars: 48, max_bars: 48, scale, ..Settings::default() };
        // One part with pitches: strokes are of no scale.
        let parts = [Instrument::Program(Program::new(10).unwrap())];
        let opening = Opening { parts: &parts, ..Opening::default() };
        let (mut tonic, mut tonics, mut count) = (0, 0, 0);
        for seed in 0..12 {
            for event in piece(&generator, settings, opening, seed) {
                match event {
                    Event::Begin => tonic = 0,
                    Event::Key(key) => {
                        (tonic, tonics) = (key.tonic(), tonics | 1_u16 << key.tonic())
                    }
                    Event::Note(note) => {
                        assert!(scale.contains(note.pitch, tonic), "{name}, {tonic}: {note:?}");
                        count += 1;
                    }
                    _ => {}
                }
            }
        }
        assert!(count > 1_000 && tonics.count_ones() > 6, "{count} notes, {tonics:b}");
    }
}

#[test]
fn a_key_draws_the_pitches_as_strongly_as_it_is_asked_to() {
    let key = Key::new(8, Mode::Minor).unwrap();
    let parts = [Instrument::Program(Program::new(10).unwrap())];
    let opening = Opening { key: Some(key), parts: &parts, ..Opening::default() };
    let scale = Scale::named("minor").unwrap();
    // Every pitch is as likely as any other.
    let even = scripted(|heard, step, logits: &mut [f32]| {
        noise(heard, step, logits);
        logits[usize::from(kind::PITCH.start)..usize::from(kind::PITCH.end)].fill(4.0);
        // It stays in its key.
        for token in kind::KEY {
            logits[usize::from(token)] = f32::NEG_INFINITY;
        }
    });
    let inside = |tonality| {
        let settings = Settings { min_bars: 64, max_bars: 64, tonality, ..Settings::default() };
        let notes: Vec<_> =
            (0..8).flat_map(|seed| notes(&piece(&even, settings, opening, seed))).collect();
        let inside = notes.iter().filter(|note| scale.contains(note.pitch, key.tonic())).count();
        inside as f64 / notes.len() as f64
    };
    let shares = [0.0, 0.15, 0.5, 1.0].map(inside);
    assert!((shares[0] - 7.0 / 12.0).abs() < 0.06, "{shares:?}");
    assert!(shares[1] > shares[0] + 0.04, "{shares:?}");
    assert!(shares.is_sorted() && shares[3] > 0.8, "{shares:?}");
}

#[test]
fn the_opening_is_as_asked() {
    let program = |number| Instrument::Program(Program::new(number).unwrap());
    let parts = [program(40), Instrument::Percussion, program(42)];
    let metre = Metre::nearest(3, 4).0;
    let opening = Opening {
        style: Some(Style::Chamber),
        key: None,
        metre: Some(metre),
        tempo: Some(Tempo::from_bpm(94)),
        parts: &parts,
    };
    let settings =
        Settings { min_bars: 12, max_bars: 12, density: Density::new(3), ..Settings::default() };
    let events = piece(&scripted(noise), settings, opening, 1);
    let head: Vec<Event> =
        events.iter().copied().take_while(|event| !matches!(event, Event::Bar(_))).collect();
    assert_eq!(head[0], Event::Begin);
    assert_eq!(head[1], Event::Style(Style::Chamber));
    assert_eq!(head[2], Event::Metre(metre));
    assert_eq!(head[3], Event::Tempo(Tempo::from_bpm(94)));
    let heard: Vec<Instrument> = head[4..]
        .iter()
        .map(|e| if let Event::Part(_, i) = e { *i } else { panic!("{e:?}") })
        .collect();
    assert_eq!(heard, parts);
    assert_eq!(bars(&events), 12);
    let densities =
        events.iter().filter(|event| matches!(event, Event::Density(d) if d.level() == 3)).count();
    assert_eq!(densities, 12);
}

#[test]
fn a_piece_ends_within_its_bounds() {
    for (least, most) in [(1, 1), (4, 4), (8, 20), (0, 3)] {
        for seed in 0..20 {
            let settings = Settings { min_bars: least, max_bars: most, ..Settings::default() };
            let count = bars(&piece(&scripted(noise), settings, Opening::default(), seed));
            assert!(
                count >= least as usize && count <= most as usize,
                "{least} to {most}: {count}"
            );
        }
    }
}

/// Always wants the same note in the same place.
fn stuck(_: Token, _: u32, logits: &mut [f32]) {
    logits[usize::from(kind::POSITION.start)] = 30.0;
    logits[usize::from(kind::PITCH.start) + 40] = 60.0;
    logits[usize::from(kind::DURATION.start) + 11] = 30.0;
    logits[usize::from(kind::BAR)] = 25.0;
    logits[usize::from(kind::EOS)] = -30.0;
}

#[test]
fn a_loop_is_broken_off() {
    let parts = [Instrument::Program(Program::MUSIC_BOX)];
    let opening = Opening {
        metre: Some(Metre::COMMON),
        tempo: Some(Tempo::from_bpm(123)),
        parts: &parts,
        ..Opening::default()
    };
    let settings = Settings { min_bars: 64, max_bars: 64, patience: 3, ..Settings::default() };
    let notes = notes(&piece(&scripted(stuck), settings, opening, 1));
    let (mut longest, mut since) = (0, notes[0].onset);
    for pair in notes.windows(2) {
        if pair[0].pitch != pair[1].pitch {
            since = pair[1].onset;
        }
        longest = longest.max(pair[1].onset.0 - since.0);
    }
    // The generator does want it: without patience's end the loop would fill the piece.
    assert!(longest >= 3 * 96, "{longest}");
    assert!(longest <= 5 * 96, "{longest}");
}

#[test]
fn silence_is_broken_off() {
    let mute = |_: Token, _: u32, logits: &mut [f32]| {
        logits[usize::from(kind::BAR)] = 60.0;
        logits[usize::from(kind::EOS)] = -60.0;
    };
    let settings = Settings { min_bars: 64, max_bars: 64, patience: 2, ..Settings::default() };
    let opening = Opening { metre: Some(Metre::COMMON), ..Opening::default() };
    let events = piece(&scripted(mute), settings, opening, 1);
    let (mut until, mut bar) = (Tick(0), 0);
    for event in &events {
        match event {
            Event::Metre(metre) => bar = metre.bar_ticks(),
            Event::Bar(start) => {
                assert!(start.0.saturating_sub(until.0) <= 2 * bar, "silent at {start:?}")
            }
            Event::Note(note) => until = until.max(note.end()),
            _ => {}
        }
    }
    // The longest note lasts four bars, then come two of patience and one with a note.
    assert!(notes(&events).len() >= 64 / 7);
}

#[test]
fn broken_logits_still_make_a_piece() {
    let broken = |_: Token, step: u32, logits: &mut [f32]| {
        logits.fill(if step.is_multiple_of(2) { f32::NAN } else { f32::INFINITY });
    };
    let settings = Settings { max_bars: 6, ..Settings::default() };
    assert!(bars(&piece(&scripted(broken), settings, Opening::default(), 1)) <= 6);
}

/// A phrase's notes, their onsets from its beginning on.
fn phrases(events: &[Event], bars: usize) -> Vec<Vec<Note>> {
    let bar = |event: &Event| if let Event::Bar(start) = event { Some(*start) } else { None };
    let starts: Vec<Tick> = events.iter().filter_map(bar).collect();
    let notes = notes(events);
    // An upbeat is before the first.
    let upbeat = usize::from(notes.first().is_none_or(|note| 2 * note.onset.0 >= starts[1].0));
    let mut phrases = Vec::new();
    for from in (upbeat..starts.len()).step_by(bars) {
        let until = starts.get(from + bars).map_or(u32::MAX, |start| start.0);
        let within = notes.iter().filter(|n| (starts[from].0..until).contains(&n.onset.0));
        let shifted = |n: &Note| Note { onset: Tick(n.onset.0 - starts[from].0), ..*n };
        phrases.push(within.map(shifted).collect());
    }
    phrases
}

#[test]
fn phrases_come_again_as_the_form_has_it() {
    let parts = [Instrument::Program(Program::MUSIC_BOX), Instrument::Percussion];
    let opening =
        Opening { metre: Some(Metre::nearest(3, 4).0), parts: &parts, ..Opening::default() };
    let form = |form| Settings {
        min_bars: 33,
        max_bars: 33,
        patience: 1000,
        steady: true,
        form,
        ..Settings::default()
    };
    let mut seen = [0; 3];
    for seed in 0..30 {
        let events = piece(&scripted(noise), form(Form::Phrases(4)), opening, seed);
        let phrases = phrases(&events, 4);
        for verse in phrases.chunks_exact(4) {
            let [a, b, c, d] = verse else { unreachable!() };
            assert!(a.len() > 4, "{a:?}");
            let same = [a == b, c == d, a == d, a == c, b == d];
            seen[match same {
                [true, false, true, false, true] => 0,
                [true, true, false, false, false] => 1,
                [false, false, false, true, false] => 2,
                other => panic!("seed {seed}: {other:?}"),
            }] += 1;
        }
        let free = piece(&scripted(noise), form(Form::Free), opening, seed);
        let free = self::phrases(&free, 4);
        assert!(free.windows(2).all(|pair| pair[0] != pair[1]));
    }
    assert!(seen.iter().all(|&count| count > 5), "{seen:?}");
}

#[test]
fn a_phrase_that_comes_again_obeys_like_any_other() {
    // Metres change, scales are turned, loops are broken off, and pieces end when they are to.
    let scale = Scale::named("pentatonic").unwrap();
    let parts = [Instrument::Program(Program::MUSIC_BOX)];
    for seed in 0..30 {
        let opening = Opening { key: Key::from_index(0), parts: &parts, ..Opening::default() };
        for most in [3, 7, 10] {
            let settings = Settings { max_bars: most, form: Form::of(2), ..Settings::default() };
            assert!(bars(&piece(&scripted(noise), settings, opening, seed)) <= most as usize);
        }
        let generator = scripted(noise);
        let (mut state, mut logits) = (vec![0.0], vec![0.0; VOCABULARY]);
        let settings = Settings { min_bars: 40, form: Form::of(1), ..Settings::default() };
        let mut composer =
            Composer::new(&generator, &mut state, &mut logits, settings, opening, seed);
        let (mut tonic, mut count) = (0, 0);
        for _ in 0..20_000 {
            match composer.step() {
                Some(Event::Bar(_)) => count += 1,
                Some(Event::Key(key)) => tonic = key.tonic(),
                Some(Event::Note(note)) if count > 3 => {
                    assert!(scale.contains(note.pitch, tonic), "{note:?}");
                }
                Some(Event::End(_)) => break,
                _ => {}
            }
            if count == 3 {
                composer.settings_mut().scale = scale;
            }
        }
        assert!(count >= 40);
    }
}

/// Notes of a passage.
const NOTES: u8 = 3;

/// Where passages of notes end.
fn passages(notes: &[Note]) -> Vec<Passage> {
    let mut trail = Trail::new();
    let mut passages = Vec::new();
    for note in notes {
        let beginning = trail.beginning(NOTES);
        trail.hear(note);
        passages.extend(beginning.map(|this| this.with(note.onset, note.pitch, note.part)));
    }
    passages
}

#[test]
fn what_was_learnt_is_not_said_again() {
    // Of five pitches, three drums and two durations, on a coarse grid: what is said comes again and again.
    let narrow = |heard: Token, step: u32, logits: &mut [f32]| {
        noise(heard, step, logits);
        let mut keep = |run: Range<u16>, wanted: &dyn Fn(u16) -> bool| {
            for token in run.clone().filter(|token| !wanted(token - run.start)) {
                logits[usize::from(token)] -= 40.0;
            }
        };
        keep(kind::PITCH, &|at| (40..45).contains(&at));
        keep(kind::DRUM, &|at| (5..8).contains(&at));
        keep(kind::DURATION, &|at| at < 2);
        keep(kind::POSITION, &|at| at.is_multiple_of(4));
        keep(kind::VELOCITY, &|at| at == 8);
    };
    let parts = [Instrument::Program(Program::MUSIC_BOX), Instrument::Percussion];
    let opening = Opening { parts: &parts, ..Opening::default() };
    for form in [Form::Free, Form::of(2)] {
        let settings = Settings { min_bars: 24, max_bars: 24, form, ..Settings::default() };
        let free = |seed| passages(&notes(&piece(&scripted(narrow), settings, opening, seed)));
        let learnt: Vec<Passage> = (0..20).flat_map(free).collect();
        let mut bits = vec![0; learnt.len()];
        learnt.iter().for_each(|&passage| Passages::put(&mut bits, 6, passage));
        let taught = Scripted(narrow, bits);
        let known = |&passage: &Passage| taught.passages().unwrap().contains(passage);
        for seed in 100..110 {
            let copied = free(seed).iter().filter(|&passage| known(passage)).count();
            assert!(copied > 5, "seed {seed}: {copied}");
            let own = passages(&notes(&piece(&taught, settings, opening, seed)));
            assert!(own.len() > 40, "seed {seed}: {}", own.len());
            assert_eq!(own.iter().filter(|&passage| known(passage)).count(), 0, "seed {seed}");
        }
    }
}

#[test]
fn a_bar_has_no_more_notes_than_its_density_leaves() {
    let parts = [Instrument::Program(Program::MUSIC_BOX), Instrument::Percussion];
    for level in 1..=6 {
        let density = Density::new(level);
        let opening = Opening { parts: &parts, ..Opening::default() };
        let settings = Settings { min_bars: 20, max_bars: 20, density, ..Settings::default() };
        let events = piece(&scripted(noise), settings, opening, level.into());
        let (mut metre, mut bars) = (Metre::COMMON, Vec::new());
        for event in &events {
            match event {
                Event::Metre(now) => metre = *now,
                Event::Bar(start) => bars.push((*start, metre, 0)),
                Event::Note(note) => {
                    let (start, of, notes) = bars.last_mut().unwrap();
                    *of = metre;
                    *notes += 1;
                    // The bar's share until its quarter ends.
                    let until = ((note.onset.0 - start.0) / 24 + 1) * 24;
                    let ticks = metre.bar_ticks();
                    let most = density.unwrap().most(ticks);
                    let share = (most * until.min(ticks)).div_ceil(ticks).max(4).min(most);
                    assert!(*notes <= share, "level {level}: {notes} of {share}");
                }
                _ => {}
            }
        }
        let found = bars.iter().map(|(_, metre, notes)| Density::of(*notes, metre.bar_ticks()));
        assert!(found.clone().all(|found| found <= density.unwrap()), "{bars:?}");
        // Noise is dense: where it may not be, most bars are as full as they may be.
        let full = found.filter(|found| Some(*found) == density).count();
        assert!(level > 3 || full > 10, "level {level}: {bars:?}");
    }
}
