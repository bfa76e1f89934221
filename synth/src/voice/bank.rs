//! All voices: which note sounds where, and how a full bank makes room.

use super::channel::Channel as ChannelState;
use super::group::{Buses, DEEP, Group, Rows};
use super::voice::{Note, Voice, is_filtered};
use crate::controller as cc;
use crate::dsp::wavetable::{Wavetable, tables};
use crate::instrument::{Patch, SPECTRA, percussion};
use crate::kernel::Ready;
use crate::lanes::{GRID, LANES};
use crate::simd::{Kernels, Operation, Simd};
use crate::size::{Size, Sounds};
use crate::{Channel, ChannelEvent, Config, U7};
use alloc::{boxed::Box, vec, vec::Vec};
use musigan_score::{Pitch, Program, Velocity};

/// Seconds of the fade of a stolen voice.
const STEAL: f32 = 0.005;
/// Seconds to −60 dB of a string or bar that is struck again while it sounds.
const RESTRIKE: f32 = 0.12;
/// Seconds to −60 dB of a hi-hat that closes.
const CHOKE: f32 = 0.06;

/// Points of the control grid from a calm voice's turn to its next; a restless one has two.
const TURNS: usize = 4;

/// Percussion keys that silence each other: hats, whistles, guiros, cuicas, triangles.
const EXCLUSIVE: [&[u8]; 5] = [&[42, 44, 46], &[71, 72], &[73, 74], &[78, 79], &[80, 81]];

/// Why a voice sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    /// It does not.
    Free,
    /// Its key is down.
    Key,
    /// A pedal holds it.
    Pedal,
    /// Nothing holds it: it dies away.
    Released,
    /// It was stolen and fades.
    Fading,
}

impl Hold {
    /// Whether it is a note for its player.
    fn is_sounding(self) -> bool {
        !matches!(self, Self::Free | Self::Fading)
    }
}

/// The voice bank.
#[derive(Clone, Debug)]
pub(crate) struct Bank {
    voices: Vec<Voice>,
    /// Why each of them sounds: beside them, for they are large, and this is looked through often.
    holds: Vec<Hold>,
    /// How many of them sound, fading ones aside.
    sounding: usize,
    groups: Vec<Group>,
    channels: [ChannelState; Channel::COUNT],
    tables: Vec<Wavetable>,
    size: Size,
    polyphony: usize,
    default_program: Program,
    serial: u64,
    /// Frames since the last point of the control grid.
    grid: usize,
    /// Whose turn it is at the next one: every fourth group's from this on, and the restless voices' of
    /// those in the middle between them.
    turn: usize,
    pub(crate) kernels: Kernels,
    pub(crate) sample_rate: f32,
    buses: Buses,
    rows: Box<Rows>,
    /// Where a voice computes more than is wanted of it.
    ready: Ready,
    /// What a voice cut off without a fade leaves behind, dying away: no click.
    residue: [f32; 2],
    gain: f32,
}

impl Bank {
    /// A silent bank; allocates all it will ever use.
    pub(crate) fn new(sample_rate: f32, config: &Config) -> Self {
        let Config { voices: polyphony, default_program, gain, size, .. } = *config;
        let slots = (polyphony + size.spare).next_multiple_of(LANES);
        let (spectra, deep): (&[_], _) = match size.sounds {
            Sounds::All => (&SPECTRA, DEEP),
            Sounds::Struck => (&[], 1),
        };
        Self {
            voices: (0..slots).map(|_| Voice::new(sample_rate, size)).collect(),
            holds: vec![Hold::Free; slots],
            sounding: 0,
            groups: vec![Group::new(); slots / LANES],
            channels: [ChannelState::new(default_program); Channel::COUNT],
            tables: tables(spectra, sample_rate),
            size,
            polyphony,
            default_program,
            serial: 0,
            grid: 0,
            turn: 0,
            kernels: Kernels::detect(),
            sample_rate,
            buses: Buses::new(deep),
            rows: Box::default(),
            ready: Ready::default(),
            residue: [0.0; 2],
            gain,
        }
    }

    /// Frames until the next point of the control grid, 1 to 64.
    pub(crate) fn to_grid(&self) -> usize {
        GRID - self.grid
    }

    /// How many voices sound, fading ones aside.
    pub(crate) fn active(&self) -> usize {
        self.sounding
    }

