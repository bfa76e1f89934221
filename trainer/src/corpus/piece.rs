//! From a song in a file's terms to a piece in the vocabulary's, and what that loses.

use super::bars::{Attack, Bars};
use super::division::DEFAULT_TEMPO;
use super::key::Heard;
use super::parts::Parts;
use super::song::{Song, Sounding};
use musigan_score::events::{Change, quantise};
use musigan_score::{
    Instrument, Key, Metre, Mode, Note, PartId, Pitch, Tempo, Tick, Timed, Velocity, grid_nearest,
};

/// A piece that the encoder takes: quantised, in canonical order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arranged {
    /// The instruments of the parts.
    pub parts: Vec<Instrument>,
    /// The metre that it begins in.
    pub metre: Metre,
    /// The tempo that it begins at.
    pub tempo: Tempo,
    /// The key that it begins in, if the file tells.
    pub key: Option<Key>,
    /// Changes of metre, tempo and key.
    pub changes: Vec<Timed<Change>>,
    /// The notes.
    pub notes: Vec<Note>,
    /// What was lost on the way.
    pub loss: Loss,
}

/// What the way from a file to the vocabulary lost. Ticks are a score's, 24 to the quarter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Notes in the file.
    pub notes: u64,
    /// Notes whose onset was moved to the grid.
    pub onsets_moved: u64,
    /// By how much in all, in ticks.
    pub onset_ticks: u64,
    /// Notes whose duration was changed to one that the vocabulary has.
    pub durations_changed: u64,
    /// By how much in all, in ticks.
    pub duration_ticks: u64,
    /// Notes moved by octaves into the vocabulary's range.
    pub octaves_moved: u64,
    /// Strokes on percussion keys outside the General MIDI map, left out.
    pub drums_dropped: u64,
    /// Notes of one part, onset and pitch, of which the longest was kept.
    pub duplicates: u64,
    /// Lines that were joined to another part.
    pub parts_merged: u64,
    /// Bars whose metre is not what the file says.
    pub bars_approximated: u64,
    /// Silent bars left out.
    pub silences: u64,
    /// Pieces that begin with a pickup.
    pub pickups: u64,
}

impl Loss {
    /// Adds the counts of `other`.
    pub fn add(&mut self, other: &Self) {
        self.notes += other.notes;
        self.onsets_moved += other.onsets_moved;
        self.onset_ticks += other.onset_ticks;
        self.durations_changed += other.durations_changed;
        self.duration_ticks += other.duration_ticks;
        self.octaves_moved += other.octaves_moved;
        self.drums_dropped += other.drums_dropped;
        self.duplicates += other.duplicates;
        self.parts_merged += other.parts_merged;
        self.bars_approximated += other.bars_approximated;
        self.silences += other.silences;
        self.pickups += other.pickups;
    }
}

/// No time of a score is later than this; files name any.
const LATEST: u64 = i64::MAX as u64 / 4;

impl Arranged {
    /// The piece that a song makes; `None` where nothing sounds that the vocabulary can say.
    pub fn of(song: &Song) -> Option<Self> {
        let parts = Parts::of(&song.lines);
        let ticks = |at: u64| song.score_ticks(at).min(LATEST) as i64;
        let mut attacks: Vec<Attack> = Vec::new();
        for line in &song.lines {
            attacks.extend(line.notes.iter().map(|note| Attack {
                onset: ticks(note.onset),
                duration: ticks(note.end - note.onset),
                pitch: (!line.instrument.is_percussion()).then(|| Pitch::from_data(note.key)),
            }));
        }
        attacks.sort_unstable();
        let signatures: Vec<_> =
            song.metres.iter().map(|&(at, signature)| (ticks(at), signature)).collect();
        let bars = Bars::lay(&signatures, &attacks);
        let first = bars.bars.first()?;

        let mut loss = Loss {
            notes: attacks.len() as u64,
            parts_merged: parts.merged,
            bars_approximated: bars.approximated,
            silences: bars.silences,
            pickups: u64::from(bars.pickup > 0),
            ..Loss::default()
        };
        let mut notes = Vec::with_capacity(attacks.len());
        for (index, (instrument, soundings)) in (0..).zip(&parts.parts) {
            let Some(part) = PartId::new(index) else { break };
            for sounding in soundings {
                let Some(note) = note(song, sounding, part, &bars) else { continue };
                match quantise(note, *instrument) {
                    Some(quantised) => {
                        loss.onsets_moved += u64::from(quantised.onset_error > 0);
                        loss.onset_ticks += u64::from(quantised.onset_error);
                        loss.durations_changed += u64::from(quantised.duration_error > 0);
                        loss.duration_ticks += u64::from(quantised.duration_error);
                        loss.octaves_moved += u64::from(quantised.octave_moved);
                        notes.push(quantised.note);
                    }
                    None => loss.drums_dropped += 1,
                }
            }
        }
        loss.duplicates = in_order(&mut notes);
        if notes.is_empty() {
            return None;
        }
        let parts: Vec<_> = parts.parts.into_iter().map(|(instrument, _)| instrument).collect();
        let times = Times { song, bars: &bars };
        let mut changes = Vec::new();
        times.metres(&mut changes);
        let tempo = times.tempi(&mut changes);
        let key = times.keys(&notes, &parts, &mut changes);
        changes.sort_by_key(|change| change.at);
        Some(Self { parts, metre: first.metre, tempo, key, changes, notes, loss })
    }
}

