use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use musigan::audio::{Choice, Deck, Latency};
use musigan::console::{complain, say};
use musigan::live::{
    self, Band, BandEnds, Clock, Desk, Keyboard, Learned, Memory, Mode, Order, Partner, Plan,
    VIRTUAL,
};
use musigan::model::ModelFile;
use musigan::music::Marker;
use musigan::screen::{self, Dials};
use musigan::session::Report;
use musigan::title::Title;
use musigan_engine::composer::{Settings, Walk};
use musigan_engine::scale::Scale;
use musigan_score::events::{Density, Style};
use musigan_score::{Instrument, Key, Metre, PartId, Program, Tempo};
use rtrb::RingBuffer;

use super::play::{summary, watch_signals};
use super::{Chance, instrument, key, scale, unit_to, walk};

/// Reports that a slow screen may fall behind.
const REPORTS: usize = 8192;

/// How the model plays with the player: [`Mode`], as an option.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum With {
    /// Takes up your phrase when you pause, and goes on until you play again.
    #[default]
    Continue,
    /// Call and response: some bars are yours, as many are the model's.
    Answer,
    /// Plays the other part while you play.
    Accompany,
}

impl From<With> for Mode {
    fn from(with: With) -> Self {
        match with {
            With::Continue => Self::Continue,
            With::Answer => Self::Answer,
            With::Accompany => Self::Accompany,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Live {
    /// How the model plays with you
    #[arg(long, value_enum, default_value_t)]
    mode: With,
    /// Bars of a turn, in the mode `answer`
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=8))]
    bars: u32,
    /// Quarters a minute
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(30..=240))]
    tempo: u32,
    /// The metre
    #[arg(long, default_value = "4/4", value_parser = metre)]
    metre: Metre,
    /// Your keyboard: a part of its port's name, see `musigan devices`, or `virtual` for a port of
    /// our own to which other programs connect [default: the first that is there]
    #[arg(long = "in", value_name = "PORT")]
    input: Option<String>,
    /// Where the music goes: `synth`, `virtual`, a part of a MIDI port's name, or `both` (synth and
    /// virtual). To a MIDI port goes the model's part alone
    #[arg(long = "out", value_name = "synth|both|PORT", default_value = "synth")]
    output: String,
    /// General MIDI program (0..127) of your part, then those of the model's; `drums` is the percussion
    /// kit [default: pianos]
    #[arg(long = "program", value_name = "PROGRAM", value_parser = instrument)]
    programs: Vec<Instrument>,
    /// Who beats time: we do, a MIDI clock that comes in does, or we do and send it out as well
    #[arg(long, value_enum, default_value_t = Beat::Internal)]
    clock: Beat,
    /// Let a controller of your keyboard turn something: temperature, density, speed or volume
    #[arg(long, value_name = "CC=WHAT")]
    learn: Vec<Learned>,
    /// The model: a name out of `musigan models`, an image (.mgi) or an ONNX model (.onnx) [default:
    /// the bundled one]
    #[arg(long, value_name = "NAME|FILE")]
    model: Option<PathBuf>,
    /// The seed of chance: the same keys at the same time give the same music
    #[arg(long, value_name = "NUMBER|TITLE", default_value = "0")]
    seed: Title,
    #[command(flatten)]
    chance: Chance,
    /// The style in which the model plays, of those that it has learnt (`musigan info` lists them)
    #[arg(long)]
    style: Option<Style>,
    /// The key you play in, such as `G`, `Bb` or `F#m` [default: as it is heard]
    #[arg(long, value_parser = key)]
    key: Option<Key>,
    /// The model plays only notes of this scale over the key (yours, as far as it is heard, where none is
    /// told): `major`, `dorian`, `pentatonic` … or its semitones above the tonic [default: all]
    #[arg(long, value_name = "NAME|STEPS", default_value = "chromatic", hide_default_value = true, value_parser = scale)]
    scale: Scale,
    /// How strongly the key draws the model's pitches: 0 not at all beyond what it has learnt [default: as suits
    /// the model, 0.15 for most]
    #[arg(long, value_name = "0..1", value_parser = unit_to(1.0))]
    tonality: Option<f32>,
    /// What the model's next bar has of the character of its last, for generators of bars such as `gan`:
    /// `jump` nothing, `drift` most of it, `hold` all [default: jump]
    #[arg(long, value_name = "jump|drift|hold", default_value = "jump", hide_default_value = true, value_parser = walk)]
    walk: Walk,
    /// How much the model plays in each bar, from 0 (nothing) to 7 [default: as it chooses]
    #[arg(long, value_name = "0..7", value_parser = clap::value_parser!(u8).range(0..=7))]
    density: Option<u8>,
    /// The audio device: a part of its name, see `musigan devices` [default: the system's]
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// How soon a key is to sound, against how much delay of other programs the sound survives
    #[arg(long, value_enum, default_value_t = Latency::Normal)]
    latency: Latency,
    /// Plain lines instead of the picture
    #[arg(long)]
    plain: bool,
    /// Say nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// Who beats time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Beat {
    Internal,
    External,
    Send,
}

fn metre(text: &str) -> Result<Metre, String> {
    let exact = text.split_once('/').and_then(|(beats, unit)| {
        let (metre, exact) = Metre::nearest(beats.trim().parse().ok()?, unit.trim().parse().ok()?);
        exact.then_some(metre)
    });
    exact.ok_or_else(|| format!("{text:?} is no metre that models know: 4/4, 3/4 and 6/8 are"))
}

