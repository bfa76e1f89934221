//! One piece of music in a file's own terms: its notes, line by line, and its maps.

use super::division::{DEFAULT_TEMPO, Division};
use super::smf::{Container, Fault, Layout};
use super::track::{Oddities, Place, Said, Signature, Strike, Track};
use musigan_score::{Instrument, Program};
use std::collections::BTreeMap;

/// The channel of percussion: the tenth.
pub const PERCUSSION_CHANNEL: u8 = 9;

/// Notes of one track, channel and instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The track, from 0.
    pub track: usize,
    /// The channel, 0 to 15.
    pub channel: u8,
    /// What it is played on.
    pub instrument: Instrument,
    /// Its notes, in the order of their strikes.
    pub notes: Vec<Sounding>,
}

/// A note in the file's ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sounding {
    /// When it begins.
    pub onset: u64,
    /// When it ends; the same time for a note of no length.
    pub end: u64,
    /// Key, 0 to 127.
    pub key: u8,
    /// Velocity, 1 to 127.
    pub velocity: u8,
}

/// One piece of music in a file's own terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Song {
    /// What a tick is.
    pub division: Division,
    /// The notes by line, in the order of track, channel, instrument. No line is empty.
    pub lines: Vec<Line>,
    /// Tempi in microseconds to the quarter, in the order of time, one at a time at most.
    pub tempi: Vec<(u64, u32)>,
    /// Time signatures, likewise.
    pub metres: Vec<(u64, Signature)>,
    /// Key signatures, likewise: sharps (flats are negative), and whether minor.
    pub keys: Vec<(u64, (i8, bool))>,
    /// What was odd.
    pub oddities: Oddities,
}

/// Whether the sustain pedal lengthens notes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pedal {
    /// A note whose key comes up while the pedal is down sounds until the pedal comes up, or until
    /// its key is struck again.
    #[default]
    Sustains,
    /// A note ends when its key comes up.
    Ignored,
}

impl Song {
    /// Reads the songs of a file: one, or one for each track of a type-2 file. Tracks and songs
    /// without notes are in the list too.
    ///
    /// # Errors
    /// [`Fault`], where the file is no MIDI file, is cut short or has an event that is none.
    pub fn read(file: &[u8], pedal: Pedal) -> Result<Vec<Self>, Fault> {
        let container = Container::read(file)?;
        let tracks = container.tracks.iter().enumerate().map(|(at, bytes)| Track::read(bytes, at));
        match container.layout {
            Layout::Together => {
                let tracks = tracks.collect::<Result<Vec<_>, _>>()?;
                Ok(vec![Self::of(container.division, &tracks, pedal)])
            }
            Layout::Apart => {
                tracks.map(|track| Ok(Self::of(container.division, &[track?], pedal))).collect()
            }
        }
    }

    fn of(division: Division, tracks: &[Track], pedal: Pedal) -> Self {
        let programs = Channels::of(tracks, |track| &track.programs);
        let pedals = Channels::of(tracks, |track| &track.pedals);
        let mut lines = Vec::new();
        let mut oddities = Oddities::default();
        for (index, track) in tracks.iter().enumerate() {
            oddities.add(&track.oddities);
            let mut of_track = BTreeMap::<(u8, Instrument), Vec<Sounding>>::new();
            let ends = match pedal {
                Pedal::Sustains => {
                    Some(sustained(&track.strikes, |channel| pedals.in_track(index, channel)))
                }
                Pedal::Ignored => None,
            };
            for (at, strike) in track.strikes.iter().enumerate() {
                let instrument = instrument(strike, programs.in_track(index, strike.channel));
                of_track.entry((strike.channel, instrument)).or_default().push(Sounding {
                    onset: strike.down.tick,
                    end: ends.as_ref().map_or(strike.up.tick, |ends| ends[at]),
                    key: strike.key,
                    velocity: strike.velocity,
                });
            }
            lines.extend(of_track.into_iter().map(|((channel, instrument), notes)| Line {
                track: index,
                channel,
                instrument,
                notes,
            }));
        }
        Self {
            division,
            lines,
            tempi: merged(tracks, |track| &track.tempi),
            metres: merged(tracks, |track| &track.metres),
            keys: merged(tracks, |track| &track.keys),
            oddities,
        }
    }

