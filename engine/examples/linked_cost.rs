//! What it costs to link: the time for a note by two linked networks of GRU 2 × WIDTH, beside one such network
//! that plays both parts, on the same music in turn. `cargo run --release --example linked_cost [WIDTH]`

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::Instant;

use common::writer::linked;
use musigan_engine::image::{Architecture, Weights};
use musigan_engine::{Generator, Model};
use musigan_score::events::{FINGERPRINT, Header, Piece, Tags, VOCABULARY, encode};
use musigan_score::link::Picture;
use musigan_score::{
    Instrument, Metre, Note, PartId, Pitch, Program, Tempo, Tick, Token, Velocity,
};

const EMBED: usize = 64;
const ROUNDS: usize = 40;

/// A melody over an accompaniment in eighths, with a chord on every beat.
fn music() -> (Vec<Token>, usize) {
    let mut notes = Vec::new();
    let mut note = |tick: u32, duration: u16, key: u8, part: u8| {
        notes.push(Note {
            onset: Tick(tick),
            duration,
            pitch: Pitch::new(key).expect("a key"),
            velocity: Velocity::MEZZO_FORTE,
            part: PartId::new(part).expect("a part"),
        });
    };
    for beat in 0..64_u32 {
        note(24 * beat, 24, 67 + (beat * 5 % 12) as u8, 0);
        for (key, at) in [(48, 0), (55, 0), (60, 12)] {
            note(24 * beat + at, 12, key + (beat % 4) as u8, 1);
        }
    }
    let header = Header { metre: Metre::COMMON, tempo: Tempo::from_bpm(90), tags: Tags::default() };
    let parts = [Instrument::Program(Program::PIANO); 2];
    let piece = Piece { parts: &parts, header, changes: &[], notes: &notes, density: false };
    let mut tokens = Vec::new();
    encode(&piece, |token| tokens.push(token)).expect("a piece");
    (tokens, notes.len())
}

fn image(width: usize, listens: bool, seed: u64) -> Vec<u8> {
    let architecture = Architecture::Gru;
    let widths = [width, width];
    let apart = listens.then_some(EMBED);
    let mut network = common::network_on(apart, architecture, VOCABULARY, &widths, seed);
    network.vocabulary = FINGERPRINT;
    let noise = &mut common::Noise::new(seed);
    network.others = listens.then(|| noise.numbers(Picture::FEATURES * EMBED, 1.0));
    network.to_image(Weights::F32)
}

fn main() {
    let width = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(256);
    let one = common::Aligned::new(&image(width, false, 1));
    let members = [image(width, true, 2), image(width, true, 3)];
    let members: Vec<&[u8]> = members.iter().map(Vec::as_slice).collect();
    let two = common::Aligned::new(&linked(&members, ""));
    let (tokens, notes) = music();
    let mut contestants = [&one, &two].map(|image| {
        let model = Model::open(image.bytes(), FINGERPRINT).expect("our own image");
        let (state, logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
        (model, state, logits, Vec::new())
    });
    for _ in 0..ROUNDS {
        for (model, state, logits, times) in &mut contestants {
            model.reset(state);
            let began = Instant::now();
            for &token in &tokens {
                model.step(state, token, logits);
            }
            times.push(began.elapsed().as_secs_f64() * 1e6 / notes as f64);
        }
    }
    let [single, linked] = contestants.map(|(.., mut times)| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    });
    println!("GRU 2 x {width}, f32, {} tokens, {notes} notes, medians of {ROUNDS}:", tokens.len());
    println!("one network {single:.1} us a note, two linked {linked:.1}: x {:.2}", linked / single);
}
