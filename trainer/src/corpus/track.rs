//! One track: which notes it holds, and what it says about everything else.

use super::smf::Fault;
use midly::{EventIter, MetaMessage, MidiMessage, TrackEventKind};

/// A place in a track: its time in the file's ticks, then the order of its events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// File ticks from the beginning.
    pub tick: u64,
    /// The event's number in its track.
    pub event: u32,
}

/// A note of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strike {
    /// When the key goes down.
    pub down: Place,
    /// When it comes up, or is struck again.
    pub up: Place,
    /// Channel, 0 to 15.
    pub channel: u8,
    /// Key, 0 to 127.
    pub key: u8,
    /// Velocity, 1 to 127.
    pub velocity: u8,
}

/// Something that a track says of a channel at some place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said<T> {
    /// Where.
    pub at: Place,
    /// Channel, 0 to 15.
    pub channel: u8,
    /// What.
    pub what: T,
}

/// A time signature: numerator and denominator.
pub type Signature = (u8, u8);

/// A track's events, sorted by what they mean. Every list is in the order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Track {
    /// The notes, in the order of their strikes.
    pub strikes: Vec<Strike>,
    /// Program changes.
    pub programs: Vec<Said<u8>>,
    /// Sustain pedal: whether it goes down.
    pub pedals: Vec<Said<bool>>,
    /// Tempi, in microseconds to the quarter.
    pub tempi: Vec<(u64, u32)>,
    /// Time signatures.
    pub metres: Vec<(u64, Signature)>,
    /// Key signatures: sharps (flats are negative), and whether minor.
    pub keys: Vec<(u64, (i8, bool))>,
    /// What was odd.
    pub oddities: Oddities,
}

/// Odd things in files that are read all the same, by count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities {
    /// Notes that no note-off ends: they last to the end of their track.
    pub hanging: u64,
    /// Note-offs of keys that were not down.
    pub stray_offs: u64,
    /// Keys struck while they were down: that ended the former note.
    pub restruck: u64,
    /// Keys struck twice at one time: one note.
    pub struck_twice: u64,
    /// Notes that end when they begin.
    pub zero_length: u64,
}

impl Oddities {
    /// Adds the counts of `other`.
    pub fn add(&mut self, other: &Self) {
        self.hanging += other.hanging;
        self.stray_offs += other.stray_offs;
        self.restruck += other.restruck;
        self.struck_twice += other.struck_twice;
        self.zero_length += other.zero_length;
    }
}

/// What is known of a key that is down.
#[derive(Clone, Copy, Debug)]
enum Held {
    /// By the strike with this number.
    Down(usize),
    /// The strike with this number ended a former one: a note-off at the same tick is the former's.
    Again(usize),
    /// The strike with this number had a note-off at its own tick; a later one would be its true end.
    Released(usize),
}

impl Track {
    /// Reads the events of track number `index`.
    ///
    /// Running status survives meta and system exclusive events, as many writers expect although
    /// the standard does not. A track may end without its end-of-track event.
    ///
    /// # Errors
    /// [`Fault::Event`] at an event that cannot be read.
    pub fn read(bytes: &[u8], index: usize) -> Result<Self, Fault> {
        let mut reader = Reader::new();
        let mut events = EventIter::new(bytes);
        let mut status = None;
        loop {
            let left = events.unread().len();
            if left == 0 {
                break;
            }
            match events.running_status() {
                Some(running) => status = Some(running),
                None => *events.running_status_mut() = status,
            }
            let Some(Ok(event)) = events.next() else {
                return Err(Fault::Event { track: index, at: bytes.len() - left });
            };
            reader.now.tick += u64::from(event.delta.as_int());
            reader.now.event = reader.now.event.saturating_add(1);
            match event.kind {
                TrackEventKind::Meta(MetaMessage::EndOfTrack) => break,
                TrackEventKind::Meta(meta) => reader.meta(meta),
                TrackEventKind::Midi { channel, message } => {
                    reader.message(channel.as_int(), message);
                }
                TrackEventKind::SysEx(_) | TrackEventKind::Escape(_) => {}
            }
        }
        Ok(reader.finish())
    }
}

struct Reader {
    track: Track,
    now: Place,
    /// By channel and key; a channel's keys are allocated at its first note.
    held: [Vec<Option<Held>>; 16],
}

impl Reader {
    fn new() -> Self {
        Self { track: Track::default(), now: Place::default(), held: Default::default() }
    }

