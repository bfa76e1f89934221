use alloc::boxed::Box;
use alloc::vec;

use musigan_engine::generator::Generator;
use musigan_music::{Listener, Marker, Music};
use musigan_score::{Metre, PartId, Program, TICKS_PER_QUARTER};
use musigan_synth::{Action, ChannelEvent, Config, DEFAULT_TEMPO, Player, TimedAction};

use crate::queue::Queue;
use crate::report::Report;
use crate::wishes::{Dial, Wishes, channel};

/// How far ahead of the sound is composed, in µs: so the music can be seen coming.
const AHEAD: u64 = 4_000_000;
/// Ticks of silence between a piece that was broken off and the next.
const BREATH: u64 = TICKS_PER_QUARTER as u64;
/// Ticks that must be there before the clock runs after a wait.
const START: u64 = TICKS_PER_QUARTER as u64;
/// Multiply-accumulates after which a model pauses between two tokens: what a block of 128 frames
/// leaves time for on a slow machine.
const PER_BLOCK: usize = 300_000;

/// How things stand.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Status {
    /// The tick that sounds now, with its fraction.
    pub tick: f64,
    /// Up to which tick the music is complete.
    pub composed: u64,
    /// The tempo as it sounds, in µs to the quarter.
    pub tempo: u32,
    /// How often the clock had to wait in the midst of the music, because it was not composed in time.
    pub underruns: u32,
    /// Voices that sound.
    pub voices: u32,
    /// The seed of the piece that is composed now.
    pub seed: u64,
    /// Whether the music is to play.
    pub playing: bool,
    /// Whether the clock runs: it waits until some music is composed.
    pub running: bool,
}

/// Endless music, and the synth that plays it, on one thread.
pub struct MusicBox<'a, G> {
    music: Music<'a, G>,
    player: Player,
    queue: Queue,
    wishes: Wishes,
    /// Blocks between two tokens, at least 1, and those since the last.
    pace: usize,
    since: usize,
    playing: bool,
    /// The clock runs: else it waits for the composer.
    running: bool,
    underruns: u32,
    /// Someone else makes the music: bar lines are told up to here.
    company: Option<u64>,
}

impl<G: Generator> MusicBox<'static, G> {
    /// A box about to play the piece of `seed`, at so many frames a second. All that it will ever need
    /// is allocated here.
    pub fn new(generator: &'static G, wishes: Wishes, sample_rate: u32, seed: u64) -> Self {
        // The box stays for as long as the program runs, as the generator does.
        let state = Box::leak(vec![0.0; generator.state_len()].into_boxed_slice());
        let logits = Box::leak(vec![0.0; generator.vocab_len()].into_boxed_slice());
        let Wishes { settings, opening, swing, .. } = wishes;
        let mut music = Music::new(generator, state, logits, settings, opening, seed);
        music.set_swing(swing);
        let config = Config { sample_rate, ..Config::default() };
        Self {
            music,
            player: Player::new(config, TICKS_PER_QUARTER),
            queue: Queue::new(DEFAULT_TEMPO),
            wishes,
            pace: generator.macs_per_step().div_ceil(PER_BLOCK).max(1),
            since: 0,
            playing: false,
            running: false,
            underruns: 0,
            company: None,
        }
    }
}

