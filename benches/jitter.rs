//! How much the times of a note and of a block of sound vary, as histograms whose steps are half an octave:
//! `cargo bench --bench jitter [-- NOTES]`.
//!
//! Notes of the bundled model are composed as fast as it goes, and then as a player wants them, each after a rest in
//! which the processor may have done something else; blocks of 64 frames are rendered with such rests, too.

use std::thread::sleep;
use std::time::{Duration, Instant};

use musigan::model::ModelFile;
use musigan::music::{Recording, Swing};
use musigan_engine::composer::{Composer, Opening, Settings};
use musigan_engine::generator::Generator;
use musigan_score::TICKS_PER_QUARTER;
use musigan_score::events::Event;
use musigan_synth::{Config, Player};

/// As long as a block of 64 frames sounds at 48 kHz, about.
const REST: Duration = Duration::from_millis(1);

/// Notes, unless told otherwise.
const NOTES: usize = 20_000;

/// Of notes and blocks after a rest there are fewer, for they take their time.
const RESTED: usize = 4;

fn main() {
    let told = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let notes: usize = told.unwrap_or(NOTES);
    let file = ModelFile::find(None).expect("the bundled model");
    let model = file.open().expect("the bundled model");
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
    let settings = Settings { max_bars: 64, ..Settings::default() };
    let mut composer =
        Composer::new(&model, &mut state, &mut logits, settings, Opening::default(), 1);
    let mut note = || while !matches!(composer.step(), Some(Event::Note(_))) {};
    tell("a note, one after the other", measured(notes, Duration::ZERO, &mut note));
    tell("a note, after a rest of 1 ms", measured(notes / RESTED, REST, &mut note));

    let settings = Settings { min_bars: 16, max_bars: 16, ..Settings::default() };
    let recording = Recording::of_piece(&model, settings, Opening::default(), Swing::STRAIGHT, 1);
    assert!(recording.actions.len() > 50, "there is something to play");
    let player = || Player::new(Config::default(), TICKS_PER_QUARTER);
    let (mut playing, mut actions) = (player(), recording.actions.as_slice());
    let mut blocks = Vec::new();
    let mut frames = [[0.0; 64]; 2];
    while blocks.len() < notes / RESTED {
        if actions.is_empty() {
            (playing, actions) = (player(), recording.actions.as_slice());
        }
        blocks.extend(measured(1, REST, &mut || {
            let [left, right] = &mut frames;
            playing.render(&mut actions, left, right);
        }));
    }
    tell("a block of 64 frames, after a rest of 1 ms", blocks);
}

/// µs that each of so many took, after a rest each.
fn measured(count: usize, rest: Duration, work: &mut dyn FnMut()) -> Vec<f64> {
    let one = |_| {
        if !rest.is_zero() {
            sleep(rest);
        }
        let began = Instant::now();
        work();
        began.elapsed().as_secs_f64() * 1e6
    };
    (0..count).map(one).collect()
}

/// Prints where the times lie: a line for each half octave, where it begins in µs and how many there are.
fn tell(what: &str, mut micros: Vec<f64>) {
    micros.sort_by(f64::total_cmp);
    let Some(most) = micros.last() else { return };
    let at = |share: f64| micros[((micros.len() - 1) as f64 * share) as usize];
    println!(
        "{what}, {} times: median {:.1} µs, p99 {:.1}, p99.9 {:.1}, most {most:.1}",
        micros.len(),
        at(0.5),
        at(0.99),
        at(0.999),
    );
    let bin = |micros: f64| (2.0 * micros.max(1e-3).log2()).floor() as i32;
    for step in bin(micros[0])..=bin(*most) {
        let count = micros.iter().filter(|&&one| bin(one) == step).count();
        let bar = "#".repeat((60 * count).div_ceil(micros.len()));
        println!("{:9.2} {count:7} {bar}", 2_f64.powf(f64::from(step) / 2.0));
    }
    println!();
}