    fn meta(&mut self, meta: MetaMessage<'_>) {
        let at = self.now.tick;
        match meta {
            MetaMessage::Tempo(tempo) => self.track.tempi.push((at, tempo.as_int())),
            MetaMessage::TimeSignature(numerator, power, ..) if numerator > 0 && power < 8 => {
                self.track.metres.push((at, (numerator, 1 << power)));
            }
            MetaMessage::KeySignature(sharps, minor) if (-7..=7).contains(&sharps) => {
                self.track.keys.push((at, (sharps, minor)));
            }
            _ => {}
        }
    }

    fn message(&mut self, channel: u8, message: MidiMessage) {
        let at = self.now;
        match message {
            MidiMessage::NoteOn { key, vel } if vel > 0 => {
                self.strike(channel, key.as_int(), vel.as_int());
            }
            MidiMessage::NoteOn { key, .. } | MidiMessage::NoteOff { key, .. } => {
                self.release(channel, key.as_int());
            }
            MidiMessage::ProgramChange { program } => {
                self.track.programs.push(Said { at, channel, what: program.as_int() });
            }
            MidiMessage::Controller { controller, value } => {
                match (controller.as_int(), value.as_int()) {
                    (64, value) => {
                        self.track.pedals.push(Said { at, channel, what: value >= 64 });
                    }
                    // Reset all controllers.
                    (121, _) => self.track.pedals.push(Said { at, channel, what: false }),
                    // All sound off, all notes off.
                    (120 | 123, _) => {
                        for key in 0..128 {
                            if self.is_down(channel, key) {
                                self.release(channel, key);
                            }
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn is_down(&self, channel: u8, key: u8) -> bool {
        self.held[usize::from(channel)].get(usize::from(key)).is_some_and(Option::is_some)
    }

    fn strike(&mut self, channel: u8, key: u8, velocity: u8) {
        let keys = &mut self.held[usize::from(channel)];
        if keys.is_empty() {
            keys.resize(128, None);
        }
        let now = self.now;
        let next = self.track.strikes.len();
        let slot = &mut keys[usize::from(key)];
        let former = match *slot {
            None => None,
            // A stroke of no length and the next one at the same time are one.
            Some(Held::Released(former)) if self.track.strikes[former].down.tick == now.tick => {
                Some(former)
            }
            Some(Held::Released(_)) => {
                self.track.oddities.zero_length += 1;
                None
            }
            Some(Held::Down(former) | Held::Again(former)) => Some(former),
        };
        *slot = Some(match former {
            Some(former) if self.track.strikes[former].down.tick == now.tick => {
                self.track.oddities.struck_twice += 1;
                let strike = &mut self.track.strikes[former];
                strike.velocity = strike.velocity.max(velocity);
                Held::Down(former)
            }
            former => {
                if let Some(former) = former {
                    self.track.oddities.restruck += 1;
                    self.track.strikes[former].up = now;
                }
                self.track.strikes.push(Strike { down: now, up: now, channel, key, velocity });
                if former.is_some() { Held::Again(next) } else { Held::Down(next) }
            }
        });
    }

    fn release(&mut self, channel: u8, key: u8) {
        let now = self.now;
        let Some(slot) = self.held[usize::from(channel)].get_mut(usize::from(key)) else {
            self.track.oddities.stray_offs += 1;
            return;
        };
        let at_once = |strike: usize| self.track.strikes[strike].down.tick == now.tick;
        *slot = match *slot {
            None => {
                self.track.oddities.stray_offs += 1;
                None
            }
            Some(Held::Again(strike)) if at_once(strike) => Some(Held::Down(strike)),
            Some(Held::Down(strike)) if at_once(strike) => Some(Held::Released(strike)),
            Some(Held::Released(strike)) if at_once(strike) => Some(Held::Released(strike)),
            Some(Held::Down(strike) | Held::Again(strike) | Held::Released(strike)) => {
                self.track.strikes[strike].up = now;
                None
            }
        };
    }

    fn finish(mut self) -> Track {
        for held in self.held.into_iter().flatten().flatten() {
            match held {
                Held::Released(_) => self.track.oddities.zero_length += 1,
                Held::Down(strike) | Held::Again(strike) => {
                    self.track.oddities.hanging += 1;
                    self.track.strikes[strike].up = self.now;
                }
            }
        }
        self.track
    }
}
