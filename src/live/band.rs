use std::sync::Arc;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use musigan_engine::generator::Generator;
use musigan_score::{Note, PartId, Program};
use musigan_synth::{Action, Channel, ChannelEvent, TimedAction, U7, controller};

use rtrb::Producer;

use super::follower::Follower;
use super::hands::{Heard, Wrist};
use super::learn::{Learned, Turned};
use super::outlet::Inlet;
use super::timeline::Timeline;
use super::wire::Message;
use crate::audio::{Controls, Feed, Keys, Stats};
use crate::music::partner::{Doing, PLAYER_CHANNEL, Partner};
use crate::music::{Listener, Marker, Mix};
use crate::session::{self, Cost, Report};

/// How far ahead of the sound the model's music is handed over, in µs: as long it goes on after a
/// key that stops it. The audio buffer must be shorter.
const LOOKAHEAD: u64 = 60_000;

/// How often it is looked for what the player did.
const TURN: Duration = Duration::from_millis(2);

/// Messages that are taken in one turn.
const MESSAGES: usize = 1024;

/// How long after a flood the callback has certainly played what it was handed.
const RELIEF: Duration = Duration::from_millis(200);

/// Who says how fast the music goes.
#[derive(Clone, Debug)]
pub enum Clock {
    /// We do.
    Ours,
    /// A MIDI clock, with start, continue, stop and song position.
    Theirs(Box<Song>),
}

impl Clock {
    /// A MIDI clock that has not been heard yet.
    pub fn theirs() -> Self {
        Self::Theirs(Box::default())
    }
}

/// A song that another program plays.
#[derive(Clone, Debug, Default)]
pub struct Song {
    follower: Follower,
    /// It goes on at this tick with the next clock.
    waiting: Option<u64>,
    /// It begins so many ticks into the song, at this pulse of the clock.
    beginning: Option<(u64, u64)>,
    position: u64,
    running: bool,
}

/// What is asked of the band.
pub enum Order {
    /// The audio device came back: the ways into its callback.
    Device(Feed, Keys),
    /// The keyboard is gone: what it held is let go.
    Released,
    /// Every key goes up, whoever holds it.
    Panic,
    /// Something is turned: speed, temperature, top-p, density, scale, tonality, walk, or a part's program, of which
    /// the first is the player's and the others are the model's; these can be arranged and silenced, too.
    /// Nothing else is heard.
    Turned(session::Order),
    /// Let every key go, and end.
    Stop,
}

/// What a band is made of.
pub struct Ends {
    /// The way into the audio callback.
    pub feed: Feed,
    /// Whether what is played goes there.
    pub audible: bool,
    /// The way to a MIDI output.
    pub midi: Option<Inlet>,
    /// From the player.
    pub wrist: Wrist,
    /// What the callback is told.
    pub controls: Arc<Controls>,
    /// What the player's controllers turn.
    pub learned: Vec<Learned>,
    /// Who says how fast.
    pub clock: Clock,
    /// The tempo, in µs to the quarter.
    pub tempo: u32,
    /// To a screen, which may be slow: what does not fit is not shown. Notes are those of
    /// [`Order::Turned`]'s parts.
    pub reports: Producer<Report>,
}

/// The player's and the model's music on one thread, between the ports and the callback.
pub struct Band<'a, G> {
    partner: Partner<'a, G>,
    ends: Ends,
    timeline: Timeline,
    doing: Arc<AtomicU8>,
    cost: Arc<Cost>,
    flooded: Option<Instant>,
    /// Programs that were chosen since: of the player, then of the model's parts.
    programs: [Option<Program>; PartId::COUNT as usize],
    mix: Mix,
    /// Channels of the model that are not heard.
    silent: [bool; Channel::COUNT],
}

impl<'a, G: Generator> Band<'a, G> {
    /// A band about to play.
    pub fn new(mut partner: Partner<'a, G>, mut ends: Ends) -> Self {
        ends.controls.set_tempo(Some(ends.tempo));
        if matches!(ends.clock, Clock::Theirs(_)) {
            partner.halt();
        }
        begin(&mut ends.feed);
        let doing = partner.doing() as u8;
        let mut band = Self {
            partner,
            ends,
            timeline: Timeline::new(),
            doing: Arc::new(AtomicU8::new(doing)),
            cost: Arc::default(),
            flooded: None,
            programs: [None; PartId::COUNT as usize],
            mix: Mix::default(),
            silent: [false; Channel::COUNT],
        };
        band.cast();
        band
    }