impl<G: Generator> MusicBox<'_, G> {
    /// Composes a token if one is due, and renders the next block, 128 frames or so: as many as the
    /// shorter slice has.
    ///
    /// # Real-time
    /// Never allocates, locks, blocks or panics. The work is bounded by a step of the model, the frames
    /// and the voices.
    pub fn render(&mut self, left: &mut [f32], right: &mut [f32]) {
        if self.company.is_some() {
            self.beat();
        } else if self.playing {
            self.compose();
        }
        let frames = left.len().min(right.len());
        let run = self.frames_to_run(frames);
        let (left, waiting_left) = left[..frames].split_at_mut(run);
        let (right, waiting_right) = right[..frames].split_at_mut(run);
        self.player.render(&mut self.queue.as_wished(&self.wishes), left, right);
        // The clock stands still: what sounds rings on.
        self.player.synth_mut().render(waiting_left, waiting_right);
    }

    fn compose(&mut self) {
        self.since += 1;
        let clock = self.player.transport();
        let ticks = AHEAD * u64::from(TICKS_PER_QUARTER) / u64::from(clock.tempo().max(1));
        let far = self.music.composed() >= clock.tick() + ticks;
        if self.since >= self.pace && !far && self.queue.has_room() {
            self.since = 0;
            self.music.advance(&mut self.queue);
        }
    }

    /// For how many of the next `frames` the clock runs.
    fn frames_to_run(&mut self, frames: usize) -> usize {
        if self.company.is_some() {
            return frames;
        }
        let clock = self.player.transport();
        let there = self.music.composed().saturating_sub(clock.tick());
        if !self.playing || (!self.running && there < START) {
            return 0;
        }
        self.running = true;
        match clock.frames_until(clock.tick() + there) {
            left if left >= frames as u64 => frames,
            left => {
                self.running = false;
                self.underruns += 1;
                left as usize
            }
        }
    }

    /// Plays, or pauses: then the clock stands still and what sounds dies away.
    pub fn set_playing(&mut self, playing: bool) {
        if self.playing && !playing {
            self.player.synth_mut().all_notes_off();
        }
        self.playing = playing;
    }

    /// Breaks off, and begins the piece of `seed` after a breath; alone, if it had company.
    pub fn play(&mut self, seed: u64) {
        self.company = None;
        let now = self.player.transport().tick();
        self.queue.drop_rest(now);
        self.player.synth_mut().all_notes_off();
        self.music.skip_to(now + BREATH, seed);
        self.running = false;
    }

    /// Breaks off, and leaves the music to someone who schedules it, at this tempo in µs to the quarter;
    /// the clock waits for nobody, and bars are of four quarters. [`MusicBox::play`] ends it. Returns
    /// the tick at which the first bar begins.
    pub fn keep_company(&mut self, tempo: u32) -> u64 {
        let now = self.player.transport().tick();
        self.queue.drop_rest(now);
        self.player.synth_mut().all_notes_off();
        let origin = now + BREATH;
        self.company = Some(origin);
        let action = Action::Tempo(tempo);
        self.queue.action(TimedAction { tick: now, action });
        origin
    }

    /// Plays an event at a tick, not before those that were scheduled earlier; `false` if there are too
    /// many.
    pub fn schedule(&mut self, tick: u64, event: ChannelEvent) -> bool {
        let room = self.queue.has_room();
        if room {
            self.queue.action(TimedAction { tick, action: Action::Channel(event) });
        }
        room
    }

    /// Tells the bar lines of the next bars of company.
    fn beat(&mut self) {
        let now = self.player.transport().tick();
        let bar = u64::from(Metre::COMMON.bar_ticks());
        if let Some(told) = &mut self.company
            && *told < now + 2 * bar
        {
            self.queue.marker(*told, Marker::Bar);
            *told += bar;
        }
    }

    /// Turns a dial: speed is heard at once, a key in the next piece, all else where the music is not
    /// composed yet.
    pub fn turn(&mut self, dial: Dial, value: f32) {
        self.wishes.turn(dial, value);
        *self.music.settings_mut() = self.wishes.settings;
        *self.music.opening_mut() = self.wishes.opening;
        self.music.set_swing(self.wishes.swing);
        if dial == Dial::Speed
            && let Action::Tempo(tempo) = self.wishes.granted(Action::Tempo(self.queue.tempo()))
        {
            self.player.transport_mut().set_tempo(tempo);
        }
    }

    /// Lets a part be played by another program from now on; without one, by the piece's own from where
    /// the piece names it next.
    pub fn cast(&mut self, part: PartId, program: Option<Program>) {
        self.wishes.cast(part, program);
        if let Some(program) = program {
            let channel = channel(part);
            self.player.send(ChannelEvent::Program { channel, program });
        }
    }

    /// A key, a pedal or a wheel of the listener's, heard from the next block on.
    pub fn send(&mut self, event: ChannelEvent) {
        self.player.send(event);
    }

    /// The next report to the page, which may be told before it sounds.
    pub fn report(&mut self) -> Option<Report> {
        self.queue.report()
    }

    /// How things stand.
    #[must_use]
    pub fn status(&self) -> Status {
        let clock = self.player.transport();
        Status {
            tick: clock.tick() as f64 + clock.fraction(),
            composed: self.company.unwrap_or(self.music.composed()),
            tempo: clock.tempo(),
            underruns: self.underruns,
            voices: self.player.synth().active_voices() as u32,
            seed: self.music.seed(),
            playing: self.playing || self.company.is_some(),
            running: self.running,
        }
    }
}