/// A note where the bars put it.
fn note(song: &Song, sounding: &Sounding, part: PartId, bars: &Bars) -> Option<Note> {
    let onset = song.score_ticks(sounding.onset).min(LATEST) as i64;
    let duration = song.score_ticks(sounding.end - sounding.onset).clamp(1, u16::MAX.into());
    Some(Note {
        onset: Tick(bars.place(onset)?),
        duration: duration as u16,
        pitch: Pitch::from_data(sounding.key),
        velocity: Velocity::new(sounding.velocity)?,
        part,
    })
}

/// Puts notes into canonical order, the longest of those alike; tells how many were dropped.
fn in_order(notes: &mut Vec<Note>) -> u64 {
    let before = notes.len();
    notes.sort_unstable_by_key(|note| {
        (note.order(), std::cmp::Reverse((note.duration, note.velocity)))
    });
    notes.dedup_by_key(|note| note.order());
    (before - notes.len()) as u64
}

/// Where changes of the song take effect in the score.
struct Times<'a> {
    song: &'a Song,
    bars: &'a Bars,
}

impl Times<'_> {
    /// 0 for what is said at or before the first bar; what is said in a silence that was left out
    /// happens at its end. `None` after the last bar.
    fn place(&self, at: u64) -> Option<Tick> {
        let at = self.song.score_ticks(at).min(LATEST) as i64;
        let first = self.bars.bars.first().map_or(0, |bar| bar.source);
        if at <= first.max(0) {
            return Some(Tick(0));
        }
        self.bars.place(at).map(|at| grid_nearest(Tick(at)))
    }

    fn metres(&self, changes: &mut Vec<Timed<Change>>) {
        for pair in self.bars.bars.windows(2) {
            if pair[0].metre != pair[1].metre {
                changes
                    .push(Timed { at: Tick(pair[1].start), event: Change::Metre(pair[1].metre) });
            }
        }
    }

    /// The first tempo; the others are changes.
    fn tempi(&self, changes: &mut Vec<Timed<Change>>) -> Tempo {
        let mut first = Tempo::from_microseconds(DEFAULT_TEMPO);
        for &(at, quarter) in &self.song.tempi {
            let to = Tempo::from_microseconds(quarter);
            match self.place(at) {
                Some(Tick(0)) => first = to,
                Some(at) => changes.push(Timed { at, event: Change::Tempo(to) }),
                None => {}
            }
        }
        first
    }

    /// The first key; the others are changes. A file's word on the mode counts if it says minor
    /// anywhere; without signatures there is one key, the one that is heard.
    fn keys(
        &self,
        notes: &[Note],
        parts: &[Instrument],
        changes: &mut Vec<Timed<Change>>,
    ) -> Option<Key> {
        let pitched = |note: &&Note| {
            parts.get(note.part.index()).is_some_and(|instrument| !instrument.is_percussion())
        };
        let placed = self.song.keys.iter().filter_map(|&(at, key)| Some((self.place(at)?, key)));
        let mut sections: Vec<(Tick, (i8, bool))> = placed.collect();
        sections.dedup_by(|later, former| {
            let same = later.0 == former.0;
            if same {
                former.1 = later.1;
            }
            same
        });
        let Some((beginning, _)) = sections.first_mut() else {
            return Heard::of(notes.iter().filter(pitched)).without_signature();
        };
        *beginning = Tick(0);
        let modes_are_told = sections.iter().any(|&(_, (_, minor))| minor);
        let mut first = None;
        for (index, &(from, (sharps, minor))) in sections.iter().enumerate() {
            let until = sections.get(index + 1).map_or(Tick(u32::MAX), |&(at, _)| at);
            let key = if modes_are_told {
                Key::from_signature(sharps, if minor { Mode::Minor } else { Mode::Major })
            } else {
                let within = |note: &&Note| (from..until).contains(&note.onset);
                Heard::of(notes.iter().filter(pitched).filter(within)).with_signature(sharps)
            };
            match first {
                None => first = Some(key),
                Some(_) => changes.push(Timed { at: from, event: Change::Key(key) }),
            }
        }
        first
    }
}