    /// Whether no voice sounds at all.
    pub(crate) fn is_idle(&self) -> bool {
        self.holds.iter().all(|hold| *hold == Hold::Free) && self.residue == [0.0; 2]
    }

    /// As new.
    pub(crate) fn reset(&mut self) {
        for i in 0..self.voices.len() {
            self.free(i);
        }
        self.groups.iter_mut().for_each(|g| *g = Group::new());
        self.channels = [ChannelState::new(self.default_program); Channel::COUNT];
        self.serial = 0;
        self.grid = 0;
        self.turn = 0;
        self.residue = [0.0; 2];
    }

    /// Plays an event from the next frame on.
    pub(crate) fn send(&mut self, event: ChannelEvent) {
        match event {
            ChannelEvent::NoteOn { channel, key, velocity } => {
                self.note_on(channel, key, velocity);
            }
            ChannelEvent::NoteOff { channel, key } => self.note_off(channel, key),
            ChannelEvent::Controller { channel, controller, value } => {
                self.control(channel, controller, value);
            }
            ChannelEvent::Program { channel, program } => {
                self.channels[channel.index()].program = program;
            }
            ChannelEvent::PitchBend { channel, value } => {
                self.channels[channel.index()].set_wheel(value);
            }
            ChannelEvent::ChannelPressure { channel, value } => {
                self.channels[channel.index()].pressure = value.unit();
            }
            ChannelEvent::SystemReset => {
                self.fade_where(|_| true);
                self.channels = [ChannelState::new(self.default_program); Channel::COUNT];
            }
        }
    }

    /// Releases every key and pedal.
    pub(crate) fn all_notes_off(&mut self) {
        for c in &mut self.channels {
            c.sustain = false;
            c.sostenuto = false;
        }
        self.release_where(|_, hold| matches!(hold, Hold::Key | Hold::Pedal));
    }

