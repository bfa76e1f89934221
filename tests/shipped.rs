//! The shipped model makes music: it does not run in circles, and it does not fall silent.

use std::collections::HashSet;
use std::path::Path;

use musigan::model::{BUNDLED, ModelFile};
use musigan_engine::composer::{Composer, Form, Opening, Settings};
use musigan_engine::passages::{Passages, Trail};
use musigan_engine::sampler::Sampling;
use musigan_engine::{Generator, Model};
use musigan_score::events::Event;
use musigan_score::{Metre, Note, Tick, Token};

/// About ten thousand tokens.
const BARS: u32 = 200;
const SEEDS: u64 = 10;
const TEMPERATURES: [f32; 4] = [0.6, 0.8, 1.0, 1.2];

/// A long piece: its notes and the length of a bar at each note.
struct Piece {
    notes: Vec<Note>,
    bar_ticks: u32,
}

fn compose(
    generator: &(impl Generator + ?Sized),
    seed: u64,
    temperature: f32,
    form: Form,
) -> Piece {
    let settings = Settings {
        sampling: Sampling { temperature, ..Sampling::default() },
        min_bars: BARS,
        max_bars: BARS,
        form,
        ..Settings::default()
    };
    // One metre, so that a bar is a bar; all else is the model's.
    let opening = Opening { metre: Some(Metre::COMMON), ..Opening::default() };
    let (mut state, mut logits) =
        (vec![0.0; generator.state_len()], vec![0.0; generator.vocab_len()]);
    let mut composer = Composer::new(generator, &mut state, &mut logits, settings, opening, seed);
    let (mut notes, mut longest) = (Vec::new(), 0);
    loop {
        match composer.step() {
            Some(Event::Note(note)) => notes.push(note),
            Some(Event::Metre(metre)) => longest = longest.max(metre.bar_ticks()),
            Some(Event::End(_)) => return Piece { notes, bar_ticks: longest },
            _ => {}
        }
    }
}

/// The longest time, in ticks, over which events repeat those one to four before.
fn longest_loop<E: PartialEq>(events: &[(Tick, E)]) -> u32 {
    let mut longest = 0;
    for period in 1..=4 {
        let mut since = None;
        for at in period..events.len() {
            since = if events[at].1 == events[at - period].1 {
                since.or(Some(events[at - period].0))
            } else {
                None
            };
            longest = longest.max(since.map_or(0, |since| events[at].0.0 - since.0));
        }
    }
    longest
}

/// Notes one by one, each with the time since the one before.
fn by_note(notes: &[Note]) -> Vec<(Tick, (u32, u8, u16, usize))> {
    let before = std::iter::once(0).chain(notes.iter().map(|note| note.onset.0));
    let with_gap = notes.iter().zip(before);
    with_gap
        .map(|(note, before)| {
            (
                note.onset,
                (note.onset.0 - before, note.pitch.key(), note.duration, note.part.index()),
            )
        })
        .collect()
}

/// Notes that begin together as one event: the keys and the time since the event before.
fn by_chord(notes: &[Note]) -> Vec<(Tick, (u32, Vec<u8>))> {
    let mut chords: Vec<(Tick, (u32, Vec<u8>))> = Vec::new();
    for note in notes {
        match chords.last_mut() {
            Some((onset, (_, keys))) if *onset == note.onset => keys.push(note.pitch.key()),
            last => {
                let gap = note.onset.0 - last.map_or(0, |(onset, _)| onset.0);
                chords.push((note.onset, (gap, vec![note.pitch.key()])));
            }
        }
    }
    chords
}

/// A model that says whatever it has learnt.
struct Heedless<'a>(Model<'a>);

impl Generator for Heedless<'_> {
    fn vocab_len(&self) -> usize {
        self.0.vocab_len()
    }
    fn state_len(&self) -> usize {
        self.0.state_len()
    }
    fn macs_per_step(&self) -> usize {
        self.0.macs_per_step()
    }
    fn reset(&self, state: &mut [f32]) {
        self.0.reset(state);
    }
    fn step(&self, state: &mut [f32], heard: Token, logits: &mut [f32]) {
        self.0.step(state, heard, logits);
    }
}

/// How many notes of a piece end a passage of this set.
fn copies(piece: &Piece, learnt: Passages<'_>) -> usize {
    let mut trail = Trail::new();
    let ends_one = |note: &&Note| {
        let beginning = trail.beginning(learnt.notes());
        trail.hear(note);
        beginning.is_some_and(|it| learnt.contains(it.with(note.onset, note.pitch, note.part)))
    };
    piece.notes.iter().filter(ends_one).count()
}

#[test]
fn what_band_has_learnt_it_does_not_say_again() {
    let file = ModelFile::find(Some(Path::new("band"))).unwrap();
    let model = file.open().unwrap();
    let learnt = model.passages().unwrap();
    let temperature = file.sampling().temperature;
    for seed in 1..=SEEDS {
        let of = |generator: &dyn Generator| {
            copies(&compose(generator, seed, temperature, file.habits().form), learnt)
        };
        let (heeding, heedless) = (of(&model), of(&Heedless(model)));
        println!("seed {seed}: {heeding} copies; {heedless} if it did not heed");
        assert!(heeding == 0 && heedless > 0, "seed {seed}: {heeding} and {heedless}");
    }
}

#[test]
fn thousands_of_bars_without_a_loop() {
    for bundled in &BUNDLED {
        let file = ModelFile::Bundled(bundled);
        let model = file.open().unwrap();
        let form = file.habits().form;
        for temperature in TEMPERATURES {
            println!("{} at temperature {temperature}", bundled.name);
            (1..=SEEDS).for_each(|seed| is_music(&compose(&model, seed, temperature, form)));
        }
    }
}

fn is_music(piece: &Piece) {
    let bars = |ticks: u32| f64::from(ticks) / f64::from(piece.bar_ticks);
    let (notes, chords) = (by_note(&piece.notes), by_chord(&piece.notes));
    let (note_loop, chord_loop) = (bars(longest_loop(&notes)), bars(longest_loop(&chords)));
    let mut until = Tick(0);
    let silences = piece.notes.iter().map(|note| {
        let silence = note.onset.0.saturating_sub(until.0);
        until = until.max(note.end());
        silence
    });
    let silence = bars(silences.max().unwrap());
    let pitches: HashSet<u8> = piece.notes.iter().map(|note| note.pitch.key()).collect();
    println!(
        "{} notes, {} pitches, loops of notes {note_loop:.1} and chords {chord_loop:.1} bars, \
         silence {silence:.1} bars",
        piece.notes.len(),
        pitches.len(),
    );
    assert!(note_loop <= 8.0 && chord_loop <= 8.0, "it runs in circles");
    // Two empty bars, and what is left of those beside them.
    assert!(silence < 4.0, "it falls silent");
    // The predecessor's networks had 2 to 11 pitches.
    assert!(pitches.len() >= 20, "it is poor");
    // Cool music may be slow: two voices in long notes.
    assert!(piece.notes.len() >= BARS as usize, "it is thin");
}