    /// What the partner is doing, for [`doing`].
    pub fn watch(&self) -> Arc<AtomicU8> {
        Arc::clone(&self.doing)
    }

    /// What composing costs.
    pub fn cost(&self) -> &Arc<Cost> {
        &self.cost
    }

    /// Plays until [`Order::Stop`] comes, or nobody is left to give orders; then every key goes up.
    pub fn run(mut self, orders: &Receiver<Order>) {
        let mut busy = false;
        loop {
            match orders.recv_timeout(if busy { Duration::ZERO } else { TURN }) {
                Ok(Order::Device(feed, keys)) => self.replace(feed, keys),
                Ok(Order::Released) => {
                    self.release(&[Channel::new(0), Channel::PERCUSSION]);
                }
                Ok(Order::Panic) => {
                    self.partner.silence();
                    self.release(&all_channels());
                }
                Ok(Order::Turned(order)) => self.turned(&order),
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            busy = self.turn(Instant::now());
        }
        self.end();
    }

    /// Takes what came in, and plays on; returns whether there is more to do at once.
    pub fn turn(&mut self, now: Instant) -> bool {
        self.timeline.look(self.ends.feed.stats());
        for _ in 0..MESSAGES {
            let Ok(heard) = self.ends.wrist.heard.pop() else { break };
            match heard {
                Heard::Played(tick, event) => {
                    let _ = self.ends.reports.push(Report::Played(tick, event));
                    self.partner.hear(tick, event);
                }
                Heard::Turned(controller, value) => self.learned(controller, value),
                Heard::Clock(message, when) => self.hear_clock(message, when),
            }
        }
        self.relieve(now);
        self.follow(now);
        let tick = self.ends.feed.tick();
        let horizon = tick + self.ends.feed.ticks_in(LOOKAHEAD).max(1);
        let Ends { feed, audible, midi, wrist, reports, .. } = &mut self.ends;
        let feed = audible.then_some(feed);
        let (silent, reports) = (self.silent, Some(reports));
        let mut stage = Outputs { feed, midi, reports, silent, notes: 0, spilled: false };
        let began = Instant::now();
        let busy = self.partner.turn(tick, horizon, &mut stage);
        if stage.notes > 0 {
            self.cost.tell(began.elapsed() / stage.notes);
        }
        if stage.spilled {
            wrist.flooded.store(true, Relaxed);
        }
        self.doing.store(self.partner.doing() as u8, Relaxed);
        busy
    }

    /// Lets every key go, the player's too.
    pub fn end(&mut self) {
        self.partner.halt();
        self.turn(Instant::now());
        self.release(&all_channels());
    }

    /// Lets every key of these channels go, pedals too, and the player's in the notebook.
    fn release(&mut self, channels: &[Channel]) -> bool {
        let tick = self.ends.feed.tick();
        self.partner.release_player(tick);
        let mut outputs = Outputs {
            feed: self.ends.audible.then_some(&mut self.ends.feed),
            midi: &mut None,
            reports: None,
            silent: [false; Channel::COUNT],
            notes: 0,
            spilled: false,
        };
        for &channel in channels {
            for number in [controller::SUSTAIN, controller::SOSTENUTO, controller::ALL_NOTES_OFF] {
                let (controller, value) = (U7::new(number), U7::new(0));
                let event = ChannelEvent::Controller { channel, controller, value };
                outputs.action(TimedAction { tick, action: Action::Channel(event) });
                // The player's notes on the screen end, too.
                let player = channel == PLAYER_CHANNEL && number == controller::ALL_NOTES_OFF;
                if player {
                    let _ = self.ends.reports.push(Report::Played(tick, event));
                }
            }
        }
        !outputs.spilled
    }

    /// After a flood, when the callback has played what it could take, every key goes up, so that
    /// none hangs whose end was refused.
    fn relieve(&mut self, now: Instant) {
        if !self.ends.wrist.flooded.load(Relaxed) {
            self.flooded = None;
            return;
        }
        let since = *self.flooded.get_or_insert(now);
        if now.saturating_duration_since(since) >= RELIEF && self.release(&all_channels()) {
            self.ends.wrist.flooded.store(false, Relaxed);
            self.flooded = None;
        }
    }

    fn learned(&mut self, controller: u8, value: u8) {
        for Learned { controller: number, dial } in self.ends.learned.clone() {
            if number != controller {
                continue;
            }
            match dial.at(value) {
                Turned::Temperature(to) => self.partner.settings_mut().sampling.temperature = to,
                Turned::Density(to) => self.partner.settings_mut().density = to,
                Turned::Volume(to) => self.ends.controls.set_gain(to),
                Turned::Speed(percent) => self.set_speed(percent),
            }
        }
    }

    /// The clock of another program is not made faster.
    fn set_speed(&mut self, percent: u32) {
        if matches!(self.ends.clock, Clock::Ours) {
            let tempo = u64::from(self.ends.tempo) * 100 / u64::from(percent.max(1));
            self.ends.controls.set_tempo(u32::try_from(tempo).ok());
        }
    }

    fn turned(&mut self, order: &session::Order) {
        let settings = self.partner.settings_mut();
        match *order {
            session::Order::Speed(percent) => self.set_speed(percent),
            session::Order::Temperature(to) => settings.sampling.temperature = to,
            session::Order::TopP(to) => settings.sampling.top_p = to,
            session::Order::Density(to) => settings.density = to,
            session::Order::Scale(to) => settings.scale = to,
            session::Order::Tonality(to) => settings.tonality = to,
            session::Order::Walk(to) => settings.walk = to,
            session::Order::Program(part, program) => {
                self.programs[part.index()] = Some(program);
                self.cast();
            }
            session::Order::Arrange(part, arrangement) => {
                if let Some(part) = of_model(part) {
                    self.partner.arrange(part, arrangement);
                }
            }
            session::Order::Mute(part, muted) => {
                self.mix.muted[part.index()] = muted;
                self.silence();
            }
            session::Order::Solo(part, solo) => {
                self.mix.solo[part.index()] = solo;
                self.silence();
            }
            _ => {}
        }
    }

    /// Lets those parts of the model fall silent that are not to be heard. The player is always heard.
    fn silence(&mut self) {
        let alone = self.mix.solo.contains(&true);
        let mut silent = [false; Channel::COUNT];
        for part in (1..PartId::COUNT).filter_map(PartId::new) {
            let Some(channel) = of_model(part).map(|part| self.partner.channel(part)) else {
                break;
            };
            let Mix { muted, solo } = &self.mix;
            silent[channel.index()] = muted[part.index()] || (alone && !solo[part.index()]);
        }
        let fallen = all_channels()
            .into_iter()
            .filter(|channel| silent[channel.index()] && !self.silent[channel.index()]);
        let fallen: Vec<_> = fallen.collect();
        self.silent = silent;
        let tick = self.ends.feed.tick();
        let Ends { feed, audible, midi, .. } = &mut self.ends;
        let (feed, silent) = (audible.then_some(feed), [false; Channel::COUNT]);
        let mut outputs = Outputs { feed, midi, reports: None, silent, notes: 0, spilled: false };
        for channel in fallen {
            let (controller, value) = (U7::new(controller::ALL_NOTES_OFF), U7::new(0));
            let event = ChannelEvent::Controller { channel, controller, value };
            outputs.action(TimedAction { tick, action: Action::Channel(event) });
        }
    }

    fn hear_clock(&mut self, message: Message, when: Instant) {
        let Clock::Theirs(song) = &mut self.ends.clock else { return };
        match message {
            Message::Clock => {
                song.follower.pulse(when);
                let count = song.follower.count().unwrap_or(0);
                if let Some(position) = song.waiting.take() {
                    song.beginning = Some((position, count));
                } else if song.running {
                    song.position += 1;
                }
            }
            Message::Start => (song.waiting, song.position) = (Some(0), 0),
            Message::Continue => song.waiting = Some(song.position),
            Message::Stop => {
                (song.waiting, song.beginning, song.running) = (None, None, false);
                self.partner.halt();
            }
            // In 16ths, of which each has six ticks.
            Message::SongPosition(at) => song.position = u64::from(at) * 6,
            Message::Channel(_) => {}
        }
    }

    /// Keeps the music in step with the clock of another program.
    fn follow(&mut self, now: Instant) {
        let Clock::Theirs(song) = &mut self.ends.clock else { return };
        if !self.timeline.is_known() {
            return;
        }
        let music = self.timeline.position(now);
        if let Some((position, count)) = song.beginning
            && let Some(tick) = song.follower.align(now, count, music)
        {
            let passed = song.follower.count().unwrap_or(count).saturating_sub(count);
            (song.beginning, song.running, song.position) = (None, true, position + passed);
            self.partner.begin_at(tick - i64::try_from(position).unwrap_or(i64::MAX));
        }
        match song.follower.steer(now, music) {
            Some(tempo) => self.ends.controls.set_tempo(Some(tempo)),
            // It stumbles: the music goes on as fast as it was until the tempo is known again.
            None if song.follower.is_moving(now) => {}
            None if song.running => {
                // The clock stands still without a word: so does the model.
                song.running = false;
                song.waiting = Some(song.position);
                self.partner.halt();
            }
            None => {}
        }
    }

    /// Another device: its synth is set up, and the clock goes on where it stood.
    fn replace(&mut self, mut feed: Feed, keys: Keys) {
        feed.begin_at(self.ends.feed.tick());
        begin(&mut feed);
        let stats: Arc<Stats> = Arc::clone(feed.stats());
        let keys = self.ends.audible.then_some(keys);
        // More devices than these do not come back between two keys; the next one will do.
        let _ = self.ends.wrist.replaced.push((keys, Arc::clone(&stats)));
        if let Some(midi) = &mut self.ends.midi {
            let _ = midi.devices.push(stats);
        }
        self.ends.feed = feed;
        self.timeline = Timeline::new();
        self.cast();
    }

    fn cast(&mut self) {
        let tick = self.ends.feed.tick();
        let Ends { feed, audible, midi, .. } = &mut self.ends;
        let feed = audible.then_some(feed);
        let silent = [false; Channel::COUNT];
        let mut outputs = Outputs { feed, midi, reports: None, silent, notes: 0, spilled: false };
        let chosen = (0..PartId::COUNT).filter_map(PartId::new).zip(self.programs);
        let chosen = chosen.filter_map(|(part, program)| {
            let channel = of_model(part).map_or(PLAYER_CHANNEL, |part| self.partner.channel(part));
            Some(ChannelEvent::Program { channel, program: program? })
        });
        for event in self.partner.cast().chain(chosen) {
            outputs.action(TimedAction { tick, action: Action::Channel(event) });
        }
    }
}

/// Which of the model's parts this is; none, if it is the player's.
fn of_model(part: PartId) -> Option<PartId> {
    PartId::new((part.index() as u8).checked_sub(1)?)
}

fn all_channels() -> [Channel; Channel::COUNT] {
    core::array::from_fn(|channel| Channel::new(channel as u8))
}

/// The callback's clock waits for nobody.
fn begin(feed: &mut Feed) {
    feed.composed(u64::MAX);
}

/// What a watched partner does.
pub fn doing(watched: &AtomicU8) -> Doing {
    match watched.load(Relaxed) {
        0 => Doing::Waiting,
        1 => Doing::Listening,
        _ => Doing::Playing,
    }
}

/// Where the model's music goes.
struct Outputs<'f> {
    feed: Option<&'f mut Feed>,
    midi: &'f mut Option<Inlet>,
    reports: Option<&'f mut Producer<Report>>,
    /// Channels whose notes do not begin.
    silent: [bool; Channel::COUNT],
    /// Notes that were composed.
    notes: u32,
    /// Something was refused.
    spilled: bool,
}

impl Listener for Outputs<'_> {
    fn action(&mut self, action: TimedAction) {
        if let Action::Channel(ChannelEvent::NoteOn { channel, .. }) = action.action
            && self.silent[channel.index()]
        {
            return;
        }
        if let Some(feed) = &mut self.feed {
            self.spilled |= feed.push(action).is_err();
        }
        if let Some(midi) = self.midi {
            self.spilled |= midi.actions.push(action).is_err();
        }
    }

    fn marker(&mut self, tick: u64, marker: Marker) {
        let marker = match marker {
            Marker::Note(note) => {
                self.notes += 1;
                // The first part is the player's.
                let part = PartId::new(note.part.index() as u8 + 1).unwrap_or(note.part);
                Marker::Note(Note { part, ..note })
            }
            other => other,
        };
        if let Some(reports) = &mut self.reports {
            let _ = reports.push(Report::At(tick, marker));
        }
    }
}
