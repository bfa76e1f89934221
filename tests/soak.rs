//! Endless music, as fast as it can be had: a week of it is as its first hour.
//!
//! `cargo xtask soak [HOURS [MODEL..]]` is the long form. Composer and synth go on piece after piece as in the
//! player, but nobody listens: nothing may touch the heap, no key may stay down and no voice sound on,
//! the samples may not drift from the music's clock, and what was played first sounds at the end as it
//! did then.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Instant;

use musigan::model::ModelFile;
use musigan::music::{Listener, Marker, Music};
use musigan_engine::composer::{Form, Opening, Settings};
use musigan_engine::generator::Generator;
use musigan_engine::sampler::Sampling;
use musigan_guard::{Guard, touches};
use musigan_score::TICKS_PER_QUARTER;
use musigan_synth::{
    Action, Channel, ChannelEvent, Config, DEFAULT_TEMPO, EventSource, Player, TimedAction,
};

#[global_allocator]
static ALLOCATOR: Guard = Guard;

const RATE: u64 = 48_000;
const BLOCK: usize = 64;
const HOUR: u64 = 3600 * RATE;

/// How far the composer is ahead, in ticks: two bars of four quarters.
const AHEAD: u64 = 2 * 4 * TICKS_PER_QUARTER as u64;

/// The longest that a voice may ring on when all keys are up.
const TAIL: u64 = 30 * RATE;

/// Between composer and player; and what the music says that must be true of the sound.
struct Queue {
    actions: VecDeque<TimedAction>,
    /// Keys that are down, by channel and key.
    down: [[u8; 128]; Channel::COUNT],
    notes: u64,
    /// The music's own clock: µs × ticks to the quarter at the tick of the last tempo, and that tempo.
    since: (u128, u64, u32),
    tempi: u64,
}

impl Queue {
    fn new() -> Self {
        Self {
            actions: VecDeque::with_capacity(1 << 14),
            down: [[0; 128]; Channel::COUNT],
            notes: 0,
            since: (0, 0, DEFAULT_TEMPO),
            tempi: 0,
        }
    }

    /// When `tick` begins by the music's clock, in frames.
    fn frame_of(&self, tick: u64) -> f64 {
        let (passed, at, tempo) = self.since;
        let units = passed + u128::from(tick - at) * u128::from(tempo);
        units as f64 * RATE as f64 / (1e6 * f64::from(TICKS_PER_QUARTER))
    }

    fn keys_down(&self) -> usize {
        self.down.iter().flatten().map(|&count| usize::from(count)).sum()
    }
}

impl Listener for Queue {
    fn action(&mut self, action: TimedAction) {
        self.actions.push_back(action);
    }

    fn marker(&mut self, _: u64, _: Marker) {}
}

impl EventSource for Queue {
    fn peek(&mut self) -> Option<TimedAction> {
        self.actions.front().copied()
    }

    fn pop(&mut self) {
        let Some(TimedAction { tick, action }) = self.actions.pop_front() else { return };
        match action {
            Action::Channel(ChannelEvent::NoteOn { channel, key, .. }) => {
                self.down[channel.index()][usize::from(key.key())] += 1;
                self.notes += 1;
            }
            Action::Channel(ChannelEvent::NoteOff { channel, key }) => {
                self.down[channel.index()][usize::from(key.key())] -= 1;
            }
            Action::Channel(_) => {}
            Action::Tempo(tempo) => {
                let (passed, at, before) = self.since;
                let units = passed + u128::from(tick - at) * u128::from(before);
                self.since = (units, tick, tempo);
                self.tempi += 1;
            }
        }
    }
}

/// How loud a stretch was.
#[derive(Clone, Copy, Debug)]
struct Level {
    squares: f64,
    peak: f32,
    frames: u64,
    /// The fewest voices that sounded at once.
    voices: usize,
}

impl Level {
    const START: Self = Self { squares: 0.0, peak: 0.0, frames: 0, voices: usize::MAX };