    fn note_on(&mut self, channel: Channel, key: Pitch, velocity: Velocity) {
        let state = &self.channels[channel.index()];
        let drum = channel == Channel::PERCUSSION;
        let patch: &'static Patch = if drum {
            match percussion(key.key()) {
                Some(patch) => patch,
                None => return,
            }
        } else {
            self.size.patch(state.program)
        };
        let (c, k) = (channel.index() as u8, key.key());
        self.damp_where(RESTRIKE, |n| n.channel == c && n.key == k);
        if let (true, Some(set)) = (drum, EXCLUSIVE.iter().find(|s| s.contains(&k))) {
            self.damp_where(CHOKE, |n| n.channel == c && set.contains(&n.key));
        }
        let filtered = is_filtered(patch);
        let slot = self.make_room(patch);
        self.serial += 1;
        let note = Note { channel: c, key: k, velocity: velocity.value(), serial: self.serial };
        let state = &self.channels[channel.index()];
        let (aim, breath) = self.voices[slot].start(patch, note, state);
        let group = &mut self.groups[slot / LANES];
        group.start(slot % LANES, &aim, filtered);
        group.breathe(slot % LANES, &breath, self.sample_rate);
        self.hold(slot, Hold::Key);
        self.retarget(slot);
    }

    fn note_off(&mut self, channel: Channel, key: Pitch) {
        let c = channel.index();
        // Drums ring as long as they ring.
        if channel == Channel::PERCUSSION {
            return;
        }
        let sustain = self.channels[c].sustain;
        for i in 0..self.voices.len() {
            let v = &self.voices[i];
            let mine = usize::from(v.note.channel) == c && v.note.key == key.key();
            if mine && self.holds[i] == Hold::Key {
                if sustain || v.caught {
                    self.hold(i, Hold::Pedal);
                } else {
                    self.release(i);
                }
            }
        }
    }

    fn control(&mut self, channel: Channel, controller: U7, value: U7) {
        let c = channel.index();
        let mine = |v: &Voice| usize::from(v.note.channel) == c;
        let (sustain, sostenuto) = (self.channels[c].sustain, self.channels[c].sostenuto);
        self.channels[c].control(controller, value);
        let now = self.channels[c];
        match controller.get() {
            cc::ALL_SOUND_OFF => self.fade_where(mine),
            cc::ALL_NOTES_OFF | 124..=127 => {
                for i in 0..self.voices.len() {
                    if mine(&self.voices[i]) && self.holds[i] == Hold::Key {
                        let key = Pitch::from_data(self.voices[i].note.key);
                        self.note_off(channel, key);
                    }
                }
            }
            _ => {}
        }
        if now.sostenuto && !sostenuto {
            for (v, hold) in self.voices.iter_mut().zip(&self.holds) {
                v.caught |= mine(v) && *hold == Hold::Key;
            }
        }
        if sostenuto && !now.sostenuto {
            self.voices.iter_mut().filter(|v| mine(v)).for_each(|v| v.caught = false);
        }
        if (sustain && !now.sustain) || (sostenuto && !now.sostenuto) {
            self.release_where(|v, hold| {
                mine(v) && hold == Hold::Pedal && !now.sustain && !v.caught
            });
        }
    }

    fn hold(&mut self, i: usize, why: Hold) {
        self.sounding -= usize::from(self.holds[i].is_sounding());
        self.sounding += usize::from(why.is_sounding());
        self.holds[i] = why;
    }

    fn release(&mut self, i: usize) {
        let left = self.left(i);
        self.hold(i, Hold::Released);
        self.voices[i].release(left);
        self.retarget(i);
    }

    fn fade(&mut self, i: usize) {
        let left = self.left(i);
        self.hold(i, Hold::Fading);
        self.voices[i].fade(STEAL, left);
        self.retarget(i);
    }

    fn release_where(&mut self, which: impl Fn(&Voice, Hold) -> bool) {
        for i in 0..self.voices.len() {
            if which(&self.voices[i], self.holds[i]) {
                self.release(i);
            }
        }
    }

    fn damp_where(&mut self, seconds: f32, which: impl Fn(&Note) -> bool) {
        for i in 0..self.voices.len() {
            if self.holds[i].is_sounding() && which(&self.voices[i].note) {
                let left = self.left(i);
                self.hold(i, Hold::Released);
                self.voices[i].damp(seconds, left);
                self.retarget(i);
            }
        }
    }

    fn fade_where(&mut self, which: impl Fn(&Voice) -> bool) {
        for i in 0..self.voices.len() {
            if self.holds[i].is_sounding() && which(&self.voices[i]) {
                self.fade(i);
            }
        }
    }

    /// The slots of voices that sound for this reason.
    fn held(&self, why: Hold) -> impl DoubleEndedIterator<Item = usize> {
        let holds = self.holds.iter().enumerate();
        holds.filter(move |(_, hold)| **hold == why).map(|(i, _)| i)
    }

    fn quietest(&self, why: Hold) -> Option<usize> {
        let loudness = |i: &usize| self.voices[*i].loudness();
        self.held(why).min_by(|i, j| loudness(i).total_cmp(&loudness(j)))
    }

    fn oldest(&self, why: Hold) -> Option<usize> {
        self.held(why).min_by_key(|i| self.voices[*i].note.serial)
    }

    /// A free slot: there is one, or the quietest released voice makes room, or the oldest.
    fn make_room(&mut self, patch: &Patch) -> usize {
        if self.active() >= self.polyphony {
            let released = self.quietest(Hold::Released).or_else(|| self.oldest(Hold::Pedal));
            if let Some(i) = released.or_else(|| self.oldest(Hold::Key)) {
                self.fade(i);
            }
        }
        if let Some(free) = self.free_slot(patch) {
            return free;
        }
        // More thefts within one fade than there are spare voices: cut the faintest.
        let faintest = self.quietest(Hold::Fading).unwrap_or(0);
        self.free(faintest);
        faintest
    }

    /// The free slot that suits best, if there is one. Filtered voices lie at the beginning, those with
    /// lasting noise before those without, the others at the end, so that a group has work for all of
    /// its lanes or for none.
    fn free_slot(&self, patch: &Patch) -> Option<usize> {
        let mut free = self.held(Hold::Free);
        match (is_filtered(patch), patch.noise.lasts()) {
            (true, true) => free.next(),
            (true, false) => {
                let among = |i: &usize| self.groups[i / LANES].is_filtered();
                free.rfind(among).or_else(|| self.held(Hold::Free).next())
            }
            (false, _) => free.next_back(),
        }
    }

    fn free(&mut self, i: usize) {
        self.hold(i, Hold::Free);
        let heard = self.groups[i / LANES].stop(i % LANES);
        self.residue[0] += heard[0];
        self.residue[1] += heard[1];
    }

    /// Frames until it is voice `i`'s turn again.
    fn left(&self, i: usize) -> usize {
        let every = if self.voices[i].is_calm() { TURNS } else { TURNS / 2 };
        let points = (i / LANES + TURNS - self.turn) % every;
        GRID - self.grid + points * GRID
    }

    /// Lets voice `i` ramp from where it is to its next turn.
    fn retarget(&mut self, i: usize) {
        self.voices[i].begin_span();
        let frames = self.left(i);
        let voice = &mut self.voices[i];
        let channel = &self.channels[usize::from(voice.note.channel)];
        let aim = voice.advance(channel, frames);
        self.groups[i / LANES].aim(i % LANES, &aim, frames);
        debug_assert_eq!(frames, self.left(i), "a ramp must end at the next turn");
    }

    /// Renders the next frames, at most 64, into left, right, chorus and reverb.
    pub(crate) fn render(&mut self, mut out: [&mut [f32]; 4]) {
        let frames = out[0].len().min(GRID);
        let mut at = 0;
        while at < frames {
            let n = (frames - at).min(GRID - self.grid);
            let piece = out.each_mut().map(|o| &mut o[at..at + n]);
            self.kernels.dispatch(Piece { bank: self, out: piece });
            at += n;
            self.grid += n;
            if self.grid == GRID {
                self.grid = 0;
                self.take_turns();
            }
        }
    }

    #[inline(always)]
    fn render_groups<V: Simd>(&mut self, frames: usize) {
        self.buses.clear(frames);
        let (voices, _) = self.voices.as_chunks_mut::<LANES>();
        let (holds, _) = self.holds.as_chunks::<LANES>();
        let deep = self.buses.deep();
        let eights = voices.chunks_mut(deep).zip(holds.chunks(deep));
        for (groups, (voices, holds)) in self.groups.chunks_mut(deep).zip(eights) {
            for (at, (voices, holds)) in voices.iter_mut().zip(holds).enumerate() {
                if *holds == [Hold::Free; LANES] {
                    continue;
                }
                for (lane, voice) in voices.iter_mut().enumerate() {
                    // What a free lane's row holds is heard at a gain of zero.
                    if holds[lane] != Hold::Free {
                        let row = &mut self.rows.0[lane].as_flattened_mut()[..frames];
                        voice.render::<V>(&self.tables, &mut self.ready, row);
                    }
                }
                self.buses.turn::<V>(at, &mut groups[at], &self.rows, frames);
            }
            self.buses.mix::<V>(groups, frames);
        }
    }

    /// At a point of the grid: ends what has died away and gives the rest its next aim, where it is a
    /// group's turn.
    fn take_turns(&mut self) {
        let turn = self.turn;
        self.turn = (turn + 1) % TURNS;
        for g in (turn % (TURNS / 2)..self.groups.len()).step_by(TURNS / 2) {
            if !self.groups[g].sounds() {
                continue;
            }
            let all = g % TURNS == turn;
            for i in g * LANES..(g + 1) * LANES {
                if self.holds[i] == Hold::Free || (self.voices[i].is_calm() && !all) {
                    continue;
                }
                let calm = self.groups[g].layers.is_done(i % LANES);
                if self.voices[i].is_done(calm) {
                    self.free(i);
                } else {
                    self.retarget(i);
                }
            }
            self.groups[g].flush();
        }
    }
}

/// The frames up to the next point of the grid.
struct Piece<'a> {
    bank: &'a mut Bank,
    out: [&'a mut [f32]; 4],
}

impl Operation for Piece<'_> {
    #[inline(always)]
    fn run<V: Simd>(self) {
        let Self { bank, out } = self;
        bank.render_groups::<V>(out[0].len());
        for (bus, out) in out.into_iter().enumerate() {
            bank.buses.sum::<V>(bus, out);
            if let Some(residue) = bank.residue.get_mut(bus).filter(|r| **r != 0.0) {
                for y in out.iter_mut() {
                    *y += *residue;
                    *residue = if residue.abs() < 1e-7 { 0.0 } else { *residue * 0.98 };
                }
            }
            out.iter_mut().for_each(|y| *y *= bank.gain);
        }
    }
}