impl Live {
    pub(super) fn run(self) -> Result<()> {
        let file = ModelFile::find(self.model.as_deref())?;
        let model = file.open()?;
        file.check_style(self.style)?;
        let choice = Choice { device: self.device.clone(), latency: self.latency };
        let (mut deck, feed, keys) = Deck::open(choice)?;
        let audible = matches!(self.output.as_str(), "synth" | "both");
        let stats = Arc::clone(feed.stats());

        let learned = self.learn.iter().map(|learned| learned.controller);
        let keys = audible.then_some(keys);
        let (hands, wrist) = live::hands(keys, Arc::clone(&stats), learned);
        let mut keyboard = Keyboard::open(self.input.as_deref(), hands)?;
        let stop = watch_signals()?;

        let over = AtomicBool::new(false);
        let (outlet, midi) = match self.port() {
            Some(name) => {
                // Once by name, so that a wrong name is said; later silently, until it is back.
                let mut first = Some(live::open_output(&name)?);
                let open = move || first.take().or_else(|| live::open_output(&name).ok());
                let bar = (self.clock == Beat::Send).then(|| self.metre.bar_ticks());
                let (outlet, inlet) = live::outlet(open, stats, bar);
                (Some(outlet), Some(inlet))
            }
            None => (None, None),
        };
        let parts = self.parts();
        let mut memory = Memory::of(&model);
        let (settings, plan) = (self.settings(&file), self.plan(&parts));
        let partner = Partner::new(&model, &mut memory, settings, plan, self.seed.0);
        let (mut reports, shown) = RingBuffer::new(REPORTS);
        for marker in self.markers(&parts) {
            let _ = reports.push(Report::At(0, marker));
        }
        let band = Band::new(
            partner,
            BandEnds {
                feed,
                audible,
                midi,
                wrist,
                controls: Arc::clone(deck.controls()),
                learned: self.learn.clone(),
                clock: if self.clock == Beat::External { Clock::theirs() } else { Clock::Ours },
                tempo: 60_000_000 / self.tempo,
                reports,
            },
        );
        let (orders, obeyed) = mpsc::channel();
        let mut desk = Desk {
            deck: &mut deck,
            keyboard: &mut keyboard,
            orders: orders.clone(),
            reports: shown,
            watched: band.watch(),
            cost: Arc::clone(band.cost()),
            over: &over,
            stop,
            model: file.name().into(),
        };
        std::thread::scope(|threads| {
            let over = &over;
            let playing = threads.spawn(move || {
                let _over = Over(over);
                band.run(&obeyed);
            });
            let sending = outlet.map(|outlet| threads.spawn(move || outlet.run(over)));
            let done = self.front(&mut desk, &settings, model.walks());
            let _ = orders.send(Order::Stop);
            let _ = playing.join();
            if let Some(sending) = sending {
                let _ = sending.join();
            }
            // The callback plays the last of it.
            std::thread::sleep(Duration::from_millis(150));
            done
        })?;
        while let Some(late) = deck.late() {
            complain(late);
        }
        if !self.quiet {
            say(summary(deck.stats()));
        }
        Ok(())
    }

    /// Shows what happens, as the options have it.
    fn front(&self, desk: &mut Desk<'_>, settings: &Settings, walks: bool) -> Result<()> {
        let pictured = !self.plain && !self.quiet && std::io::stdout().is_terminal();
        if !pictured {
            return live::log(desk, self.quiet);
        }
        screen::run_duet(
            desk,
            Dials {
                temperature: settings.sampling.temperature,
                top_p: settings.sampling.top_p,
                density: self.density.and_then(Density::new),
                scale: self.scale,
                tonality: settings.tonality,
                walk: walks.then_some(self.walk),
                ..Dials::default()
            },
        )
    }

    /// What a screen has to know beforehand: the player's part is the first, the model's follow.
    fn markers(&self, parts: &[Instrument]) -> Vec<Marker> {
        let player = parts.first().copied();
        let hidden = usize::from(self.mode == With::Accompany);
        let model = parts.iter().copied().enumerate().skip(hidden);
        let model = model.filter_map(|(part, what)| Some((PartId::new(part as u8 + 1)?, what)));
        let player = PartId::new(0).zip(player);
        let parts = player.into_iter().chain(model);
        let mut markers: Vec<_> = parts.map(|(part, what)| Marker::Part(part, what)).collect();
        markers.push(Marker::Metre(self.metre));
        markers.extend(self.key.map(Marker::Key));
        markers
    }

    /// The MIDI port that the music goes to, if it does.
    fn port(&self) -> Option<String> {
        match self.output.as_str() {
            "synth" if self.clock == Beat::Send => Some(VIRTUAL.into()),
            "synth" => None,
            "both" => Some(VIRTUAL.into()),
            name => Some(name.into()),
        }
    }

    fn parts(&self) -> Vec<Instrument> {
        let mut parts = self.programs.clone();
        let least = if self.mode == With::Accompany { 2 } else { 1 };
        while parts.len() < least {
            parts.push(Instrument::Program(Program::PIANO));
        }
        parts.truncate(16);
        parts
    }

    fn plan<'a>(&self, parts: &'a [Instrument]) -> Plan<'a> {
        let tempo = Tempo::from_bpm(self.tempo);
        Plan {
            mode: self.mode.into(),
            bars: self.bars,
            metre: self.metre,
            tempo,
            style: self.style,
            key: self.key,
            parts,
        }
    }

    /// The settings for this model.
    fn settings(&self, file: &ModelFile) -> Settings {
        let sampling = self.chance.sampling(file.sampling());
        let density = self.density.and_then(Density::new);
        Settings {
            sampling,
            density,
            scale: self.scale,
            tonality: self.tonality.unwrap_or(file.habits().tonality),
            walk: self.walk,
            ..Settings::default()
        }
    }
}

/// Tells the others that the band has ended, however it does.
struct Over<'o>(&'o AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}