    fn hear(&mut self, left: &[f32; BLOCK], right: &[f32; BLOCK], voices: usize) {
        for &sample in left.iter().chain(right) {
            assert!(sample.is_finite());
            self.squares += f64::from(sample * sample);
            self.peak = self.peak.max(sample.abs());
        }
        self.frames += BLOCK as u64;
        self.voices = self.voices.min(voices);
    }

    fn rms_db(&self) -> f64 {
        10.0 * (self.squares / (2 * self.frames) as f64).log10()
    }

    fn peak_db(&self) -> f64 {
        20.0 * f64::from(self.peak).log10()
    }
}

/// What a soak came to.
struct Soak {
    heap: usize,
    hours: Vec<Level>,
    /// The first piece, when it was first played and when it was played again at the end.
    first: [Level; 2],
    /// The furthest that the samples were from the music's clock, in frames, and changes of tempo.
    drift: (f64, u64),
    pieces: u32,
    notes: u64,
    /// Keys that were down after pieces' ends, and voices that sounded when all had been silent for long.
    left: (usize, usize),
}

/// Lets a model play for so many frames, and its first piece once more.
fn soak(generator: &impl Generator, (sampling, form): (Sampling, Form), frames: u64) -> Soak {
    let (mut state, mut logits) =
        (vec![0.0; generator.state_len()], vec![0.0; generator.vocab_len()]);
    // Pieces as long as the player's: some models would go on for hours.
    let settings = Settings { sampling, form, min_bars: 16, max_bars: 96, ..Settings::default() };
    let mut music = Music::new(generator, &mut state, &mut logits, settings, Opening::default(), 1);
    let mut player = Player::new(Config::default(), TICKS_PER_QUARTER);
    let mut queue = Queue::new();
    let mut soak = Soak {
        heap: 0,
        hours: Vec::with_capacity(frames.div_ceil(HOUR) as usize + 2),
        first: [Level::START; 2],
        drift: (0.0, 0),
        pieces: 0,
        notes: 0,
        left: (0, 0),
    };
    soak.heap = touches(|| {
        let mut hour = Level::START;
        let mut pieces = 0;
        // Where the piece that is composed now begins, once the one before has been heard.
        let mut border = None;
        let mut again = None;
        loop {
            while border.is_none() && music.composed() < player.transport().tick() + AHEAD {
                music.advance(&mut queue);
                if music.pieces() > pieces {
                    pieces = music.pieces();
                    border = Some(music.composed());
                }
            }
            let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
            player.render(&mut queue, &mut left, &mut right);
            let voices = player.synth().active_voices();
            hour.hear(&left, &right, voices);
            if hour.frames >= HOUR {
                soak.hours.push(std::mem::replace(&mut hour, Level::START));
            }
            match again {
                None if pieces == 0 || (pieces == 1 && border.is_some()) => {
                    soak.first[0].hear(&left, &right, voices);
                }
                Some(_) => soak.first[1].hear(&left, &right, voices),
                None => {}
            }
            let tick = player.transport().tick();
            let (now, begun, over) =
                (player.frame() as f64, queue.frame_of(tick), queue.frame_of(tick + 1));
            soak.drift.0 = soak.drift.0.max(begun - now).max(now - over);
            // At the beginning of the next piece, its first actions are not composed yet.
            if let Some(next) = border.filter(|&next| tick >= next.saturating_sub(1)) {
                assert!(queue.actions.is_empty(), "the end of a piece has passed");
                soak.left.0 += queue.keys_down();
                border = None;
                match again {
                    None if player.frame() >= frames => {
                        again = Some(next);
                        music.skip_to(next, 1);
                    }
                    Some(_) => break,
                    None => {}
                }
            }
        }
        soak.hours.push(hour);
        soak.drift.1 = queue.tempi;
        (soak.pieces, soak.notes) = (pieces, queue.notes);
        let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
        for _ in 0..TAIL / BLOCK as u64 {
            player.render(&mut queue, &mut left, &mut right);
        }
        soak.left.1 = player.synth().active_voices();
    });
    soak
}

