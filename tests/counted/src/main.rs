//! Work whose instructions are counted from outside: `cargo xtask gates` runs one row of [`ROWS`] under
//! callgrind, which counts while [`counted`] runs and no longer, so that neither a start nor what is
//! prepared has a part in it.
//!
//! Without an argument it lists the rows, below the kernels that they run on; with a name it does that
//! work and prints how many units of it were done.

#![forbid(unsafe_code)]

mod music;
mod networks;
mod sound;

use std::hint::black_box;
use std::process::ExitCode;

use musigan_engine::image::{Architecture, Weights};

/// Work that is counted: a name, and what does it and tells how many units it did.
type Row = (&'static str, fn() -> usize);

const ROWS: [Row; 14] = [
    ("lstm-f32 step", || networks::steps(Architecture::Lstm, Weights::F32)),
    ("lstm-bf16 step", || networks::steps(Architecture::Lstm, Weights::Bf16)),
    ("lstm-int8 step", || networks::steps(Architecture::Lstm, Weights::Int8)),
    ("gru-f32 step", || networks::steps(Architecture::Gru, Weights::F32)),
    ("gru-bf16 step", || networks::steps(Architecture::Gru, Weights::Bf16)),
    ("gru-int8 step", || networks::steps(Architecture::Gru, Weights::Int8)),
    ("gan bar", networks::bars),
    ("music-box token", music::tokens),
    ("image open", music::open),
    ("score encode note", music::encode_notes),
    ("score decode token", music::decode_tokens),
    ("block of 64 voices", || sound::blocks(musigan_synth::Kernels::detect())),
    ("block of 64 voices portable", || sound::blocks(musigan_synth::Kernels::PORTABLE)),
    ("block of silence", sound::silence),
];

/// What is counted: `work`, and nothing else.
#[inline(never)]
fn counted<T>(work: &mut dyn FnMut() -> T) -> T {
    // The result passes through here, so that the call is no jump and this function's end is seen.
    black_box(work())
}

fn main() -> ExitCode {
    let Some(asked) = std::env::args().nth(1) else {
        println!(
            "{} in the engine, {} in the synth",
            musigan_engine::Kernels::detect().name(),
            musigan_synth::Kernels::detect().name()
        );
        ROWS.iter().for_each(|(name, _)| println!("{name}"));
        return ExitCode::SUCCESS;
    };
    let Some((_, work)) = ROWS.iter().find(|(name, _)| *name == asked) else {
        eprintln!("there is no row `{asked}`");
        return ExitCode::FAILURE;
    };
    println!("{}", work());
    ExitCode::SUCCESS
}
