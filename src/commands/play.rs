use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use musigan::audio::{self, Feed};
use musigan::model::ModelFile;
use musigan::music::{Listener, Marker, Music};
use musigan_engine::composer::{Opening, Settings};
use musigan_engine::generator::Generator;
use musigan_synth::TimedAction;

use super::Compose;

/// How far the composer keeps ahead of the sound, in µs.
const LOOKAHEAD: u64 = 250_000;

/// Places in the ring that a token may need: every key up, and one down.
const ROOM: usize = 256;

#[derive(Debug, Args)]
pub(super) struct Play {
    #[command(flatten)]
    compose: Compose,
    /// Stop after this many pieces [default: never]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pieces: Option<u32>,
    /// The least and the most bars of a piece
    #[arg(long, num_args = 2, value_names = ["LEAST", "MOST"], default_values_t = [16, 96])]
    length: Vec<u32>,
    /// Say nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// Hands the music to the ring, and the markers to the terminal.
struct Stage {
    feed: Feed,
    quiet: bool,
}

impl Listener for Stage {
    fn action(&mut self, action: TimedAction) {
        // There is room: the composer waits for it before every token.
        let _ = self.feed.push(action);
    }

    fn marker(&mut self, _: u64, marker: Marker) {
        if let Marker::Piece(seed) = marker
            && !self.quiet
        {
            println!("piece {seed}");
        }
    }
}

impl Play {
    pub(super) fn run(self) -> Result<()> {
        let &[least, most] = self.length.as_slice() else { bail!("--length wants two numbers") };
        let file = ModelFile::find(self.compose.model.as_deref())?;
        let model = file.open()?;
        let (output, feed) = audio::open()?;
        if !self.quiet {
            println!("playing on {} at {} Hz; Ctrl-C ends", output.name, output.sample_rate);
        }
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stop);
        let composer = std::thread::current();
        ctrlc::set_handler(move || {
            asked.store(true, Relaxed);
            composer.unpark();
        })
        .context("cannot watch for Ctrl-C")?;

        let settings =
            Settings { min_bars: least, max_bars: most.max(least), ..self.compose.settings() };
        let opening = Opening {
            tempo: self.compose.tempo(),
            parts: &self.compose.programs,
            ..Opening::default()
        };
        let mut state = vec![0.0; model.state_len()];
        let mut logits = vec![0.0; model.vocab_len()];
        let mut music =
            Music::new(&model, &mut state, &mut logits, settings, opening, self.compose.seed());
        let mut stage = Stage { feed, quiet: self.quiet };
        let mut started = false;
        while !stop.load(Relaxed) && self.pieces.is_none_or(|pieces| music.pieces() < pieces) {
            if stage.feed.stats().lost.load(Relaxed) {
                bail!("the audio device {} is gone; connect it and play again", output.name);
            }
            if stage.feed.ahead() > LOOKAHEAD || stage.feed.room() < ROOM {
                if !started {
                    output.start()?;
                    started = true;
                }
                std::thread::park_timeout(Duration::from_millis(5));
            } else {
                music.advance(&mut stage);
                stage.feed.composed(music.composed());
            }
        }
        if !started {
            output.start()?;
        }
        let interrupted = stop.load(Relaxed);
        wind_down(&mut stage, &mut music, interrupted);
        let stats = stage.feed.stats();
        if !self.quiet {
            println!(
                "{} underruns, {} late blocks, worst callback load {:.1} %",
                stats.xruns.load(Relaxed),
                stats.starved.load(Relaxed),
                f64::from(stats.worst_load.load(Relaxed)) / 10.0
            );
        }
        Ok(())
    }
}

/// Lets all keys go up and the last sound ring on for a moment (an interrupted one, a shorter one).
fn wind_down<G: Generator>(stage: &mut Stage, music: &mut Music<'_, G>, interrupted: bool) {
    music.stop(stage);
    let tail = if interrupted { 700 } else { 3000 };
    let wait = stage.feed.ahead() / 1000 + tail;
    // Nothing more comes, ever: the clock need not wait for it.
    stage.feed.composed(u64::MAX);
    std::thread::sleep(Duration::from_millis(wait.min(10_000)));
}