/// Every model in the folder of models.
fn models() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/models");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "mgi")).collect()
}

/// These models at once, each on a thread of its own.
fn judge_all(models: &[PathBuf], hours: f64) {
    assert!(!models.is_empty());
    std::thread::scope(|scope| {
        for path in models {
            scope.spawn(|| {
                let file = ModelFile::find(Some(path)).unwrap();
                let began = Instant::now();
                let (model, frames) = (file.open().unwrap(), (hours * HOUR as f64) as u64);
                let soak = soak(&model, (file.sampling(), file.habits().form), frames);
                judge(file.name(), &soak, began.elapsed().as_secs_f64());
            });
        }
    });
}

/// How far an hour's loudness may be from the first one's, in dB: pieces differ, the synth must not.
const HOURS_APART: f64 = 3.0;

fn judge(name: &str, soak: &Soak, spent: f64) {
    let seconds = soak.hours.iter().map(|hour| hour.frames).sum::<u64>() as f64 / RATE as f64;
    // The last hour may have only begun.
    let whole = &soak.hours[..(soak.hours.len() - 1).max(1)];
    let loudness = || whole.iter().map(Level::rms_db);
    let (softest, loudest) =
        (loudness().fold(f64::MAX, f64::min), loudness().fold(f64::MIN, f64::max));
    let (first, last) = (whole[0], whole[whole.len() - 1]);
    let [before, after] = soak.first;
    let (drift, tempi) = soak.drift;
    println!(
        "{name}: {:.2} hours in {spent:.0} s ({:.0} times as fast), {} pieces, {} notes; RMS and peak of \
         the first hour {:.2} and {:.2} dB, of the last {:.2} and {:.2} dB, all hours {softest:.2} to \
         {loudest:.2} dB; the first piece at first {:.3} dB, at the end {:.3} dB; {drift:.2} frames \
         from the music's clock after {tempi} tempi; heap operations: {}",
        seconds / 3600.0,
        seconds / spent,
        soak.pieces,
        soak.notes,
        first.rms_db(),
        first.peak_db(),
        last.rms_db(),
        last.peak_db(),
        before.rms_db(),
        after.rms_db(),
        soak.heap,
    );
    assert_eq!(soak.heap, 0, "{name}: the heap was touched");
    assert_eq!(soak.left, (0, 0), "{name}: keys stay down, voices ring on");
    assert!(whole.iter().all(|hour| hour.voices == 0), "{name}: a voice never ended");
    // A tempo begins with a frame, which is at most one after its tick.
    assert!(drift <= 1.0 + tempi as f64, "{name}: {drift} frames of drift");
    assert!(soak.hours.iter().all(|hour| hour.peak <= 1.0), "{name}: it clips");
    assert!(
        (before.rms_db() - after.rms_db()).abs() < 0.1,
        "{name}: the first piece is not itself"
    );
    let apart = loudness().map(|hour| (hour - first.rms_db()).abs()).fold(0.0, f64::max);
    assert!(apart < HOURS_APART, "{name}: an hour is {apart} dB from the first");
    assert!(first.rms_db() > -40.0, "{name}: nothing is heard");
}

#[test]
fn minutes_of_music_are_as_their_first() {
    judge_all(&models(), 0.1);
}

#[test]
#[ignore = "as long as is asked for: `cargo xtask soak`"]
fn a_week_of_music_is_as_its_first_hour() {
    let told = |name| std::env::var(name).unwrap_or_default();
    let hours = told("MUSIGAN_SOAK_HOURS").parse().expect("MUSIGAN_SOAK_HOURS");
    let names = told("MUSIGAN_SOAK_MODELS");
    let models = match names.trim() {
        "" => models(),
        names => names.split_whitespace().map(PathBuf::from).collect(),
    };
    judge_all(&models, hours);
}
