use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use musigan::audio::{Choice, Deck, Latency, Stats};
use musigan::console::{self, Console, say};
use musigan::memory::Memory;
use musigan::model::ModelFile;
use musigan::music::{Music, Playlist};
use musigan::screen::Dials;
use musigan::session::{Ends, Order, Session};
use musigan::{places, screen};
use musigan_engine::composer::Settings;
use musigan_engine::generator::Generator;
use rtrb::RingBuffer;

use super::Compose;

/// Reports that a slow screen may fall behind.
const REPORTS: usize = 8192;

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
    /// Play the pieces that were liked, again and again
    #[arg(long, conflicts_with = "seed")]
    liked: bool,
    #[command(flatten)]
    device: Device,
    /// Where recordings of the last minutes go
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    recordings: PathBuf,
    /// Plain lines instead of the picture
    #[arg(long)]
    plain: bool,
    /// Say nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// Where the sound goes.
#[derive(Debug, Args)]
pub(super) struct Device {
    /// The audio device: a part of its name, see `musigan devices` [default: the system's]
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// How soon a key is to sound, against how much delay of other programs the sound survives
    #[arg(long, value_enum, default_value_t)]
    latency: Latency,
}

impl Device {
    pub(super) fn choice(&self) -> Choice {
        Choice { device: self.device.clone(), latency: self.latency }
    }
}

impl Play {
    pub(super) fn run(self) -> Result<()> {
        let &[least, most] = self.length.as_slice() else { bail!("--length wants two numbers") };
        let file = ModelFile::find(self.compose.model.as_deref())?;
        let model = file.open()?;
        let memory = Memory::open(&places::data()?.join("pieces.tsv"), file.name())?;
        let playlist = if self.liked {
            Playlist::of(memory.liked())
        } else {
            Playlist::endless(memory.skipped())
        };
        ensure!(
            !self.liked || playlist.first().is_some(),
            "no piece of this model is liked yet: press l while one plays"
        );
        let (mut deck, feed, _) = Deck::open(self.device.choice())?;
        let stop = watch_signals()?;

        let settings = self.compose.settings(&file);
        let settings = Settings { min_bars: least, max_bars: most.max(least), ..settings };
        let dials = self.compose.dials(&settings, &file, &model);
        let mut state = vec![0.0; model.state_len()];
        let mut logits = vec![0.0; model.vocab_len()];
        let seed = playlist.first().unwrap_or_else(|| self.compose.seed());
        let opening = self.compose.opening(&file)?;
        let mut music = Music::new(&model, &mut state, &mut logits, settings, opening, seed);
        self.compose.arrange(&mut music);
        *music.playlist_mut() = playlist;

        let (reports, shown) = RingBuffer::new(REPORTS);
        let (say, notices) = mpsc::channel();
        let (orders, obeyed) = mpsc::channel();
        let session = Session::new(music, Ends { feed, reports, notices: say }, self.pieces)
            .with_mix(self.compose.arrange.mix());
        let over = Arc::new(AtomicBool::new(false));
        let mut console = Console {
            deck: &mut deck,
            orders,
            reports: shown,
            notices,
            cost: Arc::clone(session.cost()),
            over: Arc::clone(&over),
            stop,
            memory,
            model: file.name().into(),
            folder: self.recordings.clone(),
        };
        std::thread::scope(|threads| {
            threads.spawn(move || {
                let _over = Over(over);
                session.run(&obeyed);
            });
            let done = self.front(&mut console, dials);
            // Without this the other thread would play on after an error here.
            console.stop();
            console.order(Order::Stop);
            done
        })
    }

    /// Shows what happens, as the options have it.
    fn front(&self, console: &mut Console<'_>, dials: Dials) -> Result<()> {
        let pictured = !self.plain && !self.quiet && std::io::stdout().is_terminal();
        if pictured {
            screen::run(console, dials)?;
        } else {
            if !self.quiet {
                say(format_args!("playing on {}; Ctrl-C ends", console.device()));
            }
            console::log(console, self.quiet)?;
        }
        console.wind_down();
        if !self.quiet {
            say(summary(console.stats()));
        }
        Ok(())
    }
}

/// Tells the others that the composer's thread has ended, however it does.
struct Over(Arc<AtomicBool>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// A flag that Ctrl-C and the system's signals to end set.
pub(super) fn watch_signals() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    ctrlc::set_handler(move || asked.store(true, Relaxed)).context("cannot watch for Ctrl-C")?;
    Ok(stop)
}

pub(super) fn summary(stats: &Stats) -> String {
    format!(
        "{} underruns, {} callbacks over their period, {} late blocks, worst callback load {:.1} %",
        stats.xruns.load(Relaxed),
        stats.over.load(Relaxed),
        stats.starved.load(Relaxed),
        f64::from(stats.worst_load.load(Relaxed)) / 10.0
    )
}
