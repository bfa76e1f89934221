//! The bundled model opened and composing, and a piece as a sentence.

use std::hint::black_box;

use musigan_engine::composer::{Composer, Opening, Settings};
use musigan_engine::{Generator, Model, include_image};
use musigan_score::events::{self, Decoder, Header, Piece, Tags, encode, quantise};
use musigan_score::{
    Instrument, Metre, Note, PartId, Pitch, Program, TICKS_PER_QUARTER, Tempo, Tick, Token,
    Velocity,
};

use crate::counted;

static IMAGE: &[u8] = include_image!("../../../models/music-box.mgi");

/// Enough for the head of a piece to weigh little.
const TOKENS: usize = 400;

pub fn open() -> usize {
    counted(&mut || {
        let model = Model::open(black_box(IMAGE), events::FINGERPRINT).expect("the bundled model");
        black_box(&model);
    });
    1
}

pub fn tokens() -> usize {
    let model = Model::open(IMAGE, events::FINGERPRINT).expect("the bundled model");
    let (mut state, mut logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
    let mut composer =
        Composer::new(&model, &mut state, &mut logits, Settings::default(), Opening::default(), 1);
    counted(&mut || {
        for _ in 0..TOKENS {
            black_box(composer.step());
        }
    });
    TOKENS
}

const PARTS: [Instrument; 4] = [
    Instrument::Program(Program::PIANO),
    Instrument::Program(Program::MUSIC_BOX),
    Instrument::Program(Program::PIANO),
    Instrument::Percussion,
];

/// Sixteen bars for four parts, a note in each on every eighth.
fn notes() -> Vec<Note> {
    let eighth = TICKS_PER_QUARTER / 2;
    let mut notes = Vec::new();
    for step in 0..16 * 8 {
        for (part, instrument) in PARTS.into_iter().enumerate() {
            let note = Note {
                onset: Tick(step * eighth),
                duration: (eighth * (1 + step % 3)) as u16,
                pitch: Pitch::from_data((36 + 9 * part as u32 + step * 7 % 12) as u8),
                velocity: Velocity::new((60 + step % 5 * 8) as u8).expect("below 128"),
                part: PartId::new(part as u8).expect("one of four"),
            };
            notes.extend(quantise(note, instrument).map(|quantised| quantised.note));
        }
    }
    notes
}

fn piece(notes: &[Note]) -> Piece<'_> {
    Piece {
        parts: &PARTS,
        header: Header { metre: Metre::COMMON, tempo: Tempo::from_bpm(96), tags: Tags::default() },
        changes: &[],
        notes,
        density: true,
    }
}

pub fn encode_notes() -> usize {
    let notes = notes();
    let mut tokens = Vec::with_capacity(8 * notes.len());
    counted(&mut || {
        encode(black_box(&piece(&notes)), |token| tokens.push(token)).expect("a piece");
    });
    notes.len()
}

pub fn decode_tokens() -> usize {
    let notes = notes();
    let mut tokens: Vec<Token> = Vec::new();
    encode(&piece(&notes), |token| tokens.push(token)).expect("a piece");
    let mut decoder = Decoder::new();
    counted(&mut || {
        for &token in &tokens {
            // As a sampler does it: what may come, then what comes.
            let mut allowed = 0;
            decoder.for_each_allowed(|run| allowed += run.len());
            black_box((allowed, decoder.push(token)));
        }
    });
    tokens.len()
}