    /// The tempo at the beginning, in microseconds to the quarter.
    pub fn first_tempo(&self) -> u32 {
        self.tempi.first().map_or(DEFAULT_TEMPO, |&(_, tempo)| tempo)
    }

    /// A time of the file in ticks of a score.
    pub fn score_ticks(&self, ticks: u64) -> u64 {
        self.division.score_ticks(ticks, self.first_tempo())
    }
}

/// What the tracks say of each channel.
///
/// A track's own word counts first: two tracks may share a channel and mean two instruments. A track
/// that says nothing of a channel takes what the others say of it, as in files whose first track
/// sets up all channels.
struct Channels<T> {
    own: BTreeMap<(usize, u8), Vec<(Place, T)>>,
    all: BTreeMap<u8, Vec<(Place, T)>>,
}

impl<T: Copy> Channels<T> {
    fn of(tracks: &[Track], said: impl Fn(&Track) -> &Vec<Said<T>>) -> Self {
        let mut channels = Self { own: BTreeMap::new(), all: BTreeMap::new() };
        for (index, track) in tracks.iter().enumerate() {
            for said in said(track) {
                let own = channels.own.entry((index, said.channel)).or_default();
                own.push((said.at, said.what));
                // To other tracks it happens before all that they do at that time.
                let before = Place { tick: said.at.tick, event: 0 };
                channels.all.entry(said.channel).or_default().push((before, said.what));
            }
        }
        for said in channels.all.values_mut() {
            said.sort_by_key(|&(at, _)| at);
        }
        channels
    }

    /// What holds for a channel in a track, in the order of time.
    fn in_track(&self, track: usize, channel: u8) -> &[(Place, T)] {
        let own = self.own.get(&(track, channel));
        own.or_else(|| self.all.get(&channel)).map_or(&[], Vec::as_slice)
    }
}

/// The instrument that a note is played on: a program said later at the same tick counts, for some
/// writers put it behind the first note; before any program it is the first one said.
fn instrument(strike: &Strike, programs: &[(Place, u8)]) -> Instrument {
    if strike.channel == PERCUSSION_CHANNEL {
        return Instrument::Percussion;
    }
    let said = programs.partition_point(|(at, _)| at.tick <= strike.down.tick);
    let number = programs.get(said.saturating_sub(1)).map_or(0, |&(_, number)| number);
    Instrument::Program(Program::from_data(number))
}

/// When each note ends under the sustain pedal.
fn sustained<'a>(strikes: &[Strike], pedals: impl Fn(u8) -> &'a [(Place, bool)]) -> Vec<u64> {
    let mut ends: Vec<u64> = strikes.iter().map(|strike| strike.up.tick).collect();
    let mut next = BTreeMap::<(u8, u8), u64>::new();
    for (strike, end) in strikes.iter().zip(&mut ends).rev() {
        let restruck = next.insert((strike.channel, strike.key), strike.down.tick);
        let pedals = pedals(strike.channel);
        if pedals.is_empty() || strike.channel == PERCUSSION_CHANNEL {
            continue;
        }
        let said = pedals.partition_point(|&(at, _)| at <= strike.up);
        if said == 0 || !pedals[said - 1].1 {
            continue;
        }
        let up = pedals[said..].iter().find(|(_, down)| !down).map(|(at, _)| at.tick);
        // A pedal that never comes up again holds nothing: the file was cut out of a longer one.
        let until = [up, restruck].into_iter().flatten().min();
        *end = until.unwrap_or(*end).max(*end);
    }
    ends
}

/// What all tracks say, in the order of time; of several at one time the last counts.
fn merged<T: Copy>(tracks: &[Track], said: impl Fn(&Track) -> &Vec<(u64, T)>) -> Vec<(u64, T)> {
    let mut all: Vec<(u64, T)> = tracks.iter().flat_map(said).copied().collect();
    all.sort_by_key(|&(at, _)| at);
    all.dedup_by(|later, former| {
        let same = later.0 == former.0;
        if same {
            former.1 = later.1;
        }
        same
    });
    all
}
